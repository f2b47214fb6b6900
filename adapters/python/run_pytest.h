// Internal to adapters/: runs a test file in pytest, and tells which lines of the file under test were
// executed. Only that file is traced, with the interpreter's own hooks.
#pragma once

#include <string_view>

namespace espalier {

inline constexpr std::string_view kRunPytest = R"py(
import os, sys, threading

try:
    import pytest
except ImportError:
    sys.exit(77)

source, tests = os.path.abspath(sys.argv[1]), sys.argv[2]
executed = {}


def trace(frame, event, argument):
    if event == 'line':
        executed[frame.f_lineno] = executed.get(frame.f_lineno, 0) + 1
    return trace


def enter(frame, event, argument):
    return trace if frame.f_code.co_filename == source else None


def lines_of(code):
    lines = {line for _, _, line in code.co_lines() if line}
    for constant in code.co_consts:
        if hasattr(constant, 'co_lines'):
            lines |= lines_of(constant) - {constant.co_firstlineno}
    return lines


class Results:
    def __init__(self):
        self.file = open('results', 'w')

    def pytest_runtest_logreport(self, report):
        if report.when == 'call' or report.failed:
            name = report.nodeid.split('::', 1)[-1]
            print('fail' if report.failed else 'pass', name, file=self.file, flush=True)


sys.path.insert(0, os.getcwd())
sys.settrace(enter)
threading.settrace(enter)
status = pytest.main(['-q', '-p', 'no:cacheprovider', '--rootdir=.', '-c', os.devnull, tests], plugins=[Results()])
sys.settrace(None)
with open(source, encoding='utf-8') as text, open('coverage', 'w') as coverage:
    for line in sorted(lines_of(compile(text.read(), source, 'exec'))):
        print(line, executed.get(line, 0), file=coverage)
sys.exit(status)
)py";

}  // namespace espalier
