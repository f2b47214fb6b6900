// The style sheet and the script of this folder, as text.
#pragma once

#include <string>

namespace espalier {

std::string ReportStyle();   ///< style.css
std::string ReportScript();  ///< script.js

}  // namespace espalier
