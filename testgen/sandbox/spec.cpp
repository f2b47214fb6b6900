#include "testgen/sandbox/spec.h"

namespace espalier::sandbox {
namespace {

// Each struct has one function that names its fields in order, for both directions.
struct Put {
  Writer writer;
  void operator()(uint64_t value) { writer.Number(value); }
  void operator()(const std::string& text) { writer.Text(text); }
  void operator()(const std::vector<std::string>& texts) { writer.Texts(texts); }
  void operator()(PathAccess access) { writer.Number(static_cast<uint64_t>(access)); }
  void operator()(SandboxLife life) { writer.Number(static_cast<uint64_t>(life)); }
  void operator()(EndReason reason) { writer.Number(static_cast<uint64_t>(reason)); }
  template <typename T>
  void List(const std::vector<T>& items) {
    writer.Number(items.size());
    for (const T& item : items) Fields(*this, item);
  }
};

struct Get {
  Reader reader;
  void operator()(uint64_t& value) { value = reader.Number(); }
  void operator()(std::string& text) { text = reader.Text(); }
  void operator()(std::vector<std::string>& texts) { texts = reader.Texts(); }
  void operator()(PathAccess& access) { access = static_cast<PathAccess>(reader.Number()); }
  void operator()(SandboxLife& life) { life = static_cast<SandboxLife>(reader.Number()); }
  void operator()(EndReason& reason) { reason = static_cast<EndReason>(reader.Number()); }
  template <typename T>
  void List(std::vector<T>& items) {
    for (uint64_t left = reader.Number(); left > 0 && reader.ok(); --left)
      Fields(*this, items.emplace_back());
  }
};

template <typename T, typename Want>
concept Is = std::is_same_v<std::remove_const_t<T>, Want>;

template <typename D>
void Fields(D& direction, Is<PathRule> auto& rule) {
  direction(rule.path);
  direction(rule.access);
}

template <typename D>
void Fields(D& direction, Is<InnerFile> auto& file) {
  direction(file.path);
  direction(file.content);
  direction(file.executable);
}

template <typename D>
void Fields(D& direction, Is<Limits> auto& limits) {
  direction(limits.cpu_us);
  direction(limits.memory_bytes);
  direction(limits.data_bytes);
  direction(limits.file_bytes);
  direction(limits.work_files);
  direction(limits.processes);
  direction(limits.stack_bytes);
  direction(limits.open_files);
}

template <typename D>
void Fields(D& direction, Is<LaunchSpec> auto& launch) {
  direction(launch.group_files);
  direction(launch.staged);
  direction(launch.stage);
  direction(launch.become_user);
  direction(launch.command);
}

template <typename D>
void Fields(D& direction, Is<Spec> auto& spec) {
  Fields(direction, spec.launch);
  direction(spec.arguments);
  direction(spec.environment);
  direction(spec.collect);
  direction.List(spec.files);
  direction(spec.work_folder);
  direction(spec.filter);
  direction.List(spec.paths);
  direction(spec.landlock_abi);
  direction(spec.collect_bytes);
  Fields(direction, spec.limits);
  direction(spec.life);
}

template <typename D>
void Fields(D& direction, Is<Report> auto& report) {
  direction(report.reason);
  direction(report.wait_status);
  direction(report.wall_us);
  direction(report.cpu_us);
  direction(report.peak_bytes);
  direction(report.failure);
  direction.List(report.files);
  direction(report.out);
  direction(report.err);
  direction(report.truncated);
}

template <typename D>
void Fields(D& direction, Is<Request> auto& request) {
  direction(request.arguments);
  direction(request.input);
  direction.List(request.files);
  direction(request.collect);
  direction(request.wall_us);
  direction(request.cpu_us);
  direction(request.memory_bytes);
  direction(request.output_bytes);
}

}  // namespace

std::string Spec::Encode() const {
  Put put;
  Fields(put, *this);
  return put.writer.bytes();
}

Spec Spec::Decode(std::string_view bytes) {
  Spec spec;
  Get get{Reader(bytes)};
  Fields(get, spec);
  return spec;
}

std::string Report::Encode() const {
  Put put;
  Fields(put, *this);
  return put.writer.bytes();
}

std::string Request::Encode() const {
  Put put;
  Fields(put, *this);
  return put.writer.bytes();
}

bool Request::Decode(std::string_view bytes, Request& request) {
  Get get{Reader(bytes)};
  Fields(get, request);
  return get.reader.ok();
}

bool Report::Decode(std::string_view bytes, Report& report) {
  Get get{Reader(bytes)};
  Fields(get, report);
  return get.reader.ok();
}

}  // namespace espalier::sandbox
