#ifndef SLUICE_SNOWFLAKE_COLUMN_RULES_HPP
#define SLUICE_SNOWFLAKE_COLUMN_RULES_HPP

/// \file
/// What Snowflake asks of a record's columns, whichever way the rows go.

#include <sluice/config.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/schema/schema.hpp>

#include <algorithm>
#include <cstddef>

namespace sluice::inline v0::failed {

/// A column of `Record` has a name of `Given` bytes; Snowflake takes `Limit`.
template<class Record, std::size_t Given, std::size_t Limit>
struct column_name_too_long {
  static constexpr bool ok = false;
};

}  // namespace sluice::inline v0::failed

namespace sluice::inline v0::snowflake {

/// "Identifier requirements", read 2026.
inline constexpr std::size_t max_identifier_bytes = 255;

namespace detail {

template<class Record>
consteval std::size_t longest_column_name() {
  std::size_t longest = 0;
  for (column_info const& c : columns_of<Record>()) longest = std::max(longest, c.name.size());
  return longest;
}

template<class Record, std::size_t Longest = longest_column_name<Record>()>
using name_length_diagnosis =
    check<(Longest <= max_identifier_bytes),
          failed::column_name_too_long<Record, Longest, max_identifier_bytes>>;

}  // namespace detail
}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_COLUMN_RULES_HPP
