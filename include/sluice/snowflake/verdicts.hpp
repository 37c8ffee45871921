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

/// Gives every row of `file` its verdict, from what the service said about the file and its refused
/// rows. Never confirms a row on figures that do not add up.
/// Precondition: the status is loaded, partially_loaded or failed.
[[nodiscard]] SLUICE_DECL file_end give_verdicts(staged_file const& file,
                                                 file_result const& result,
                                                 std::span<row_error const> errors);

/// Reports every row of `file` for one reason.
SLUICE_DECL void reject_all(staged_file const& file, rejection const& why);

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/verdicts.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_VERDICTS_HPP
