#include "lsp/framing.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

namespace espalier::lsp {
namespace {

constexpr size_t kMaxHeaderLineBytes = 4096;
// A length beyond this is no message that is too long, but a header that is wrong.
constexpr uint64_t kMaxSkippableBytes = uint64_t{4} << 30;
constexpr std::string_view kContentLength = "content-length:";

bool EqualIgnoringCase(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

// Position of the last "Content-Length:" in the line. After a message without a length its body runs
// into the next message's first header; looking inside the line is what finds the way back.
size_t FindContentLength(std::string_view line) {
  const auto found = std::find_end(line.begin(), line.end(), kContentLength.begin(), kContentLength.end(),
                                   EqualIgnoringCase);
  return found == line.end() ? std::string_view::npos : static_cast<size_t>(found - line.begin());
}

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::optional<uint64_t> ParseLength(std::string_view digits) {
  uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, value);
  if (digits.empty() || error != std::errc{} || rest != end) return std::nullopt;
  return value;
}

bool LooksLikeHeader(std::string_view line) {
  const size_t colon = line.find(':');
  return colon != std::string_view::npos && colon > 0 &&
         std::all_of(line.begin(), line.begin() + static_cast<ptrdiff_t>(colon),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
}

}  // namespace

void FrameReader::Push(std::string_view bytes) {
  if (state_ == State::kBroken) return;
  if (consumed_ > 0) {
    buffer_.erase(0, consumed_);
    consumed_ = 0;
  }
  buffer_.append(bytes);
}

std::optional<Frame> FrameReader::Next() {
  while (state_ != State::kBroken) {
    if (state_ == State::kBody) return ReadBody();
    if (state_ == State::kSkipBody) {
      SkipBody();
      if (state_ == State::kSkipBody) return std::nullopt;
    }
    const size_t before = consumed_;
    auto frame = ReadHeaderLine();
    if (frame) return frame;
    if (consumed_ == before && state_ == State::kHeaders) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Frame> FrameReader::ReadHeaderLine() {
  const std::string_view rest = std::string_view(buffer_).substr(consumed_);
  const size_t newline = rest.find('\n');
  if (newline == std::string_view::npos) {
    if (rest.size() <= kMaxHeaderLineBytes) return std::nullopt;
    Complain("a header line of more than " + std::to_string(kMaxHeaderLineBytes) + " bytes was skipped");
    in_long_line_ = true;
    // The tail stays: it may hold the beginning of a real header.
    Drop(rest.size() - kContentLength.size());
    return std::nullopt;
  }
  const std::string_view line = Trimmed(rest.substr(0, newline));
  const bool blank = line.empty() && !in_long_line_;
  in_long_line_ = false;
  if (!blank) TakeHeader(line);
  Drop(newline + 1);
  return blank ? EndHeaders() : std::nullopt;
}

void FrameReader::TakeHeader(std::string_view line) {
  any_header_ = true;
  const size_t at = FindContentLength(line);
  if (at != 0 && !LooksLikeHeader(line)) Complain("bytes that are no header were skipped");
  if (at == std::string_view::npos) return;
  const auto value = ParseLength(Trimmed(line.substr(at + kContentLength.size())));
  if (!value) return Complain("a Content-Length that is no number was ignored");
  if (length_) Complain("a second Content-Length replaced the first");
  length_ = value;
}

std::optional<Frame> FrameReader::EndHeaders() {
  const auto length = std::exchange(length_, std::nullopt);
  std::string problem = std::exchange(problem_, {});
  const bool any_header = std::exchange(any_header_, false);
  if (!length) {
    if (!any_header) return std::nullopt;  // blank lines between messages are harmless
    if (problem.empty()) problem = "headers were skipped";
    return Frame{Frame::Kind::kProblem, problem + "; no Content-Length followed"};
  }
  if (*length > kMaxSkippableBytes) {
    state_ = State::kBroken;
    return Frame{Frame::Kind::kBroken, "Content-Length " + std::to_string(*length) + " cannot be right"};
  }
  if (*length > max_bytes_) {
    state_ = State::kSkipBody;
    skip_bytes_ = *length;
    return Frame{Frame::Kind::kProblem, "a message of " + std::to_string(*length) +
                                            " bytes was skipped; at most " + std::to_string(max_bytes_) +
                                            " are read"};
  }
  state_ = State::kBody;
  length_ = length;
  if (problem.empty()) return std::nullopt;
  return Frame{Frame::Kind::kProblem, std::move(problem)};
}

std::optional<Frame> FrameReader::ReadBody() {
  if (buffer_.size() - consumed_ < *length_) return std::nullopt;
  const auto length = static_cast<size_t>(*std::exchange(length_, std::nullopt));
  Frame frame{Frame::Kind::kMessage, buffer_.substr(consumed_, length)};
  state_ = State::kHeaders;
  Drop(length);
  if (consumed_ == buffer_.size()) {
    buffer_ = {};  // gives the memory of a large message back
    consumed_ = 0;
  }
  return frame;
}

void FrameReader::SkipBody() {
  const uint64_t bytes = std::min<uint64_t>(skip_bytes_, buffer_.size() - consumed_);
  skip_bytes_ -= bytes;
  Drop(static_cast<size_t>(bytes));
  if (skip_bytes_ == 0) state_ = State::kHeaders;
}

void FrameReader::Complain(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
}

void FrameReader::Drop(size_t bytes) { consumed_ += bytes; }

std::string EncodeFrame(std::string_view body) {
  std::string frame = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  frame += body;
  return frame;
}

}  // namespace espalier::lsp
