# What tests, examples and benches share: warnings, and libraries that are compiled once.
add_library(sluice_warnings INTERFACE)
set(sluice_warning_flags -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(SLUICE_WERROR)
  list(APPEND sluice_warning_flags -Werror)
endif()
target_compile_options(sluice_warnings INTERFACE ${sluice_warning_flags})

# Writes a file only if its text changes, so that configuring again rebuilds nothing.
function(sluice_write file text)
  file(CONFIGURE OUTPUT "${file}" CONTENT "${text}" @ONLY)
endfunction()

# All non-template bodies of the client, compiled once. Everything that links it is compiled with
# SLUICE_SEPARATE_COMPILATION; header-only use is tested by tests/odr and tests/consumer.
set(generated "${CMAKE_CURRENT_BINARY_DIR}/generated")
sluice_write("${generated}/sluice_src.cpp" "#include <sluice/src.hpp>\n")
add_library(sluice_compiled STATIC "${generated}/sluice_src.cpp")
target_link_libraries(sluice_compiled PUBLIC sluice::sluice PRIVATE sluice_warnings)
target_compile_definitions(sluice_compiled PUBLIC SLUICE_SEPARATE_COMPILATION)

if(SLUICE_BUILD_SANDBOX)
  # The servers, compiled once: Beast with TLS costs 20 s and 0.8 GB per unit.
  sluice_write("${generated}/sandbox_src.cpp" "#include <sluice/sandbox/src.hpp>\n")
  add_library(sluice_sandbox STATIC "${generated}/sandbox_src.cpp")
  target_link_libraries(sluice_sandbox PUBLIC sluice::sandbox PRIVATE sluice_warnings)
  target_compile_definitions(sluice_sandbox PUBLIC SLUICE_SEPARATE_COMPILATION)
endif()
