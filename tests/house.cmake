# Tests of the house itself: what may include what, headers that stand alone, mistakes that must not
# compile, and the ways in which a program may use the library.
set(house "${CMAKE_CURRENT_SOURCE_DIR}/house")

function(sluice_house_test name)
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES LABELS house)
endfunction()

sluice_house_test(house_include_edges Python3::Interpreter "${house}/include_edges.py")
sluice_house_test(house_include_edges_self_test Python3::Interpreter "${house}/include_edges.py" --self-test)
sluice_house_test(house_hygiene Python3::Interpreter "${house}/hygiene.py")
sluice_house_test(house_hygiene_self_test Python3::Interpreter "${house}/hygiene.py" --self-test)
add_executable(destination_table house/destination_table.cpp)
target_link_libraries(destination_table PRIVATE sluice_compiled sluice_warnings)
sluice_house_test(house_readme Python3::Interpreter "${house}/readme.py" $<TARGET_FILE:destination_table>)

# How the compiler is called for one file outside the build: what linking sluice::sandbox adds.
function(sluice_compile_flags target file)
  set(includes "$<TARGET_PROPERTY:${target},INTERFACE_INCLUDE_DIRECTORIES>")
  set(definitions "$<TARGET_PROPERTY:${target},INTERFACE_COMPILE_DEFINITIONS>")
  string(CONCAT text "-std=c++20\n"
         "$<$<BOOL:${includes}>:-I$<JOIN:${includes},\n-I>\n>"
         "$<$<BOOL:${definitions}>:-D$<JOIN:${definitions},\n-D>\n>")
  file(GENERATE OUTPUT "${file}" CONTENT "${text}")
endfunction()
set(client_flags "${CMAKE_CURRENT_BINARY_DIR}/client.flags")
set(sandbox_flags "${CMAKE_CURRENT_BINARY_DIR}/sandbox.flags")
sluice_compile_flags(sluice "${client_flags}")
sluice_compile_flags(sluice_sandbox_headers "${sandbox_flags}")

# Every header compiles alone, and twice in a row: what users include as they include it, header-only;
# detail/ without bodies and followed by its own, as every body would otherwise be read once for each
# header that leads to it. impl/ belongs to the header that includes it, and src*.hpp are compiled by
# the libraries.
set(client_headers ${sluice_headers})
list(FILTER client_headers INCLUDE REGEX "\\.hpp$")
list(FILTER client_headers EXCLUDE REGEX "/impl/|/src[a-z_]*\\.hpp$")
set(server_headers ${sandbox_headers})
list(FILTER server_headers INCLUDE REGEX "\\.hpp$")
list(FILTER server_headers EXCLUDE REGEX "/impl/|/src[a-z_]*\\.hpp$")
foreach(header IN LISTS client_headers server_headers)
  string(REGEX REPLACE "^include/(sluice/.*)\\.hpp$" "\\1" name "${header}")
  set(flags "@${client_flags}")
  set(bodies "")
  if(name MATCHES "^sluice/sandbox/")
    set(flags "@${sandbox_flags}")
  elseif(name MATCHES "/detail/")
    list(APPEND flags -DSLUICE_SEPARATE_COMPILATION)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      list(APPEND flags -Wno-subobject-linkage)  # of coroutines' frames, as src.hpp says
    endif()
    file(STRINGS "${PROJECT_SOURCE_DIR}/${header}" body_lines REGEX "^#include <sluice/.*[.]ipp>$")
    foreach(line IN LISTS body_lines)
      string(REGEX REPLACE "^#include <(.*)>$" "\\1" body "${line}")
      list(APPEND bodies -include ${body})
    endforeach()
  endif()
  sluice_house_test(header_${name} "${CMAKE_CXX_COMPILER}" ${flags} ${sluice_warning_flags}
                    -fsyntax-only -x c++ -include ${name}.hpp -include ${name}.hpp ${bodies} /dev/null)
endforeach()

# What runs per record works without exceptions.
set(no_exceptions ${client_headers})
list(FILTER no_exceptions INCLUDE REGEX "^include/sluice/(encode|compress)/")
foreach(header IN LISTS no_exceptions)
  string(REGEX REPLACE "^include/(sluice/.*)\\.hpp$" "\\1" name "${header}")
  sluice_house_test(no_exceptions_${name} "${CMAKE_CXX_COMPILER}" @${client_flags} -fno-exceptions
                    -DSLUICE_SEPARATE_COMPILATION -fsyntax-only -x c++ -include ${name}.hpp /dev/null)
endforeach()

# reject/*: each file compiles as it stands and is rejected with SLUICE_REJECT defined.
file(GLOB_RECURSE reject_sources CONFIGURE_DEPENDS
     RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}/reject" reject/*.cpp)
set(exact "")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  set(exact --exact)
endif()
foreach(source IN LISTS reject_sources)
  string(REGEX REPLACE "\\.cpp$" "" name "${source}")
  sluice_house_test(reject_${name} Python3::Interpreter "${house}/reject.py" ${exact}
                    "${CMAKE_CURRENT_SOURCE_DIR}/reject/${source}"
                    -- "${CMAKE_CXX_COMPILER}" @${client_flags} -DSLUICE_SEPARATE_COMPILATION)
endforeach()
sluice_house_test(house_reject_self_test Python3::Interpreter "${house}/reject.py" --self-test
                  -- "${CMAKE_CXX_COMPILER}" @${client_flags})

# odr/*: two units that include every public header, header-only, in one program.
set(public_headers ${client_headers})
list(FILTER public_headers EXCLUDE REGEX "/detail/")
set(include_lines "")
foreach(header IN LISTS public_headers)
  string(REGEX REPLACE "^include/" "" header "${header}")
  string(APPEND include_lines "#include <${header}>\n")
endforeach()
sluice_write("${generated}/include/every_public_header.hpp" "${include_lines}")
add_executable(odr odr/one.cpp odr/two.cpp)
target_include_directories(odr PRIVATE "${generated}/include")
target_link_libraries(odr PRIVATE sluice::sluice sluice_warnings)
sluice_house_test(house_odr odr)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  sluice_house_test(house_include_emits_nothing Python3::Interpreter "${house}/emits_nothing.py"
                    "${CMAKE_NM}" every_public_header.hpp
                    -- "${CMAKE_CXX_COMPILER}" @${client_flags} "-I${generated}/include")
endif()

# A program has the code of the services that it uses and of no other, header-only and separately
# compiled; what loads into another shows that the check would see it.
add_library(only_skyflow OBJECT house/only_skyflow.cpp)
target_link_libraries(only_skyflow PRIVATE sluice::sluice sluice_warnings)
set(symbols Python3::Interpreter "${house}/symbols.py" "${CMAKE_NM}")
sluice_house_test(house_symbols ${symbols} "$<TARGET_OBJECTS:only_skyflow>" --only skyflow)
if(SLUICE_BUILD_EXAMPLES)
  sluice_house_test(house_symbols_separate ${symbols}
                    "$<TARGET_OBJECTS:example_skyflow_vault>" --only skyflow)
  sluice_house_test(house_symbols_self_test ${symbols}
                    "$<TARGET_OBJECTS:example_snowflake_bulk>" --only skyflow --not-only)
endif()

# How much a loader makes the compiler instantiate; the baseline is of clang 16 and libstdc++ 12.
find_program(sluice_clang16 clang++-16)
if(sluice_clang16 AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  sluice_house_test(house_instantiations Python3::Interpreter
                    "${PROJECT_SOURCE_DIR}/bench/compile/measure.py" --counts --clang "${sluice_clang16}")
endif()

# consumer/*: the installed package, and add_subdirectory, as a user's project sees them.
foreach(way IN ITEMS installed subdirectory)
  sluice_house_test(house_consumer_${way} Python3::Interpreter "${house}/consumer.py" ${way}
                    --source "${PROJECT_SOURCE_DIR}" --build "${PROJECT_BINARY_DIR}"
                    --cmake "${CMAKE_COMMAND}" --generator "${CMAKE_GENERATOR}"
                    --compiler "${CMAKE_CXX_COMPILER}")
  set_tests_properties(house_consumer_${way} PROPERTIES COST 100)
endforeach()
