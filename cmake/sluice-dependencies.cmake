# Finds what sluice stands on. Read by the build and by the installed package, so that both see the
# same targets. Everything that is missing is named at once, with the Debian package that holds it.
#
# In: sluice_want_sandbox. Out: sluice_dependencies, sluice_sandbox_dependencies, sluice_missing.

set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE)  # a parent of add_subdirectory(sluice) links them too
set(sluice_missing "")

# sluice_find(<name> <Debian packages> <arguments of find_package>...)
macro(sluice_find name debian)
  find_package(${name} ${ARGN} QUIET)
  if(NOT ${name}_FOUND)
    string(REGEX MATCH "[0-9][0-9.]*" sluice_version_wanted "${ARGN}")
    string(APPEND sluice_missing "  ${name} ${sluice_version_wanted}: apt-get install ${debian}\n")
  endif()
endmacro()

# sluice_find_module(<prefix> <Debian packages> <pkg-config module>)
macro(sluice_find_module prefix debian module)
  if(PKG_CONFIG_FOUND)
    pkg_check_modules(${prefix} QUIET IMPORTED_TARGET GLOBAL "${module}")
  endif()
  if(NOT ${prefix}_FOUND)
    string(APPEND sluice_missing "  ${module}: apt-get install ${debian}\n")
  endif()
endmacro()

cmake_host_system_information(RESULT sluice_release QUERY DISTRIB_PRETTY_NAME)
set(sluice_boost "libboost-dev libboost-json-dev")
if(sluice_release MATCHES "Debian.* 12")  # its default Boost is 1.74
  set(sluice_boost "libboost1.81-dev libboost-json1.81-dev")
endif()

sluice_find(Threads libc6-dev)
sluice_find(CURL libcurl4-openssl-dev 7.88)
sluice_find(OpenSSL libssl-dev 3.0)
sluice_find(ZLIB zlib1g-dev)
sluice_find(fmt libfmt-dev CONFIG)
sluice_find(range-v3 librange-v3-dev CONFIG)
sluice_find(Boost "${sluice_boost}" 1.81 CONFIG COMPONENTS json)
sluice_find(PkgConfig pkg-config)
sluice_find_module(sluice_zstd libzstd-dev libzstd)

set(sluice_dependencies
    Threads::Threads CURL::libcurl OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB fmt::fmt
    range-v3::range-v3 Boost::headers Boost::json PkgConfig::sluice_zstd)

# gzip: ISA-L where it is installed, else zlib alone. The headers see which by __has_include; this
# links it.
if(PKG_CONFIG_FOUND)
  pkg_check_modules(sluice_isal QUIET IMPORTED_TARGET GLOBAL libisal)
endif()
if(sluice_isal_FOUND)
  list(APPEND sluice_dependencies PkgConfig::sluice_isal)
endif()

set(sluice_sandbox_dependencies "")
if(sluice_want_sandbox)
  sluice_find_module(sluice_sqlite libsqlite3-dev sqlite3)
  sluice_find_module(sluice_nghttp2 libnghttp2-dev libnghttp2)
  set(sluice_sandbox_dependencies PkgConfig::sluice_sqlite PkgConfig::sluice_nghttp2)
endif()
