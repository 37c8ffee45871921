#ifndef SLUICE_TESTS_CATCH_HPP
#define SLUICE_TESTS_CATCH_HPP

/// Catch2 v2 (Debian 12) or v3 (Debian 13) under the names of v3.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>

#include <string>

namespace Catch::Matchers {

/// v3 has a `Contains` as well, which looks for an element.
inline auto ContainsSubstring(std::string const& text) {
  return Contains(text);
}

}  // namespace Catch::Matchers
#endif

#endif  // SLUICE_TESTS_CATCH_HPP
