#ifndef SLUICE_SNOWFLAKE_COPY_RESULT_HPP
#define SLUICE_SNOWFLAKE_COPY_RESULT_HPP

/// \file
/// What a COPY did, as its rows say it. Pure.
/// Source: "COPY INTO <table>", output; "VALIDATE"; "COPY_HISTORY"; read 2026.

#include <sluice/config.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/ledger/ack.hpp>
#include <sluice/schema/column_table.hpp>
#include <sluice/snowflake/protocol.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::snowflake {

/// The name of a payload's stage file: `000000000042.csv.gz`. All names of a run are equally long,
/// so that none is a prefix of another.
[[nodiscard]] SLUICE_DECL std::string stage_file_name(std::uint64_t sequence,
                                                      format kind,
                                                      codec compression);

/// The part behind the last '/'.
[[nodiscard]] SLUICE_DECL std::string_view base_name(std::string_view path) noexcept;

enum class load_status : std::uint8_t {
  loaded,
  partially_loaded,
  failed,   ///< no row is in the table
  skipped,  ///< loaded before, by the table's load metadata
  running,  ///< another COPY is at it (COPY_HISTORY only)
  missing   ///< the result does not name it: nothing is known to be loaded
};

/// "loaded", "partially loaded", ...: the words of COPY_HISTORY.
[[nodiscard]] constexpr std::string_view name_of(load_status status) noexcept {
  switch (status) {
    case load_status::loaded:
      return "loaded";
    case load_status::partially_loaded:
      return "partially loaded";
    case load_status::failed:
      return "load failed";
    case load_status::skipped:
      return "load skipped";
    case load_status::running:
      return "load in progress";
    case load_status::missing:
      return "not in the result";
  }
  return "unknown";
}

/// The fate of one staged file.
struct file_result {
  load_status status = load_status::missing;
  std::uint64_t rows_parsed = 0;
  std::uint64_t rows_loaded = 0;
  std::uint64_t errors_seen = 0;
  std::string first_error;  ///< the service's words; may quote a value
};

/// The result of a COPY for each of `files` (base names), in their order. A result without rows for
/// a file, and the single row "Copy executed with 0 files processed.", give `missing`.
[[nodiscard]] SLUICE_DECL std::vector<file_result> read_copy_result(
    result_table const& table, std::span<std::string const> files);

/// The same from COPY_HISTORY, for files in the directory `directory` (a name without '/'); where a
/// file is listed more than once, the entry that loaded rows.
[[nodiscard]] SLUICE_DECL std::vector<file_result> read_copy_history(
    result_table const& table, std::string_view directory, std::span<std::string const> files);

/// One row that was refused.
struct row_error {
  std::uint64_t row = 0;  ///< of the file's data rows, counted from 0
  rejection why;
  std::string record;  ///< the row as it stands in the file, or empty
};

/// Refused rows by file (base name), each row once, in ascending order. From VALIDATE or from COPY
/// with VALIDATION_MODE. Values of columns that are marked pii or secret are left out of the words.
[[nodiscard]] SLUICE_DECL std::map<std::string, std::vector<row_error>, std::less<>>
read_row_errors(result_table const& table, column_table columns);

/// Whether the message of a failed COPY names exactly one of `files`; its index.
[[nodiscard]] SLUICE_DECL std::optional<std::size_t> file_named_in(
    std::string_view message, std::span<std::string const> files) noexcept;

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/copy_result.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_COPY_RESULT_HPP
