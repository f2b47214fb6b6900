# espalier_fetch_sources(<dir>): makes <dir>/node_modules hold exactly what <dir>/package-lock.json names
# (npm verifies every package's SHA-512). A stamp with the lock file's own hash makes a second configure
# a no-op; a file lock lets several build directories of one checkout configure at the same time.

function(espalier_fetch_sources dir)
  file(MAKE_DIRECTORY ${CMAKE_SOURCE_DIR}/.deps)
  file(LOCK ${CMAKE_SOURCE_DIR}/.deps/third_party.lock GUARD FUNCTION TIMEOUT 600)
  file(SHA256 ${dir}/package-lock.json lock_hash)
  set(stamp ${dir}/node_modules/.lock-sha256)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${dir}/package-lock.json)
  if(EXISTS ${stamp})
    file(READ ${stamp} stamped_hash)
    if(stamped_hash STREQUAL lock_hash)
      return()
    endif()
  endif()

  find_program(ESPALIER_NPM npm)
  if(NOT ESPALIER_NPM)
    message(FATAL_ERROR "npm is needed once to fetch the tree-sitter sources into ${dir}/node_modules. "
                        "Install it (apt-get install nodejs npm) and configure again.")
  endif()
  message(STATUS "Fetching the tree-sitter sources (about 20 MB) into ${dir}/node_modules")
  execute_process(
    COMMAND ${ESPALIER_NPM} ci --ignore-scripts --legacy-peer-deps --no-audit --no-fund
    WORKING_DIRECTORY ${dir}
    RESULT_VARIABLE result
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "`npm ci` failed in ${dir}:\n${output}\n"
                        "Check the network or the registry setting of npm, then configure again.")
  endif()
  file(WRITE ${stamp} ${lock_hash})
endfunction()
