#ifndef SLUICE_TEST_DESTINATION_LAWS_HPP
#define SLUICE_TEST_DESTINATION_LAWS_HPP

/// \file
/// What every destination must do, as a function that a destination's own tests call. It needs no
/// test framework: a broken law is an error whose message names it.
///
///     sluice::test::law_setup<my_service> setup;
///     setup.config = [&] { return my_service::config{server.fresh_table()}; };
///     setup.rows_held = [&] { return server.rows(); };
///     auto const lawful = sluice::test::check_destination_laws<my_service, order, sluice::csv<>>(
///         transport, setup, samples);
///     REQUIRE(lawful);

#include <sluice/compress/codec_stream.hpp>
#include <sluice/config.hpp>
#include <sluice/destination/destination.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/ledger/interval_set.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace sluice::inline v0::test {

/// What the laws need to know of a destination's world.
template<destination Destination>
struct law_setup {
  /// A configuration for an empty table.
  std::function<typename Destination::config()> config;
  /// Rows in the table of the last configuration; null: laws about them are not checked.
  std::function<std::uint64_t()> rows_held;
  codec compression = codec::none;  ///< of the bodies that are sent
  milliseconds patience{10'000};    ///< for each step
};

/// Success if `Destination` obeys the laws for `samples`, at least eight records that its table
/// takes, sent as `Format`:
///
/// * a load without records ends well;
/// * each accepted row gets exactly one verdict, for positions that were sent, by the end of
///   `finish`; good rows are confirmed, and the table holds them once;
/// * `flush` ends with a verdict on every accepted row, and sending may go on;
/// * `max_in_flight` overlapping calls of `send` are taken, and more payloads after them;
/// * where `refused` holds a record that the table does not take: its row is rejected with a
///   reason, and the table holds the rows that were confirmed, no others;
/// * a payload that is sent twice under one sequence is in the table once, and its rows get one
///   verdict per call at most (skipped for ordered destinations);
/// * an answer comes although the deadline of `finish` is past;
/// * `recover` settles what the service holds of a session that was dropped, and calls absent what
///   it never saw.
///
/// The transport needs a thread, or a clock that runs by itself.
template<destination Destination, class Record, class Format>
[[nodiscard]] result<void> check_destination_laws(transport& t,
                                                  law_setup<Destination> const& setup,
                                                  std::span<Record const> samples,
                                                  std::span<Record const> refused = {});

/// A payload with `records`, as a loader would make it.
template<class Record, class Format>
[[nodiscard]] payload make_payload(std::span<Record const> records,
                                   std::uint64_t sequence,
                                   position first,
                                   codec compression = codec::none);

/// Takes verdicts and remembers them. Thread safety: all members.
class recording_ack final : public ack {
 public:
  using ack::confirm;
  using ack::reject;

  struct tally {
    std::uint64_t confirmed = 0;
    std::uint64_t rejected = 0;
    std::uint64_t open = 0;   ///< rows that were expected and have no verdict
    std::uint64_t stray = 0;  ///< verdicts on rows that had one or were not expected
    std::string last_rejection;
  };

  /// Verdicts on these rows are in order from here on.
  void expect(payload const& p) {
    std::scoped_lock const lock{mutex_};
    for (position_range const& rows : p.positions) open_.add(rows);
  }

  void confirm(position_range rows) override {
    std::scoped_lock const lock{mutex_};
    take(rows);
    counts_.confirmed += rows.count;
  }

  void reject(position row, rejection why, std::string) override {
    std::scoped_lock const lock{mutex_};
    take({row, 1});
    rejected_.add({row, 1});
    ++counts_.rejected;
    counts_.last_rejection = std::move(why.message);
  }

  [[nodiscard]] bool was_rejected(position row) const {
    std::scoped_lock const lock{mutex_};
    return rejected_.contains(row);
  }

  [[nodiscard]] tally counts() const {
    std::scoped_lock const lock{mutex_};
    tally now = counts_;
    now.open = open_.count();
    return now;
  }

 private:
  void take(position_range rows) {
    std::uint64_t found = 0;
    for (position_range const& part : open_.remove(rows)) found += part.count;
    counts_.stray += rows.count - found;
  }

  std::mutex mutable mutex_;
  interval_set open_;
  interval_set rejected_;
  tally counts_;
};

}  // namespace sluice::inline v0::test

#include <sluice/test/impl/destination_laws.hpp>

#endif  // SLUICE_TEST_DESTINATION_LAWS_HPP
