#ifndef SLUICE_SNOWFLAKE_EVOLVE_HPP
#define SLUICE_SNOWFLAKE_EVOLVE_HPP

/// \file
/// What is done to a table that a record has outgrown, before the first row of a load.
///
/// | policy | what it changes |
/// |---|---|
/// | `evolve::freeze` | nothing: a table that lacks a column is refused |
/// | `evolve::add_columns` | adds missing columns, renames those marked `renamed_from` |
/// | `evolve::widen` | also widens VARCHAR and NUMBER, and drops NOT NULL |
///
/// `widen` drops NOT NULL where the record has no value to give.
/// Nothing is ever removed or narrowed. Added columns may be null, as rows that are there have no
/// value. Every statement may be repeated, and loads of one record that start at once do not
/// disturb each other; loads of different versions may, as the service lets a later ALTER make a
/// NUMBER smaller again. Needs OWNERSHIP of the table. Versions of a record are compared in
/// schema_versions.hpp.
///
/// Source: "ALTER TABLE" and "ALTER TABLE ... ALTER COLUMN", read 2026.

#include <sluice/config.hpp>

#include <cstdint>

namespace sluice::inline v0::snowflake {

/// What a load may change of its table, at run time: `bulk_config::evolution`.
enum class table_evolution : std::uint8_t { freeze, add_columns, widen };

/// What a record asks of its table.
enum class table_change : std::uint8_t {
  none,
  add,
  rename,
  widen,             ///< to what the record says
  drop_not_null,     ///< the record may have no value there
  narrow,            ///< impossible: the table's type loses digits or bytes, and cannot be widened
  ambiguous_rename,  ///< impossible: several columns, or an old and a new one, claim one column
  other_type         ///< impossible: the types are of two families
};

namespace evolve {

struct freeze {
  static constexpr table_evolution evolution = table_evolution::freeze;
};

struct add_columns {
  static constexpr table_evolution evolution = table_evolution::add_columns;
};

struct widen {
  static constexpr table_evolution evolution = table_evolution::widen;
};

}  // namespace evolve
}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_EVOLVE_HPP
