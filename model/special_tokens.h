// Tokens with a meaning beyond their text, by the names that model families give them: which role each has,
// and which of them end an answer. Pure functions, thread-safe.
#pragma once

#include <vector>

#include "model/model_file.h"

namespace espalier {

/// Fills the roles that `data.special` leaves open by the tokens' names ("<|fim_prefix|>", "<fim_prefix>",
/// "<PRE>" ...). Only control and user-defined tokens take a role by name. REQUIRES: a type for each token.
void FindSpecialTokens(TokenizerData& data);

/// Tokens after which a model has nothing more to say, ascending: those with a role (whichever is
/// generated, an answer is over), and further end marks by name. REQUIRES: a type for each token.
std::vector<TokenId> EndOfGenerationTokens(const TokenizerData& data);

}  // namespace espalier
