#ifndef SLUICE_SNOWFLAKE_ERROR_TABLE_HPP
#define SLUICE_SNOWFLAKE_ERROR_TABLE_HPP

#include <sluice/config.hpp>
#include <sluice/destination/rejected_rows.hpp>
#include <sluice/snowflake/session.hpp>

#include <memory>
#include <string>

namespace sluice::inline v0::snowflake {

/// What is asked of a table's errors: the rows of one channel between two offset tokens.
[[nodiscard]] SLUICE_DECL std::string error_table_text(rejected_rows_query const& q);

/// A reader for destinations whose service keeps refused rows in the table's error table
/// (`ALTER TABLE ... SET ERROR_LOGGING = TRUE`), in the database and schema of `on`:
///
///     config.rejected_rows = sluice::snowflake::error_table_reader(session);
///
/// Needs the privilege to read the errors of the table. Source: "Error logging in Snowpipe
/// Streaming", read 2026.
[[nodiscard]] SLUICE_DECL rejected_rows_reader error_table_reader(std::shared_ptr<session> on);

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/error_table.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_ERROR_TABLE_HPP
