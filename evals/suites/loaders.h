// One function a data set, for the table in suite.cpp, and what they read rows with.
#pragma once

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "evals/suites/suite.h"

namespace espalier {

/// HumanEval (Chen et al. 2021).
Result<Suite> LoadHumanEval(const std::filesystem::path& data);
/// HumanEval+ (Liu et al. 2023), in EvalPlus' own format: inputs, whose results the reference gives.
Result<Suite> LoadHumanEvalPlus(const std::filesystem::path& data);
/// HumanEvalPack (Muennighoff et al. 2023), the Python part.
Result<Suite> LoadHumanEvalPack(const std::filesystem::path& data);
/// The same for other languages.
Result<Suite> LoadHumanEvalPackCpp(const std::filesystem::path& data);
Result<Suite> LoadHumanEvalPackJava(const std::filesystem::path& data);
Result<Suite> LoadHumanEvalPackJs(const std::filesystem::path& data);
Result<Suite> LoadHumanEvalPackGo(const std::filesystem::path& data);
Result<Suite> LoadHumanEvalPackRust(const std::filesystem::path& data);
/// Multilingual HumanEval (Athiwaratkun et al. 2023), in TypeScript.
Result<Suite> LoadHumanEvalTs(const std::filesystem::path& data);
/// MBXP (the same paper): MBPP in other languages.
Result<Suite> LoadMbxpCpp(const std::filesystem::path& data);
Result<Suite> LoadMbxpJava(const std::filesystem::path& data);
Result<Suite> LoadMbxpJs(const std::filesystem::path& data);
Result<Suite> LoadMbxpTs(const std::filesystem::path& data);
Result<Suite> LoadMbxpGo(const std::filesystem::path& data);
/// Any tasks in the format of MultiPL-E (Cassano et al. 2023).
Result<Suite> LoadMultiplE(const std::filesystem::path& data);
/// Contest problems as DeepSeek-Coder's evaluation has them (Guo et al. 2024), in Python.
Result<Suite> LoadLeetCode(const std::filesystem::path& data);
/// LeetCodeDataset (Xia et al. 2025), in Python.
Result<Suite> LoadLeetCodeDataset(const std::filesystem::path& data);
/// MBPP (Austin et al. 2021), full or sanitized: the tasks 11 to 510, which are its test split.
Result<Suite> LoadMbpp(const std::filesystem::path& data);
/// MBPP+ (Liu et al. 2023), in EvalPlus' own format.
Result<Suite> LoadMbppPlus(const std::filesystem::path& data);
/// HumanEval-Infilling (Bavarian et al. 2022): one kind of hole a file.
Result<Suite> LoadInfilling(const std::filesystem::path& data);
/// Holes in HumanEvalPack's solutions: a folder with a file for each language, or one of them.
Result<Suite> LoadFimMultilang(const std::filesystem::path& data);
/// Holes cut into real files (SourcesIn), of which only the syntax is judged. `seed` decides where.
Result<Suite> LoadFimAccept(const std::filesystem::path& data, uint64_t seed);

/// Puts tasks in an order in which any first few are a random sample that has equally many of each group; the
/// same tasks give the same order everywhere.
void MixTasks(std::vector<SuiteTask>& tasks);

/// One line of a data set. Errors name file, row (from 1) and field: kCorrupt.
class SuiteRow {
 public:
  static Result<std::vector<SuiteRow>> ReadAll(const std::filesystem::path& data);

  Result<std::string> Text(const char* field) const;
  /// Of an object in the row.
  Result<std::string> TextIn(const char* object, const char* field) const;
  Result<int64_t> Number(const char* field) const;
  Result<std::vector<std::string>> Texts(const char* field) const;
  /// Several texts at once.
  struct Target {
    const char* field;
    std::string& text;
  };
  Status Read(std::initializer_list<Target> targets) const;
  bool Has(const char* field) const { return json_.contains(field); }
  const std::string& line() const { return line_; }

  /// The error for a field that is there and `what`, or is not there.
  Error Wrong(const char* field, const char* what) const;

 private:
  std::string where_;
  std::string line_;
  nlohmann::json json_;
};

/// A suite with a task for each row of a file, in their order, of which the chat asks for `language`.
Result<Suite> LoadTasks(const std::filesystem::path& data, Language language,
                        const std::function<Result<SuiteTask>(const SuiteRow&)>& task_of);

/// Ok when a row has what PlusTests wants of it.
Status CheckPlusFields(const SuiteRow& row);

/// Without white space at both ends.
std::string Stripped(const std::string& text);

/// The chat form in which Qwen2.5-Coder's own evaluation asks an instruction-tuned model.
std::string CompletionSystem(Language language = Language::kPython);
std::string CompletionChat(std::string_view code, Language language = Language::kPython);

}  // namespace espalier
