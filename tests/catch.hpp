#ifndef SLUICE_TESTS_CATCH_HPP
#define SLUICE_TESTS_CATCH_HPP

/// Catch2 v2 (Debian 12) or v3 (Debian 13) under one name.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

#endif  // SLUICE_TESTS_CATCH_HPP
