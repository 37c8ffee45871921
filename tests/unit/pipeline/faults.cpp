#include "catch.hpp"
#include "loads.hpp"

#include <sluice/compress/compress.hpp>
#include <sluice/pipeline/loader.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace sluice_test;
namespace test = sluice::test;
using sluice::dead_reason;
using sluice::errc;

namespace {

/// Refuses a whole payload that has a bad row, without a word about which (COPY with ABORT).
struct all_or_nothing : test::row_errors {
  class session : public test::row_errors::session {
   public:
    session(sluice::environment const& e, config const& c)
        : test::row_errors::session{e, c}, service_{c.service} {}

    sluice::task<sluice::accepted> send(sluice::payload const& p, sluice::ack& a) {
      auto const lines = test::lines_of(p);
      if (!lines) co_return lines.error();
      ++service_sends;
      if (std::any_of(lines->begin(), lines->end(), service_->is_bad))
        co_return sluice::error{errc::payload_refused, "a row is not a number"};
      auto const sent = co_await test::row_errors::session::send(p, a);
      co_return sent;
    }

    static inline int service_sends = 0;

   private:
    std::shared_ptr<model_service> service_;
  };
};

/// Takes at most three rows at once, as a service says only when it sees them.
struct three_at_most : test::row_errors {
  class session : public test::row_errors::session {
   public:
    using test::row_errors::session::session;

    sluice::task<sluice::accepted> send(sluice::payload const& p, sluice::ack& a) {
      if (p.row_count > 3)
        co_return sluice::error{errc::payload_too_large, "413 Content Too Large"};
      auto const sent = co_await test::row_errors::session::send(p, a);
      co_return sent;
    }
  };
};

sluice::error failure(errc code, sluice::disposition kind) {
  return {code, "the step was ordered to fail", kind};
}

struct outcome {
  sluice::report report;
  std::size_t letters = 0;
  bool fired = false;
};

template<class Model>
outcome load_with_failure(std::uint64_t nth,
                          sluice::error const& with,
                          model_service& service,
                          std::shared_ptr<model_service> const& shared) {
  sluice::transport transport{{}};
  letters dead;
  auto const once = std::make_shared<test::fail_once>(nth, with);
  service.fails = [once](std::string_view step) { return (*once)(step); };
  model_loader<Model> load{transport,
                           {.service = shared, .group = 2},
                           {.max_in_flight = 1, .dead_letters = dead.sink()}};
  for (std::int64_t i = 0; i != 60; ++i) load.push(make_order(i));
  outcome o;
  o.report = load.finish();
  o.letters = dead.all().size();
  o.fired = once->fired();
  return o;
}

}  // namespace

TEMPLATE_TEST_CASE("whatever step fails, no record is lost and none is doubled",
                   "[pipeline][faults]",
                   test::row_errors,
                   test::group_commit,
                   test::ordered_offsets,
                   test::late_commit) {
  auto const with = GENERATE(failure(errc::timeout, sluice::disposition::retryable),
                             failure(errc::http_status, sluice::disposition::permanent),
                             failure(errc::outcome_unknown, sluice::disposition::permanent));
  std::uint64_t fired = 0;
  for (std::uint64_t nth = 1;; ++nth) {
    REQUIRE(nth < 100);
    auto const service = std::make_shared<model_service>();
    outcome const o = load_with_failure<TestType>(nth, with, *service, service);
    INFO("step " << nth << ", " << (o.report.failure ? o.report.failure->describe() : "ok"));
    REQUIRE(o.report.adds_up());
    REQUIRE(o.report.pending == 0);
    REQUIRE(o.report.defects == 0);
    REQUIRE(o.report.pushed + o.report.refused == 60);
    REQUIRE(o.report.confirmed == service->rows());
    REQUIRE(o.letters == o.report.dead_lettered);
    REQUIRE(service->doubled() == 0);
    if (!o.fired) {
      REQUIRE(o.report.confirmed == 60);
      REQUIRE(o.report.ok());
      break;
    }
    ++fired;
  }
  CHECK(fired >= 4);
}

TEST_CASE("bad rows that a service does not name are found by halving", "[pipeline][faults]") {
  auto const compressed = GENERATE(false, true);
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  service->is_bad = [](std::string_view row) {
    return row.starts_with("17,") || row.starts_with("18,") || row.starts_with("611,");
  };
  letters dead;
  all_or_nothing::session::service_sends = 0;
  sluice::run_options const options{.dead_letters = dead.sink()};
  sluice::report report;
  using batch = sluice::batch<sluice::max_rows<1024>>;
  using encode = sluice::encode<sluice::csv<>>;
  using upload = sluice::upload<all_or_nothing>;
  auto const run = [&](auto load) {
    for (std::int64_t i = 0; i != 1024; ++i) REQUIRE(load.push(make_order(i)));
    report = load.finish();
  };
  if (compressed)
    run(sluice::loader<order, batch, encode, upload, sluice::compress<sluice::gzip<1>>>{
        transport, {.service = service}, options});
  else
    run(sluice::loader<order, batch, encode, upload>{transport, {.service = service}, options});
  INFO((report.failure ? report.failure->describe() : "ok"));
  CHECK(report.ok());
  CHECK(report.adds_up());
  CHECK(report.confirmed == 1021);
  CHECK(report.dead_lettered == 3);
  CHECK(service->rows() == 1021);
  CHECK(service->doubled() == 0);
  // Three bad rows in 1024: at most three paths of ten halvings, two requests each, and the first.
  CHECK(all_or_nothing::session::service_sends <= 61);
  std::vector<std::uint64_t> at;
  for (auto const& one : dead.all()) {
    at.push_back(one.at);
    CHECK(one.why.reason == dead_reason::rejected);
    CHECK(one.record.find("\"ID\":" + std::to_string(one.at) + ",") != std::string::npos);
  }
  std::sort(at.begin(), at.end());
  CHECK(at == std::vector<std::uint64_t>{17, 18, 611});
}

TEST_CASE("a payload that is too large goes out in parts", "[pipeline][faults]") {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  model_loader<three_at_most> load{transport, {.service = service}};
  for (std::int64_t i = 0; i != 100; ++i) REQUIRE(load.push(make_order(i)));
  auto const report = load.finish();
  CHECK(report.ok());
  CHECK(report.confirmed == 100);
  CHECK(service->rows() == 100);
  CHECK(service->doubled() == 0);
}

TEST_CASE("a loader gives up when the service refuses everything", "[pipeline][faults]") {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  service->fails = [](std::string_view step) -> std::optional<sluice::error> {
    if (step != "send") return std::nullopt;
    return sluice::error{errc::http_status, "403: the role may not write into the table"};
  };
  letters dead;
  model_loader<test::row_errors> load{
      transport, {.service = service}, {.dead_letters = dead.sink(), .give_up_after = 3}};
  std::uint64_t taken = 0;
  // The number of records taken depends on how far workers are; that it ends does not.
  while (load.push(make_order(static_cast<std::int64_t>(taken)))) REQUIRE(++taken < 10'000'000);
  CHECK(load.health().status == sluice::health_status::failed);
  CHECK(load.health().message.find("403") != std::string::npos);
  auto const report = load.finish();
  REQUIRE(report.failure);
  CHECK(report.adds_up());
  CHECK(report.confirmed == 0);
  CHECK(report.pushed == taken);
  CHECK(report.dead_lettered == taken);
  CHECK(dead.all().size() == taken);
  CHECK(service->steps() < 3 + 3 + test::row_errors::limits.max_in_flight);
}

TEST_CASE("a small load of which nothing arrives has failed", "[pipeline][faults]") {
  for (bool const one_arrives : {false, true}) {
    sluice::transport transport{{}};
    auto const service = std::make_shared<model_service>();
    int sends = 0;
    service->fails = [&](std::string_view step) -> std::optional<sluice::error> {
      if (step != "send" || (one_arrives && ++sends == 2)) return std::nullopt;
      return sluice::error{errc::http_status, "401: who is this"};
    };
    letters dead;
    model_loader<test::row_errors> load{
        transport, {.service = service}, {.workers = 1, .dead_letters = dead.sink()}};
    for (std::int64_t i = 0; i != 20; ++i) REQUIRE(load.push(make_order(i)));
    auto const report = load.finish();
    CHECK(report.adds_up());
    CHECK(report.dead_lettered == dead.all().size());
    CHECK((report.confirmed != 0) == one_arrives);
    CHECK(report.ok() == one_arrives);
    if (!one_arrives) CHECK(report.failure->message.find("401") != std::string::npos);
  }
}

TEST_CASE("a wrong password ends the load at once", "[pipeline][faults]") {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  service->fails = [](std::string_view) {
    return std::optional{sluice::error{errc::invalid_configuration, "390100: wrong password"}};
  };
  model_loader<test::row_errors> load{transport, {.service = service}};
  CHECK_FALSE(load.push(make_order(1)));
  auto const position = load.resume_position();
  REQUIRE_FALSE(position);
  CHECK(position.error().message == "390100: wrong password");
  auto const report = load.finish();
  REQUIRE(report.failure);
  CHECK(report.failure->message == "390100: wrong password");
  CHECK(report.pushed == 0);
  CHECK(report.refused == 1);
}

TEST_CASE("dead letters that cannot be written reach the report handler", "[pipeline][faults]") {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  service->is_bad = [](std::string_view row) { return row.starts_with("5,"); };
  incidents told;
  auto const broken = sluice::dead_letter_callback(
      [](sluice::dead_letter const&) { throw std::runtime_error{"no space left"}; });
  model_loader<test::row_errors> load{
      transport, {.service = service}, {.dead_letters = broken, .on_incident = told.handler()}};
  for (std::int64_t i = 0; i != 20; ++i) load.push(make_order(i));
  CHECK(load.flush());
  CHECK(load.health().status == sluice::health_status::degraded);
  auto const report = load.finish();
  CHECK(told.letters() == 1);
  REQUIRE(report.failure);
  CHECK(report.failure->message.find("no space left") != std::string::npos);
  CHECK(report.adds_up());
  CHECK(report.confirmed == 19);
  CHECK(report.dead_lettered == 1);
}

TEST_CASE("a destructor delivers what is left and tells when it cannot", "[pipeline][faults]") {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  incidents told;
  letters dead;
  SECTION("everything is well") {
    {
      model_loader<test::group_commit> load{
          transport, {.service = service}, {.on_incident = told.handler()}};
      for (std::int64_t i = 0; i != 25; ++i) load.push(make_order(i));
    }
    CHECK(service->rows() == 25);
    CHECK(told.count() == 0);
  }
  SECTION("the last step fails") {
    service->fails = [](std::string_view step) -> std::optional<sluice::error> {
      if (step != "commit") return std::nullopt;
      return sluice::error{errc::timeout, "the warehouse does not answer"};
    };
    {
      model_loader<test::group_commit> load{
          transport,
          {.service = service},
          {.dead_letters = dead.sink(), .on_incident = told.handler()}};
      for (std::int64_t i = 0; i != 25; ++i) load.push(make_order(i));
    }
    auto const reports = told.reports();
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].adds_up());
    CHECK(reports[0].dead_lettered == 25);
    CHECK(reports[0].dead_by_reason[static_cast<std::size_t>(dead_reason::unknown)] == 25);
    CHECK(dead.all().size() == 25);
  }
}
