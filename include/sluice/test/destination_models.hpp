#ifndef SLUICE_TEST_DESTINATION_MODELS_HPP
#define SLUICE_TEST_DESTINATION_MODELS_HPP

/// \file
/// The four ways in which services take rows, each as a small destination over a service in memory.
/// They obey the laws of `destination_laws.hpp`, show authors how a session of their kind is built,
/// and stand in for a service where a test needs faults at exact steps.

#include <sluice/config.hpp>
#include <sluice/destination/destination.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/test/model_service.hpp>
#include <sluice/transport/sync.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sluice::inline v0::test {

/// Run-time values of the models.
struct model_config {
  std::shared_ptr<model_service> service{};
  milliseconds latency{0};     ///< of every step, on the transport's clock
  milliseconds commit_lag{0};  ///< late_commit: from acceptance to the verdict
  std::size_t group = 4;       ///< group_commit: payloads that are committed together
};

namespace detail {

/// What the sessions of the models share.
class model_session {
 public:
  model_session(environment const& env, model_config const& config)
      : transport_{env.transport}, config_{config}, run_id_{env.run_id} {}

 protected:
  /// Takes its time, then does what was ordered for the step.
  task<void> step(std::string_view name);
  [[nodiscard]] std::string name_of(std::uint64_t sequence) const;
  [[nodiscard]] static rejection model_refusal();
  /// Writes the rows of a payload that was not written before, and gives every row its verdict.
  result<void> write(payload const& p, ack& a);
  /// What `send` says of a payload that the service holds.
  [[nodiscard]] accepted held(payload const& p) const;

  transport& transport_;
  model_config config_;
  std::string run_id_;
};

}  // namespace detail

/// A stateless request whose reply names the bad rows (insertAll, a vault).
struct row_errors {
  static constexpr capabilities limits{.formats = {format::csv, format::ndjson},
                                       .codecs = {codec::none, codec::gzip, codec::zstd},
                                       .max_in_flight = 4};
  template<class Record>
  using checks = passed;
  using config = model_config;

  class session : detail::model_session {
   public:
    using detail::model_session::model_session;
    task<resume_point> open();
    task<accepted> send(payload const& p, ack& a);
    task<void> flush(deadline until);
    task<void> finish(deadline until);
    task<recovery> recover(in_doubt const& d, ack& a);
  };
};

/// Files in a stage that a statement moves into the table, several at a time (COPY, a load job).
struct group_commit {
  static constexpr capabilities limits{.formats = {format::csv, format::ndjson},
                                       .codecs = {codec::none, codec::gzip, codec::zstd},
                                       .max_in_flight = 4,
                                       .replayable_after_accept = true};
  template<class Record>
  using checks = passed;
  using config = model_config;

  class session : detail::model_session {
   public:
    using detail::model_session::model_session;
    task<resume_point> open();
    task<accepted> send(payload const& p, ack& a);
    task<void> flush(deadline until);
    task<void> finish(deadline until);

   private:
    task<void> commit();

    std::vector<payload> staged_;
    ack* verdicts_ = nullptr;
  };
};

/// A stream that takes rows at the offset behind the last one (Storage Write, channels).
struct ordered_offsets {
  static constexpr capabilities limits{.formats = {format::csv, format::ndjson},
                                       .codecs = {codec::none},
                                       .max_in_flight = 2,
                                       .ordered = true};
  template<class Record>
  using checks = passed;
  using config = model_config;

  class session : detail::model_session {
   public:
    using detail::model_session::model_session;
    task<resume_point> open();
    task<accepted> send(payload const& p, ack& a);
    task<void> flush(deadline until);
    task<void> finish(deadline until);

   private:
    async_semaphore turn_{1};  // rows go in one after another
  };
};

/// Rows are held at once and written some time later (Snowpipe, pending streams).
struct late_commit {
  static constexpr capabilities limits{.formats = {format::csv, format::ndjson},
                                       .codecs = {codec::none, codec::gzip, codec::zstd},
                                       .max_in_flight = 4};
  template<class Record>
  using checks = passed;
  using config = model_config;

  class session : detail::model_session {
   public:
    session(environment const& env, model_config const& config);
    session(session const&) = delete;
    session& operator=(session const&) = delete;
    ~session();
    task<resume_point> open();
    task<accepted> send(payload const& p, ack& a);
    task<void> flush(deadline until);
    task<void> finish(deadline until);

   private:
    struct waiting;
    static task<void> commit_later(std::shared_ptr<waiting> held, transport& t, milliseconds lag);

    std::shared_ptr<waiting> held_;
  };
};

static_assert(destination<row_errors>);
static_assert(recoverable_session<row_errors::session>);
static_assert(destination<group_commit>);
static_assert(destination<ordered_offsets>);
static_assert(destination<late_commit>);

}  // namespace sluice::inline v0::test

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/test/impl/destination_models.ipp>
#endif

#endif  // SLUICE_TEST_DESTINATION_MODELS_HPP
