#ifndef SLUICE_TESTS_CONTRACT_MOST_AT_ONCE_HPP
#define SLUICE_TESTS_CONTRACT_MOST_AT_ONCE_HPP

#include <sluice/sandbox/request_log.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

/// How many of these requests the service was busy with at one moment, at most.
inline std::size_t most_at_once(std::vector<sluice::sandbox::request_record> const& requests) {
  std::size_t most = 0;
  for (auto const& one : requests) {
    auto const busy = [&](auto const& other) {
      return other.arrived <= one.arrived && one.arrived < other.arrived + other.took;
    };
    most = std::max(
        most, static_cast<std::size_t>(std::count_if(requests.begin(), requests.end(), busy)));
  }
  return most;
}

#endif  // SLUICE_TESTS_CONTRACT_MOST_AT_ONCE_HPP
