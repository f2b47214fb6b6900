// A model of a known shape, with a vocabulary of its own, that writes text like a given one: each token
// foretells those that come behind it there. All its matrices are computed as in any model of the shape, so
// that its speed is theirs, and what it writes is enough like code for a grammar to have work with.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/model_file.h"

namespace espalier {

/// Shapes as in MakeRandomModel; the matrix of the output is not that of the embedding. Draw at a temperature
/// near 1 with min_p, since most of the vocabulary has logit 0. Errors: kInvalidArgument.
Result<ModelFile> MakeBigramModel(std::string_view shape, std::string_view text);

}  // namespace espalier
