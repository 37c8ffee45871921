// Requests beside those that carry rows: heartbeats, cancelled statements, uploads in parts that
// are given up. Whatever becomes of them, the rows of the load are where its report says.

#include "catch.hpp"
#include "snowflake_orders.hpp"

#include <sluice/transport/clock.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace orders;
using namespace std::chrono_literals;

namespace {

/// The machine's clock, which a test moves on.
class jumping_clock final : public sluice::clock_source {
 public:
  sluice::steady_time now() const noexcept override {
    std::scoped_lock const lock{mutex_};
    return machine_.now() + ahead_;
  }

  // Signatures are judged by the service's clock, which does not jump.
  std::chrono::system_clock::time_point system_now() const noexcept override {
    return machine_.system_now();
  }

  std::chrono::milliseconds wait_for(sluice::steady_time next,
                                     std::chrono::milliseconds at_most,
                                     bool busy) noexcept override {
    std::scoped_lock const lock{mutex_};
    if (next != sluice::steady_time::max()) next -= ahead_;
    return machine_.wait_for(next, at_most, busy);
  }

  void attach(std::function<void()> wake) override {
    std::scoped_lock const lock{mutex_};
    wake_ = std::move(wake);
  }

  void advance(std::chrono::seconds span) {
    std::scoped_lock const lock{mutex_};
    ahead_ += span;
    if (wake_) wake_();
  }

 private:
  std::mutex mutable mutex_;
  sluice::machine_clock machine_;
  std::chrono::seconds ahead_{0};
  std::function<void()> wake_;
};

/// Asks again and again; false: it did not come about in half a minute.
bool comes_about(std::function<bool()> const& what) {
  auto const end = std::chrono::steady_clock::now() + 30s;
  while (!what()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

std::string create_orders() {
  return std::string{sf::create_table<order, "ORDERS">};
}

struct accounts {
  std::int64_t rows = 0;
  std::int64_t distinct = 0;
};

accounts in_table(account_fixture& f) {
  return {f.server.number("SELECT COUNT(*) FROM ORDERS"),
          f.server.number("SELECT COUNT(DISTINCT ID) FROM ORDERS")};
}

}  // namespace

TEST_CASE("a heartbeat that fails in a long load costs no row", "[contract][snowflake]") {
  for (char const* fault : {"heartbeat.status=503",
                            "heartbeat.status=503:1:*",
                            "heartbeat.status=403",
                            "heartbeat.drop_request",
                            "heartbeat.drop_reply:1:*",
                            "heartbeat.garbage_reply",
                            "heartbeat.html_reply:1:*",
                            "heartbeat.truncate_reply",
                            "heartbeat.redirect",
                            "heartbeat.throttle=0",
                            "heartbeat.hang",
                            "heartbeat.hang_reply:1:*",
                            "heartbeat.duplicate"}) {
    DYNAMIC_SECTION(fault) {
      account_fixture f;
      REQUIRE(f.execute(f.session(), create_orders()));
      auto const clock = std::make_shared<jumping_clock>();
      sluice::transport_options options;
      options.clock = clock;
      sluice::transport net{options};
      std::string const name = name_of_fault(fault);
      std::vector<sluice::dead_letter> letters;
      auto c = config_of(f);
      c.connection.limits.idle = 500ms;
      sluice::report r;
      {
        faulty_loader load{net, c, quiet(letters)};
        for (std::int64_t i = 0; i != 1'000; ++i) REQUIRE(load.push(make_order(i)));
        REQUIRE(load.flush());
        f.server.faults().arm(fault);
        // The source has nothing for more than an hour.
        clock->advance(3'601s);
        REQUIRE(comes_about([&] { return f.server.faults().fired(name) > 0; }));
        for (std::int64_t i = 1'000; i != 2'500; ++i) REQUIRE(load.push(make_order(i)));
        r = load.finish();
      }
      INFO((r.failure ? r.failure->describe() : "ok"));
      CHECK(f.fired(name) > 0);
      CHECK(r.ok());
      CHECK(r.confirmed == 2'500);
      CHECK(letters.empty());
      CHECK(in_table(f).rows == 2'500);
      CHECK(in_table(f).distinct == 2'500);
    }
  }
}

TEST_CASE("a heartbeat renews a session that has expired, and rows go on",
          "[contract][snowflake]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(), create_orders()));
  auto const clock = std::make_shared<jumping_clock>();
  sluice::transport_options options;
  options.clock = clock;
  sluice::transport net{options};
  std::vector<sluice::dead_letter> letters;
  faulty_loader load{net, config_of(f), quiet(letters)};
  for (std::int64_t i = 0; i != 500; ++i) REQUIRE(load.push(make_order(i)));
  REQUIRE(load.flush());
  f.server.expire_sessions();
  std::size_t const renewals = f.server.log().count("renew");
  clock->advance(3'601s);
  CHECK(comes_about([&] { return f.server.log().count("renew") > renewals; }));
  for (std::int64_t i = 500; i != 1'000; ++i) REQUIRE(load.push(make_order(i)));
  auto const r = load.finish();
  CHECK(r.ok());
  CHECK(r.confirmed == 1'000);
  CHECK(in_table(f).rows == 1'000);
}

TEST_CASE("a COPY that cannot be cancelled may have its rows in the table, and its letters say so",
          "[contract][snowflake]") {
  struct row {
    char const* fault;
    bool cancelled;  ///< in the end, so that no row is in the table
  };

  for (auto const& [fault, cancelled] : {row{"abort.drop_request", true},
                                         row{"abort.drop_reply", true},
                                         row{"abort.status=503:1:2", true},
                                         row{"abort.garbage_reply", true},
                                         row{"abort.status=403:1:*", false},
                                         row{"abort.status=500:1:*", false},
                                         row{"abort.drop_request:1:*", false},
                                         row{"abort.hang:1:*", false},
                                         row{"abort_unknown:1:*", false}}) {
    DYNAMIC_SECTION(fault) {
      account_fixture f;
      REQUIRE(f.execute(f.session(), create_orders()));
      auto c = config_of(f);
      c.create_table = false;
      c.purge = false;
      c.connection.limits.idle = 500ms;
      // The rows of the first file are in the table before anything goes wrong.
      c.files_per_copy = 1;
      c.max_concurrent_copy = 1;
      std::vector<sluice::dead_letter> letters;
      sluice::report r;
      {
        faulty_loader load{f.net, c, quiet(letters)};
        for (std::int64_t i = 0; i != 500; ++i) REQUIRE(load.push(make_order(i)));
        REQUIRE(load.flush());
        REQUIRE(in_table(f).rows == 500);
        // The statement of the next COPY: the others before it are those of its upload.
        f.server.faults().arm("statement_slow=5000:1:*");
        f.server.faults().arm(fault);
        for (std::int64_t i = 500; i != 1'000; ++i) REQUIRE(load.push(make_order(i)));
        REQUIRE(comes_about([&] { return f.server.faults().fired("statement_slow") > 0; }));
        r = load.finish(sluice::deadline{f.net.now() + 2s});
      }
      INFO((r.failure ? r.failure->describe() : "ok"));
      CHECK(f.fired(name_of_fault(fault)) > 0);
      CHECK(f.fired("statement_slow") > 0);
      CHECK_FALSE(r.ok());
      CHECK(r.adds_up());
      CHECK(r.confirmed == 500);
      CHECK(r.dead_lettered == 500);
      REQUIRE(letters.size() == 500);
      auto const unknown = std::count_if(letters.begin(), letters.end(), [](auto const& one) {
        return one.why.reason == sluice::dead_reason::unknown;
      });
      if (cancelled) {
        CHECK(in_table(f).rows == 500);
      } else {
        // Nobody stops the statement: its rows come after the loader has gone.
        CHECK(unknown == 500);
        CHECK(comes_about([&] { return in_table(f).rows == 1'000; }));
      }
      CHECK(in_table(f).distinct == in_table(f).rows);
      for (auto const& one : letters) CHECK(one.at >= 500);
    }
  }
}

TEST_CASE("an upload in parts that is given up costs its own rows only", "[contract][snowflake]") {
  using big_loader = sluice::loader<order,
                                    sluice::batch<sluice::max_rows<1'000>>,
                                    sluice::encode<sluice::csv<>>,
                                    sluice::compress<sluice::none>,
                                    sluice::upload<sf::bulk<>>>;

  struct row {
    char const* fault;
    bool gone;  ///< in the end the store has forgotten the parts
  };

  for (auto const& [fault, gone] : {row{"abort_upload.drop_request", true},
                                    row{"abort_upload.drop_reply", true},
                                    row{"abort_upload.status=503", true},
                                    row{"abort_upload.status=403:1:*", false},
                                    row{"abort_upload.status=500:1:*", false},
                                    row{"abort_upload.drop_request:1:*", false},
                                    row{"abort_upload.hang:1:*", false}}) {
    DYNAMIC_SECTION(fault) {
      sluice::sandbox::options options;
      options.multipart_threshold = 1 << 20;
      account_fixture f{options};
      auto c = config_of(f);
      c.connection.limits.idle = c.upload_limits.idle = 500ms;
      c.connection.retry.max_attempts = 4;
      c.parallel_uploads = 1;
      f.server.faults().arm("upload_part.status=403:2:1");
      f.server.faults().arm(fault);
      std::string const note(3'000, 'x');
      auto const record = [&](std::int64_t i) {
        order made = make_order(i);
        made.note = note;
        return made;
      };
      auto const o = load_rows<big_loader>(f, c, 3'000, record, 1);
      INFO(o.words);
      CHECK(f.fired("upload_part.status") == 1);
      CHECK(f.fired(name_of_fault(fault)) > 0);
      CHECK(o.report.pushed == 3'000);
      CHECK(o.in_table == o.report.confirmed);
      CHECK(o.distinct == o.in_table);
      std::vector<std::uint64_t> refused;
      for (auto const& p : o.report.payloads)
        if (!p.failure.empty()) refused.push_back(p.rows);
      REQUIRE(refused.size() == 1);
      CHECK(o.letters.size() == refused[0]);
      for (auto const& l : o.letters) {
        CHECK(l.why.reason != sluice::dead_reason::unknown);
        CHECK(l.why.message.find("403") != std::string::npos);
      }
      CHECK(f.server.open_multipart_uploads() == (gone ? 0 : 1));
    }
  }
}
