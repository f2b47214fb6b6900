// What a model file says about itself, for people and for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "model/model_file.h"

namespace espalier {

nlohmann::json ModelInfoJson(const ModelFile& file);
std::string ModelInfoText(const ModelFile& file);

}  // namespace espalier
