#ifndef SLUICE_PIPELINE_OPTIONS_HPP
#define SLUICE_PIPELINE_OPTIONS_HPP

#include <sluice/batch/batch_policy.hpp>
#include <sluice/config.hpp>
#include <sluice/ledger/dead_letter.hpp>
#include <sluice/ledger/durable.hpp>
#include <sluice/observe/log.hpp>
#include <sluice/pipeline/report.hpp>
#include <sluice/units.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace sluice::inline v0 {

/// What to do with a record that the source could not read or that cannot be written.
enum class on_bad_record : std::uint8_t {
  dead_letter,  ///< it goes to the dead letters, the load goes on
  abort  ///< takes no more records, and fails with that error; what was pushed before is still
         ///< delivered
};

/// Something that a loader can tell nobody else: dead letters that the sink did not take, a
/// destructor that could not deliver everything.
struct incident {
  error what;
  std::span<dead_letter const> letters;  ///< records that are nowhere else
  report const* final_report = nullptr;  ///< from a destructor: the account of the load
};

/// Hears of incidents. Called by any thread, one at a time; must not call the loader.
using report_handler = std::function<void(incident const&)>;

struct journal_options {
  std::string path{};                ///< for `durable<journal>`: the file
  journal_hook after_step{};         ///< for tests
  milliseconds owner_within{2'000};  ///< for a process that was killed to let go of the file
};

/// How a loader runs; everything that is not the destination's.
struct run_options {
  batch_limits batch{};  ///< values of batch limits that are `dynamic`

  /// Bytes, over all buffers; the constructor says so if the policies need more. A producer that is
  /// faster than the service fills it, and rows that leave the cache before they are sent cost more
  /// (`bench/service/append.cpp` prints how much).
  std::uint64_t memory_limit = 256ull << 20;

  std::size_t workers = 0;    ///< seal and compress in parallel; 0: as many as the transport has
  std::size_t producers = 4;  ///< handles that may push at once, the loader itself included
  std::size_t max_in_flight = 0;  ///< payloads on their way at once; 0: as the destination says

  /// Null: a file `sluice-<run id>.dead.ndjson` in the working directory, made when needed.
  std::shared_ptr<dead_letter_sink> dead_letters{};
  bool reveal_pii = false;  ///< write columns marked pii into dead letters as they are
  sluice::on_bad_record on_bad_record = sluice::on_bad_record::dead_letter;

  /// Payloads in a row that the service may refuse as a whole before the loader gives up.
  std::size_t give_up_after = 8;

  journal_options journal{};
  std::string run_id{};  ///< [0-9a-z-], at most 64; empty: random. A journal's own run id wins

  logger log{};
  report_handler on_incident{};  ///< null: one line on standard error

  milliseconds finish_within{300'000};     ///< for `finish()` and `flush()` without a deadline
  milliseconds destructor_within{60'000};  ///< for a destructor without `finish`
  milliseconds bury_within{5'000};  ///< how long past a deadline dead letters may still be written
  std::size_t keep_payload_results = 1'000;  ///< the last ones, in the report
};

}  // namespace sluice::inline v0

#endif  // SLUICE_PIPELINE_OPTIONS_HPP
