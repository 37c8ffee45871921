#ifndef SLUICE_SNOWPIPE_FILES_PROTOCOL_HPP
#define SLUICE_SNOWPIPE_FILES_PROTOCOL_HPP

/// \file
/// Requests and replies of file Snowpipe. Pure.
/// Source: "Snowpipe REST API reference", read 2026.

#include <sluice/config.hpp>
#include <sluice/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::snowpipe {

/// Numbers of the service. Source: "Snowpipe REST API reference", read 2026.
struct files_limits {
  /// How long a pipe remembers which files it was told of, and what became of them.
  static constexpr std::chrono::hours memory{14 * 24};
};

/// What became of a file, in the service's words.
enum class load_state : std::uint8_t { in_progress, loaded, partially_loaded, failed, unknown };

/// "loaded", "partially loaded", ...
[[nodiscard]] constexpr std::string_view name_of(load_state state) noexcept {
  switch (state) {
    case load_state::in_progress:
      return "load in progress";
    case load_state::loaded:
      return "loaded";
    case load_state::partially_loaded:
      return "partially loaded";
    case load_state::failed:
      return "load failed";
    case load_state::unknown:
      break;
  }
  return "unknown";
}

/// One file of a load report.
struct file_report {
  std::string path;  ///< below the location that the pipe reads
  load_state state = load_state::unknown;
  std::optional<std::uint64_t> rows_inserted;  ///< nothing: the report has no such number
  std::uint64_t errors_seen = 0;
  std::string first_error;
  std::string first_error_column;
};

/// What a report says of all rows of its file.
enum class file_fate : std::uint8_t {
  pending,   ///< the pipe has not finished
  loaded,    ///< all of them are in the table
  refused,   ///< none of them is
  uncertain  ///< some may be, and nobody can say which
};

/// The fate of a file of `rows` rows. It counts as loaded only where the report has the number of
/// its rows.
[[nodiscard]] SLUICE_DECL file_fate fate_of(file_report const& f, std::uint64_t rows) noexcept;

struct load_report {
  std::vector<file_report> files;
  bool complete = true;  ///< false: events were missed
  std::string next_mark;
  std::string range_end;  ///< of a history that is not complete: where to go on
};

/// `/v1/data/pipes/DB.SC.P/<action>`.
[[nodiscard]] SLUICE_DECL std::string files_path(std::string_view database,
                                                 std::string_view schema,
                                                 std::string_view pipe,
                                                 std::string_view action);

/// `{"files":[{"path":"a/b.csv.gz","size":12}]}`.
[[nodiscard]] SLUICE_DECL std::string insert_files_body(std::string_view path, std::uint64_t size);

/// `2026-01-02T03:04:05.678Z`.
[[nodiscard]] SLUICE_DECL std::string iso_time(std::chrono::system_clock::time_point at);

/// Whether an answer to insertFiles takes the file. Error: sluice::errc::malformed_reply.
[[nodiscard]] SLUICE_DECL result<void> parse_insert_reply(std::string_view body);

/// The answer to insertReport or loadHistoryScan. Error: sluice::errc::malformed_reply.
[[nodiscard]] SLUICE_DECL result<load_report> parse_load_report(std::string_view body);

}  // namespace sluice::inline v0::snowpipe

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowpipe/impl/files_protocol.ipp>
#endif

#endif  // SLUICE_SNOWPIPE_FILES_PROTOCOL_HPP
