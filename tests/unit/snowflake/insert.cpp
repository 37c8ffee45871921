#include "catch.hpp"
#include "scripted_service.hpp"

#include <sluice/snowflake/detail/leaves_open.hpp>
#include <sluice/snowflake/insert.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace {

namespace sf = sluice::snowflake;
using scripted::parameter;
using scripted::scripted_reply;
using scripted::seen_request;
using scripted::service;

constexpr std::array columns{sluice::column_info{.name = "ID"}};

class verdicts final : public sluice::ack {
 public:
  using sluice::ack::confirm;
  using sluice::ack::reject;

  void confirm(sluice::position_range rows) override { confirmed += rows.count; }

  void reject(sluice::position, sluice::rejection, std::string) override { ++rejected; }

  std::uint64_t confirmed = 0;
  std::uint64_t rejected = 0;
};

struct account : service {
  std::function<scripted_reply(std::size_t n)> insertion;
  std::vector<seen_request> insertions;
  sluice::load_metrics figures;
  verdicts given;

  account() {
    answer = [this](seen_request const& r, std::size_t) {
      if (r.body.find("INSERT INTO") != std::string::npos) {
        insertions.push_back(r);
        return insertion(insertions.size());
      }
      return scripted::json(R"({"success":true,"data":{"rowtype":[{"name":"name"},
        {"name":"type"},{"name":"kind"},{"name":"null?"},{"name":"default"}],
        "rowset":[["ID","NUMBER","COLUMN","Y",null]]}})");
    };
  }

  sluice::result<sluice::accepted> send() {
    sf::insert_config config;
    config.connection = connection();
    config.table = "T";
    sf::insert_session destination{{*net,
                                    "the-run",
                                    columns,
                                    sluice::format_description{},
                                    sluice::codec::none,
                                    log,
                                    &figures},
                                   config};
    if (auto const opened = run(destination.open()); !opened) return opened.error();
    sluice::payload p;
    p.row_count = 2;
    p.positions = {{0, 2}};
    p.body = sluice::chunk_list{"1\n2\n"};
    p.raw_bytes = p.body.size();
    return run(destination.send(p, given));
  }

  static scripted_reply inserted() {
    return scripted::json(R"({"success":true,"data":{
      "rowtype":[{"name":"number of rows inserted"}],"rowset":[["2"]]}})");
  }
};

}  // namespace

TEST_CASE("a lock is waited for, each time under a fresh request id", "[snowflake][insert]") {
  account a;
  a.insertion = [](std::size_t n) {
    return n < 4 ? scripted::refusal("000625", "aborted") : account::inserted();
  };
  auto const sent = a.send();
  INFO((sent ? std::string{} : sent.error().describe()));
  REQUIRE(sent);
  CHECK(a.given.confirmed == 2);
  REQUIRE(a.insertions.size() == 4);
  std::set<std::string> ids;
  for (seen_request const& r : a.insertions) ids.insert(parameter(r.url, "requestId"));
  CHECK(ids.size() == 4);
  CHECK(sent->retries == 3);
  CHECK(a.figures.retries.value() == 3);
  CHECK(a.clock->elapsed() > std::chrono::milliseconds{0});
}

TEST_CASE("a lock that never comes free leaves rows undelivered, not unknown",
          "[snowflake][insert]") {
  account a;
  a.insertion = [](std::size_t) { return scripted::refusal("000625", "aborted"); };
  auto const sent = a.send();
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == make_error_code(sf::errc::throttled));
  CHECK(sent.error().retryable());
  CHECK(a.insertions.size() == service::connection().retry.max_attempts);
  CHECK(a.given.confirmed + a.given.rejected == 0);
  CHECK(a.clock->elapsed() < service::connection().retry.budget);
}

TEST_CASE("an insert says how often it was repeated, in the words of the figures",
          "[snowflake][insert]") {
  account a;
  a.insertion = [](std::size_t n) {
    return n == 1   ? scripted::status(503)
           : n == 2 ? scripted::broken()
           : n == 3 ? scripted::status(429)
                    : account::inserted();
  };
  auto const sent = a.send();
  REQUIRE(sent);
  CHECK(sent->retries == 3);
  CHECK(sent->bytes_sent > 0);
  sluice::load_stats const s = a.figures.snapshot();
  CHECK(s.retries == 3);
  CHECK(s.throttled == 2);
  CHECK(s.requests == a.wire->count());
  CHECK(s.latency_us.count == s.requests - 1);

  account smooth;
  smooth.insertion = [](std::size_t) { return account::inserted(); };
  auto const at_once = smooth.send();
  REQUIRE(at_once);
  CHECK(at_once->retries == 0);
}

TEST_CASE("waiting for a lock keeps to the budget", "[snowflake][insert]") {
  sluice::retry_policy policy;
  policy.budget = std::chrono::milliseconds{10'000};
  sluice::steady_time const begun{};
  sf::detail::lock_patience patience{policy, begun};
  sluice::error const lock = sf::service_error("INSERT", {"000625", "aborted", "57014", ""});
  CHECK(patience.pause(lock, begun, 0.5) == policy.throttle_base / 2);
  CHECK_FALSE(patience.pause(lock, begun + std::chrono::milliseconds{9'500}, 0.5));
  CHECK_FALSE(patience.pause(sf::service_error("INSERT", {"001003", "", "42000", ""}), begun, 0.5));
}

TEST_CASE("what an answer settles, and what the lack of one leaves open", "[snowflake][insert]") {
  using sf::detail::leaves_open;
  CHECK_FALSE(leaves_open(sf::service_error("COPY", {"000625", "aborted", "57014", ""})));
  CHECK_FALSE(leaves_open(sf::service_error("COPY", {"100038", "bad", "22018", ""})));
  CHECK(leaves_open(sluice::error{sluice::errc::timeout, "late; again"}));
  // The last of several attempts: an earlier one may have been carried out.
  sluice::error busy = sf::service_error("COPY", {"390505", "too many", "", ""});
  busy.kind = sluice::disposition::permanent;
  CHECK(leaves_open(busy));
}
