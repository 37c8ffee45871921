#ifndef SLUICE_SNOWFLAKE_TABLE_CHECK_HPP
#define SLUICE_SNOWFLAKE_TABLE_CHECK_HPP

#include <sluice/config.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/result.hpp>
#include <sluice/schema/column_table.hpp>
#include <sluice/snowflake/protocol.hpp>
#include <sluice/snowflake/sql.hpp>

#include <string_view>

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

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/table_check.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_TABLE_CHECK_HPP
