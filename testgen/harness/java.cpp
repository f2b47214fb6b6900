#include <fmt/format.h>

#include <algorithm>

#include "adapters/signature.h"
#include "testgen/harness/render.h"

namespace espalier::harness {
namespace {

constexpr std::string_view kBegin = R"code(import java.util.*;
import java.util.function.*;
import java.util.stream.*;
final class EspalierHarness {
  interface Case { boolean run() throws Throwable; }
  static volatile long deadline = Long.MAX_VALUE;
  static volatile int current;
  static String text = "";
  static java.io.PrintStream out = System.out;
  static String secret;
  static synchronized void say(int number, String what, String more) {
    String line = more == null ? "" : more.replaceAll("[\\r\\n]", " ");
    out.println(secret + " " + number + " " + what + " " + line.substring(0, Math.min(line.length(), 400)));
    out.flush();
  }
  static String textOf(Object value) {
    String all = Arrays.deepToString(new Object[] {value});
    return all.substring(1, all.length() - 1);
  }
  static boolean same(Object got, Object want) {
    if (got instanceof Number && want instanceof Number) {
      double a = ((Number) got).doubleValue(), b = ((Number) want).doubleValue();
      boolean real = got instanceof Double || got instanceof Float || want instanceof Double || want instanceof Float;
      return real ? a == b || Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b))
                  : ((Number) got).longValue() == ((Number) want).longValue();
    }
    return Objects.deepEquals(got, want);
  }
)code";

constexpr std::string_view kEnd = R"code(
  public static void main(String[] words) throws Throwable {
    secret = new java.io.BufferedReader(new java.io.InputStreamReader(System.in)).readLine();
    int first = Integer.parseInt(words[0]);
    long limit = (long) (Double.parseDouble(words[1]) * 1e9);
    System.setOut(new java.io.PrintStream(java.io.OutputStream.nullOutputStream()));
    Thread watch = new Thread(() -> {
      for (;;) {
        try { Thread.sleep(20); } catch (InterruptedException ignored) { }
        if (System.nanoTime() - deadline > 0 && deadline != Long.MAX_VALUE) {
          say(current, "timeout", "");
          Runtime.getRuntime().halt(3);
        }
      }
    });
    watch.setDaemon(true);
    watch.start();
    for (int i = 0; i < NUMBERS.length; ++i) {
      if (NUMBERS[i] < first) continue;
      current = NUMBERS[i];
      text = "";
      say(current, "begin", "");
      deadline = System.nanoTime() + limit;
      try {
        boolean ok = CASES[i].run();
        deadline = Long.MAX_VALUE;
        say(NUMBERS[i], ok ? "passed" : "failed", text);
      } catch (Throwable problem) {
        deadline = Long.MAX_VALUE;
        say(NUMBERS[i], "error", problem.toString());
      }
    }
    Runtime.getRuntime().halt(0);
  }
}
)code";

std::string Body(const TestCase& test) {
  switch (test.check) {
    case TestCase::Check::kEquals:
      return fmt::format(
          "var espalierGot = {};\ntext = textOf(espalierGot);\nreturn same(espalierGot, {});\n", test.call,
          test.expected);
    case TestCase::Check::kTrue:
      return fmt::format("return {};\n", test.call);
    case TestCase::Check::kThrows:
      return fmt::format("try {{\n{};\n}} catch ({} espalierProblem) {{\nreturn true;\n}}\nreturn false;\n",
                         test.call, test.expected.empty() ? "Exception" : test.expected);
    default:
      return fmt::format("{};\nreturn true;\n", test.call);
  }
}

/// Source and harness are in no package; what else is in the source's own is not there anyway.
std::string WithoutPackage(std::string source) {
  const size_t at = source.starts_with("package ") ? 0 : source.find("\npackage ");
  if (at == std::string::npos) return source;
  const size_t begin = source.find("package ", at), end = source.find(';', begin);
  if (end != std::string::npos) source.erase(begin, end + 1 - begin);
  return source;
}

bool IsWord(char c) { return c == '_' || c == '$' || std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// The name behind a keyword, "" if it is not there.
std::string NameBehind(const std::string& source, std::string_view keyword) {
  for (size_t at = source.find(keyword); at != std::string::npos; at = source.find(keyword, at + 1)) {
    const size_t begin = at + keyword.size();
    size_t end = begin;
    while (end < source.size() && IsWord(source[end])) ++end;
    if (end > begin) return source.substr(begin, end - begin);
  }
  return {};
}

}  // namespace

std::string JavaFileFor(const std::string& source) {
  for (const std::string_view keyword :
       {"public class ", "public final class ", "public record ", "class "}) {
    const std::string name = NameBehind(source, keyword);
    if (!name.empty()) return name + ".java";
  }
  return "Solution.java";
}

Rendered RenderJava(const std::string& source, std::span<const NumberedCase> cases) {
  Rendered rendered;
  rendered.file = "EspalierHarness.java";
  LineText text;
  text.Add(kBegin);
  std::string numbers, table;
  for (const NumberedCase& one : cases) {
    rendered.lines.push_back(text.line());
    text.Add(fmt::format("static boolean case{}() throws Throwable {{\n", one.number));
    text.Add(one.test->setup + "\n" + Body(*one.test) + "}\n");
    numbers += fmt::format("{}, ", one.number);
    table += fmt::format("EspalierHarness::case{},\n", one.number);
  }
  rendered.lines.push_back(text.line());
  text.Add(fmt::format("  static final int[] NUMBERS = {{{}}};\n  static final Case[] CASES = {{\n{}}};\n",
                       numbers, table));
  text.Add(kEnd);
  rendered.program.language = Language::kJava;
  rendered.program.main = rendered.file;
  rendered.program.files = {{rendered.file, std::move(text.text())},
                            {JavaFileFor(source), WithoutPackage(source)}};
  return rendered;
}

}  // namespace espalier::harness
