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

// Points into `description`.
inline std::vector<present_column> read_columns(result_table const& description) {
  auto const text_at = [&](std::size_t row, std::string_view column) -> std::string_view {
    std::optional<std::size_t> const at = description.column(column);
    if (!at || !description.rows[row][*at]) return {};
    return *description.rows[row][*at];
  };
  std::vector<present_column> all;
  for (std::size_t row = 0; row != description.rows.size(); ++row) {
    std::string_view const kind = text_at(row, "kind");
    std::string_view const name = text_at(row, "name");
    if (name.empty() || (!kind.empty() && kind != "COLUMN")) continue;
    all.push_back({name,
                   parse_type(text_at(row, "type")),
                   text_at(row, "null?") == "N",
                   description.at(row, "default") || description.at(row, "expression")});
  }
  return all;
}

inline std::string_view nearest_column(std::string_view name,
                                       std::vector<present_column> const& among) {
  std::string_view nearest;
  std::size_t least = static_cast<std::size_t>(-1);
  for (present_column const& c : among) {
    std::size_t const distance = edit_distance(c.name, name);
    if (distance < least) nearest = c.name;
    least = distance < least ? distance : least;
  }
  return nearest;
}

inline error missing_in_table(std::string_view table,
                              std::string_view column,
                              std::vector<present_column> const& among) {
  std::string text = "table " + std::string{table} + " has no column " + quote_identifier(column);
  std::string_view const nearest = nearest_column(column, among);
  if (!nearest.empty()) text += ", the nearest is " + quote_identifier(nearest);
  text +=
      same_without_case(column, nearest)
          ? "; write the column's name in the schema in exactly this case"
          : "; correct the name in the schema, or add the column to the table (evolve::add_columns "
            "does)";
  return error{sluice::errc::invalid_configuration, std::move(text)};
}

inline bool holds_json(std::string_view family) noexcept {
  return family == "VARIANT" || family == "OBJECT" || family == "ARRAY";
}

inline error needs_ndjson(std::string_view table, present_column const& column) {
  return error{sluice::errc::invalid_configuration,
               "column " + quote_identifier(column.name) + " of table " + std::string{table} +
                   " is " + std::string{column.type.name()} +
                   ", and a field of CSV would arrive there as text instead of JSON; encode with "
                   "ndjson, or make the column VARCHAR"};
}

inline error needs_a_value(std::string_view table, std::string_view column) {
  return error{sluice::errc::invalid_configuration,
               "column " + quote_identifier(column) + " of table " + std::string{table} +
                   " is NOT NULL without default, and the record has no such column: every row "
                   "would be refused; add it to the schema or give it a default"};
}

inline std::string written_type(sql_type const& type) {
  return std::string{type.name()} + '(' + std::to_string(type.size) +
         (type.scale != 0 ? ", " + std::to_string(type.scale) : "") + ')';
}

// What no statement mends has to be known before the first one changes the table. A column of
// another type is left to COPY, which converts what it can.
inline std::optional<error> why_impossible(std::string_view table,
                                           change_request const& asked,
                                           table_evolution policy) {
  std::string const column =
      "column " + quote_identifier(asked.column) + " of table " + std::string{table};
  if (asked.change == table_change::ambiguous_rename)
    return error{sluice::errc::invalid_configuration,
                 column + " should be renamed from " + quote_identifier(asked.present->name) +
                     ", which another column of the record claims, too; rename it by hand"};
  if (asked.change == table_change::narrow && policy == table_evolution::widen)
    return error{sluice::errc::invalid_configuration,
                 column + " is " + written_type(asked.present->type) +
                     ", which would cut values of the record and cannot be widened in place; load "
                     "into a new column or table"};
  if (asked.change == table_change::drop_not_null && asked.wanted == nullptr &&
      !allows(policy, asked.change))
    return needs_a_value(table, asked.column);
  return std::nullopt;
}

}  // namespace detail

SLUICE_DECL result<void> check_table(std::string_view quoted_table,
                                     result_table const& description,
                                     column_table columns,
                                     column_match match,
                                     format kind) {
  std::vector<detail::present_column> const in_table = detail::read_columns(description);
  for (column_info const& wanted : columns) {
    detail::present_column const* const found = detail::find_column(in_table, wanted.name, match);
    if (found == nullptr) return detail::missing_in_table(quoted_table, wanted.name, in_table);
    if (kind == format::csv && detail::holds_json(found->type.name()))
      return detail::needs_ndjson(quoted_table, *found);
  }
  for (auto const& c : in_table) {
    bool given = !c.not_null || c.filled;
    for (column_info const& column : columns)
      given = given || detail::same_column(c.name, column.name, match);
    if (!given) return detail::needs_a_value(quoted_table, c.name);
  }
  return success;
}

SLUICE_DECL result<std::vector<std::string>> evolution_statements(std::string_view quoted_table,
                                                                  result_table const& description,
                                                                  column_table columns,
                                                                  column_match match,
                                                                  table_evolution policy) {
  std::vector<detail::present_column> const in_table = detail::read_columns(description);
  std::vector<std::string> statements;
  std::optional<error> impossible;
  detail::for_each_change(in_table, columns, match, [&](detail::change_request const& asked) {
    if (policy == table_evolution::freeze) return;
    if (!impossible) impossible = detail::why_impossible(quoted_table, asked, policy);
    if (!detail::allows(policy, asked.change)) return;
    statements.push_back(
        "ALTER TABLE " + std::string{quoted_table} +
        detail::written([&](detail::text_writer& out) { detail::write_change(out, asked); }));
  });
  if (impossible) return *std::move(impossible);
  return statements;
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
    ++s.attempts_before;
  }
}

namespace detail {

// One change at a time, each asked for by the table as it is then: another load may be at it, too.
// A statement that fails is forgiven when the table no longer asks for it.
inline task<result_table> evolve_table(transport& t,
                                       std::shared_ptr<session> on,
                                       table_preparation wanted) {
  std::string const table = wanted.table.quoted();
  std::string last;
  std::optional<error> failed;
  // Loads that want opposite things of one table must not go on for ever.
  for (std::size_t rounds = 4 * wanted.columns.size() + 16;; --rounds) {
    statement describe;
    describe.sql = describe.title = "DESC TABLE " + table;
    result<statement_reply> described =
        co_await execute_patiently(t, on, std::move(describe), wanted.patience);
    if (!described) co_return std::move(described).error();
    auto const changes = evolution_statements(
        table, described->table, wanted.columns, wanted.match, wanted.evolution);
    if (!changes) co_return changes.error();
    if (changes->empty()) co_return std::move(described->table);
    if (changes->front() == last || rounds == 0) {
      if (failed) co_return *std::move(failed);
      co_return error{sluice::errc::malformed_reply,
                      "the service has run \"" + last +
                          "\", and the table asks for it again; does another load undo it?"};
    }
    failed.reset();
    statement alter;
    alter.sql = alter.title = last = changes->front();
    result<statement_reply> altered =
        co_await execute_patiently(t, on, std::move(alter), wanted.patience);
    if (!altered) failed = std::move(altered).error();
  }
}

}  // namespace detail

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
  result<result_table> const described = co_await detail::evolve_table(t, on, wanted);
  if (!described) co_return described.error();
  co_return check_table(table, *described, wanted.columns, wanted.match, wanted.kind);
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_TABLE_CHECK_IPP
