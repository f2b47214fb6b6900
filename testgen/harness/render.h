// Internal to testgen/: the text of harness programs, a function a language. A harness is started with
// arguments NUMBER and SECONDS, reads its word as a line from standard input, and runs the cases from that
// number on. For each it writes "WORD NUMBER begin", then "WORD NUMBER passed|failed|error TEXT".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "testgen/program.h"
#include "testgen/test_case.h"

namespace espalier::harness {

/// A case and its number among all.
struct NumberedCase {
  uint32_t number = 0;
  const TestCase* test = nullptr;
};

struct Rendered {
  Program program;
  std::string file;  ///< the one that the cases stand in
  /// Line of `file`, from 1, at which each case begins; one more for the end of the last.
  std::vector<uint32_t> lines;
};

/// A text that knows which line it is at.
class LineText {
 public:
  void Add(std::string_view text) {
    for (const char c : text) line_ += c == '\n';
    text_ += text;
  }
  uint32_t line() const { return line_; }
  std::string& text() { return text_; }

 private:
  std::string text_;
  uint32_t line_ = 1;
};

/// `text` as a string literal of JSON, which Python and JavaScript read alike.
std::string Quoted(std::string_view text);

/// The source without what would begin a program: functions called "main".
std::string WithoutMain(Language language, const std::string& source);

/// A source that is a program already.
Program ProgramOf(Language language, const std::string& source);

/// The file that a Java source must be in: that of its public class, else of its first.
std::string JavaFileFor(const std::string& source);

Rendered RenderPython(const std::string& source, std::span<const NumberedCase> cases);
Rendered RenderC(const std::string& source, std::span<const NumberedCase> cases);
Rendered RenderCpp(const std::string& source, std::span<const NumberedCase> cases);
Rendered RenderJava(const std::string& source, std::span<const NumberedCase> cases);
Rendered RenderJavaScript(const std::string& source, std::span<const NumberedCase> cases);
Rendered RenderTypeScript(const std::string& source, std::span<const NumberedCase> cases);
Rendered RenderGo(const std::string& source, std::span<const NumberedCase> cases);
Rendered RenderRust(const std::string& source, std::span<const NumberedCase> cases);

}  // namespace espalier::harness
