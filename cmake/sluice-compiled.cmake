# sluice::compiled: all bodies that are no templates, compiled once, in the build that uses them. What
# links it is compiled with SLUICE_SEPARATE_COMPILATION: its files read declarations only. Read by the
# build and by the installed package. Built only where something links it.
if(NOT TARGET sluice::compiled)
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/generated/sluice_src.cpp"
       CONTENT "#include <sluice/src.hpp>\n" @ONLY)
  add_library(sluice_compiled STATIC EXCLUDE_FROM_ALL
              "${CMAKE_CURRENT_BINARY_DIR}/generated/sluice_src.cpp")
  add_library(sluice::compiled ALIAS sluice_compiled)
  target_link_libraries(sluice_compiled PUBLIC sluice::sluice)
  target_compile_definitions(sluice_compiled PUBLIC SLUICE_SEPARATE_COMPILATION)
endif()
