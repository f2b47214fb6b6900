#include "model/field_source.h"

#include <array>
#include <cstdio>

#include "model/file_errors.h"

namespace espalier {
namespace {

std::string Text(double value) {
  std::array<char, 32> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%g", value);
  return buffer.data();
}

}  // namespace

std::string OutOfRange(std::string_view field, double value, FloatRange range) {
  return Quoted(field) + " is " + Text(value) + "; expected " + Text(range.min) + " to " + Text(range.max);
}

}  // namespace espalier
