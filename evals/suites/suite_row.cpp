#include <fmt/format.h>

#include <regex>
#include <utility>

#include "adapters/adapter.h"
#include "evals/gzip_lines.h"
#include "evals/suites/loaders.h"

namespace espalier {
namespace {

/// MBPP has CR LF in its code.
std::string WithLf(std::string text) {
  std::erase(text, '\r');
  return text;
}

/// Python writes numbers that JSON does not have; here they are null, as only Python reads them.
std::string WithoutNonFinite(const std::string& line) {
  static const std::regex pattern("(\"(?:[^\"\\\\]|\\\\.)*\")|-?\\b(?:Infinity|NaN)\\b");
  std::string text;
  size_t done = 0;
  for (std::sregex_iterator at(line.begin(), line.end(), pattern), end; at != end; ++at) {
    text.append(line, done, static_cast<size_t>(at->position()) - done);
    text += (*at)[1].matched ? at->str() : "null";
    done = static_cast<size_t>(at->position() + at->length());
  }
  return text.append(line, done);
}

/// Null where it is no JSON.
nlohmann::json Parsed(const std::string& line) {
  nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
  const bool non_finite = line.find("Infinity") != std::string::npos || line.find("NaN") != std::string::npos;
  if (json.is_discarded() && non_finite) json = nlohmann::json::parse(WithoutNonFinite(line), nullptr, false);
  return json;
}

}  // namespace

Result<std::vector<SuiteRow>> SuiteRow::ReadAll(const std::filesystem::path& data) {
  ESPALIER_ASSIGN_OR_RETURN(std::vector<std::string> lines, ReadTextLines(data));
  std::vector<SuiteRow> rows;
  for (size_t i = 0; i < lines.size(); ++i) {
    SuiteRow row;
    row.where_ = fmt::format("{}, row {}", data.string(), i + 1);
    row.json_ = Parsed(lines[i]);
    if (!row.json_.is_object()) return Fail(ErrorCode::kCorrupt, row.where_ + " is not a JSON object");
    row.line_ = std::move(lines[i]);
    rows.push_back(std::move(row));
  }
  return rows;
}

Error SuiteRow::Wrong(const char* field, const char* what) const {
  return {ErrorCode::kCorrupt,
          fmt::format("{}: field '{}' {}", where_, field, Has(field) ? what : "is missing")};
}

Result<std::string> SuiteRow::Text(const char* field) const {
  const auto found = json_.find(field);
  if (found == json_.end() || !found->is_string()) return Fail(Wrong(field, "is not a string"));
  return WithLf(found->get<std::string>());
}

Result<std::string> SuiteRow::TextIn(const char* object, const char* field) const {
  const auto found = json_.find(object);
  if (found == json_.end() || !found->is_object()) return Fail(Wrong(object, "is not an object"));
  const auto text = found->find(field);
  if (text == found->end() || !text->is_string()) return Fail(Wrong(object, "lacks a text"));
  return WithLf(text->get<std::string>());
}

Status SuiteRow::Read(std::initializer_list<Target> targets) const {
  for (const Target& target : targets) {
    ESPALIER_ASSIGN_OR_RETURN(target.text, Text(target.field));
  }
  return {};
}

Result<int64_t> SuiteRow::Number(const char* field) const {
  const auto found = json_.find(field);
  if (found == json_.end() || !found->is_number_integer()) return Fail(Wrong(field, "is not an integer"));
  return found->get<int64_t>();
}

Result<std::vector<std::string>> SuiteRow::Texts(const char* field) const {
  const auto found = json_.find(field);
  if (found == json_.end() || !found->is_array()) return Fail(Wrong(field, "is not a list"));
  std::vector<std::string> texts;
  for (const nlohmann::json& item : *found) {
    if (!item.is_string()) return Fail(Wrong(field, "is not a list of strings"));
    texts.push_back(WithLf(item.get<std::string>()));
  }
  return texts;
}

Result<Suite> LoadTasks(const std::filesystem::path& data, Language language,
                        const std::function<Result<SuiteTask>(const SuiteRow&)>& task_of) {
  ESPALIER_ASSIGN_OR_RETURN(const std::vector<SuiteRow> rows, SuiteRow::ReadAll(data));
  Suite suite;
  suite.system = CompletionSystem(language);
  for (const SuiteRow& row : rows) {
    ESPALIER_ASSIGN_OR_RETURN(SuiteTask task, task_of(row));
    suite.tasks.push_back(std::move(task));
  }
  return suite;
}

std::string Stripped(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\n");
  const size_t end = text.find_last_not_of(" \t\n");
  return begin == std::string::npos ? std::string() : text.substr(begin, end + 1 - begin);
}

std::string CompletionSystem(Language language) {
  return fmt::format("You are an intelligent programming assistant to produce {} algorithmic solutions",
                     AdapterFor(language).display_name);
}

std::string CompletionChat(std::string_view code, Language language) {
  return fmt::format("Can you complete the following {} function?\n```{}\n{}\n```\n",
                     AdapterFor(language).display_name, LanguageId(language), code);
}

}  // namespace espalier
