#include "grammar/c_api.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/closer.h"
#include "grammar/mask_walk.h"
#include "grammar/recovery.h"

namespace {

// Memory may run out; callers in C are told by a null pointer or a 0.
template <typename Function, typename Value>
Value Guarded(Value otherwise, Function function) {
  try {
    return function();
  } catch (const std::exception&) {
    return otherwise;
  }
}

std::string_view View(const char* text, size_t size) {
  return text == nullptr ? std::string_view() : std::string_view(text, size);
}

}  // namespace

struct espalier_vocabulary {
  std::vector<std::string> tokens;
  std::unique_ptr<espalier::Vocabulary> trie;
};

struct espalier_constraint {
  espalier_constraint(const espalier::Grammar& grammar, const espalier_vocabulary& vocabulary_in)
      : vocabulary(vocabulary_in),
        recogniser(grammar),
        masks(grammar, *vocabulary_in.trie),
        places{recogniser.place()} {}

  bool IsText(std::string_view bytes) const {
    if (bytes.empty() || bytes.find('\0') != std::string_view::npos) return false;
    return recogniser.ContinuesUtf8(bytes);
  }
  bool Take(uint32_t token) {
    if (token >= vocabulary.tokens.size() || !IsText(vocabulary.tokens[token])) return false;
    return recogniser.Advance(vocabulary.tokens[token]) && recogniser.Viable();
  }

  const espalier_vocabulary& vocabulary;
  espalier::Recogniser recogniser;
  espalier::MaskTables masks;
  std::vector<espalier::Recogniser::Place> places;  // after each accepted token
  bool off = false;
};

extern "C" {

espalier_vocabulary* espalier_vocabulary_new(const char* const* tokens, const size_t* sizes, size_t count) {
  if (tokens == nullptr || sizes == nullptr) return nullptr;
  return Guarded<>(static_cast<espalier_vocabulary*>(nullptr), [&] {
    auto vocabulary = std::make_unique<espalier_vocabulary>();
    for (size_t i = 0; i < count; ++i) vocabulary->tokens.emplace_back(View(tokens[i], sizes[i]));
    const std::vector<std::string_view> views(vocabulary->tokens.begin(), vocabulary->tokens.end());
    vocabulary->trie = std::make_unique<espalier::Vocabulary>(views);
    return vocabulary.release();
  });
}

void espalier_vocabulary_free(espalier_vocabulary* vocabulary) { delete vocabulary; }

espalier_constraint* espalier_constraint_new(const char* language, const espalier_vocabulary* vocabulary) {
  if (language == nullptr || vocabulary == nullptr) return nullptr;
  for (size_t i = 0; i < espalier::kLanguageCount; ++i) {
    const auto known = static_cast<espalier::Language>(i);
    if (espalier::LanguageId(known) != language) continue;
    return Guarded<>(static_cast<espalier_constraint*>(nullptr),
                     [&] { return new espalier_constraint(espalier::Grammar::For(known), *vocabulary); });
  }
  return nullptr;
}

void espalier_constraint_free(espalier_constraint* constraint) { delete constraint; }

int espalier_constraint_append(espalier_constraint* constraint, const char* text, size_t size) {
  if (constraint == nullptr || constraint->off) return 0;
  return Guarded<>(0, [&] {
    const auto recoveries = espalier::AdvanceWithRecovery(constraint->recogniser, View(text, size));
    constraint->off = !recoveries || !constraint->recogniser.Viable();
    constraint->places = {constraint->recogniser.place()};
    return static_cast<int>(!constraint->off);
  });
}

int espalier_constraint_allows(espalier_constraint* constraint, uint32_t token) {
  if (constraint == nullptr) return 0;
  if (constraint->off) return 1;
  return Guarded<>(0, [&] {
    const bool allowed = constraint->Take(token);
    constraint->recogniser.ReturnTo(constraint->places.back());
    return static_cast<int>(allowed);
  });
}

void espalier_constraint_mask(espalier_constraint* constraint, uint64_t* bits) {
  if (constraint == nullptr || bits == nullptr) return;
  const size_t words = (constraint->vocabulary.tokens.size() + 63) / 64;
  std::fill_n(bits, words, constraint->off ? ~uint64_t{0} : 0);
  if (constraint->off) return;
  Guarded<>(0, [&] {
    espalier::TokenMask mask(words);
    espalier::MaskWalk(constraint->recogniser, constraint->masks).Allow(mask);
    std::copy(mask.begin(), mask.end(), bits);
    return 0;
  });
}

int espalier_constraint_accept(espalier_constraint* constraint, uint32_t token) {
  if (constraint == nullptr) return 0;
  return Guarded<>(0, [&] {
    const bool allowed = constraint->off || constraint->Take(token);
    if (allowed) {
      constraint->recogniser.Prune();
      constraint->places.push_back(constraint->recogniser.place());
    } else {
      constraint->recogniser.ReturnTo(constraint->places.back());
    }
    return static_cast<int>(allowed);
  });
}

int espalier_constraint_rollback(espalier_constraint* constraint, size_t tokens) {
  if (constraint == nullptr || tokens >= constraint->places.size()) return 0;
  constraint->places.resize(constraint->places.size() - tokens);
  constraint->recogniser.ReturnTo(constraint->places.back());
  return 1;
}

int espalier_constraint_may_end(espalier_constraint* constraint, const char* suffix, size_t size) {
  if (constraint == nullptr) return 0;
  if (constraint->off) return 1;
  return Guarded<>(0, [&] {
    if (!constraint->recogniser.UnfinishedCodePoint().empty()) return 0;
    return static_cast<int>(constraint->recogniser.AcceptsWith(View(suffix, size)));
  });
}

long espalier_constraint_closer(espalier_constraint* constraint, const char* suffix, size_t suffix_size,
                                char* text, size_t capacity) {
  if (constraint == nullptr || constraint->off) return -1;
  return Guarded<>(-1L, [&] {
    const auto closer = espalier::FindClosingText(constraint->recogniser, View(suffix, suffix_size));
    if (!closer) return -1L;
    if (text != nullptr && closer->size() <= capacity) std::memcpy(text, closer->data(), closer->size());
    return static_cast<long>(closer->size());
  });
}

}  // extern "C"
