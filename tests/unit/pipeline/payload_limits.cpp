// What is sent keeps the destination's limits, whatever the batch would allow.

#include "catch.hpp"
#include "loads.hpp"

#include <sluice/compress/compress.hpp>
#include <sluice/pipeline/loader.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

using namespace sluice_test;
namespace test = sluice::test;
using sluice::dead_reason;

namespace {

/// What the sessions of one test have sent. Thread safety: all members.
struct sent_payloads {
  struct one {
    std::uint64_t bytes = 0;
    std::uint64_t rows = 0;
  };

  void add(sluice::payload const& p) {
    std::scoped_lock const lock{mutex};
    all.push_back({p.body.size(), p.row_count});
  }

  [[nodiscard]] std::uint64_t most_bytes() const {
    std::uint64_t most = 0;
    for (one const& p : all) most = std::max(most, p.bytes);
    return most;
  }

  [[nodiscard]] std::uint64_t most_rows() const {
    std::uint64_t most = 0;
    for (one const& p : all) most = std::max(most, p.rows);
    return most;
  }

  std::mutex mutex;
  std::vector<one> all;
};

/// Takes small bodies only, and says so in its limits alone: nothing larger is ever refused here.
template<std::uint64_t MostBytes>
struct small_bodies : test::row_errors {
  static constexpr sluice::capabilities limits{
      .formats = {sluice::format::csv},
      .codecs = {sluice::codec::none, sluice::codec::gzip, sluice::codec::zstd},
      .max_payload_bytes = MostBytes,
      .max_row_bytes = MostBytes};

  struct config : test::model_config {
    std::shared_ptr<sent_payloads> sent = std::make_shared<sent_payloads>();
  };

  class session : public test::row_errors::session {
   public:
    session(sluice::environment const& e, config const& c)
        : test::row_errors::session{e, c}, sent_{c.sent} {}

    sluice::task<sluice::accepted> send(sluice::payload const& p, sluice::ack& a) {
      sent_->add(p);
      auto const sent = co_await test::row_errors::session::send(p, a);
      co_return sent;
    }

   private:
    std::shared_ptr<sent_payloads> sent_;
  };
};

template<class Destination, class... Policies>
using one_batch = sluice::loader<order,
                                 sluice::batch<sluice::max_rows<50'000>>,
                                 sluice::encode<sluice::csv<>>,
                                 sluice::upload<Destination>,
                                 Policies...>;

/// Printable text in which nothing repeats.
std::string hardly_compressible(std::size_t length, std::uint64_t& state) {
  std::string text(length, ' ');
  for (char& letter : text) {
    state = state * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
    letter = static_cast<char>('#' + (state >> 33) % 90);
  }
  return text;
}

}  // namespace

TEST_CASE("a body ends before it is larger than the destination takes", "[pipeline][limits]") {
  using destination = small_bodies<4096>;
  sluice::transport transport{{}};
  destination::config config;
  config.service = std::make_shared<model_service>();
  letters dead;
  // One worker: all segments would come into one body.
  one_batch<destination> load{transport, config, {.workers = 1, .dead_letters = dead.sink()}};
  constexpr std::int64_t count = 200;
  std::string const long_text(900, 'x');
  for (std::int64_t i = 0; i != count; ++i) REQUIRE(load.push({i, long_text, std::nullopt}));
  auto const report = load.finish();
  INFO((report.failure ? report.failure->describe() : "ok"));
  CHECK(report.ok());
  CHECK(report.confirmed == count);
  CHECK(dead.all().empty());
  CHECK(config.service->rows() == count);
  CHECK(config.service->doubled() == 0);
  CHECK(config.sent->most_bytes() <= destination::limits.max_payload_bytes);
  CHECK(config.sent->most_rows() > 1);
  CHECK(config.sent->all.size() >= 50);
}

TEMPLATE_TEST_CASE("a compressed body ends before it is larger than the destination takes",
                   "[pipeline][limits]",
                   sluice::gzip<1>,
                   sluice::zstd<1>) {
  // Three blocks of the codec: one is what it may hold back.
  using destination = small_bodies<3 * sluice::codec_block_bytes>;
  sluice::transport transport{{}};
  destination::config config;
  config.service = std::make_shared<model_service>();
  letters dead;
  one_batch<destination, sluice::compress<TestType>> load{
      transport, config, {.workers = 1, .dead_letters = dead.sink()}};
  constexpr std::int64_t producers = 100;
  constexpr std::int64_t each = 20;
  std::uint64_t state = 1;
  // Who stops pushing hands over what it has: small segments, of which many make a body.
  for (std::int64_t p = 0; p != producers; ++p) {
    auto producer = load.new_producer();
    REQUIRE(producer);
    for (std::int64_t i = 0; i != each; ++i)
      REQUIRE(producer->push({p * each + i, hardly_compressible(1'500, state), std::nullopt}));
  }
  auto const report = load.finish();
  INFO((report.failure ? report.failure->describe() : "ok"));
  CHECK(report.ok());
  CHECK(report.confirmed == producers * each);
  CHECK(dead.all().empty());
  CHECK(config.service->rows() == producers * each);
  CHECK(config.service->doubled() == 0);
  CHECK(config.sent->most_bytes() <= destination::limits.max_payload_bytes);
  CHECK(config.sent->most_rows() > each);
  CHECK(config.sent->all.size() >= 3);
}

TEST_CASE("a row that is larger than any body may be is a dead letter, the others are not",
          "[pipeline][limits]") {
  using destination = small_bodies<4096>;
  sluice::transport transport{{}};
  destination::config config;
  config.service = std::make_shared<model_service>();
  letters dead;
  one_batch<destination> load{transport, config, {.workers = 1, .dead_letters = dead.sink()}};
  constexpr std::int64_t too_large = 7;
  for (std::int64_t i = 0; i != 20; ++i)
    REQUIRE(load.push({i, std::string(i == too_large ? 4096 : 900, 'x'), std::nullopt}));
  auto const report = load.finish();
  CHECK(report.ok());
  CHECK(report.adds_up());
  CHECK(report.confirmed == 19);
  CHECK(config.service->rows() == 19);
  CHECK(config.service->doubled() == 0);
  CHECK(config.sent->most_bytes() <= destination::limits.max_payload_bytes);
  auto const all = dead.all();
  REQUIRE(all.size() == 1);
  CHECK(all[0].at == too_large);
  CHECK(all[0].why.reason == dead_reason::too_large);
  CHECK(all[0].why.message.find("4096") != std::string::npos);
  CHECK_FALSE(all[0].was_sent);
}
