# Finds what sluice stands on; also read by the installed package, so that both see the same targets.
include(CMakeFindDependencyMacro)

find_dependency(Threads)
find_dependency(CURL 7.88)
find_dependency(OpenSSL 3.0)
find_dependency(ZLIB)
find_dependency(fmt)
find_dependency(range-v3)
find_dependency(Boost 1.81 COMPONENTS json)
find_dependency(PkgConfig)
pkg_check_modules(sluice_zstd REQUIRED IMPORTED_TARGET GLOBAL libzstd)

set(sluice_dependencies
    Threads::Threads CURL::libcurl OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB fmt::fmt range-v3::range-v3
    Boost::headers Boost::json PkgConfig::sluice_zstd)

# gzip: ISA-L where it is installed, else libdeflate, else zlib (`include/sluice/compress/gzip.hpp`
# sees which by __has_include, these lines only link it).
pkg_check_modules(sluice_isal IMPORTED_TARGET GLOBAL libisal)
pkg_check_modules(sluice_libdeflate IMPORTED_TARGET GLOBAL libdeflate)
if(sluice_isal_FOUND)
  list(APPEND sluice_dependencies PkgConfig::sluice_isal)
elseif(sluice_libdeflate_FOUND)
  list(APPEND sluice_dependencies PkgConfig::sluice_libdeflate)
endif()

if(SLUICE_BUILD_SANDBOX)
  pkg_check_modules(sluice_sqlite REQUIRED IMPORTED_TARGET GLOBAL sqlite3)
  pkg_check_modules(sluice_nghttp2 REQUIRED IMPORTED_TARGET GLOBAL libnghttp2)
  set(sluice_sandbox_dependencies PkgConfig::sluice_sqlite PkgConfig::sluice_nghttp2)
endif()
