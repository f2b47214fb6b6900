#include "grammar/mask_key.h"

#include <string_view>

#include "grammar/lexing.h"

namespace espalier {
namespace {

constexpr size_t kLongestKey = 4096;

template <typename T>
void Append(std::string& key, const T& value) {
  key.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void AppendInternal(std::string& key, const Head& head) {
  Append(key, head.state);
  Append(key, head.keyword_state);
  const bool here = head.accepted_end == head.at;
  Append(key, head.accepted);
  Append(key, head.accepted_keyword);
  key += static_cast<char>(here | (head.accepted_end == head.token_begin) << 1);
}

void AppendExternal(std::string& key, const Head& head) {
  Append(key, head.scan.valid);
  Append(key, head.scan.phase);
  Append(key, head.scan.flags);
  Append(key, head.scan.words);
  key += static_cast<char>(head.scan.mark <= head.begin);
}

void AppendStack(std::string& key, const StackNode* node, uint32_t depth) {
  Append(key, node->state);
  if (depth == 0 || key.size() > kLongestKey) return;
  for (const StackLink* link = &node->first; link != nullptr; link = link->next) {
    if (link->below == nullptr) continue;
    key += link->next == nullptr ? '.' : '|';  // the last one, or more to come
    AppendStack(key, link->below, depth - 1);
  }
}

}  // namespace

void Recogniser::AppendLexeme(const Head& head, std::string& key) {
  key += static_cast<char>(head.phase);
  Append(key, head.scanner_state);
  key += static_cast<char>(head.at == 0);  // a byte order mark may come
  key += std::string_view(text_).substr(head.at);
  key += '\0';
  if (!IsExternal(head.phase)) return AppendInternal(key, head);
  AppendExternal(key, head);
  // What the other lexers make of the text, should the scanner find nothing.
  if (!(grammar_.scanner()->Possible(head.scan) & ExternalScanner::kMayFindNothing)) return;
  Heads work = {head}, survivors;
  if (!reader_.NextPhase(work.front())) return;
  const Arena::Mark mark = graph_.arena().mark();
  if (!Run(work, survivors, false)) key += '!';
  for (const Head& survivor : survivors) {
    if (survivor.node != head.node) key.append(text_, head.start);
    AppendLexeme(survivor, key);
  }
  graph_.arena().ReturnTo(mark);
}

std::string LexemeKey(Recogniser& recogniser, const Head& head) {
  std::string key;
  recogniser.AppendLexeme(head, key);
  return key;
}

std::string SurroundingsKey(const Recogniser& recogniser, const Head& head, uint32_t stack_depth,
                            uint32_t text_back) {
  std::string key;
  Append(key, stack_depth);
  AppendStack(key, head.node, stack_depth);
  if (text_back > 0) {
    const std::string_view text = recogniser.text();
    key += text.substr(text.size() - text_back);
    for (const uint32_t place : {head.start, head.begin, head.accepted_end, head.scan.mark}) {
      Append(key, static_cast<uint32_t>(text.size()) - place);
    }
  }
  return key.size() > kLongestKey ? std::string() : key;
}

}  // namespace espalier
