#ifndef SLUICE_SNOWFLAKE_DETAIL_PRIVATE_COLUMNS_HPP
#define SLUICE_SNOWFLAKE_DETAIL_PRIVATE_COLUMNS_HPP

/// \file
/// Which of the service's words may quote what is private. For bodies only.

#include <sluice/config.hpp>
#include <sluice/schema/column_table.hpp>

#include <string_view>

namespace sluice::inline v0::snowflake::detail {

/// Whether words about `column` may quote a private value. Where they name no column of the record,
/// they may be about any of them.
inline bool is_private(std::string_view column, column_table columns) noexcept {
  bool any = false;
  for (column_info const& c : columns) {
    if (c.name == column) return c.pii || c.secret;
    any = any || c.pii || c.secret;
  }
  return any;
}

}  // namespace sluice::inline v0::snowflake::detail

#endif  // SLUICE_SNOWFLAKE_DETAIL_PRIVATE_COLUMNS_HPP
