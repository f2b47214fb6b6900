// LSP's base protocol as bytes: "Content-Length: N", a blank line, N bytes of JSON. FrameReader takes
// bytes as they come and gives whole messages; it survives any input with bounded memory, says once
// what was wrong, and finds the next message again where that is possible. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace espalier::lsp {

/// Longer messages are skipped, so that no header can make the server reserve memory.
inline constexpr size_t kMaxMessageBytes = size_t{64} << 20;

struct Frame {
  enum class Kind {
    kMessage,  ///< `text` is a message's body
    kProblem,  ///< `text` says what was skipped and why
    kBroken,   ///< as kProblem, and nothing after it can be read: close the connection
  };
  Kind kind = Kind::kMessage;
  std::string text;
};

class FrameReader {
 public:
  explicit FrameReader(size_t max_message_bytes = kMaxMessageBytes) : max_bytes_(max_message_bytes) {}

  /// Takes bytes in, in any portions.
  void Push(std::string_view bytes);
  /// The next message or problem; nothing when more bytes are needed or after kBroken.
  std::optional<Frame> Next();

 private:
  enum class State { kHeaders, kBody, kSkipBody, kBroken };

  std::optional<Frame> ReadHeaderLine();
  std::optional<Frame> ReadBody();
  void SkipBody();
  void TakeHeader(std::string_view line);
  std::optional<Frame> EndHeaders();
  void Complain(std::string problem);
  void Drop(size_t bytes);

  size_t max_bytes_;
  State state_ = State::kHeaders;
  std::string buffer_;
  size_t consumed_ = 0;             ///< bytes of buffer_ that were used already
  bool in_long_line_ = false;       ///< dropping a header line that is too long to be one
  std::optional<uint64_t> length_;  ///< of the message whose headers are being read
  uint64_t skip_bytes_ = 0;
  bool any_header_ = false;  ///< a line that is not blank was read since the last message
  std::string problem_;      ///< first problem of these headers
};

/// `body` with its header.
std::string EncodeFrame(std::string_view body);

}  // namespace espalier::lsp
