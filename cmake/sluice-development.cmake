# What tests, examples and benches share: warnings, and libraries that are compiled once.
add_library(sluice_warnings INTERFACE)
set(sluice_warning_flags -Wall -Wextra -Wpedantic -Wconversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND sluice_warning_flags -Wshadow)
else()
  # clang's -Wshadow also objects to a local variable named like a constant of the namespace, and its
  # -Wconversion to every change of sign.
  list(APPEND sluice_warning_flags -Wno-sign-conversion)
endif()
if(SLUICE_WERROR)
  list(APPEND sluice_warning_flags -Werror)
endif()
target_compile_options(sluice_warnings INTERFACE ${sluice_warning_flags})

# Writes a file only if its text changes, so that configuring again rebuilds nothing.
function(sluice_write file text)
  file(CONFIGURE OUTPUT "${file}" CONTENT "${text}" @ONLY)
endfunction()

# Everything here links sluice::compiled; header-only use is tested by tests/odr and tests/consumer.
set(generated "${CMAKE_CURRENT_BINARY_DIR}/generated")
target_link_libraries(sluice_compiled PRIVATE sluice_warnings)

if(SLUICE_BUILD_SANDBOX)
  # The servers, compiled once and side by side: Beast with TLS alone costs 20 s and 0.8 GB per unit.
  set(sandbox_sources)
  foreach(part IN ITEMS skyflow/src sql/src src_http src_service src_snowpipe)
    string(REPLACE "/" "_" unit "sandbox_${part}")
    sluice_write("${generated}/${unit}.cpp" "#include <sluice/sandbox/${part}.hpp>\n")
    list(APPEND sandbox_sources "${generated}/${unit}.cpp")
  endforeach()
  add_library(sluice_sandbox STATIC ${sandbox_sources})
  target_link_libraries(sluice_sandbox PUBLIC sluice::sandbox PRIVATE sluice_warnings)
  # Asio's fences, of which GCC says under -fsanitize=thread that it does not follow them.
  target_compile_options(sluice_sandbox PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  target_compile_definitions(sluice_sandbox PUBLIC SLUICE_SEPARATE_COMPILATION)
endif()

# Catch2 with a main program: v3 (Debian 13) brings one, for v2 (Debian 12) it is compiled once.
if(SLUICE_BUILD_TESTS OR SLUICE_BUILD_BENCH)
  set(sluice_tests "${CMAKE_CURRENT_LIST_DIR}/../tests")
  add_library(test_main INTERFACE)
  target_include_directories(test_main INTERFACE "${sluice_tests}")
  if(TARGET Catch2::Catch2WithMain)
    target_link_libraries(test_main INTERFACE Catch2::Catch2WithMain)
  else()
    add_library(test_main_object OBJECT "${sluice_tests}/main.cpp")
    target_link_libraries(test_main_object PUBLIC Catch2::Catch2)
    target_link_libraries(test_main INTERFACE Catch2::Catch2 $<TARGET_OBJECTS:test_main_object>)
    if(SLUICE_BUILD_BENCH)
      target_compile_definitions(test_main_object PUBLIC CATCH_CONFIG_ENABLE_BENCHMARKING)
      target_compile_definitions(test_main INTERFACE CATCH_CONFIG_ENABLE_BENCHMARKING)
    endif()
  endif()
endif()

# A program of one file, linked with what it includes. Without main() it is a Catch2 program.
function(sluice_program target source)
  add_executable(${target} "${source}")
  target_link_libraries(${target} PRIVATE sluice_compiled sluice_warnings)
  file(STRINGS "${source}" sandbox REGEX "^#include <sluice/sandbox/")
  if(sandbox)
    target_link_libraries(${target} PRIVATE sluice_sandbox)
  endif()
  file(STRINGS "${source}" main REGEX "^int main\\(")
  if(NOT main)
    target_link_libraries(${target} PRIVATE test_main)
  endif()
  file(STRINGS "${source}" command_line REGEX "^#include <CLI/")
  if(command_line)
    target_link_libraries(${target} PRIVATE CLI11::CLI11)
  endif()
endfunction()
