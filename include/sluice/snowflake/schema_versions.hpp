#ifndef SLUICE_SNOWFLAKE_SCHEMA_VERSIONS_HPP
#define SLUICE_SNOWFLAKE_SCHEMA_VERSIONS_HPP

/// \file
/// Two versions of a record, compared by the compiler, and the statements between their tables:
///
///     static_assert(sluice::require<
///         sluice::snowflake::evolution_diagnosis<order_v1, order_v2>>::ok);
///     constexpr std::string_view migration =
///         sluice::snowflake::alter_table<order_v1, order_v2, "ORDERS">;
///
/// Source: "ALTER TABLE" and "ALTER TABLE ... ALTER COLUMN", read 2026.

#include <sluice/config.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/meta/fixed_string.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/snowflake/detail/table_change.hpp>
#include <sluice/snowflake/evolve.hpp>

#include <cstddef>
#include <string_view>

namespace sluice::inline v0::failed {

/// A table made for `From` cannot take rows of `To` under `Policy`: column `Name` would need
/// `Change`.
template<class From, class To, class Policy, fixed_string Name, snowflake::table_change Change>
struct table_cannot_evolve {
  static constexpr bool ok = false;
};

}  // namespace sluice::inline v0::failed

namespace sluice::inline v0::snowflake {

namespace detail {

// The table that `create_table<Record, ...>` makes.
template<class Record>
inline constexpr auto table_of = [] {
  present_columns<column_count<Record>> made;
  std::size_t next = 0;
  for (column_info const& column : columns_of<Record>()) made.all[next++] = made_for(column);
  return made;
}();

template<class From, class To, class Policy>
inline constexpr change_request forbidden_change = [] {
  change_request first;
  for_each_change(
      table_of<From>.span(),
      columns_of<To>(),
      column_match::case_sensitive,
      [&](change_request const& asked) {
        if (first.change == table_change::none && !allows(Policy::evolution, asked.change))
          first = asked;
      });
  return first;
}();

template<class From, class To, class Policy>
consteval auto diagnose_evolution() {
  constexpr change_request found = forbidden_change<From, To, Policy>;
  if constexpr (found.change == table_change::none) {
    return passed{};
  } else {
    constexpr auto name = [] {
      fixed_string<forbidden_change<From, To, Policy>.column.size() + 1> made;
      std::size_t next = 0;
      for (char const c : forbidden_change<From, To, Policy>.column) made.text[next++] = c;
      return made;
    }();
    return failed::table_cannot_evolve<From, To, Policy, name, found.change>{};
  }
}

template<class From, class To, fixed_string Table>
inline constexpr auto alter_table_constant = make_constant_text([](text_writer& out) {
  for_each_change(table_of<From>.span(),
                  columns_of<To>(),
                  column_match::case_sensitive,
                  [&](change_request const& asked) {
                    out << "ALTER TABLE ";
                    write_identifier(out, Table.view());
                    write_change(out, asked);
                    out << ";\n";
                  });
});

}  // namespace detail

/// `passed` if a table that was made for `From` takes rows of `To` after what `Policy` changes,
/// else `failed::table_cannot_evolve`.
template<described_record From, described_record To, class Policy = evolve::widen>
using evolution_diagnosis = decltype(detail::diagnose_evolution<From, To, Policy>());

/// The statements that make a table for `To` of one for `From`, each with `;` and a line break
/// behind it; empty if there is nothing to change.
template<described_record From, described_record To, fixed_string Table>
  requires(evolution_diagnosis<From, To>::ok)
inline constexpr std::string_view alter_table =
    detail::alter_table_constant<From, To, Table>.view();

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_SCHEMA_VERSIONS_HPP
