// Reference logits (Hugging Face transformers, float32, same weights) and how closely a model agrees
// with them. The files are written by scripts/golden/make_logits_golden.py, whose header has the format.
// Values; no global state, so different objects may be used from different threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/model.h"

namespace espalier {

/// What the reference computed at one position: some of its logits, the largest first.
struct GoldenPosition {
  float log_sum_exp = 0;      ///< of all logits
  float next_token_nll = 0;   ///< -log p of the window's next token, nats; 0 at a window's end
  std::vector<TokenId> ids;   ///< the top ids in descending order, then sampled ids
  std::vector<float> logits;  ///< of `ids`
};

/// A sequence that starts with an empty context.
struct GoldenWindow {
  std::vector<TokenId> tokens;
  std::vector<GoldenPosition> positions;  ///< one a token
};

struct GoldenLogits {
  uint32_t vocab_size = 0;
  uint32_t top = 0;           ///< how many of each position's ids are its largest logits
  uint64_t weight_bytes = 0;  ///< size of the weights file that the reference read
  std::vector<GoldenWindow> windows;
};

/// Errors: kNotFound, kCorrupt, kIo.
Result<GoldenLogits> ReadGoldenLogits(const std::filesystem::path& path);

/// Agreement of computed logits with the reference, over all positions added so far. Cosines are those
/// of the two vectors of stored logits of a position.
class LogitsAgreement {
 public:
  /// `logits` is the full row that the model computed for the position.
  void Add(const GoldenPosition& golden, std::span<const float> logits);

  size_t positions() const { return cosines_.size(); }
  double mean_cosine() const;
  double min_cosine() const;
  double top1_share() const;  ///< share of positions whose largest logit has the reference's id
  double max_difference() const { return max_difference_; }  ///< largest |logit - reference|
  double rms_difference() const;
  double rms_reference() const;  ///< root mean square of the reference's logits
  double max_log_sum_exp_difference() const { return max_lse_difference_; }
  double max_norm() const { return max_norm_; }  ///< largest |reference logit|
  std::string Summary() const;                   ///< one line for people

 private:
  std::vector<double> cosines_;
  size_t top1_equal_ = 0;
  size_t values_ = 0;
  double square_difference_ = 0, square_reference_ = 0;
  double max_difference_ = 0, max_lse_difference_ = 0, max_norm_ = 0;
};

/// log(sum(exp(logits))), in double precision.
double LogSumExp(std::span<const float> logits);

/// Runs `window` through `model` in steps of `step_tokens` and adds every position to `agreement`.
Status CompareWindow(Model& model, const GoldenWindow& window, size_t step_tokens,
                     LogitsAgreement& agreement);

}  // namespace espalier
