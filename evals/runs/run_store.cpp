#include "evals/runs/run_store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

namespace espalier {
namespace {

// The format's number; a file with a higher one is a newer program's.
constexpr int kFormat = 1;
constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, suite TEXT NOT NULL, settings TEXT NOT NULL, tasks INTEGER NOT NULL,
  version TEXT NOT NULL, machine TEXT NOT NULL, started TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')),
  seconds REAL NOT NULL DEFAULT 0, finished INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS samples (
  run INTEGER NOT NULL REFERENCES runs(id), task TEXT NOT NULL, sample INTEGER NOT NULL, seed TEXT NOT NULL,
  answer TEXT NOT NULL, program TEXT NOT NULL, finish TEXT NOT NULL, closed INTEGER NOT NULL, error TEXT NOT NULL,
  detail TEXT NOT NULL, prompt_tokens INTEGER NOT NULL, tokens INTEGER NOT NULL, refused INTEGER NOT NULL,
  generate_seconds REAL NOT NULL, check_seconds REAL NOT NULL, UNIQUE (run, task, sample));
CREATE TABLE IF NOT EXISTS sample_details (
  run INTEGER NOT NULL REFERENCES runs(id), task TEXT NOT NULL, sample INTEGER NOT NULL, details TEXT NOT NULL,
  UNIQUE (run, task, sample));
CREATE TABLE IF NOT EXISTS test_answers (
  run INTEGER NOT NULL REFERENCES runs(id), task TEXT NOT NULL, answers TEXT NOT NULL, tokens INTEGER NOT NULL,
  seconds REAL NOT NULL, UNIQUE (run, task));
CREATE TABLE IF NOT EXISTS selections (
  run INTEGER NOT NULL REFERENCES runs(id), task TEXT NOT NULL, sample INTEGER NOT NULL, evidence TEXT NOT NULL,
  seconds REAL NOT NULL, UNIQUE (run, task));
CREATE TABLE IF NOT EXISTS repairs (
  run INTEGER NOT NULL REFERENCES runs(id), task TEXT NOT NULL, rounds INTEGER NOT NULL, program TEXT NOT NULL,
  error TEXT NOT NULL, detail TEXT NOT NULL, tokens INTEGER NOT NULL, seconds REAL NOT NULL, UNIQUE (run, task));
)";
constexpr const char* kRunColumns = "id, settings, tasks, version, machine, started, seconds, finished";
constexpr int kBusyMs = 60'000;
constexpr std::string_view kConstraintNames[] = {"off", "check", "exact"};

Error Broken(sqlite3* database) {
  const int code = sqlite3_errcode(database);
  const bool foreign = code == SQLITE_NOTADB || code == SQLITE_CORRUPT;
  return {foreign ? ErrorCode::kCorrupt : ErrorCode::kIo,
          fmt::format("the file of evaluation runs: {}", sqlite3_errmsg(database))};
}

Status Execute(sqlite3* database, const std::string& sql) {
  if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return Fail(Broken(database));
}

/// A prepared statement; values are bound in order.
class Statement {
 public:
  Statement(sqlite3* database, const std::string& sql) : database_(database) {
    sqlite3_prepare_v2(database, sql.c_str(), -1, &statement_, nullptr);  // a failure shows in Step
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& operator<<(const std::string& text) {
    sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    return *this;
  }
  Statement& operator<<(int64_t number) {
    sqlite3_bind_int64(statement_, ++bound_, number);
    return *this;
  }
  Statement& operator<<(double number) {
    sqlite3_bind_double(statement_, ++bound_, number);
    return *this;
  }
  /// True when there is a row.
  Result<bool> Step() {
    const int code = statement_ == nullptr ? SQLITE_ERROR : sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) return Fail(Broken(database_));
    return code == SQLITE_ROW;
  }
  Status Done() {
    ESPALIER_ASSIGN_OR_RETURN([[maybe_unused]] const bool row, Step());
    return {};
  }

  std::string Text(int column) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return text == nullptr ? std::string() : std::string(text, sqlite3_column_bytes(statement_, column));
  }
  int64_t Integer(int column) const { return sqlite3_column_int64(statement_, column); }
  uint32_t Small(int column) const { return static_cast<uint32_t>(Integer(column)); }
  double Real(int column) const { return sqlite3_column_double(statement_, column); }

 private:
  sqlite3* const database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

EvalSettings SettingsOf(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  EvalSettings s;
  if (!json.is_object()) return s;
  s.suite = json.value("suite", "");
  s.data = json.value("data", "");
  s.data_sha256 = json.value("data_sha256", "");
  s.model = json.value("model", "");
  s.model_sha256 = json.value("model_sha256", "");
  // Older runs know two of them.
  s.constraint = ConstraintNamed(json.value("constraint", json.value("constrained", true) ? "exact" : "off"));
  s.samples = json.value("samples", s.samples);
  s.temperature = json.value("temperature", s.temperature);
  s.seed = json.value("seed", s.seed);
  s.max_tokens = json.value("max_tokens", s.max_tokens);
  s.limit = json.value("limit", s.limit);
  s.backend = json.value("backend", "");
  s.kv_type = json.value("kv_type", "");
  s.engine = json.value("engine", s.engine);
  s.api = json.value("api", "");
  s.shard = json.value("shard", s.shard);
  s.shards = json.value("shards", s.shards);
  return s;
}

// --- What only some samples have

nlohmann::ordered_json FactsJson(const FillFacts& f) {
  nlohmann::ordered_json json = {{"answered", f.answered},     {"parses", f.parses},
                                 {"clean", f.clean},           {"exact", f.exact},
                                 {"duplicates", f.duplicates}, {"misindented", f.misindented},
                                 {"similarity", f.similarity}};
  if (f.compiles) json["compiles"] = *f.compiles;
  return json;
}

FillFacts FactsOf(const nlohmann::json& json) {
  FillFacts f;
  if (!json.is_object()) return f;
  f.answered = json.value("answered", false);
  f.parses = json.value("parses", false);
  f.clean = json.value("clean", false);
  f.exact = json.value("exact", false);
  f.duplicates = json.value("duplicates", false);
  f.misindented = json.value("misindented", false);
  f.similarity = json.value("similarity", 0.0);
  if (json.contains("compiles")) f.compiles = json.value("compiles", false);
  return f;
}

/// Empty when there is nothing to say.
std::string DetailsText(const EvalSample& s) {
  nlohmann::ordered_json json;
  for (const Refusal& one : s.refusals) json["refusals"].push_back({one.offset, one.text});
  if (s.fill) {
    json["fill"] = {{"before", s.fill->before},
                    {"after", s.fill->after},
                    {"group", s.fill->group},
                    {"facts", FactsJson(s.fill->facts)}};
  }
  return json.is_null() ? "" : json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

void AddDetails(const std::string& text, EvalSample& s) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return;
  for (const auto& one : json.value("refusals", nlohmann::json::array())) {
    if (one.is_array() && one.size() == 2 && one[0].is_number_unsigned() && one[1].is_string()) {
      s.refusals.push_back({one[0].get<uint32_t>(), one[1].get<std::string>()});
    }
  }
  const auto fill = json.find("fill");
  if (fill == json.end() || !fill->is_object()) return;
  s.fill = FillOutcome{fill->value("before", 0U), fill->value("after", 0U), fill->value("group", ""),
                       FactsOf(fill->value("facts", nlohmann::json::object()))};
}

EvalRun RunOf(const Statement& row) {
  return {row.Integer(0), SettingsOf(row.Text(1)), row.Small(2), row.Text(3), row.Text(4), row.Text(5),
          row.Real(6),    row.Integer(7) != 0};
}

Result<int64_t> FormatOf(sqlite3* database) {
  Statement version(database, "PRAGMA user_version");
  ESPALIER_ASSIGN_OR_RETURN([[maybe_unused]] const bool row, version.Step());
  return version.Integer(0);
}

Status Prepare(sqlite3* database) {
  sqlite3_busy_timeout(database, kBusyMs);
  ESPALIER_ASSIGN_OR_RETURN(const int64_t format, FormatOf(database));
  if (format > kFormat) {
    return Fail(
        ErrorCode::kUnsupported,
        "the file of evaluation runs was made by a newer version; use that, or name another file with --db");
  }
  ESPALIER_RETURN_IF_ERROR(Execute(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"));
  ESPALIER_RETURN_IF_ERROR(Execute(database, kSchema));
  return Execute(database, fmt::format("PRAGMA user_version = {}", kFormat));
}

}  // namespace

std::string_view ConstraintName(EvalConstraint constraint) {
  return kConstraintNames[static_cast<size_t>(constraint)];
}

EvalConstraint ConstraintNamed(std::string_view name) {
  for (const auto one : {EvalConstraint::kOff, EvalConstraint::kCheck}) {
    if (name == ConstraintName(one)) return one;
  }
  return EvalConstraint::kExact;
}

nlohmann::ordered_json SettingsJson(const EvalSettings& s) {
  return {{"suite", s.suite},
          {"data", s.data},
          {"data_sha256", s.data_sha256},
          {"model", s.model},
          {"model_sha256", s.model_sha256},
          {"constraint", ConstraintName(s.constraint)},
          {"samples", s.samples},
          {"temperature", s.temperature},
          {"seed", s.seed},
          {"max_tokens", s.max_tokens},
          {"limit", s.limit},
          {"backend", s.backend},
          {"kv_type", s.kv_type},
          {"engine", s.engine},
          {"api", s.api},
          {"shard", s.shard},
          {"shards", s.shards}};
}

Result<std::unique_ptr<RunStore>> RunStore::Open(const std::filesystem::path& path) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  sqlite3* database = nullptr;
  if (sqlite3_open(path.c_str(), &database) != SQLITE_OK) {
    const std::string reason = database == nullptr ? "out of memory" : sqlite3_errmsg(database);
    sqlite3_close(database);
    return Fail(ErrorCode::kIo,
                fmt::format("cannot open {}: {}; name another file with --db", path.string(), reason));
  }
  std::unique_ptr<RunStore> store(new RunStore(database));
  if (const Status prepared = Prepare(database); !prepared) {
    return Fail(prepared.error().code, fmt::format("{}: {}", path.string(), prepared.error().message));
  }
  return store;
}

RunStore::~RunStore() { sqlite3_close(database_); }

Result<int64_t> RunStore::Begin(const EvalRun& run) {
  Statement insert(database_,
                   "INSERT INTO runs (suite, settings, tasks, version, machine) VALUES (?, ?, ?, ?, ?)");
  insert << run.settings.suite << SettingsJson(run.settings).dump() << int64_t{run.tasks} << run.version
         << run.machine;
  ESPALIER_RETURN_IF_ERROR(insert.Done());
  return sqlite3_last_insert_rowid(database_);
}

Status RunStore::Add(int64_t run, const EvalSample& s, double seconds) {
  ESPALIER_RETURN_IF_ERROR(Execute(database_, "BEGIN IMMEDIATE"));
  Statement insert(database_, "INSERT OR REPLACE INTO samples VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  insert << run << s.task << int64_t{s.index} << std::to_string(s.seed) << s.answer << s.program << s.finish
         << int64_t{s.closed} << s.error << s.detail << int64_t{s.prompt_tokens} << int64_t{s.tokens}
         << static_cast<int64_t>(s.refused) << s.generate_seconds << s.check_seconds;
  Status done = insert.Done();
  if (const std::string text = DetailsText(s); done && !text.empty()) {
    Statement details(database_, "INSERT OR REPLACE INTO sample_details VALUES (?,?,?,?)");
    details << run << s.task << int64_t{s.index} << text;
    done = details.Done();
  }
  Statement update(database_, "UPDATE runs SET seconds = seconds + ? WHERE id = ?");
  update << seconds << run;
  if (done) done = update.Done();
  if (done) done = Execute(database_, "COMMIT");
  if (!done) sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
  return done;
}

Status RunStore::Finish(int64_t run) {
  Statement update(database_, "UPDATE runs SET finished = 1 WHERE id = ?");
  update << run;
  return update.Done();
}

Result<EvalRun> RunStore::Run(int64_t id) const {
  Statement select(database_, fmt::format("SELECT {} FROM runs WHERE id = ?", kRunColumns));
  select << id;
  ESPALIER_ASSIGN_OR_RETURN(const bool found, select.Step());
  if (found) return RunOf(select);
  return Fail(ErrorCode::kNotFound, fmt::format("there is no run {}; see: espalier eval list", id));
}

Result<std::vector<EvalRun>> RunStore::Runs() const {
  Statement select(database_, fmt::format("SELECT {} FROM runs ORDER BY id", kRunColumns));
  std::vector<EvalRun> runs;
  while (true) {
    ESPALIER_ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) return runs;
    runs.push_back(RunOf(select));
  }
}

Result<std::vector<EvalSample>> RunStore::Samples(int64_t run) const {
  Statement select(
      database_,
      "SELECT samples.*, details FROM samples LEFT JOIN sample_details USING (run, task, sample) "
      "WHERE run = ? ORDER BY samples.rowid");
  select << run;
  std::vector<EvalSample> samples;
  while (true) {
    ESPALIER_ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) return samples;
    samples.push_back({select.Text(1),
                       select.Small(2),
                       std::strtoull(select.Text(3).c_str(), nullptr, 10),
                       select.Text(4),
                       select.Text(5),
                       select.Text(6),
                       select.Integer(7) != 0,
                       select.Text(8),
                       select.Text(9),
                       select.Small(10),
                       select.Small(11),
                       static_cast<uint64_t>(select.Integer(12)),
                       select.Real(13),
                       select.Real(14),
                       {},
                       {}});
    AddDetails(select.Text(15), samples.back());
  }
}

Status RunStore::AddTestAnswers(int64_t run, const TaskTestAnswers& t) {
  Statement insert(database_, "INSERT OR REPLACE INTO test_answers VALUES (?,?,?,?,?)");
  const nlohmann::json answers = t.answers;
  insert << run << t.task << answers.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace)
         << static_cast<int64_t>(t.tokens) << t.seconds;
  return insert.Done();
}

Status RunStore::AddSelection(int64_t run, const TaskSelection& s) {
  Statement insert(database_, "INSERT OR REPLACE INTO selections VALUES (?,?,?,?,?)");
  insert << run << s.task << int64_t{s.sample} << s.evidence << s.seconds;
  return insert.Done();
}

Status RunStore::AddRepair(int64_t run, const TaskRepair& r) {
  Statement insert(database_, "INSERT OR REPLACE INTO repairs VALUES (?,?,?,?,?,?,?,?)");
  insert << run << r.task << int64_t{r.rounds} << r.program << r.error << r.detail
         << static_cast<int64_t>(r.tokens) << r.seconds;
  return insert.Done();
}

Status RunStore::DropSelections(int64_t run) {
  for (const char* sql : {"DELETE FROM selections WHERE run = ?", "DELETE FROM repairs WHERE run = ?"}) {
    Statement drop(database_, sql);
    drop << run;
    ESPALIER_RETURN_IF_ERROR(drop.Done());
  }
  return {};
}

Result<std::vector<TaskTestAnswers>> RunStore::TestAnswers(int64_t run) const {
  Statement select(database_, "SELECT * FROM test_answers WHERE run = ? ORDER BY rowid");
  select << run;
  std::vector<TaskTestAnswers> all;
  while (true) {
    ESPALIER_ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) return all;
    TaskTestAnswers one{select.Text(1), {}, static_cast<uint64_t>(select.Integer(3)), select.Real(4)};
    const auto answers = nlohmann::json::parse(select.Text(2), nullptr, false);
    for (const nlohmann::json& answer : answers) {
      if (answer.is_string()) one.answers.push_back(answer.get<std::string>());
    }
    all.push_back(std::move(one));
  }
}

Result<std::vector<TaskSelection>> RunStore::Selections(int64_t run) const {
  Statement select(database_, "SELECT * FROM selections WHERE run = ? ORDER BY rowid");
  select << run;
  std::vector<TaskSelection> all;
  while (true) {
    ESPALIER_ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) return all;
    all.push_back({select.Text(1), select.Small(2), select.Text(3), select.Real(4)});
  }
}

Result<std::vector<TaskRepair>> RunStore::Repairs(int64_t run) const {
  Statement select(database_, "SELECT * FROM repairs WHERE run = ? ORDER BY rowid");
  select << run;
  std::vector<TaskRepair> all;
  while (true) {
    ESPALIER_ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) return all;
    all.push_back({select.Text(1), select.Small(2), select.Text(3), select.Text(4), select.Text(5),
                   static_cast<uint64_t>(select.Integer(6)), select.Real(7)});
  }
}

std::filesystem::path DefaultRunStore() {
  const auto variable = [](const char* name) -> std::filesystem::path {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  std::filesystem::path data = variable("XDG_DATA_HOME");
  if (data.empty()) data = variable("HOME") / ".local/share";
  return data / "espalier/evals.sqlite";
}

}  // namespace espalier
