// Errors as values. Every function of Espalier that can fail on bad input or a missing resource
// returns Result<T> (or Status, when there is nothing to return); no exception crosses a thread or a
// module boundary. An Error's message is one sentence for the user: what is wrong, with the file,
// field and value it concerns, and what to do next.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace espalier {

/// Why something failed; the command line maps these to exit codes, the LSP server to error codes.
enum class ErrorCode {
  kInvalidArgument,    ///< The caller asked for something that makes no sense (flag, position, field).
  kNotFound,           ///< A file, model, symbol or program does not exist.
  kCorrupt,            ///< Bytes that do not follow their format.
  kUnsupported,        ///< Well-formed, but not something this program handles.
  kIo,                 ///< The operating system refused: permissions, disk full, broken pipe.
  kResourceExhausted,  ///< A stated limit (memory, KV blocks, queue length) would be exceeded.
  kCancelled,          ///< The caller gave up.
  kDeadlineExceeded,   ///< The caller's time budget ran out.
  kUnavailable,        ///< A part that is not there now (no daemon, no GPU); trying later may help.
  kInternal,           ///< A bug in Espalier.
};

/// Lower-case hyphenated name of `code`, for logs and JSON ("invalid-argument").
std::string_view ErrorCodeName(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

/// Makes the error side of a Result: `return Fail(ErrorCode::kNotFound, "...");`
inline tl::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}
inline tl::unexpected<Error> Fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace espalier

/// Returns from the enclosing function with the error of `expr` (a Status or Result) if it failed.
#define ESPALIER_RETURN_IF_ERROR(expr)                             \
  do {                                                             \
    if (auto espalier_status = (expr); !espalier_status)           \
      return ::espalier::Fail(std::move(espalier_status.error())); \
  } while (false)

#define ESPALIER_CONCAT_INNER(a, b) a##b
#define ESPALIER_CONCAT(a, b) ESPALIER_CONCAT_INNER(a, b)

/// `ESPALIER_ASSIGN_OR_RETURN(auto x, F());` declares x from a Result or returns its error.
#define ESPALIER_ASSIGN_OR_RETURN(declaration, expr)                                         \
  auto ESPALIER_CONCAT(espalier_result_, __LINE__) = (expr);                                 \
  if (!ESPALIER_CONCAT(espalier_result_, __LINE__))                                          \
    return ::espalier::Fail(std::move(ESPALIER_CONCAT(espalier_result_, __LINE__).error())); \
  declaration = std::move(*ESPALIER_CONCAT(espalier_result_, __LINE__))
