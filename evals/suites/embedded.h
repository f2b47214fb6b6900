// The Python sources of this folder, as text.
#pragma once

#include <string>

namespace espalier {

std::string PythonChecker();  ///< python_values.py and python_checker.py
std::string PythonRunner();   ///< python_values.py and python_runner.py
std::string PlusTests();      ///< plus_tests.py

}  // namespace espalier
