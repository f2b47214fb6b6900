#include <fmt/format.h>

#include "testgen/harness/render.h"

namespace espalier::harness {
namespace {

// What the harness itself imports, and what cases may need besides.
constexpr std::string_view kOptionalImports[] = {"errors", "sort", "strings", "unicode"};

constexpr std::string_view kBegin = R"code(
type espalierCase struct {
	number int
	run    func() (bool, string)
}

func espalierText(value any) string {
	text := []rune(fmt.Sprintf("%#v", value))
	for i, c := range text {
		if c == '\n' || c == '\r' {
			text[i] = ' '
		}
	}
	return string(text)
}

func espalierNumber(value any) (float64, bool, bool) {
	v := reflect.ValueOf(value)
	switch {
	case !v.IsValid():
		return 0, false, false
	case v.CanInt():
		return float64(v.Int()), false, true
	case v.CanUint():
		return float64(v.Uint()), false, true
	case v.CanFloat():
		return v.Float(), true, true
	}
	return 0, false, false
}

func espalierSame(got, want any) bool {
	a, realA, okA := espalierNumber(got)
	b, realB, okB := espalierNumber(want)
	if okA && okB {
		return a == b || (realA || realB) && math.Abs(a-b) <= 1e-6*math.Max(1, math.Abs(b))
	}
	x, y := reflect.ValueOf(got), reflect.ValueOf(want)
	if x.IsValid() && x.Kind() == reflect.Slice && x.Len() == 0 && (!y.IsValid() || y.Kind() == reflect.Slice && y.Len() == 0) {
		return true
	}
	return reflect.DeepEqual(got, want)
}

)code";

constexpr std::string_view kEnd = R"code(
func main() {
	out := os.Stdout
	os.Stdout, _ = os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	secret, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	secret = secret[:len(secret)-1]
	first, _ := strconv.Atoi(os.Args[1])
	seconds, _ := strconv.ParseFloat(os.Args[2], 64)
	for _, one := range espalierCases {
		if one.number < first {
			continue
		}
		number := one.number
		fmt.Fprintf(out, "%s %d begin\n", secret, number)
		watch := time.AfterFunc(time.Duration(seconds*float64(time.Second)), func() {
			fmt.Fprintf(out, "%s %d timeout\n", secret, number)
			os.Exit(3)
		})
		func() {
			defer func() {
				watch.Stop()
				if problem := recover(); problem != nil {
					fmt.Fprintf(out, "%s %d error %s\n", secret, number, strconv.QuoteToASCII(fmt.Sprint(problem)))
				}
			}()
			ok, text := one.run()
			what := "failed"
			if ok {
				what = "passed"
			}
			fmt.Fprintf(out, "%s %d %s %s\n", secret, number, what, text)
		}()
	}
	os.Exit(0)
}
)code";

std::string Body(const TestCase& test) {
  switch (test.check) {
    case TestCase::Check::kEquals:
      return fmt::format(
          "espalierGot := {}\nreturn espalierSame(espalierGot, {}), espalierText(espalierGot)\n", test.call,
          test.expected);
    case TestCase::Check::kTrue:
      return fmt::format("return {}, \"\"\n", test.call);
    case TestCase::Check::kThrows:
      return fmt::format(
          "espalierPanics := false\nfunc() {{\ndefer func() {{ espalierPanics = recover() != nil "
          "}}()\n{}\n}}()\n"
          "return espalierPanics, \"\"\n",
          test.call);
    default:
      return fmt::format("{}\nreturn true, \"\"\n", test.call);
  }
}

std::string ImportsFor(std::span<const NumberedCase> cases) {
  std::string imports =
      "import (\n\t\"bufio\"\n\t\"fmt\"\n\t\"math\"\n\t\"os\"\n\t\"reflect\"\n\t\"strconv\"\n\t\"time\"\n";
  for (const std::string_view package : kOptionalImports) {
    const std::string use = std::string(package) + ".";
    for (const NumberedCase& one : cases) {
      if ((one.test->setup + one.test->call + one.test->expected).find(use) == std::string::npos) continue;
      imports += fmt::format("\t\"{}\"\n", package);
      break;
    }
  }
  return imports + ")\n";
}

/// The source as part of the program, whichever package it says it is.
std::string InPackageMain(const std::string& source) {
  const std::string kept = WithoutMain(Language::kGo, source);
  const size_t clause = kept.starts_with("package ") ? 0 : kept.find("\npackage ");
  if (clause == std::string::npos) return "package main\n" + kept;
  const size_t begin = kept.find("package ", clause);
  const size_t end = kept.find_first_of("\n;", begin);
  return kept.substr(0, begin) + "package main" + kept.substr(std::min(end, kept.size()));
}

}  // namespace

Rendered RenderGo(const std::string& source, std::span<const NumberedCase> cases) {
  Rendered rendered;
  rendered.file = "main.go";
  LineText text;
  text.Add("package main\n" + ImportsFor(cases));
  text.Add(kBegin);
  std::string table;
  for (const NumberedCase& one : cases) {
    rendered.lines.push_back(text.line());
    text.Add(fmt::format("func espalierCase{}() (bool, string) {{\n", one.number));
    text.Add(one.test->setup + "\n" + Body(*one.test) + "}\n");
    table += fmt::format("{{{0}, espalierCase{0}}},\n", one.number);
  }
  rendered.lines.push_back(text.line());
  text.Add("var espalierCases = []espalierCase{\n" + table + "}\n");
  text.Add(kEnd);
  rendered.program.language = Language::kGo;
  rendered.program.files = {{rendered.file, std::move(text.text())}, {"solution.go", InPackageMain(source)}};
  return rendered;
}

}  // namespace espalier::harness
