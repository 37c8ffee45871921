#ifndef SLUICE_SNOWFLAKE_IMPL_TABLE_CHECK_IPP
#define SLUICE_SNOWFLAKE_IMPL_TABLE_CHECK_IPP

#include <sluice/meta/edit_distance.hpp>
#include <sluice/snowflake/ddl.hpp>
#include <sluice/snowflake/detail/lock_patience.hpp>
#include <sluice/snowflake/table_check.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::snowflake {

namespace detail {

struct table_column {
  std::string name;
  std::string type;
  bool required = false;  ///< NOT NULL, and nothing fills it
};

inline std::vector<table_column> read_columns(result_table const& description) {
  std::vector<table_column> all;
  for (std::size_t row = 0; row != description.rows.size(); ++row) {
    cell const kind = description.at(row, "kind");
    cell const name = description.at(row, "name");
    if (!name || (kind && *kind != "COLUMN")) continue;
    bool const nullable = description.at(row, "null?").value_or("Y") != "N";
    bool const filled =
        description.at(row, "default").has_value() || description.at(row, "expression").has_value();
    all.push_back({*name, description.at(row, "type").value_or(""), !nullable && !filled});
  }
  return all;
}

inline bool same_column(std::string_view a, std::string_view b, column_match match) noexcept {
  return match == column_match::case_insensitive ? same_without_case(a, b) : a == b;
}

inline std::string_view nearest_column(std::string_view name,
                                       std::vector<table_column> const& among) {
  std::string_view nearest;
  std::size_t least = static_cast<std::size_t>(-1);
  for (table_column const& c : among) {
    std::size_t const distance = edit_distance(c.name, name);
    if (distance < least) nearest = c.name;
    least = distance < least ? distance : least;
  }
  return nearest;
}

inline error missing_in_table(std::string_view table,
                              std::string_view column,
                              std::vector<table_column> const& among) {
  std::string text = "table " + std::string{table} + " has no column " + quote_identifier(column);
  std::string_view const nearest = nearest_column(column, among);
  if (!nearest.empty()) text += ", the nearest is " + quote_identifier(nearest);
  text += same_without_case(column, nearest)
              ? "; write the column's name in the schema in exactly this case"
              : "; correct the name in the schema or add the column to the table";
  return error{sluice::errc::invalid_configuration, std::move(text)};
}

inline bool holds_json(std::string_view type) noexcept {
  return type.starts_with("VARIANT") || type.starts_with("OBJECT") || type.starts_with("ARRAY");
}

inline error needs_ndjson(std::string_view table, table_column const& column) {
  return error{sluice::errc::invalid_configuration,
               "column " + quote_identifier(column.name) + " of table " + std::string{table} +
                   " is " + column.type +
                   ", and a field of CSV would arrive there as text instead of JSON; encode with "
                   "ndjson, or make the column VARCHAR"};
}

}  // namespace detail

SLUICE_DECL result<void> check_table(std::string_view quoted_table,
                                     result_table const& description,
                                     column_table columns,
                                     column_match match,
                                     format kind) {
  std::vector<detail::table_column> const in_table = detail::read_columns(description);
  for (column_info const& wanted : columns) {
    auto const found = std::find_if(in_table.begin(), in_table.end(), [&](auto const& c) {
      return detail::same_column(c.name, wanted.name, match);
    });
    if (found == in_table.end())
      return detail::missing_in_table(quoted_table, wanted.name, in_table);
    if (kind == format::csv && detail::holds_json(found->type))
      return detail::needs_ndjson(quoted_table, *found);
  }
  for (auto const& c : in_table) {
    bool given = !c.required;
    for (column_info const& column : columns)
      given = given || detail::same_column(c.name, column.name, match);
    if (given) continue;
    return error{sluice::errc::invalid_configuration,
                 "column " + quote_identifier(c.name) + " of table " + std::string{quoted_table} +
                     " is NOT NULL without default, and the record has no such column: every row "
                     "would be refused; add it to the schema or give it a default"};
  }
  return success;
}

SLUICE_DECL task<statement_reply> execute_patiently(transport& t,
                                                    std::shared_ptr<session> on,
                                                    statement s,
                                                    milliseconds patience) {
  steady_time const until = t.now() + patience;
  std::chrono::milliseconds table_pause{100};
  detail::lock_patience lock{on->settings().retry, t.now()};
  for (;;) {
    result<statement_reply> reply = co_await on->execute(s);
    if (reply) co_return reply;
    std::optional<std::chrono::milliseconds> wait = lock.pause(reply.error(), t.now(), t.random());
    if (!wait && reply.error().code == errc::object_missing && t.now() + table_pause < until) {
      wait = table_pause;
      table_pause *= 2;
    }
    if (!wait) co_return reply;
    result<void> slept = co_await t.sleep_for(*wait);
    if (!slept) co_return std::move(slept).error();
    // A refused statement is refused again under its request id.
    s.request_id.clear();
    s.replayed = false;
  }
}

SLUICE_DECL task<void> prepare_table(transport& t,
                                     std::shared_ptr<session> on,
                                     table_preparation wanted) {
  std::string const table = wanted.table.quoted();
  if (wanted.create) {
    statement create;
    create.sql = create_table_text(table, wanted.columns);
    create.title = "CREATE TABLE " + table;
    result<statement_reply> made = co_await on->execute(std::move(create));
    if (!made) co_return std::move(made).error();
  }
  statement describe;
  describe.sql = describe.title = "DESC TABLE " + table;
  result<statement_reply> described =
      co_await execute_patiently(t, on, std::move(describe), wanted.patience);
  if (!described) co_return std::move(described).error();
  co_return check_table(table, described->table, wanted.columns, wanted.match, wanted.kind);
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_TABLE_CHECK_IPP
