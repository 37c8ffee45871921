#ifndef SLUICE_EXAMPLES_CUSTOM_DESTINATION_HPP
#define SLUICE_EXAMPLES_CUSTOM_DESTINATION_HPP

// A destination of one's own, in one header: NDJSON over HTTP to a receiver that answers for rows.
//
//     PUT <url>/batches/<name>   takes a batch; taken again under its name it is there once
//     GET <url>/batches/<name>   gives the same answer again, or 404
//
// The answer has a line `<row, from 0> <reason>` for each row that was refused, and a last line
// `kept <number>`.

#include <sluice/batch/batch_policy.hpp>
#include <sluice/destination/destination.hpp>
#include <sluice/destination/request_monitor.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/transport/retry.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <utility>

namespace examples {

struct receiver {
  static constexpr sluice::capabilities limits{.formats = {sluice::format::ndjson},
                                               .codecs = {sluice::codec::none},
                                               .max_payload_bytes = 8 << 20,  // the receiver's own
                                               .max_in_flight = 4};
  template<class Record>
  using checks = sluice::passed;
  using default_batch = sluice::batch<sluice::max_rows<10'000>, sluice::max_bytes<8 << 20>>;
  using default_encode = sluice::encode<sluice::ndjson>;

  struct config {
    std::string url = {};
    sluice::retry_policy retry = {};
  };

  /// What a journal belongs to.
  static std::string target(config const& c) { return c.url; }

  class session {
   public:
    session(sluice::environment const& env, config const& c) : env_{env}, config_{c} {}

    sluice::task<sluice::resume_point> open() {
      if (config_.url.empty())
        co_return sluice::error{sluice::errc::invalid_configuration,
                                "no receiver is named; set config.url"};
      co_return sluice::resume_point{};
    }

    sluice::task<sluice::accepted> send(sluice::payload const& p, sluice::ack& verdicts) {
      sluice::request r{.method = sluice::http_method::put, .url = url_of(p.sequence)};
      r.headers = {{"Content-Type", "application/x-ndjson"}};
      r.body = p.body;
      sluice::accepted taken{p.body.size()};
      sluice::result<sluice::response> reply = co_await ask(std::move(r), &taken.retries);
      // Without an answer nobody knows whether the receiver has the rows.
      if (!reply) co_return sluice::error{sluice::errc::outcome_unknown, reply.error().message};
      if (reply->status == 413)
        co_return sluice::error{sluice::errc::payload_too_large, "the receiver takes less at once"};
      sluice::result<void> told = tell(*reply, p, verdicts);
      if (!told) co_return told.error();
      co_return taken;
    }

    /// Rows have their verdicts when `send` ends.
    sluice::task<void> flush(sluice::deadline) { co_return sluice::success; }

    sluice::task<void> finish(sluice::deadline) { co_return sluice::success; }

    /// Makes `durable<journal>` possible: a batch of an interrupted run is there, or it never was.
    sluice::task<sluice::recovery> recover(sluice::in_doubt const& d, sluice::ack& verdicts) {
      sluice::request r{.url = url_of(d.sequence)};
      sluice::result<sluice::response> reply = co_await ask(std::move(r));
      if (!reply) co_return reply.error();
      if (reply->status == 404) co_return sluice::recovery::absent;
      sluice::payload known;
      known.positions = d.positions;
      for (sluice::position_range const& range : d.positions) known.row_count += range.count;
      sluice::result<void> told = tell(*reply, known, verdicts);
      if (!told) co_return told.error();
      co_return sluice::recovery::settled;
    }

   private:
    std::string url_of(std::uint64_t sequence) const {
      return fmt::format("{}/batches/{}-{}", config_.url, env_.run_id, sequence);
    }

    /// An answer for good; the receiver's name for the batch makes repetitions harmless.
    sluice::task<sluice::response> ask(sluice::request r, std::uint64_t* repeats = nullptr) {
      r.label = "batch";
      r.observer = monitor_.observer();
      auto const attempt = [this, &r](std::size_t n) {
        r.attempt = n;
        return once(r);
      };
      sluice::result<sluice::response> reply = co_await sluice::retry(
          env_.transport, config_.retry, "batch", attempt, monitor_.observer(), repeats);
      co_return reply;
    }

    sluice::task<sluice::response> once(sluice::request r) {
      sluice::result<sluice::response> reply = co_await env_.transport.perform(std::move(r));
      if (reply && sluice::classify_status(reply->status) != sluice::disposition::permanent)
        co_return sluice::status_error("batch", *reply, env_.transport.system_now());
      co_return reply;
    }

    /// Passes the receiver's answer on, if it is one about every row.
    sluice::result<void> tell(sluice::response const& reply,
                              sluice::payload const& p,
                              sluice::ack& verdicts) const {
      if (reply.status != 200)
        return sluice::status_error("batch", reply, env_.transport.system_now());
      std::map<std::uint64_t, std::string> refused;
      std::uint64_t kept = 0;
      std::istringstream lines{reply.body};
      for (std::string word, rest; lines >> word && std::getline(lines >> std::ws, rest);)
        if (word == "kept")
          kept = std::strtoull(rest.c_str(), nullptr, 10);
        else
          refused.emplace(std::strtoull(word.c_str(), nullptr, 10), rest);
      bool const complete = kept + refused.size() == p.row_count &&
                            (refused.empty() || refused.rbegin()->first < p.row_count);
      if (!complete)
        return sluice::error{sluice::errc::outcome_unknown,
                             "the receiver does not answer for every row; check its version"};
      for (std::uint64_t row = 0; row != p.row_count; ++row)
        if (auto const bad = refused.find(row); bad != refused.end())
          verdicts.reject(p.position_of(row), {sluice::dead_reason::rejected, {}, bad->second, {}});
        else
          verdicts.confirm({p.position_of(row), 1});
      return sluice::success;
    }

    sluice::environment env_;
    config config_;
    sluice::request_monitor monitor_{env_.log, "receiver", env_.metrics};
  };
};

static_assert(sluice::destination<receiver>);
static_assert(sluice::recoverable_session<receiver::session>);

}  // namespace examples

#endif  // SLUICE_EXAMPLES_CUSTOM_DESTINATION_HPP
