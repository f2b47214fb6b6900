# The HTML page of espalier eval report.
find_package(fmt REQUIRED)

file(READ ${CMAKE_CURRENT_SOURCE_DIR}/report/style.css REPORT_STYLE)
file(READ ${CMAKE_CURRENT_SOURCE_DIR}/report/script.js REPORT_SCRIPT)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/report/style.css
                                                               ${CMAKE_CURRENT_SOURCE_DIR}/report/script.js)
configure_file(report/embedded.cpp.in ${CMAKE_CURRENT_BINARY_DIR}/report_embedded.cpp @ONLY)

espalier_library(report
  SOURCES report/markup.cpp report/plots.cpp report/report_page.cpp ${CMAKE_CURRENT_BINARY_DIR}/report_embedded.cpp
  PUBLIC espalier_harness espalier_grammar
  PRIVATE fmt::fmt)
espalier_precompile(espalier_report REUSE_FROM espalier_suites)
