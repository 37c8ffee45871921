#ifndef SLUICE_DESTINATION_DESTINATION_HPP
#define SLUICE_DESTINATION_DESTINATION_HPP

#include <sluice/config.hpp>
#include <sluice/destination/capabilities.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/encode/payload.hpp>
#include <sluice/ledger/ack.hpp>
#include <sluice/ledger/position.hpp>
#include <sluice/observe/log.hpp>
#include <sluice/observe/stats.hpp>
#include <sluice/schema/column_table.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::inline v0 {

/// What a session is told about the loader it serves. The references outlive the session.
struct environment {
  sluice::transport& transport;
  std::string run_id;         ///< [0-9a-z-], unique per run, kept over restarts with a journal
  column_table columns;       ///< of the record
  format_description format;  ///< of every payload's body
  codec compression;          ///< of every payload's body
  logger log = {};            ///< where the session speaks; drops every line by default
  /// Where the session counts copies, and through a `request_monitor` requests; or null.
  load_metrics* metrics = nullptr;
};

/// What the service holds already when a loader opens.
struct resume_point {
  /// The first position that the service does not hold, where it keeps count; else nothing.
  std::optional<position> next;
};

/// The service holds the bytes of a payload.
struct accepted {
  std::uint64_t bytes_sent = 0;  ///< on the wire, body only
  std::uint64_t retries = 0;     ///< attempts of its requests that repeated an earlier one
};

/// What a restart knows of a payload whose fate was open when the last run ended.
struct in_doubt {
  std::uint64_t sequence = 0;             ///< `payload::sequence`, from which names derive
  std::vector<position_range> positions;  ///< of its rows, in body order
  std::chrono::system_clock::time_point planned_at{};  ///< when it was sent, or a moment before
};

namespace detail {

/// The service's clock and ours may differ by less than this.
inline constexpr std::chrono::hours clock_margin{1};

}  // namespace detail

/// Whether a service that remembers for `memory` what it was sent may have forgotten `d` at `now`:
/// then its silence does not mean that it does not hold the rows.
[[nodiscard]] inline bool may_be_forgotten(in_doubt const& d,
                                           std::chrono::hours memory,
                                           std::chrono::system_clock::time_point now) noexcept {
  return d.planned_at < now - memory + detail::clock_margin;
}

/// How a payload in doubt was settled.
enum class recovery : std::uint8_t {
  settled,  ///< every row got its verdict through the ack
  absent    ///< the service does not hold it and never will: its rows must be sent again
};

/// The part of a destination that runs: payloads in, verdicts out. It never sees a record.
///
/// | expression (`s` an `S`, `a` an `ack`) | meaning |
/// |---|---|
/// | `S{environment, config}` | no traffic yet |
/// | `s.open()` | table, channel or stream is ready |
/// | `s.send(p, a)` | ends when the service holds the bytes of `p`; see below |
/// | `s.flush(until)` | ends when all accepted rows have their verdicts; sending may go on |
/// | `s.finish(until)` | like flush, then gives up what it holds at the service; last call |
///
/// `send`: `p` and `a` outlive the call; `a` outlives the session. Up to `max_in_flight` calls
/// overlap; if `ordered`, calls start in the order of positions. Retrying is the session's
/// business: `accepted::retries` says how often this payload needed it, and an error is final. It
/// means that the service does not hold the rows that have no verdict yet, except
/// `errc::outcome_unknown`, which says that nobody knows. `errc::payload_too_large` and
/// `errc::payload_refused` make the pipeline send the two halves as payloads of their own.
///
/// Every call runs on the transport thread, the destructor too; none blocks or throws. An accepted
/// row without verdict after `finish` becomes `dead_reason::unknown`.
template<class S>
concept destination_session = requires(S s, payload const& p, ack& a, deadline until) {
  { s.open() } -> std::same_as<task<resume_point>>;
  { s.send(p, a) } -> std::same_as<task<accepted>>;
  { s.flush(until) } -> std::same_as<task<void>>;
  { s.finish(until) } -> std::same_as<task<void>>;
};

/// A session that can settle payloads of an earlier run; needed for `durable<journal>`.
template<class S>
concept recoverable_session = destination_session<S> && requires(S s, in_doubt const& d, ack& a) {
  { s.recover(d, a) } -> std::same_as<task<recovery>>;
};

/// A policy type that names a service, its limits and its session.
///
/// | member | meaning |
/// |---|---|
/// | `D::limits` | constant `capabilities`; the only place for the service's numbers |
/// | `D::checks<Record>` | rules over the record, `passed` if there are none |
/// | `D::config` | run-time values |
/// | `D::session` | a `destination_session` made from `environment` and `config` |
/// | `D::target(c)` | optional: where rows go, without secrets; a journal of another is refused |
/// | `D::default_batch`, `default_encode`, `default_compress` | optional: stages to leave out |
template<class D>
concept destination =
    requires {
      typename D::config;
      typename D::session;
      { D::limits } -> std::convertible_to<capabilities>;
    } && destination_session<typename D::session> &&
    std::constructible_from<typename D::session, environment const&, typename D::config const&>;

}  // namespace sluice::inline v0

#endif  // SLUICE_DESTINATION_DESTINATION_HPP
