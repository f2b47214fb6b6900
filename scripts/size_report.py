#!/usr/bin/env python3
"""Sizes of files and functions, beside those of well-kept codebases, and the budget they must hold.

  size_report.py              the report
  size_report.py --check      exit code 1 and one line for each limit that is exceeded
  size_report.py --self-test  shows that the check can fail

Measured with lizard, which `make setup` puts into .deps/python; exit code 77 without it.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PRODUCT = ("base", "model", "grammar", "adapters", "decoder", "testgen", "lsp", "evals", "cli")
LONG_FUNCTIONS = ROOT / "scripts/long_functions.txt"

# Limits; shares are in percent of all functions.
MAX_FILE_LINES = 1000
MAX_FUNCTION_LINES = 100
MAX_MEDIAN_LINES = 8
MAX_P95_LINES = 45
MAX_SHARE_OVER_60 = 3.0
MAX_SHARE_COMPLEX = 2.0
MAX_PARAMETERS = 6
COMPLEX = 15

# The same figures of other codebases, measured with the same program.
PEERS = (
    # name, file median/p95/max, function median/p95, > 60 %, > 100 %
    ("leveldb", "156 / 929 / 1578", "5 / 41", "2.5", "0.5"),
    ("gemma.cpp", "258 / 709 / 767", "8 / 49", "3.0", "1.0"),
    ("clangd", "216 / 1044 / 1854", "7 / 45", "3.2", "1.1"),
    ("re2", "623 / 2135 / 2529", "5 / 71", "6.7", "2.3"),
    ("llm.c", "739 / 1904 / 1904", "14 / 84", "11.0", "4.5"),
    ("ggml core", "270 / 5578 / 12025", "11 / 119", "14.2", "6.8"),
)


def load_lizard():
    """The lizard module, from this Python or from .deps/python; exits when there is none."""
    try:
        import lizard  # pylint: disable=import-outside-toplevel

        return lizard
    except ImportError:
        own = ROOT / ".deps/python/bin/python"
        if own.exists() and pathlib.Path(sys.prefix).resolve() != (ROOT / ".deps/python").resolve():
            os.execv(own, [str(own), *sys.argv])
        print("lizard is not installed, so sizes are not measured; run make setup")
        sys.exit(77)


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0


class Sizes:
    """What was measured in one tree."""

    def __init__(self, lizard, root, folders):
        self.files = {}  # name -> lines
        self.functions = []  # (lines, parameters, complexity, "file:function")
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", *folders],
            cwd=root, capture_output=True, text=True, check=True).stdout.split()
        for name in listed:
            path = root / name
            if path.suffix in {".cpp", ".h"} and path.exists():
                self.add(lizard, path, name)

    def add(self, lizard, path, name):
        text = path.read_text(encoding="utf-8")
        self.files[name] = text.count("\n")
        for function in lizard.analyze_file.analyze_source_code(name, text).function_list:
            lines = function.end_line - function.start_line + 1
            self.functions.append(
                (lines, function.parameter_count, function.cyclomatic_complexity, f"{name}:{function.long_name.split('(')[0].strip()}"))

    def share(self, predicate):
        return 100.0 * sum(1 for f in self.functions if predicate(f)) / max(1, len(self.functions))

    def lengths(self):
        return [f[0] for f in self.functions]


def problems_of(sizes, allowed_long):
    """One line for every limit that is exceeded."""
    problems = [f"{name} has {lines} lines (at most {MAX_FILE_LINES})"
                for name, lines in sizes.files.items() if lines > MAX_FILE_LINES]
    for lines, parameters, _, name in sizes.functions:
        if lines > MAX_FUNCTION_LINES and name not in allowed_long:
            problems.append(f"{name} has {lines} lines (at most {MAX_FUNCTION_LINES})")
        if parameters > MAX_PARAMETERS:
            problems.append(f"{name} has {parameters} parameters (at most {MAX_PARAMETERS}; pass a struct)")
    figures = (
        ("median length of a function", quantile(sizes.lengths(), 0.5), MAX_MEDIAN_LINES),
        ("95th percentile of function lengths", quantile(sizes.lengths(), 0.95), MAX_P95_LINES),
        ("% of functions over 60 lines", sizes.share(lambda f: f[0] > 60), MAX_SHARE_OVER_60),
        (f"% of functions with a complexity over {COMPLEX}", sizes.share(lambda f: f[2] > COMPLEX), MAX_SHARE_COMPLEX),
    )
    problems += [f"{what}: {value:.1f} (at most {limit})" for what, value, limit in figures if value > limit]
    return problems


def row_of(sizes):
    sources = [n for name, n in sizes.files.items() if name.endswith(".cpp")]
    lengths = sizes.lengths()
    return (f"{quantile(sources, 0.5)} / {quantile(sources, 0.95)} / {max(sources, default=0)}",
            f"{quantile(lengths, 0.5)} / {quantile(lengths, 0.95)}",
            f"{sizes.share(lambda f: f[0] > 60):.1f}", f"{sizes.share(lambda f: f[0] > 100):.1f}")


def print_report(sizes, tests):
    print(f"{'codebase':<12} {'.cpp median/p95/max':>22} {'function median/p95':>20} {'> 60 %':>7} {'> 100 %':>8}")
    for name, *figures in (("Espalier", *row_of(sizes)), *PEERS):
        print(f"{name:<12} {figures[0]:>22} {figures[1]:>20} {figures[2]:>7} {figures[3]:>8}")
    source_lines, test_lines = sum(sizes.files.values()), sum(tests.files.values())
    print(f"\n{source_lines} lines in {len(sizes.files)} files, {len(sizes.functions)} functions; "
          f"{test_lines} lines of tests ({test_lines / max(1, source_lines):.2f} a line of source)")
    print(f"parameters > {MAX_PARAMETERS}: {sizes.share(lambda f: f[1] > MAX_PARAMETERS):.1f} %; "
          f"complexity > {COMPLEX}: {sizes.share(lambda f: f[2] > COMPLEX):.1f} %")
    print("longest functions:")
    for lines, _, complexity, name in sorted(sizes.functions, reverse=True)[:8]:
        print(f"  {lines:>4} lines, complexity {complexity:>2}  {name}")


def self_test(lizard):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        subprocess.run(["git", "init", "-q", str(root)], check=True)
        (root / "base").mkdir()
        body = "  x += 1;\n" * 120
        (root / "base/long.cpp").write_text(f"int Long(int x) {{\n{body}  return x;\n}}\nint Short(int x) {{ return x; }}\n")
        (root / "base/wide.cpp").write_text("int Wide(int a, int b, int c, int d, int e, int f, int g) { return a; }\n")
        problems = problems_of(Sizes(lizard, root, ["base"]), set())
        assert any("base/long.cpp:Long has 123 lines" in p for p in problems), problems
        assert any("base/wide.cpp:Wide has 7 parameters" in p for p in problems), problems
        assert not any("Short" in p for p in problems), problems
        allowed = problems_of(Sizes(lizard, root, ["base"]), {"base/long.cpp:Long"})
        assert not any("Long has" in p for p in allowed), allowed
    print("self-test passed")


def main():
    lizard = load_lizard()
    if sys.argv[1:] == ["--self-test"]:
        return self_test(lizard)
    sizes = Sizes(lizard, ROOT, PRODUCT)
    if sys.argv[1:] == ["--check"]:
        allowed = set(LONG_FUNCTIONS.read_text(encoding="utf-8").split("\n")) if LONG_FUNCTIONS.exists() else set()
        problems = problems_of(sizes, allowed)
        for problem in problems:
            print(problem)
        return 1 if problems else 0
    print_report(sizes, Sizes(lizard, ROOT, ["tests"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
