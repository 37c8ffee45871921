#ifndef SLUICE_TESTS_CONTRACT_SNOWPIPE_FIXTURE_HPP
#define SLUICE_TESTS_CONTRACT_SNOWPIPE_FIXTURE_HPP

#include "catch.hpp"
#include "snowflake_fixture.hpp"

#include <sluice/sluice.hpp>
#include <sluice/snowflake/ddl.hpp>
#include <sluice/snowpipe/error.hpp>
#include <sluice/snowpipe/streaming.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The record of the streaming tests, and loads of it.
namespace events {

namespace sp = sluice::snowpipe;
namespace sf = sluice::snowflake;
using namespace std::chrono_literals;

struct event {
  std::int64_t id = 0;
  std::string name;
  std::optional<std::string> note;
  sluice::decimal<12, 2> amount;
  bool paid = false;
  sluice::timestamp<sluice::micros> at;
};

}  // namespace events

template<>
struct sluice::schema<events::event>
    : sluice::columns<events::event,
                      sluice::column<"ID", &events::event::id>,
                      sluice::column<"NAME", &events::event::name>,
                      sluice::column<"NOTE", &events::event::note>,
                      sluice::column<"AMOUNT", &events::event::amount>,
                      sluice::column<"PAID", &events::event::paid>,
                      sluice::column<"AT", &events::event::at>> {};

namespace events {

using stream = sp::streaming<sp::tokens<"event_">>;

template<class Destination = stream, class Codec = sluice::zstd<1>, class... More>
using event_loader = sluice::loader<event,
                                    sluice::batch<sluice::max_rows<100>>,
                                    sluice::compress<Codec>,
                                    sluice::upload<Destination>,
                                    More...>;

inline event make_event(std::uint64_t id) {
  event e;
  e.id = static_cast<std::int64_t>(id);
  e.name = "\"quoted\" \\ üñï 🦆\n" + std::to_string(id);
  if (id % 3 != 0) e.note = "note " + std::to_string(id);
  e.amount = sluice::decimal<12, 2>::from_unscaled(static_cast<std::int64_t>(id) * 101 - 5'000);
  e.paid = id % 2 == 0;
  e.at.ticks = 1'700'000'000'000'000 + static_cast<std::int64_t>(id) * 1'000'001;
  return e;
}

/// Commits within milliseconds and without limits of rate, so that tests do not wait.
inline sluice::sandbox::options fast() {
  sluice::sandbox::options o;
  o.snowpipe.commit_lag = 30ms;
  o.snowpipe.requests_per_second = 1e9;
  o.snowpipe.bytes_per_second = 1e15;
  return o;
}

struct pipe_fixture : account_fixture {
  explicit pipe_fixture(sluice::sandbox::options o = fast()) : account_fixture{std::move(o)} {
    auto const login = session();
    auto const made = execute(login, std::string{sf::create_table<event, "EVENTS">});
    if (!made) FAIL(made.error().describe());
    database = login->database();
    schema = login->schema();
  }

  [[nodiscard]] sp::connection stream_connection() const {
    sp::connection c;
    c.account = "sluice-sandbox";
    c.user = "loader";
    c.auth = sluice::oauth{sluice::secret{"loader-oauth-token"}, {}};
    c.database = database;
    c.schema = schema;
    c.host = server.where().host;
    c.port = server.where().account_port;
    c.protocol = server.configured().tls ? "https" : "http";
    c.login_retry.base = c.login_retry.throttle_base = 5ms;
    c.login_retry.cap = 50ms;
    c.limits.idle = c.append_limits.idle = 2'000ms;
    return c;
  }

  [[nodiscard]] sp::streaming_config config() const {
    sp::streaming_config c;
    c.connection = stream_connection();
    c.table = "EVENTS";
    c.channel = "EVENTS_1";
    c.source = "events-1";
    c.append_retry.base = c.append_retry.throttle_base = 5ms;
    c.append_retry.cap = 50ms;
    c.open_retry.base = c.open_retry.throttle_base = 5ms;
    c.open_retry.cap = 50ms;
    c.poll_interval = 10ms;
    c.guard_for = 3'000ms;
    c.stall_after = 500ms;
    c.requests_per_second = 0;
    c.bytes_per_second = 0;
    return c;
  }

  /// Count, distinct ids and their sum in the table.
  struct figures {
    std::int64_t rows = 0;
    std::int64_t distinct = 0;
    std::int64_t sum = 0;

    bool operator==(figures const&) const = default;
  };

  figures in_table() {
    return {server.number("SELECT COUNT(*) FROM EVENTS"),
            server.number("SELECT COUNT(DISTINCT ID) FROM EVENTS"),
            server.number("SELECT COALESCE(SUM(ID), 0) FROM EVENTS")};
  }

  static figures of(std::int64_t rows) { return {rows, rows, rows * (rows - 1) / 2}; }

  std::string database;
  std::string schema;
};

struct outcome {
  sluice::report report;
  std::vector<sluice::dead_letter> letters;
  std::string words;
};

/// Loads events up to `count`, from where the channel stands.
template<class Loader = event_loader<>>
outcome load(pipe_fixture& f, sp::streaming_config const& c, std::uint64_t count) {
  outcome o;
  sluice::run_options run;
  run.finish_within = 60'000ms;
  run.dead_letters = sluice::dead_letter_callback(
      [&o](sluice::dead_letter const& one) { o.letters.push_back(one); });
  {
    Loader loader{f.net, c, run};
    auto const first = loader.resume_position();
    if (first)
      for (std::uint64_t id = *first; id < count; ++id) loader.push(make_event(id));
    o.report = loader.finish();
  }
  if (o.report.failure) o.words = o.report.failure->describe();
  for (auto const& one : o.letters) {
    if (o.words.size() < 2'000) o.words += "\n" + one.why.message;
  }
  return o;
}

}  // namespace events

#endif  // SLUICE_TESTS_CONTRACT_SNOWPIPE_FIXTURE_HPP
