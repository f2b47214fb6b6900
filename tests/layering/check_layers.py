#!/usr/bin/env python3
"""Checks every #include "folder/..." of the sources against the table in docs/architecture.md.

  check_layers.py ROOT          exit code 1 and one line for each edge that the table does not allow
  check_layers.py --self-test   shows that the check can fail
"""
import pathlib
import re
import sys
import tempfile

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
ROW = re.compile(r'^\|\s*`([a-z_]+)/`\s*\|([^|]*)\|')


def read_rules(page):
    """The layer table: folder -> folders it may include."""
    rules = {}
    inside = False
    for line in page.splitlines():
        if line.startswith("<!-- layers"):
            inside = line.startswith("<!-- layers begin")
        row = ROW.match(line) if inside else None
        if row:
            rules[row.group(1)] = set(re.findall(r"`([a-z_]+)/`", row.group(2)))
    return rules


def check_file(root, path, rules):
    """One line for every include of `path` that breaks the rules."""
    folder = path.relative_to(root).parts[0]
    problems = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = match.group(1)
        where = f"{path.relative_to(root)}:{number}"
        if "/" not in target or target.startswith("."):
            problems.append(f'{where}: "{target}" is not named from the root of the repository')
        elif target.split("/")[0] not in rules:
            problems.append(f'{where}: "{target}" is in no folder of the layer table')
        elif target.split("/")[0] not in rules[folder] | {folder}:
            problems.append(f'{where}: {folder}/ may not include "{target}"')
    return problems


def check_tree(root):
    rules = read_rules((root / "docs/architecture.md").read_text(encoding="utf-8"))
    problems = [] if rules else ["docs/architecture.md has no layer table"]
    for folder in rules:
        sources = [p for p in sorted((root / folder).rglob("*")) if p.suffix in {".h", ".cpp", ".cu", ".cuh"}]
        if not sources:
            problems.append(f"docs/architecture.md lists {folder}/, which holds no sources")
        for path in sources:
            problems += check_file(root, path, rules)
    return problems


def self_test():
    """A tiny tree with one edge of every kind."""
    page = "<!-- layers begin -->\n| `low/` | |\n| `high/` | `low/` |\n<!-- layers end -->\n| `other/` | |\n"
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name in ("docs", "low", "high"):
            (root / name).mkdir()
        (root / "docs/architecture.md").write_text(page)
        (root / "low/low.h").write_text('#include <vector>\n#include "low/other.h"\n')
        (root / "high/high.cpp").write_text('#include "low/low.h"\n#include "high/high.h"\n')
        assert check_tree(root) == [], check_tree(root)
        (root / "low/bad.cpp").write_text('#include "high/high.h"\n#include "low.h"\n  # include "third/x.h"\n')
        assert check_tree(root) == [
            'low/bad.cpp:1: low/ may not include "high/high.h"',
            'low/bad.cpp:2: "low.h" is not named from the root of the repository',
            'low/bad.cpp:3: "third/x.h" is in no folder of the layer table',
        ], check_tree(root)
    print("self-test passed")


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    problems = check_tree(pathlib.Path(sys.argv[1]).resolve())
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
