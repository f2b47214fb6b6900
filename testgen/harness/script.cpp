// JavaScript and TypeScript.
#include <fmt/format.h>

#include "testgen/harness/render.h"

namespace espalier::harness {
namespace {

constexpr std::string_view kJavaScriptBegin = R"code(
;(function () {
const espalierNeeds = require;
const espalierCases = [
)code";
// As a module, so that its names do not meet those of browsers.
constexpr std::string_view kTypeScriptBegin = R"code(
export {};
(function () {
const espalierNeeds: any = eval('require');
const espalierCases: [number, () => any][] = [
)code";

constexpr std::string_view kEnd = R"code(];
const fs = espalierNeeds('fs'), vm = espalierNeeds('vm'), util = espalierNeeds('util');
const process_ = espalierNeeds('process');
const secret = fs.readFileSync(0, 'utf8').split('\n')[0];
const first = Number(process_.argv[2]), limit = Number(process_.argv[3]) * 1000;
process_.stdout.write = () => true;
const lineOf = (text@ANY) => String(text).replace(/[\r\n]+/g, ' ').slice(0, 400);
const say = (number@ANY, what@ANY, text@ANY) => fs.writeSync(1, `${secret} ${number} ${what} ${lineOf(text)}\n`);
const textOf = (value@ANY) => util.inspect(value, { depth: 6, compact: true, breakLength: Infinity, maxStringLength: 300 });
const close = (a@ANY, b@ANY) => typeof a === 'number' && typeof b === 'number' &&
  Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b)) && !(Number.isInteger(a) && Number.isInteger(b));
const same = (got@ANY, want@ANY) => util.isDeepStrictEqual(got, want) || close(got, want);
const global_ = globalThis@AS;
for (const [number, run] of espalierCases) {
  if (number < first) continue;
  say(number, 'begin', '');
  let text = '';
  global_.espalierRun = () => {
    const [ok, got, want] = run();
    if (got === undefined && want === undefined) return ok;
    text = textOf(got);
    return same(got, want);
  };
  try {
    const ok = vm.runInThisContext('espalierRun()', { timeout: limit });
    say(number, ok ? 'passed' : 'failed', text);
  } catch (problem@CATCH) {
    const late = problem && problem.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    say(number, late ? 'timeout' : 'error', late ? '' : problem);
  }
}
process_.exit(0);
})();
)code";

std::string Body(const TestCase& test) {
  switch (test.check) {
    case TestCase::Check::kEquals:
      return fmt::format("return [true, ({}), ({})];", test.call, test.expected);
    case TestCase::Check::kTrue:
      return fmt::format("return [!!({})];", test.call);
    case TestCase::Check::kThrows:
      return fmt::format("try {{ {}; }} catch (e) {{ return [{}]; }} return [false];", test.call,
                         test.expected.empty() ? "true" : "e instanceof " + test.expected);
    default:
      return fmt::format("{}; return [true];", test.call);
  }
}

std::string Replace(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

Rendered Render(Language language, const std::string& source, std::span<const NumberedCase> cases) {
  const bool typed = language == Language::kTypeScript;
  Rendered rendered;
  rendered.file = typed ? "main.ts" : "main.js";
  LineText text;
  text.Add(source);
  text.Add(typed ? kTypeScriptBegin : kJavaScriptBegin);
  for (const NumberedCase& one : cases) {
    rendered.lines.push_back(text.line());
    text.Add(fmt::format("[{}, () => {{ {}\n{} }}],\n", one.number, one.test->setup, Body(*one.test)));
  }
  rendered.lines.push_back(text.line());
  std::string end = Replace(std::string(kEnd), "@ANY", typed ? ": any" : "");
  end = Replace(std::move(end), "@AS", typed ? " as any" : "");
  text.Add(Replace(std::move(end), "@CATCH", typed ? ": any" : ""));
  rendered.program.language = language;
  rendered.program.files = {{rendered.file, std::move(text.text())}};
  return rendered;
}

}  // namespace

Rendered RenderJavaScript(const std::string& source, std::span<const NumberedCase> cases) {
  return Render(Language::kJavaScript, source, cases);
}

Rendered RenderTypeScript(const std::string& source, std::span<const NumberedCase> cases) {
  return Render(Language::kTypeScript, source, cases);
}

}  // namespace espalier::harness
