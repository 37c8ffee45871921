#ifndef SLUICE_SANDBOX_SQL_DETAIL_RETENTION_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_RETENTION_HPP

#include <sluice/config.hpp>

#include <chrono>
#include <cstddef>

namespace sluice::inline v0::sandbox::sql::detail {

/// How long the account remembers what it did, by its own clock; what is older by any amount is
/// forgotten. Sources: Snowflake's documentation, pages as named.
struct retention {
  /// Load metadata of a table and the errors behind VALIDATE: "Loading data", loading older files;
  /// "VALIDATE".
  static constexpr std::chrono::milliseconds load_metadata = std::chrono::hours(64 * 24);
  /// "COPY_HISTORY" and "LOAD_HISTORY view".
  static constexpr std::chrono::milliseconds load_history = std::chrono::hours(14 * 24);
  static constexpr std::size_t load_history_rows = 10'000;  ///< "LOAD_HISTORY view", usage notes
  /// Results of statements, counted from their end: "Using persisted query results".
  static constexpr std::chrono::milliseconds results = std::chrono::hours(24);
  /// A streaming channel without ingestion: "Channels and exactly-once delivery".
  static constexpr std::chrono::milliseconds idle_channel = std::chrono::hours(30 * 24);
};

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_RETENTION_HPP
