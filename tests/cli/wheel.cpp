#include "tests/cli/wheel.h"

#include <gtest/gtest.h>
#include <zip.h>

#include <algorithm>

namespace espalier {
namespace {

void AddMember(zip_t* archive, const std::string& name, const std::string& text) {
  zip_source_t* source = zip_source_buffer(archive, text.data(), text.size(), 0);
  ASSERT_GE(zip_file_add(archive, name.c_str(), source, ZIP_FL_OVERWRITE), 0) << zip_strerror(archive);
}

}  // namespace

void WriteWheel(const std::filesystem::path& folder, const std::string& package, const std::string& version,
                const std::string& data) {
  std::string module = package;
  std::replace(module.begin(), module.end(), '-', '_');
  const std::string info = module + "-" + version + ".dist-info/";
  const auto path = folder / (module + "-" + version + "-py3-none-any.whl");
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  ASSERT_NE(archive, nullptr) << path;
  const std::string metadata = "Metadata-Version: 2.1\nName: " + package + "\nVersion: " + version + "\n";
  const std::string wheel = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
  const std::string data_name = module + "/data/part01.bin";
  const std::string record =
      data_name + ",,\n" + info + "METADATA,,\n" + info + "WHEEL,,\n" + info + "RECORD,,\n";
  AddMember(archive, data_name, data);
  AddMember(archive, info + "METADATA", metadata);
  AddMember(archive, info + "WHEEL", wheel);
  AddMember(archive, info + "RECORD", record);
  ASSERT_EQ(zip_close(archive), 0);
}

}  // namespace espalier
