// C and C++. The program under test is included, so that errors name the file that they are in.
#include <fmt/format.h>

#include "testgen/harness/render.h"

namespace espalier::harness {
namespace {

constexpr std::string_view kCppBegin = R"code(
#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>
namespace espalier_harness {
template <typename T> std::string Text(const T& value);
template <typename A, typename B> std::string Text(const std::pair<A, B>& value) {
  return "(" + Text(value.first) + ", " + Text(value.second) + ")";
}
template <typename T>
std::string Text(const std::optional<T>& value) {
  return value ? Text(*value) : "none";
}
template <typename T>
std::string Text(const T& value) {
  using Plain = std::remove_cvref_t<T>;
  std::ostringstream out;
  out.precision(12);
  if constexpr (std::is_same_v<Plain, bool>) {
    out << (value ? "true" : "false");
  } else if constexpr (std::is_same_v<Plain, char>) {
    out << '\'' << value << '\'';
  } else if constexpr (std::is_convertible_v<const T&, std::string>) {
    out << std::quoted(std::string(value));
  } else if constexpr (requires { out << value; }) {
    out << value;
  } else if constexpr (requires {
                         std::begin(value);
                         std::end(value);
                       }) {
    const char* comma = "";
    out << '{';
    for (const auto& one : value) {
      out << comma << Text(one);
      comma = ", ";
    }
    out << '}';
  }
  std::string text = out.str();
  for (char& c : text) c = c == '\n' || c == '\r' ? ' ' : c;
  return text.substr(0, 400);
}
template <typename A, typename B>
bool Same(const A& got, const B& want) {
  if constexpr (std::is_arithmetic_v<A> && std::is_arithmetic_v<B> &&
                (std::is_floating_point_v<A> || std::is_floating_point_v<B>)) {
    return got == want || std::fabs(got - want) <= 1e-6 * std::max(1.0, double(std::fabs(want)));
  } else {
    return got == want;
  }
}
struct Case {
  int number;
  bool (*run)(std::string&);
};
}
)code";

constexpr std::string_view kCppEnd = R"code(
int main(int, char** words) {
  const int out = dup(1);
  dup2(open("/dev/null", O_WRONLY), 1);
  std::string secret;
  std::getline(std::cin, secret);
  const int first = std::atoi(words[1]);
  const double seconds = std::atof(words[2]);
  for (const auto& one : espalier_cases) {
    if (one.number < first) continue;
    dprintf(out, "%s %d begin\n", secret.c_str(), one.number);
    itimerval limit{};
    limit.it_value = {time_t(seconds), suseconds_t((seconds - int(seconds)) * 1e6)};
    setitimer(ITIMER_REAL, &limit, nullptr);
    std::string text;
    const char* what = "error";
    try {
      what = one.run(text) ? "passed" : "failed";
    } catch (const std::exception& problem) {
      text = espalier_harness::Text(std::string(problem.what()));
    } catch (...) {
      text = "an exception";
    }
    limit = {};
    setitimer(ITIMER_REAL, &limit, nullptr);
    dprintf(out, "%s %d %s %s\n", secret.c_str(), one.number, what, text.c_str());
  }
  _exit(0);
}
)code";

std::string CppBody(const TestCase& test) {
  switch (test.check) {
    case TestCase::Check::kEquals: {
      // A list in braces has no type of its own.
      const bool braces = test.expected.starts_with('{');
      return fmt::format(
          "auto&& espalier_got = ({});\nespalier_text = espalier_harness::Text(espalier_got);\n"
          "return espalier_harness::Same(espalier_got, {}({}));\n",
          test.call, braces ? "std::remove_cvref_t<decltype(espalier_got)>" : "", test.expected);
    }
    case TestCase::Check::kTrue:
      return fmt::format("return static_cast<bool>({});\n", test.call);
    case TestCase::Check::kThrows:
      return fmt::format("try {{\n(void)({});\n}} catch ({}) {{\nreturn true;\n}}\nreturn false;\n",
                         test.call, test.expected.empty() ? "..." : "const " + test.expected + "&");
    default:
      return fmt::format("{};\nreturn true;\n", test.call);
  }
}

// An undeclared function would be an error of the linker, which does not say where.
constexpr std::string_view kCBegin = R"code(
#pragma GCC diagnostic error "-Wimplicit-function-declaration"
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
static char espalier_text[400];
static void espalier_integer(long long x) { snprintf(espalier_text, sizeof espalier_text, "%lld", x); }
static void espalier_real(double x) { snprintf(espalier_text, sizeof espalier_text, "%.12g", x); }
static void espalier_string(const char* x) {
  snprintf(espalier_text, sizeof espalier_text, "%s", x ? x : "NULL");
  for (char* c = espalier_text; *c; ++c) if (*c == '\n' || *c == '\r') *c = ' ';
}
static void espalier_nothing(const void* x) { (void)x; }
#define ESPALIER_TEXT(x) _Generic((x), char*: espalier_string, const char*: espalier_string, \
  float: espalier_real, double: espalier_real, int*: espalier_nothing, void*: espalier_nothing, \
  double*: espalier_nothing, default: espalier_integer)(x)
)code";

constexpr std::string_view kCEnd = R"code(
int main(int count, char** words) {
  (void)count;
  const int out = dup(1);
  dup2(open("/dev/null", O_WRONLY), 1);
  char secret[100] = "";
  if (!fgets(secret, sizeof secret, stdin)) return 1;
  secret[strcspn(secret, "\n")] = 0;
  const int first = atoi(words[1]);
  const double seconds = atof(words[2]);
  for (size_t i = 0; i < sizeof espalier_cases / sizeof espalier_cases[0]; ++i) {
    if (espalier_cases[i].number < first) continue;
    dprintf(out, "%s %d begin\n", secret, espalier_cases[i].number);
    struct itimerval limit = {{0, 0}, {(time_t)seconds, (suseconds_t)((seconds - (int)seconds) * 1e6)}};
    setitimer(ITIMER_REAL, &limit, NULL);
    espalier_text[0] = 0;
    const int ok = espalier_cases[i].run();
    const struct itimerval none = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &none, NULL);
    dprintf(out, "%s %d %s %s\n", secret, espalier_cases[i].number, ok ? "passed" : "failed", espalier_text);
  }
  _exit(0);
}
)code";

bool LooksReal(std::string_view expected) {
  return expected.find('.') != std::string_view::npos && expected.find('"') == std::string_view::npos &&
         expected.find_first_of("0123456789") != std::string_view::npos;
}

std::string CBody(const TestCase& test) {
  switch (test.check) {
    case TestCase::Check::kEquals: {
      std::string equal = "espalier_got == (" + test.expected + ")";
      if (test.expected.starts_with('"')) {
        equal = fmt::format("espalier_got && !strcmp(espalier_got, {})", test.expected);
      } else if (LooksReal(test.expected)) {
        equal = fmt::format("fabs(espalier_got - ({0})) <= 1e-6 * fmax(1, fabs({0}))", test.expected);
      }
      return fmt::format("__auto_type espalier_got = ({});\nESPALIER_TEXT(espalier_got);\nreturn {};\n",
                         test.call, equal);
    }
    case TestCase::Check::kTrue:
      return fmt::format("return !!({});\n", test.call);
    case TestCase::Check::kThrows:
      return fmt::format("#error C has no exceptions: {}\n", Quoted(test.call));
    default:
      return fmt::format("{};\nreturn 1;\n", test.call);
  }
}

struct Form {
  Language language;
  const char* main_file;
  std::string_view head, begin, end;
  const char* open_case;  // with the case's number
  const char* open_table;
  std::string (*body)(const TestCase&);
};

Rendered Render(const Form& form, const std::string& source, std::span<const NumberedCase> cases) {
  Rendered rendered;
  rendered.file = form.main_file;
  LineText text;
  text.Add(form.head);
  text.Add("#include \"solution.inc\"\n");
  text.Add(form.begin);
  std::string table;
  for (const NumberedCase& one : cases) {
    rendered.lines.push_back(text.line());
    text.Add(fmt::format(fmt::runtime(form.open_case), one.number));
    text.Add(one.test->setup + "\n" + form.body(*one.test) + "}\n");
    table += fmt::format("{{{0}, espalier_case_{0}}},\n", one.number);
  }
  rendered.lines.push_back(text.line());
  text.Add(form.open_table + table + "};\n");
  text.Add(form.end);
  rendered.program.language = form.language;
  rendered.program.files = {{form.main_file, std::move(text.text())},
                            {"solution.inc", WithoutMain(form.language, source) + "\n"}};
  return rendered;
}

}  // namespace

Rendered RenderC(const std::string& source, std::span<const NumberedCase> cases) {
  static constexpr Form kForm = {
      Language::kC,
      "main.c",
      "",
      kCBegin,
      kCEnd,
      "static int espalier_case_{}(void) {{\n",
      "static const struct { int number; int (*run)(void); } espalier_cases[] = {\n",
      CBody};
  return Render(kForm, source, cases);
}

Rendered RenderCpp(const std::string& source, std::span<const NumberedCase> cases) {
  static constexpr Form kForm = {
      Language::kCpp,
      "main.cpp",
      "#include <bits/stdc++.h>\n",
      kCppBegin,
      kCppEnd,
      "static bool espalier_case_{}([[maybe_unused]] std::string& espalier_text) {{\n",
      "static const espalier_harness::Case espalier_cases[] = {\n",
      CppBody};
  return Render(kForm, source, cases);
}

}  // namespace espalier::harness
