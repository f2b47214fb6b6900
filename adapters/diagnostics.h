// What a compiler or a failing program said, as data. The output is foreign text: any bytes are read, lines
// beyond some length are cut, nothing fails. Pure functions, thread-safe.
//
// A language says what its tools write as patterns, one a kind of line:
//
//   {file}:{line}:{column}: {severity}: {message}
//
// {line} and {column} are numbers; {severity} is one of "error", "fatal error", "warning", "note", "help",
// "runtime error", ... ; {code} is a word of letters, digits and ".$_-"; {file}, {symbol}, {any} and
// {message} are any text, as little as fits. Everything else stands for itself. A pattern describes a whole
// line.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

enum class Severity { kError, kWarning, kNote };

/// "error", "warning", "note".
std::string_view SeverityName(Severity severity);

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string file;     ///< as the program's files are named; empty when unknown
  uint32_t line = 0;    ///< from 1; 0 when unknown
  uint32_t column = 0;  ///< from 1, in the tool's own units (mostly bytes); 0 when unknown
  std::string message;
  std::string code;  ///< "E0308", "TS2322", "unused-variable", "ValueError"; may be empty

  bool operator==(const Diagnostic&) const = default;
};

/// Lines of a tool: each that fits a pattern is a diagnostic. Earlier patterns go first.
struct CompilerFormat {
  std::span<const std::string_view> patterns = {};
  /// Lines that add to the message before them ("  symbol:   {message}"); they are appended behind "; ".
  std::span<const std::string_view> details = {};
};

/// What a language's runtime writes when a program dies: a line that says what happened, and places.
struct CrashFormat {
  std::span<const std::string_view> messages =
      {};  ///< {code} and {message}; may have {file}, {line}, {column}
  std::span<const std::string_view> details = {};  ///< as in CompilerFormat, behind a message
  std::span<const std::string_view> frames = {};   ///< a call on the stack: {file}, {line}, {column}
  /// A place outside of any call, which counts when no frame lies in the program's files: where a file does
  /// not parse. The line below it is the file's own.
  std::span<const std::string_view> heads = {};
  /// The message stands behind the frames, the last of which is the innermost (Python). Else it stands before
  /// them, and the first is.
  bool message_is_last = false;
  bool message_on_next_line = false;  ///< the message follows the line that a pattern fits (Rust)
};

/// Names under which a run saw the program's files.
struct FileNames {
  std::span<const std::string> files = {};  ///< the program's own, as the caller names them
  std::string_view folder;                  ///< where they lay: "/tmp/work"
};

/// At most `kMostDiagnostics`, in the order of the text. A caret line below a diagnostic gives its column
/// when the tool does not.
std::vector<Diagnostic> ParseCompilerOutput(const CompilerFormat& format, std::string_view text,
                                            const FileNames& names);
inline constexpr size_t kMostDiagnostics = 100;

struct Crash {
  Diagnostic diagnostic;  ///< with the innermost place in the program's own files
  bool called = false;    ///< something in the program's own files was on the stack: it had begun to run
};

/// What made a program end; nothing when the text does not say.
std::optional<Crash> ParseCrash(const CrashFormat& format, std::string_view text, const FileNames& names);

/// "main.cpp:3:5: error: no member named 'x' [code]".
std::string FormatDiagnostic(const Diagnostic& diagnostic);

}  // namespace espalier
