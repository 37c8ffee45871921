#ifndef SLUICE_SNOWFLAKE_DETAIL_TABLE_CHANGE_HPP
#define SLUICE_SNOWFLAKE_DETAIL_TABLE_CHANGE_HPP

/// \file
/// What a record asks of a table that is there, as values: the compiler compares two versions of a
/// record by it, a load its record with what DESC TABLE says.

#include <sluice/config.hpp>
#include <sluice/schema/column_table.hpp>
#include <sluice/schema/diagnosis.hpp>
#include <sluice/schema/snowflake_types.hpp>
#include <sluice/snowflake/evolve.hpp>
#include <sluice/snowflake/sql.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sluice::inline v0::snowflake {

namespace detail {

/// A column type as its parts: VARCHAR(20), NUMBER(12, 2), DATE.
struct sql_type {
  char family[16]{};
  std::uint64_t size = 0;  ///< characters, bytes, digits; the service's default if none is written
  std::uint64_t scale = 0;

  [[nodiscard]] constexpr std::string_view name() const noexcept {
    return {family, std::char_traits<char>::length(family)};
  }
};

/// What a type without size means ("Summary of data types").
constexpr std::uint64_t default_size(std::string_view family) noexcept {
  if (family == "VARCHAR") return 16'777'216;
  if (family == "BINARY") return 8'388'608;
  if (family == "NUMBER") return 38;
  if (family.starts_with("TIME")) return 9;
  return 0;
}

/// Of `text` as DESC TABLE or `write_type` writes it. Unknown types keep their name alone.
constexpr sql_type parse_type(std::string_view text) noexcept {
  sql_type made;
  std::string_view const family = text.substr(0, text.find('('));
  std::copy_n(family.data(), std::min(family.size(), sizeof made.family - 1), made.family);
  made.size = default_size(family);
  std::uint64_t* value = nullptr;
  for (char const c : text.substr(family.size())) {
    bool const digit = c >= '0' && c <= '9';
    if (c == ')') break;
    if (c == '(' || c == ',') {
      value = c == '(' ? &made.size : &made.scale;
      *value = 0;
    } else if (digit && value != nullptr && *value < 1'000'000'000) {
      *value = *value * 10 + static_cast<std::uint64_t>(c - '0');
    }
  }
  return made;
}

constexpr sql_type type_of(column_info const& column) noexcept {
  char text[64]{};
  text_writer out{text};
  write_type(out, column);
  return parse_type({text, out.size()});
}

constexpr std::uint64_t digits_of_integer(column_info const& column) noexcept {
  if (column.bits <= 8) return 3;
  if (column.bits <= 16) return 5;
  if (column.bits <= 32) return 10;
  return column.is_unsigned ? 20 : 19;
}

/// What the values of `column` need; a new column may be given more.
constexpr sql_type needed_by(column_info const& column) noexcept {
  sql_type type = type_of(column);
  if (column.type == logical_type::integer) type.size = digits_of_integer(column);
  if (column.type == logical_type::bytes) type.size = column.max_length;
  return type;
}

/// A column of a table that is there.
struct present_column {
  std::string_view name;
  sql_type type;
  bool not_null = false;
  bool filled = false;  ///< has a default
};

constexpr present_column made_for(column_info const& column) noexcept {
  return {column.name, type_of(column), !column.nullable, false};
}

template<std::size_t Count>
struct present_columns {
  present_column all[Count == 0 ? 1 : Count]{};

  [[nodiscard]] constexpr std::span<present_column const> span() const noexcept {
    return {all, Count};
  }
};

constexpr bool allows(table_evolution policy, table_change change) noexcept {
  switch (change) {
    case table_change::none:
      return true;
    case table_change::add:
    case table_change::rename:
      return policy != table_evolution::freeze;
    case table_change::widen:
    case table_change::drop_not_null:
      return policy == table_evolution::widen;
    case table_change::narrow:
    case table_change::other_type:
    case table_change::ambiguous_rename:
      return false;
  }
  return false;
}

/// One change. What it points to is the caller's.
struct change_request {
  table_change change = table_change::none;
  column_info const* wanted = nullptr;      ///< null: the record has no such column
  present_column const* present = nullptr;  ///< null: the table has none
  sql_type type = {};                       ///< what to widen to
  std::string_view column = {};             ///< its name as soon as it is there, or renamed
};

struct type_answer {
  table_change change = table_change::none;
  sql_type type = {};  ///< what to widen to
};

/// What `wanted` asks of a column of type `there`.
constexpr type_answer compare_types(sql_type wanted, sql_type there) noexcept {
  if (wanted.name() != there.name()) return {table_change::other_type};
  if (wanted.name() == "NUMBER") {
    std::uint64_t const digits = wanted.size - wanted.scale + there.scale;
    if (wanted.scale > there.scale || digits > 38) return {table_change::narrow};
    if (digits <= there.size) return {};
    there.size = digits;
    return {table_change::widen, there};
  }
  if (wanted.size <= there.size) return {};
  if (wanted.name() == "VARCHAR") return {table_change::widen, wanted};
  return {table_change::narrow};
}

constexpr bool same_column(std::string_view a, std::string_view b, column_match match) noexcept {
  return sluice::detail::same_name(
      a,
      b,
      match == column_match::case_insensitive ? name_case::insensitive : name_case::sensitive);
}

constexpr present_column const* find_column(std::span<present_column const> among,
                                            std::string_view name,
                                            column_match match) noexcept {
  for (present_column const& column : among)
    if (same_column(column.name, name, match)) return &column;
  return nullptr;
}

/// Whether no column of the record has the name `old`, and one alone had it.
constexpr bool names_once(column_table record, std::string_view old, column_match match) noexcept {
  std::size_t uses = 0;
  for (column_info const& column : record) {
    if (same_column(column.name, old, match)) return false;
    if (!column.renamed_from.empty() && same_column(column.renamed_from, old, match)) ++uses;
  }
  return uses == 1;
}

/// Tells `f` every change that makes `table` take rows with the columns `wanted`, in the order in
/// which they have to be made.
template<class F>
constexpr void for_each_change(std::span<present_column const> table,
                               column_table wanted,
                               column_match match,
                               F f) {
  for (column_info const& column : wanted) {
    present_column const* there = find_column(table, column.name, match);
    std::string_view name = there != nullptr ? there->name : column.name;
    if (there == nullptr && !column.renamed_from.empty()) {
      there = find_column(table, column.renamed_from, match);
      if (there != nullptr)
        f(change_request{names_once(wanted, there->name, match) ? table_change::rename
                                                                : table_change::ambiguous_rename,
                         &column,
                         there,
                         {},
                         name});
    }
    if (there == nullptr) {
      f(change_request{table_change::add, &column, nullptr, {}, name});
      continue;
    }
    type_answer const answer = compare_types(needed_by(column), there->type);
    if (answer.change != table_change::none)
      f(change_request{answer.change, &column, there, answer.type, name});
    if (column.nullable && there->not_null)
      f(change_request{table_change::drop_not_null, &column, there, {}, name});
  }
  for (present_column const& there : table) {
    if (!there.not_null || there.filled) continue;
    bool const given = std::any_of(wanted.begin(), wanted.end(), [&](column_info const& column) {
      return same_column(column.name, there.name, match) ||
             (!column.renamed_from.empty() && same_column(column.renamed_from, there.name, match) &&
              find_column(table, column.name, match) == nullptr);
    });
    if (!given) f(change_request{table_change::drop_not_null, nullptr, &there, {}, there.name});
  }
}

/// What stands behind "ALTER TABLE <name>". Precondition: a change that some policy allows.
constexpr void write_change(text_writer& out, change_request const& asked) noexcept {
  // A column that another load has added since is no error.
  if (asked.change == table_change::add) {
    out << " ADD COLUMN IF NOT EXISTS ";
    write_identifier(out, asked.column);
    out << ' ';
    write_type(out, *asked.wanted);
    return;
  }
  if (asked.change == table_change::rename) {
    out << " RENAME COLUMN ";
    write_identifier(out, asked.present->name);
    out << " TO ";
    write_identifier(out, asked.column);
    return;
  }
  out << " ALTER COLUMN ";
  write_identifier(out, asked.column);
  if (asked.change == table_change::drop_not_null) {
    out << " DROP NOT NULL";
    return;
  }
  out << " SET DATA TYPE " << asked.type.name() << '(' << asked.type.size;
  if (asked.type.name() == "NUMBER") out << ", " << asked.type.scale;
  out << ')';
}

}  // namespace detail
}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_DETAIL_TABLE_CHANGE_HPP
