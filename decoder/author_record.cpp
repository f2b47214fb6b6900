// Questions and their answers as lines of JSON: written down, and played back.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "decoder/author.h"

namespace espalier {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string Dump(const json& value) { return value.dump(-1, ' ', true, json::error_handler_t::replace); }

json QuestionJson(const CodeQuestion& question) {
  json messages = json::array();
  for (const AuthorMessage& message : question.messages) {
    messages.push_back({{"role", message.role}, {"text", message.text}});
  }
  return {{"messages", std::move(messages)},   {"language", LanguageId(question.language)},
          {"opening", question.opening},       {"constrained", question.constrained},
          {"answers", question.answers},       {"temperature", question.sampling.temperature},
          {"top_k", question.sampling.top_k},  {"top_p", question.sampling.top_p},
          {"min_p", question.sampling.min_p},  {"seed", question.sampling.seed},
          {"max_tokens", question.max_tokens}, {"stop_strings", question.stop_strings}};
}

json AnswerJson(const WrittenCode& answer) {
  return {{"code", answer.code},
          {"finish", FinishReasonName(answer.finish)},
          {"closed", answer.closed},
          {"tokens", answer.tokens}};
}

/// Throws json::exception.
WrittenCode AnswerFrom(const json& value) {
  WrittenCode answer;
  answer.code = value.at("code").get<std::string>();
  answer.closed = value.at("closed").get<bool>();
  answer.tokens = value.at("tokens").get<uint32_t>();
  const std::string finish = value.at("finish").get<std::string>();
  for (int reason = 0; reason <= static_cast<int>(FinishReason::kError); ++reason) {
    if (FinishReasonName(static_cast<FinishReason>(reason)) == finish) {
      answer.finish = static_cast<FinishReason>(reason);
    }
  }
  return answer;
}

/// A file that lines are appended to, each with one write.
class LineFile {
 public:
  LineFile(int descriptor, fs::path path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~LineFile() { close(descriptor_); }
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  Status Append(const std::string& line) {
    const std::lock_guard lock(mutex_);
    if (write(descriptor_, line.data(), line.size()) == static_cast<ssize_t>(line.size())) return {};
    return Fail(ErrorCode::kIo, fmt::format("cannot write to {}: {}", path_.string(),
                                            std::generic_category().message(errno)));
  }

 private:
  std::mutex mutex_;
  const int descriptor_;
  const fs::path path_;
};

class Recorder final : public CodeAuthor {
 public:
  Recorder(CodeAuthor& author, int descriptor, const fs::path& path)
      : author_(author), file_(descriptor, path) {}

  Result<std::vector<WrittenCode>> Write(const CodeQuestion& question, const CancelToken& cancel,
                                         const AuthorProgress& progress) override {
    auto answers = author_.Write(question, cancel, progress);
    if (!answers || cancel.stop_requested()) return answers;
    json line = {{"question", QuestionJson(question)}, {"answers", json::array()}};
    for (const WrittenCode& answer : *answers) line["answers"].push_back(AnswerJson(answer));
    ESPALIER_RETURN_IF_ERROR(file_.Append(Dump(line) + "\n"));
    return answers;
  }

 private:
  CodeAuthor& author_;
  LineFile file_;
};

class Replayer final : public CodeAuthor {
 public:
  explicit Replayer(fs::path path) : path_(std::move(path)) {}

  Status AddLine(const std::string& text, size_t number) {
    try {
      const json line = json::parse(text);
      std::vector<WrittenCode>& answers = answers_[Dump(line.at("question"))];
      answers.clear();
      for (const json& answer : line.at("answers")) answers.push_back(AnswerFrom(answer));
      return {};
    } catch (const json::exception& problem) {
      return Fail(ErrorCode::kCorrupt, fmt::format("{}:{} is not a recorded answer ({}); record it again",
                                                   path_.string(), number, problem.what()));
    }
  }

  Result<std::vector<WrittenCode>> Write(const CodeQuestion& question, const CancelToken& cancel,
                                         const AuthorProgress& progress) override {
    ESPALIER_RETURN_IF_ERROR(cancel.Check());
    const auto known = answers_.find(Dump(QuestionJson(question)));
    if (known == answers_.end()) return Fail(ErrorCode::kNotFound, Unknown(question));
    for (uint32_t i = 0; progress && i < known->second.size(); ++i) progress(i, known->second[i].code);
    return known->second;
  }

 private:
  std::string Unknown(const CodeQuestion& question) const {
    const std::string text = question.messages.empty() ? "" : question.messages.back().text;
    return fmt::format("{} has no answer to \"{}\"; record it with the same settings", path_.string(),
                       text.substr(0, text.find('\n')));
  }

  const fs::path path_;
  std::unordered_map<std::string, std::vector<WrittenCode>> answers_;  // by question
};

}  // namespace

Result<std::unique_ptr<CodeAuthor>> RecordingAuthor(CodeAuthor& author, const fs::path& file) {
  const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return Fail(ErrorCode::kIo, fmt::format("cannot open {} for writing: {}", file.string(),
                                            std::generic_category().message(errno)));
  }
  return std::make_unique<Recorder>(author, descriptor, file);
}

Result<std::unique_ptr<CodeAuthor>> ReplayingAuthor(const fs::path& file) {
  std::ifstream lines(file);
  if (!lines) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("there are no recorded answers at {}; check the path", file.string()));
  }
  auto replayer = std::make_unique<Replayer>(file);
  std::string line;
  for (size_t number = 1; std::getline(lines, line); ++number) {
    if (!line.empty()) ESPALIER_RETURN_IF_ERROR(replayer->AddLine(line, number));
  }
  return replayer;
}

}  // namespace espalier
