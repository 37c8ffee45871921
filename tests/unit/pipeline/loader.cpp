#include "catch.hpp"
#include "loads.hpp"

#include <sluice/compress/compress.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/pipeline/loader.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

using namespace sluice_test;
namespace test = sluice::test;
using sluice::dead_reason;

namespace {

std::shared_ptr<model_service> service_that_refuses_every(std::int64_t nth) {
  auto service = std::make_shared<model_service>();
  service->is_bad = [nth](std::string_view row) {
    return std::stoll(std::string{row.substr(0, row.find(','))}) % nth == 0;
  };
  return service;
}

struct small_rows : test::row_errors {
  static constexpr sluice::capabilities limits{
      .formats = {sluice::format::csv}, .codecs = {sluice::codec::none}, .max_row_bytes = 4096};
};

}  // namespace

TEMPLATE_TEST_CASE("every record is confirmed or dead-lettered with its reason",
                   "[pipeline][loader]",
                   test::row_errors,
                   test::group_commit,
                   test::ordered_offsets,
                   test::late_commit) {
  sluice::transport transport{{}};
  auto const service = service_that_refuses_every(37);
  letters dead;
  model_loader<TestType> load{transport, {.service = service}, {.dead_letters = dead.sink()}};
  constexpr std::int64_t count = 1000;
  for (std::int64_t i = 0; i != count; ++i) REQUIRE(load.push(make_order(i)));
  auto const report = load.finish();
  INFO((report.failure ? report.failure->describe() : "ok"));
  CHECK(report.ok());
  CHECK(report.adds_up());
  CHECK(report.pushed == count);
  CHECK(report.dead_lettered == 28);
  CHECK(report.confirmed == count - 28);
  CHECK(report.pending == 0);
  CHECK(report.defects == 0);
  CHECK(report.dead_by_reason[static_cast<std::size_t>(dead_reason::rejected)] == 28);
  CHECK(service->rows() == count - 28);
  CHECK(service->doubled() == 0);
  auto all = dead.all();
  REQUIRE(all.size() == 28);
  std::sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.at < b.at; });
  for (std::size_t i = 0; i != all.size(); ++i) {
    CHECK(all[i].at == i * 37);
    CHECK(all[i].record ==
          "{\"ID\":" + std::to_string(i * 37) + R"(,"STATUS":"open","EMAIL":"[redacted]"})");
    CHECK(all[i].why.code == "1001");
  }
  // A second call changes nothing.
  CHECK(load.finish().pushed == count);
  CHECK_FALSE(load.push(make_order(1)));
}

TEST_CASE("flush brings what was pushed to its end and loading goes on", "[pipeline][loader]") {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  model_loader<test::group_commit> load{transport, {.service = service, .group = 100}};
  for (int round = 1; round != 4; ++round) {
    for (std::int64_t i = 0; i != 25; ++i) load.push(make_order(round * 100 + i));
    REQUIRE(load.flush());
    CHECK(service->rows() == static_cast<std::uint64_t>(round) * 25);
    CHECK(load.stats().records_pending == 0);
  }
  CHECK(load.finish().ok());
}

TEST_CASE("exactly the payloads that needed a retry count as retried", "[pipeline][loader]") {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  service->retries = [](std::uint64_t sequence) -> std::uint64_t {
    return sequence % 3 == 1 ? sequence : 0;
  };
  model_loader<test::row_errors> load{transport, {.service = service}};
  for (std::int64_t i = 0; i != 100; ++i) load.push(make_order(i));
  REQUIRE(load.finish().ok());
  auto const s = load.stats();
  CHECK(s.files_uploaded == 10);
  CHECK(s.batches_retried == 3);
  CHECK(s.batches_immediate == 7);
}

TEST_CASE("a loader without records finishes well", "[pipeline][loader]") {
  sluice::transport transport{{}};
  model_loader<test::late_commit> load{transport, {.service = std::make_shared<model_service>()}};
  CHECK(load.flush());
  auto const report = load.finish();
  CHECK(report.ok());
  CHECK(report.pushed == 0);
}

TEST_CASE("producers push from many threads", "[pipeline][loader]") {
  sluice::transport transport{{}};
  auto const service = service_that_refuses_every(101);
  letters dead;
  using loader =
      sluice::loader<order,
                     sluice::upload<test::row_errors>,
                     sluice::encode<sluice::ndjson>,
                     sluice::compress<sluice::zstd<1>>,
                     sluice::batch<sluice::max_rows<64>, sluice::max_age<sluice::milliseconds{1}>>>;
  service->is_bad = [](std::string_view row) { return row.find("\"ID\":7,") != row.npos; };
  loader load{transport, {.service = service}, {.dead_letters = dead.sink()}};
  constexpr std::int64_t each = 3000;
  std::vector<std::thread> threads;
  for (std::int64_t t = 0; t != 3; ++t) {
    threads.emplace_back([&, t] {
      auto handle = load.new_producer();
      if (!handle) return;
      for (std::int64_t i = 0; i != each; ++i) handle->push(make_order(t * each + i));
    });
  }
  for (std::int64_t i = 0; i != each; ++i) load.push(make_order(3 * each + i));
  CHECK(load.stats().records_pushed >= static_cast<std::uint64_t>(each));
  for (std::thread& t : threads) t.join();
  auto const report = load.finish();
  CHECK(report.ok());
  CHECK(report.pushed == 4 * each);
  CHECK(report.confirmed == 4 * each - 1);
  CHECK(report.dead_lettered == 1);
  CHECK(service->rows() == 4 * each - 1);
  CHECK(service->doubled() == 0);
}

TEST_CASE("there are as many producers as were asked for", "[pipeline][loader]") {
  sluice::transport transport{{}};
  model_loader<test::row_errors> load{
      transport, {.service = std::make_shared<model_service>()}, {.producers = 2}};
  {
    auto first = load.new_producer();
    REQUIRE(first);
    auto const second = load.new_producer();
    REQUIRE_FALSE(second);
    CHECK(second.error().code == sluice::errc::invalid_configuration);
    first->push(make_order(1));
  }
  CHECK(load.new_producer());
  CHECK(load.finish().confirmed == 1);
}

TEST_CASE("a loader can be moved", "[pipeline][loader]") {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  using loader = model_loader<test::row_errors>;
  static_assert(!std::is_copy_constructible_v<loader>);
  loader first{transport, {.service = service}};
  first.push(make_order(1));
  loader second{std::move(first)};
  second.push(make_order(2));
  loader third{transport, {.service = service}};
  third.push(make_order(3));
  third = std::move(second);
  CHECK(service->has(row_of(3)));
  third.push(make_order(4));
  CHECK(third.finish().confirmed == 3);
}

TEST_CASE("what cannot be written or read becomes a dead letter in its place",
          "[pipeline][loader]") {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  letters dead;
  model_loader<test::row_errors> load{
      transport, {.service = service}, {.dead_letters = dead.sink()}};
  std::vector<sluice::result<order>> items;
  for (std::int64_t i = 0; i != 30; ++i) {
    if (i % 10 == 3)
      items.emplace_back(sluice::error{sluice::errc::invalid_input, "line 4: no number"});
    else if (i % 10 == 7)
      items.emplace_back(order{i, "\xff\xfe", std::nullopt});
    else
      items.emplace_back(make_order(i));
  }
  CHECK(load.push(items) == 30);
  auto const report = load.finish();
  CHECK(report.ok());
  CHECK(report.pushed == 30);
  CHECK(report.confirmed == 24);
  auto const all = dead.all();
  REQUIRE(all.size() == 6);
  CHECK(all[0].at == 3);
  CHECK(all[0].why.reason == dead_reason::source);
  CHECK(all[0].why.message == "line 4: no number");
  CHECK(all[1].at == 7);
  CHECK(all[1].why.reason == dead_reason::invalid);
  CHECK(all[1].why.message.find("STATUS") != std::string::npos);
}

TEST_CASE("a bad record ends the load where the program wants it so", "[pipeline][loader]") {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  letters dead;
  model_loader<test::row_errors> load{
      transport,
      {.service = service},
      {.dead_letters = dead.sink(), .on_bad_record = sluice::on_bad_record::abort}};
  for (std::int64_t i = 0; i != 15; ++i) REQUIRE(load.push(make_order(i)));
  CHECK_FALSE(load.push_bad(sluice::error{sluice::errc::invalid_input, "line 4: no number"}));
  CHECK_FALSE(load.push(make_order(99)));
  CHECK(load.health().status == sluice::health_status::failed);
  auto const report = load.finish();
  REQUIRE(report.failure);
  CHECK(report.failure->message == "line 4: no number");
  CHECK(report.adds_up());
  CHECK(report.pushed == 15);
  CHECK(report.confirmed == 15);
  CHECK(service->rows() == 15);
  CHECK(dead.all().empty());
  CHECK(report.refused == 1);
}

TEST_CASE("what fails after a bad record has ended a load is told by its own reason",
          "[pipeline][loader]") {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  std::atomic<bool> stopped = false;
  service->fails = [&](std::string_view step) -> std::optional<sluice::error> {
    if (step != "send") return std::nullopt;
    while (!stopped) std::this_thread::yield();
    return sluice::error{sluice::errc::connect, "no route", sluice::disposition::retryable};
  };
  letters dead;
  model_loader<test::row_errors> load{transport,
                                      {.service = service},
                                      {.max_in_flight = 1,
                                       .dead_letters = dead.sink(),
                                       .on_bad_record = sluice::on_bad_record::abort,
                                       .give_up_after = 1}};
  for (std::int64_t i = 0; i != 30; ++i) REQUIRE(load.push(make_order(i)));
  CHECK_FALSE(load.push_bad(sluice::error{sluice::errc::invalid_input, "line 4: no number"}));
  stopped = true;
  auto const report = load.finish();
  REQUIRE(report.failure);
  CHECK(report.failure->message.find("no route") != std::string::npos);
  CHECK(report.adds_up());
  auto const all = dead.all();
  REQUIRE(all.size() == 30);
  for (auto const& letter : all) CHECK(letter.why.message.find("no route") != std::string::npos);
}

TEST_CASE("a record over the service's row limit is too large", "[pipeline][loader]") {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  letters dead;
  model_loader<small_rows> load{transport, {.service = service}, {.dead_letters = dead.sink()}};
  CHECK(load.push(make_order(0)));
  CHECK(load.push({1, std::string(4000, 'x'), std::nullopt}));
  CHECK(load.push({2, std::string(5000, 'x'), std::nullopt}));
  CHECK(load.push(make_order(3)));
  auto const report = load.finish();
  CHECK(report.confirmed == 3);
  auto const all = dead.all();
  REQUIRE(all.size() == 1);
  CHECK(all[0].at == 2);
  CHECK(all[0].why.reason == dead_reason::too_large);
  CHECK(all[0].why.message.find("4096") != std::string::npos);
  CHECK(all[0].record.find("\"ID\":2") != std::string::npos);
}

TEST_CASE("a record larger than a segment gets one of its own", "[pipeline][loader]") {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  model_loader<test::row_errors> load{transport, {.service = service}};
  CHECK(load.push({1, std::string(3u << 20, 'x'), std::nullopt}));
  CHECK(load.push(make_order(2)));
  auto const report = load.finish();
  CHECK(report.ok());
  CHECK(report.confirmed == 2);
}

TEST_CASE("a memory limit that is too small is refused with the figures", "[pipeline][loader]") {
  sluice::transport transport{{}};
  auto const made = model_loader<test::row_errors>::make(
      transport, {.service = std::make_shared<model_service>()}, {.memory_limit = 1u << 20});
  REQUIRE_FALSE(made);
  CHECK(made.error().code == sluice::errc::memory_limit);
  CHECK(made.error().message.find("1048576") != std::string::npos);
  CHECK_THROWS_AS(
      (model_loader<test::row_errors>{
          transport, {.service = std::make_shared<model_service>()}, {.memory_limit = 1u << 20}}),
      std::system_error);
}

TEST_CASE("memory stays under its limit while a service is slow", "[pipeline][loader]") {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  using loader = sluice::loader<order,
                                sluice::batch<sluice::max_bytes<64 << 20>>,
                                sluice::encode<sluice::csv<>>,
                                sluice::upload<test::late_commit>>;
  constexpr std::uint64_t limit = 8u << 20;
  loader load{transport, {.service = service}, {.memory_limit = limit, .producers = 1}};
  // Batches are larger than the limit and no verdict comes by itself: only smaller batches and an
  // early flush let this end.
  for (std::int64_t i = 0; i != 40'000; ++i)
    REQUIRE(load.push({i, std::string(1000, 'x'), std::nullopt}));
  auto const report = load.finish();
  CHECK(report.ok());
  CHECK(report.confirmed == 40'000);
  CHECK(report.peak_memory_bytes <= limit);
  CHECK(service->doubled() == 0);
}

TEST_CASE("try_push says when it would have to wait", "[pipeline][loader]") {
  sluice::transport transport{{}};
  using loader = sluice::loader<order,
                                sluice::batch<sluice::max_bytes<1 << 20>>,
                                sluice::encode<sluice::csv<>>,
                                sluice::upload<test::late_commit>>;
  // Nothing is written, so no memory comes back, before the flush.
  loader load{transport,
              {.service = std::make_shared<model_service>()},
              {.memory_limit = 8u << 20, .producers = 1}};
  REQUIRE(load.resume_position());
  order const large{1, std::string(100'000, 'x'), std::nullopt};
  std::uint64_t taken = 0;
  while (load.try_push(large) == sluice::push_result::taken) REQUIRE(++taken < 1000);
  CHECK(taken > 20);
  CHECK(load.try_push(large) == sluice::push_result::full);
  CHECK(load.flush());
  CHECK(load.try_push(large) == sluice::push_result::taken);
  CHECK(load.finish().confirmed == taken + 1);
}
