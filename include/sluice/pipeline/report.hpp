#ifndef SLUICE_PIPELINE_REPORT_HPP
#define SLUICE_PIPELINE_REPORT_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/ledger/ack.hpp>
#include <sluice/ledger/tally.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::inline v0 {

/// What became of one payload: a file or a request.
struct payload_result {
  std::uint64_t sequence = 0;  ///< from which its name at the service derives
  std::uint64_t rows = 0;
  std::uint64_t confirmed = 0;
  std::uint64_t dead_lettered = 0;
  std::uint64_t raw_bytes = 0;   ///< before compression
  std::uint64_t sent_bytes = 0;  ///< as the service accepted it; 0 if it did not
  payload_note service = {};     ///< what the service calls it and says of it, where it does
  bool halved = false;           ///< its rows went on in two smaller payloads
  std::string failure;           ///< why it was not accepted, or empty
};

/// The final account of a load.
///
/// `pushed == confirmed + dead_lettered + spooled + pending`, always. `pending` is 0 after `finish`
/// except with `durable<journal>`, where records that could not be delivered stay open for the next
/// run instead of becoming dead letters.
struct report : tally {
  std::uint64_t skipped = 0;    ///< replayed records that an earlier run had brought to their end
  std::uint64_t recovered = 0;  ///< of `pushed`: handed over by an earlier run, settled by this one
  std::uint64_t refused = 0;    ///< calls of push that took nothing, since the loader had ended

  std::array<std::uint64_t, 6> dead_by_reason{};  ///< indexed by `dead_reason`

  std::uint64_t records_written = 0;  ///< = confirmed
  std::uint64_t bytes_encoded = 0;    ///< before compression
  std::uint64_t bytes_uploaded = 0;   ///< bodies the service accepted, as sent
  std::uint64_t files_uploaded = 0;   ///< payloads the service accepted
  std::uint64_t copy_operations = 0;  ///< statements or jobs that moved files into the table
  std::uint64_t upload_workers = 0;   ///< payloads that were on their way at once, at most

  std::chrono::microseconds elapsed{0};
  std::uint64_t peak_memory_bytes = 0;  ///< charged to the memory limit

  std::vector<payload_result> payloads;  ///< in the order in which they ended: the last of them
  std::uint64_t payloads_omitted = 0;    ///< earlier ones, of which only the sums are kept

  std::string run_id;
  std::string dead_letters;  ///< where they are: a path; empty if there are none

  /// Why the load is not complete, if it is not: the first failure. Dead letters alone are no
  /// failure, unless nothing arrived since whole payloads were refused.
  std::optional<error> failure;

  /// Everything pushed is confirmed or in the dead letters, and nothing went wrong on the way.
  [[nodiscard]] bool ok() const noexcept { return !failure.has_value(); }

  explicit operator bool() const noexcept { return ok(); }
};

}  // namespace sluice::inline v0

#endif  // SLUICE_PIPELINE_REPORT_HPP
