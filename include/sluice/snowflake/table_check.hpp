#ifndef SLUICE_SNOWFLAKE_TABLE_CHECK_HPP
#define SLUICE_SNOWFLAKE_TABLE_CHECK_HPP

#include <sluice/config.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/result.hpp>
#include <sluice/schema/column_table.hpp>
#include <sluice/snowflake/detail/table_change.hpp>
#include <sluice/snowflake/protocol.hpp>
#include <sluice/snowflake/session.hpp>
#include <sluice/snowflake/sql.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::snowflake {

/// Whether every column of the record is in the table, every column that the table cannot leave
/// empty is in the record, and files of `kind` carry values of every column's type: what COPY makes
/// of JSON in a field of CSV is nowhere specified, so VARIANT, OBJECT and ARRAY need NDJSON.
/// `description` is the result of DESC TABLE.
/// Error: sluice::errc::invalid_configuration, naming the column, the nearest one and the remedy.
/// Source: "DESCRIBE TABLE", output columns name, type, kind, null?, default; read 2026.
[[nodiscard]] SLUICE_DECL result<void> check_table(std::string_view quoted_table,
                                                   result_table const& description,
                                                   column_table columns,
                                                   column_match match,
                                                   format kind);

/// Runs a statement over a table that was made just before, which the service may not see yet:
/// while it says that the table is missing, the statement is tried again, for `patience` at most.
/// So is one that a lock keeps from running, as often as `connection::retry` allows.
/// Errors: those of `session::execute`.
[[nodiscard]] SLUICE_DECL task<statement_reply> execute_patiently(transport& t,
                                                                  std::shared_ptr<session> on,
                                                                  statement s,
                                                                  milliseconds patience);

/// The table that a load writes to, and what is done about it before the first row.
struct table_preparation {
  object_name table;
  column_table columns;  ///< of the record
  column_match match = column_match::position;
  format kind = format::csv;  ///< of the bodies
  bool create = false;        ///< CREATE TABLE IF NOT EXISTS from the columns
  milliseconds patience{0};   ///< for a table that was made just before and is not seen yet
  table_evolution evolution = table_evolution::freeze;
};

/// The statements that make the table of `description` take rows with `columns`, as far as `policy`
/// allows; see evolve.hpp. Errors: sluice::errc::invalid_configuration where `policy` is to widen
/// and a column's type would lose digits or bytes of the record's.
[[nodiscard]] SLUICE_DECL result<std::vector<std::string>> evolution_statements(
    std::string_view quoted_table,
    result_table const& description,
    column_table columns,
    column_match match,
    table_evolution policy);

/// Makes the table if asked to, waits until the service sees it, changes it as far as
/// `wanted.evolution` says, and checks its columns.
/// Errors: errc::object_missing; those of `evolution_statements`, `check_table` and
/// `session::execute`.
[[nodiscard]] SLUICE_DECL task<void> prepare_table(transport& t,
                                                   std::shared_ptr<session> on,
                                                   table_preparation wanted);

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/table_check.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_TABLE_CHECK_HPP
