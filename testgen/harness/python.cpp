#include <fmt/format.h>

#include "testgen/harness/render.h"

namespace espalier::harness {
namespace {

constexpr std::string_view kBegin = R"code(CASES = [
)code";

constexpr std::string_view kEnd = R"code(]


def harness():
    import math
    import os
    import signal
    import sys

    word = sys.stdin.readline().strip()
    first, seconds = int(sys.argv[1]), float(sys.argv[2])
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    class TimeIsOut(BaseException):
        pass

    def on_alarm(*_):
        raise TimeIsOut

    def say(number, what, text=""):
        out.write(f"{word} {number} {what} {ascii(text)[1:-1][:400] if what == 'error' else text}\n")
        out.flush()

    def text_of(value):
        try:
            return ascii(value)[:400]
        except Exception as problem:
            return type(problem).__name__

    def same(got, want):
        if isinstance(got, float) or isinstance(want, float):
            if isinstance(got, (int, float)) and isinstance(want, (int, float)):
                return got == want or math.isclose(got, want, rel_tol=1e-6, abs_tol=1e-9)
        return bool(got == want)

    def throws(call, expected, space):
        try:
            exec(call, space)
        except Exception as problem:
            return expected == "" or any(kind.__name__ == expected for kind in type(problem).__mro__)
        return False

    def run(check, setup, call, expected, space):
        exec(setup, space)
        if check == "equals":
            got = eval(call, space)
            return same(got, eval(expected, space)), text_of(got)
        if check == "true":
            return bool(eval(call, space)), ""
        if check == "throws":
            return throws(call, expected, space), ""
        exec(call, space)
        return True, ""

    with open("solution.py", encoding="utf-8") as file:
        source = file.read()
    signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    space = {"__name__": "solution", "__builtins__": __builtins__}
    exec(compile(source, "solution.py", "exec"), space)
    for number, *case in CASES:
        if number < first:
            continue
        say(number, "begin")
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds, 0.05)
            ok, text = run(*case, dict(space))
            signal.setitimer(signal.ITIMER_REAL, 0)
            say(number, "passed" if ok else "failed", text)
        except TimeIsOut:
            signal.setitimer(signal.ITIMER_REAL, 0)
            say(number, "timeout")
        except BaseException as problem:
            signal.setitimer(signal.ITIMER_REAL, 0)
            say(number, "error", f"{type(problem).__name__}: {problem}")
    signal.setitimer(signal.ITIMER_REAL, 0)
    out.flush()
    os._exit(0)


harness()
)code";

std::string_view WordOf(TestCase::Check check) {
  switch (check) {
    case TestCase::Check::kEquals:
      return "equals";
    case TestCase::Check::kTrue:
      return "true";
    case TestCase::Check::kThrows:
      return "throws";
    default:
      return "runs";
  }
}

}  // namespace

Rendered RenderPython(const std::string& source, std::span<const NumberedCase> cases) {
  Rendered rendered;
  rendered.file = "main.py";
  LineText text;
  text.Add(kBegin);
  for (const NumberedCase& one : cases) {
    rendered.lines.push_back(text.line());
    text.Add(fmt::format("    ({}, \"{}\", {}, {}, {}),\n", one.number, WordOf(one.test->check),
                         Quoted(one.test->setup), Quoted(one.test->call), Quoted(one.test->expected)));
  }
  rendered.lines.push_back(text.line());
  text.Add(kEnd);
  rendered.program.language = Language::kPython;
  rendered.program.files = {{"main.py", std::move(text.text())}, {"solution.py", source}};
  return rendered;
}

}  // namespace espalier::harness
