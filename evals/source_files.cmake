# Source files to measure on.
find_package(fmt REQUIRED)

espalier_library(source_files
  SOURCES source_files.cpp
  PUBLIC espalier_base espalier_grammar
  PRIVATE espalier_adapters fmt::fmt)
