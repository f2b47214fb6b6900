#include "evals/bench/golden_logits.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <string_view>

#include "base/mapped_file.h"
#include "model/quant.h"

namespace espalier {
namespace {

static_assert(std::endian::native == std::endian::little, "golden files are little-endian");

constexpr std::string_view kMagic = "ESPLOGIT";
constexpr uint32_t kVersion = 1;

/// Takes values off the front of a byte range; after a read past its end, ok() is false and values are 0.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  bool ok() const { return ok_; }
  bool at_end() const { return bytes_.empty(); }
  size_t left() const { return bytes_.size(); }

  template <typename T>
  T Take() {
    T value{};
    if (bytes_.size() < sizeof(T)) {
      ok_ = false;
      return value;
    }
    std::memcpy(&value, bytes_.data(), sizeof(T));
    bytes_ = bytes_.subspan(sizeof(T));
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  bool ok_ = true;
};

struct Header {
  uint32_t version, vocab_size, windows, positions, top, samples, value_bytes;
  uint64_t weight_bytes;

  size_t RecordBytes() const { return 8 + size_t{top} * (4 + value_bytes) + size_t{samples} * value_bytes; }
};

Header ReadHeader(ByteReader& reader) {
  Header h{};
  for (uint32_t* field :
       {&h.version, &h.vocab_size, &h.windows, &h.positions, &h.top, &h.samples, &h.value_bytes}) {
    *field = reader.Take<uint32_t>();
  }
  h.weight_bytes = reader.Take<uint64_t>();
  return h;
}

bool HeaderMakesSense(const Header& h, size_t bytes_left) {
  if (h.version != kVersion || h.vocab_size == 0 || h.top == 0) return false;
  if (h.top > h.vocab_size || h.samples > h.vocab_size) return false;
  if (h.value_bytes != 2 && h.value_bytes != 4) return false;
  return bytes_left == 4 * (size_t{h.windows} + h.positions) + h.positions * h.RecordBytes();
}

/// The finaliser of Steele, Lea and Flood's SplitMix64 (2014).
uint64_t SplitMix64(uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

TokenId SampledId(const Header& h, uint64_t position, uint32_t sample) {
  if (h.samples == h.vocab_size) return static_cast<TokenId>(sample);
  return static_cast<TokenId>(SplitMix64(position * h.samples + sample) % h.vocab_size);
}

GoldenPosition ReadPosition(const Header& h, uint64_t position, ByteReader& reader) {
  GoldenPosition golden;
  golden.log_sum_exp = reader.Take<float>();
  golden.next_token_nll = reader.Take<float>();
  for (uint32_t i = 0; i < h.top; ++i) golden.ids.push_back(reader.Take<TokenId>());
  for (uint32_t i = 0; i < h.samples; ++i) golden.ids.push_back(SampledId(h, position, i));
  for (size_t i = 0; i < golden.ids.size(); ++i) {
    golden.logits.push_back(h.value_bytes == 4 ? reader.Take<float>() : HalfToFloat(reader.Take<uint16_t>()));
  }
  return golden;
}

bool InVocabulary(const Header& h, const std::vector<TokenId>& ids) {
  return std::ranges::all_of(ids,
                             [&](TokenId id) { return id >= 0 && static_cast<uint32_t>(id) < h.vocab_size; });
}

/// Reads all after the header. False if lengths or ids do not fit.
bool ReadWindows(const Header& h, ByteReader& reader, std::vector<GoldenWindow>& windows) {
  windows.resize(h.windows);
  std::vector<uint32_t> lengths(h.windows);
  for (uint32_t& length : lengths) length = reader.Take<uint32_t>();
  if (std::accumulate(lengths.begin(), lengths.end(), uint64_t{0}) != h.positions) return false;
  for (size_t w = 0; w < windows.size(); ++w) {
    for (uint32_t i = 0; i < lengths[w]; ++i) windows[w].tokens.push_back(reader.Take<TokenId>());
    if (!InVocabulary(h, windows[w].tokens)) return false;
  }
  uint64_t position = 0;
  for (GoldenWindow& window : windows) {
    for (size_t i = 0; i < window.tokens.size(); ++i) {
      window.positions.push_back(ReadPosition(h, position++, reader));
      if (!InVocabulary(h, window.positions.back().ids)) return false;
    }
  }
  return reader.ok() && reader.at_end();
}

double Dot(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0, std::plus<>(),
                            [](double x, double y) { return x * y; });
}

/// |a - b|, infinite when either is not a number.
double Distance(double a, double b) {
  const double distance = std::abs(a - b);
  return std::isnan(distance) ? std::numeric_limits<double>::infinity() : distance;
}

}  // namespace

Result<GoldenLogits> ReadGoldenLogits(const std::filesystem::path& path) {
  ESPALIER_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  const auto corrupt = [&](const char* what) {
    return Fail(ErrorCode::kCorrupt,
                path.string() + ": " + what + "; write it again with make_logits_golden.py");
  };
  const auto bytes = file.bytes();
  if (bytes.size() < kMagic.size() || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
    return corrupt("not a file of golden logits");
  }
  ByteReader reader(bytes.subspan(kMagic.size()));
  const Header header = ReadHeader(reader);
  if (!reader.ok() || !HeaderMakesSense(header, reader.left()))
    return corrupt("its header does not fit its size");
  GoldenLogits golden{header.vocab_size, header.top, header.weight_bytes, {}};
  if (!ReadWindows(header, reader, golden.windows)) return corrupt("a length or token id is out of range");
  return golden;
}

void LogitsAgreement::Add(const GoldenPosition& golden, std::span<const float> logits) {
  std::vector<float> ours;
  for (const TokenId id : golden.ids) ours.push_back(logits[static_cast<size_t>(id)]);
  const double theirs_square = Dot(golden.logits, golden.logits);
  cosines_.push_back(Dot(ours, golden.logits) / std::sqrt(Dot(ours, ours) * theirs_square));
  top1_equal_ += std::ranges::max_element(logits) - logits.begin() == golden.ids[0];
  for (size_t i = 0; i < ours.size(); ++i) {
    const double difference = Distance(ours[i], golden.logits[i]);
    max_difference_ = std::max(max_difference_, difference);
    square_difference_ += difference * difference;
    max_norm_ = std::max(max_norm_, double{std::abs(golden.logits[i])});
  }
  values_ += ours.size();
  square_reference_ += theirs_square;
  max_lse_difference_ = std::max(max_lse_difference_, Distance(LogSumExp(logits), golden.log_sum_exp));
}

double LogitsAgreement::mean_cosine() const {
  return std::accumulate(cosines_.begin(), cosines_.end(), 0.0) / static_cast<double>(cosines_.size());
}

double LogitsAgreement::min_cosine() const { return *std::ranges::min_element(cosines_); }

double LogitsAgreement::top1_share() const {
  return static_cast<double>(top1_equal_) / static_cast<double>(cosines_.size());
}

double LogitsAgreement::rms_difference() const {
  return std::sqrt(square_difference_ / static_cast<double>(values_));
}

double LogitsAgreement::rms_reference() const {
  return std::sqrt(square_reference_ / static_cast<double>(values_));
}

std::string LogitsAgreement::Summary() const {
  char line[256];
  std::snprintf(line, sizeof(line),
                "%zu positions: cosine mean %.7f min %.7f, top-1 equal %.2f %%, difference rms %.2e max %.2e "
                "(logits rms %.2f), log-sum-exp difference max %.2e",
                positions(), mean_cosine(), min_cosine(), 100 * top1_share(), rms_difference(),
                max_difference_, rms_reference(), max_lse_difference_);
  return line;
}

double LogSumExp(std::span<const float> logits) {
  const double peak = *std::ranges::max_element(logits);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - peak);
  return peak + std::log(sum);
}

Status CompareWindow(Model& model, const GoldenWindow& window, size_t step_tokens,
                     LogitsAgreement& agreement) {
  KvSequence sequence;
  Logits logits;
  Status status;
  const std::span<const TokenId> tokens = window.tokens;
  for (size_t at = 0; at < tokens.size() && status; at += step_tokens) {
    const auto step = tokens.subspan(at, std::min(step_tokens, tokens.size() - at));
    const SequenceChunk chunk{&sequence, step, static_cast<uint32_t>(step.size())};
    status = model.Forward({&chunk, 1}, logits);
    for (size_t r = 0; r < step.size() && status; ++r) agreement.Add(window.positions[at + r], logits.row(r));
  }
  model.kv().Free(sequence);
  return status;
}

}  // namespace espalier
