#!/usr/bin/env python3
"""How strong the tests are that `espalier test` writes for functions of other people's code.

Walks files of a language in a seeded order, tries the functions whose parameters have plain types, and takes the first
few of a language that can be tested by themselves, at most one a file. For each: the mutation score, whether the
written file passes in its framework in each of --runs runs, and which share of the function's lines it executes. Prints
a table, or JSON.

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
import tempfile
import time

PLAIN = r"(?:const\s+|final\s+)?(?:unsigned\s+)?(?:std::)?(?:int|long|short|char|double|float|size_t|bool|boolean|string|String|uint\d+_t|int\d+_t)\b\s*(?:(?<=const char )\*|(?<=const char)\*|&)?\s*"
PARAMETERS = rf"{PLAIN}\w+(?:\s*,\s*{PLAIN}\w+){{0,3}}"
FUNCTIONS = {
    "python": (("*.py",), r"^def ([a-z]\w+)\((?:\w+(?:: ?(?:int|str|float|bool|list\[\w+\]))?(?:, )?){1,3}\)"),
    "c": (("*.c", "*.h"), rf"^(?:static )?(?:inline )?{PLAIN}([a-z]\w+)\({PARAMETERS}\)\s*{{?$"),
    "cpp": (("*.cpp", "*.cc", "*.hpp", "*.h"), rf"^ *(?:static )?(?:inline )?(?:constexpr )?{PLAIN}([A-Za-z]\w+)\({PARAMETERS}\)\s*{{?$"),
    "java": (("*.java",), rf"^ +(?:public |private )?static {PLAIN}(?:\[\])?\s*([a-z]\w+)\({PARAMETERS}\)"),
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


def generate(espalier, file, name, mutants, runs, more):
    with tempfile.TemporaryDirectory() as folder:
        # A corpus may number its files; their own names are those that tests import.
        copy = pathlib.Path(folder) / re.sub(r"^\d{4}-", "", file.name)
        copy.write_bytes(file.read_bytes())
        return generate_for(espalier, copy, name, mutants, runs, more)


def generate_for(espalier, file, name, mutants, runs, more):
    command = [espalier, "test", f"{file}::{name}", "--json", "--mutants", str(mutants), "--runs", str(runs), *more]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
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
            report = generate(arguments.espalier, file, name, arguments.mutants, arguments.runs, arguments.more)
            if not report or len(report["mutants"]) < arguments.fewest_mutants:
                continue
            run = report["run"]
            found.append({
                "language": language, "file": file.name, "function": name, "score": report["mutation_score"],
                "mutants": len(report["mutants"]), "tests": len(report["cases"]), "flaky": report["flaky"],
                "alone": report["alone"], "passed": run.get("passed"), "left_out": run.get("left_out"),
                "lines": run.get("lines"), "lines_executed": run.get("lines_executed"), "log": run.get("log"),
                "not_run": run.get("not_run"), "tokens": report["tokens"],
            })
            framework = "not run" if run.get("passed") is None else f"{run['passed']} pass"
            lines = f"{run['lines_executed']}/{run['lines']} lines" if run.get("lines") else ""
            print(f"{language:<11}{100 * report['mutation_score']:5.0f} %  {len(report['cases']):2} tests, {framework:<8} "
                  f"{len(report['mutants']):3} mutants  {lines:<11} {file.name}::{name}", file=sys.stderr, flush=True)
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
    parser.add_argument("--runs", type=int, default=1, help="of the finished test file")
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
        ran = [one for one in functions if one["passed"] is not None]
        whole = [one for one in ran if one["passed"] == one["tests"] and not one["left_out"]]
        print(f"{len(whole)} of {len(ran)} test files pass as they were written, in each of {arguments.runs} runs")
        covered = [one["lines_executed"] / one["lines"] for one in functions if one["lines"]]
        if covered:
            print(f"line coverage: median {100 * statistics.median(covered):.0f} % of {len(covered)} functions")


if __name__ == "__main__":
    main()
