# cmake --install: headers, and the package that find_package(sluice) reads.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(sluice_package_dir "${CMAKE_INSTALL_DATADIR}/cmake/sluice")

install(TARGETS sluice EXPORT sluice-targets
        FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT sluice-targets NAMESPACE sluice:: DESTINATION "${sluice_package_dir}")
if(SLUICE_BUILD_SANDBOX)
  install(TARGETS sluice_sandbox_headers EXPORT sluice-sandbox-targets
          FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT sluice-sandbox-targets NAMESPACE sluice:: DESTINATION "${sluice_package_dir}")
endif()

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/sluice-config.cmake.in"
                              "${CMAKE_CURRENT_BINARY_DIR}/sluice-config.cmake"
                              INSTALL_DESTINATION "${sluice_package_dir}"
                              NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/sluice-config-version.cmake"
                                 COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/sluice-config.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/sluice-config-version.cmake"
              "${CMAKE_CURRENT_LIST_DIR}/sluice-compiled.cmake"
              "${CMAKE_CURRENT_LIST_DIR}/sluice-dependencies.cmake"
        DESTINATION "${sluice_package_dir}")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/sluice")
