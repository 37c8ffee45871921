#ifndef SLUICE_SNOWFLAKE_VERDICTS_HPP
#define SLUICE_SNOWFLAKE_VERDICTS_HPP

#include <sluice/config.hpp>
#include <sluice/ledger/ack.hpp>
#include <sluice/ledger/position.hpp>
#include <sluice/snowflake/copy_result.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sluice::inline v0::snowflake {

/// A file that the stage holds and whose rows have no verdict yet.
struct staged_file {
  std::uint64_t sequence = 0;
  std::string name;  ///< below the run's directory
  std::uint64_t rows = 0;
  std::vector<position_range> positions;  ///< of its rows, in file order
  ack* verdicts = nullptr;
};

/// How a file ended.
enum class file_end : std::uint8_t {
  all_loaded,    ///< every row confirmed
  some_refused,  ///< every row has its verdict, at least one was refused
  unreconciled   ///< the service's figures and ours differ: rows were reported as unknown
};

/// Rows [first, end) of a file, counted from 0, that are refused and whose text is not at hand.
struct bare_rows {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
  rejection why;
};

/// Gives the rows of `file` their verdicts, from what the service said about the file and its
/// refused rows. Never confirms a row on figures that do not add up. Refused rows of which the
/// service does not give the text are added to `bare`, in ascending order, and have no verdict yet.
/// Precondition: the status is loaded, partially_loaded or failed.
[[nodiscard]] SLUICE_DECL file_end give_verdicts(staged_file const& file,
                                                 file_result const& result,
                                                 std::span<row_error const> errors,
                                                 std::vector<bare_rows>& bare);

/// The position of a row of `file`. Precondition: `row < file.rows`.
[[nodiscard]] SLUICE_DECL position position_of(staged_file const& file, std::uint64_t row) noexcept;

/// The positions of the rows of `bare`.
[[nodiscard]] SLUICE_DECL std::vector<position_range> ranges_of(staged_file const& file,
                                                                bare_rows const& bare);

/// Rejects the rows of `bare` as they are, without their text.
SLUICE_DECL void reject_rows(staged_file const& file, bare_rows const& bare);

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/verdicts.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_VERDICTS_HPP
