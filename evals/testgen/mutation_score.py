#!/usr/bin/env python3
"""How strong the tests are that `espalier test` writes for functions of other people's code.

Walks files of a language in a seeded order, tries the functions whose parameters have plain types, and takes the first
few of a language that can be tested by themselves, at most one a file. For each: the mutation score, and whether the
written cases give the same verdicts in further runs. Prints a table, or JSON.

    evals/testgen/mutation_score.py --espalier build/release/espalier ~/.cache/espalier/corpus /usr/lib/python3
"""
import argparse
import json
import pathlib
import random
import re
import statistics
import subprocess
import sys
import time

PLAIN = r"(?:const\s+)?(?:unsigned\s+)?(?:std::)?(?:int|long|short|char|double|float|size_t|bool|boolean|string|String|uint\d+_t|int\d+_t)\b[\s*&]*"
PARAMETERS = rf"{PLAIN}\w+(?:\s*,\s*{PLAIN}\w+){{0,3}}"
FUNCTIONS = {
    "python": (("*.py",), r"^def ([a-z]\w+)\((?:\w+(?:: ?(?:int|str|float|bool|list\[\w+\]))?(?:, )?){1,3}\)"),
    "c": (("*.c",), rf"^(?:static )?(?:inline )?{PLAIN}([a-z]\w+)\({PARAMETERS}\)\s*{{?$"),
    "cpp": (("*.cpp", "*.cc"), rf"^(?:static )?(?:inline )?{PLAIN}([A-Za-z]\w+)\({PARAMETERS}\)\s*{{?$"),
    "java": (("*.java",), rf"^ +public static {PLAIN}(?:\[\])?\s*([a-z]\w+)\((?:final )?{PARAMETERS}\)"),
    "javascript": (("*.js",), r"^function ([a-z]\w+)\((?:\w+(?:, )?){1,3}\) ?{"),
    "typescript": (("*.ts",), r"^(?:export )?function ([a-z]\w+)\((?:\w+: (?:string|number|boolean|string\[\]|number\[\])(?:, )?){1,3}\)"),
    "go": (("*.go",), r"^func ([A-Za-z]\w+)\((?:[\w, ]+ (?:int|string|\[\]string|\[\]int|float64|bool|rune|byte)(?:, )?){1,3}\)"),
    "rust": (("*.rs",), r"^(?:pub )?(?:const )?fn ([a-z]\w+)\((?:\w+: (?:&str|[iuf](?:8|16|32|64|size)|usize|bool|char|String|&\[\w+\])(?:, )?){1,3}\)"),
}


def candidates(language, folders, seed):
    """Files of a language with the names of functions that may do."""
    patterns, function = FUNCTIONS[language]
    files = [f for folder in folders for p in patterns for f in pathlib.Path(folder).expanduser().rglob(p)]
    files = sorted(f for f in files if f.is_file() and "test" not in f.name.lower())
    random.Random(seed).shuffle(files)
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        names = re.findall(function, text, re.MULTILINE)
        if names and len(text) < 200_000:
            yield file, list(dict.fromkeys(names))


def generate(espalier, file, name, mutants, more):
    command = [espalier, "test", f"{file}::{name}", "--json", "--mutants", str(mutants), *more]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    except subprocess.TimeoutExpired:
        return None
    return json.loads(done.stdout) if done.returncode == 0 else None


def measure(arguments, language):
    found, tried = [], 0
    deadline = time.monotonic() + arguments.seconds
    for file, names in candidates(language, arguments.folders, arguments.seed):
        for name in names[:3]:
            if len(found) == arguments.functions or time.monotonic() > deadline:
                return found, tried
            tried += 1
            report = generate(arguments.espalier, file, name, arguments.mutants, arguments.more)
            if not report or len(report["mutants"]) < arguments.fewest_mutants:
                continue
            found.append({
                "language": language, "file": file.name, "function": name, "score": report["mutation_score"],
                "mutants": len(report["mutants"]), "tests": len(report["cases"]), "flaky": report["flaky"],
            })
            print(f"{language:<11}{100 * report['mutation_score']:5.0f} %  {len(report['cases']):2} tests "
                  f"{len(report['mutants']):3} mutants  {file.name}::{name}", file=sys.stderr)
            break
    return found, tried


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", help="folders with sources")
    parser.add_argument("--espalier", default="build/release/espalier")
    parser.add_argument("--languages", nargs="*", default=list(FUNCTIONS))
    parser.add_argument("--functions", type=int, default=5, help="of a language")
    parser.add_argument("--mutants", type=int, default=40)
    parser.add_argument("--fewest-mutants", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=600, help="of a language, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("more", nargs="*", default=["--no-model"], help="flags for espalier test, behind --")
    arguments = parser.parse_intermixed_args()
    if not arguments.more:
        arguments.more = ["--no-model"]
    functions, tried = [], {}
    for language in arguments.languages:
        found, tried[language] = measure(arguments, language)
        functions += found
    scores = [one["score"] for one in functions]
    result = {"functions": functions, "tried": tried, "median": statistics.median(scores) if scores else None}
    if arguments.json:
        print(json.dumps(result, indent=2))
    elif scores:
        print(f"{len(scores)} functions, median mutation score {100 * result['median']:.0f} %")


if __name__ == "__main__":
    main()
