// The figures of a load against what the servers have seen: every request counts, uploads too, and
// exactly the payloads whose own requests were repeated count as retried, although others are on
// their way at the same time.

#include "skyflow_fixture.hpp"
#include "snowflake_orders.hpp"
#include "snowpipe_fixture.hpp"

#include <sluice/snowflake/insert.hpp>
#include <sluice/snowpipe/files.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

/// The figures of a load to its end.
template<class Loader, class Make>
sluice::load_stats load(sluice::transport& net,
                        typename Loader::config const& c,
                        std::uint64_t rows,
                        Make make) {
  std::vector<sluice::dead_letter> letters;
  sluice::run_options o = orders::quiet(letters);
  o.finish_within = 60'000ms;
  Loader into{net, c, std::move(o)};
  for (std::uint64_t i = 0; i != rows; ++i) into.push(make(i));
  sluice::report const r = into.finish();
  INFO((r.failure ? r.failure->describe() : std::string{}));
  CHECK(r.confirmed == rows);
  return into.stats();
}

/// Of `payloads` one needed one retry, since the service asked for patience.
void check_one_retried(sluice::load_stats const& s,
                       sluice::sandbox::server& server,
                       std::uint64_t payloads) {
  CHECK(s.retries == 1);
  CHECK(s.throttled == 1);
  CHECK(s.batches_retried == 1);
  CHECK(s.batches_immediate == payloads - 1);
  CHECK(s.batches_failed == 0);
  CHECK(s.requests == server.log().all().size());
  CHECK(s.latency_us.count == s.requests);
  CHECK(s.requests_in_flight == 0);
}

orders::order order_number(std::uint64_t i) {
  return orders::make_order(static_cast<std::int64_t>(i));
}

template<class Destination>
using file_loader = sluice::loader<events::event,
                                   sluice::batch<sluice::max_rows<100>>,
                                   sluice::encode<sluice::csv<>>,
                                   sluice::compress<sluice::gzip<1>>,
                                   sluice::upload<Destination>>;

}  // namespace

TEST_CASE("bulk: uploads count, and SlowDown marks the file that it met", "[contract][figures]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(),
                    std::string{sluice::snowflake::create_table<orders::order, "ORDERS">}));
  f.server.log().clear();
  // All files are on their way when one is refused.
  f.server.faults().arm("upload.delay=100:1:*");
  f.server.faults().arm("slow_down:2");
  auto const s = load<orders::faulty_loader>(f.net, orders::config_of(f), 3'000, order_number);
  CHECK(f.fired("slow_down") == 1);
  check_one_retried(s, f.server, 6);
  CHECK(f.server.log().count("upload") + f.server.log().count("head_object") >= 13);
}

TEST_CASE("bulk: a file that the stage lost is sent again, and counts as retried",
          "[contract][figures]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(),
                    std::string{sluice::snowflake::create_table<orders::order, "ORDERS">}));
  f.server.log().clear();
  f.server.faults().arm("upload_lost:3");
  auto const s = load<orders::faulty_loader>(f.net, orders::config_of(f), 3'000, order_number);
  CHECK(f.fired("upload_lost") == 1);
  CHECK(s.retries == 1);
  CHECK(s.throttled == 0);
  CHECK(s.batches_retried == 1);
  CHECK(s.batches_immediate == 5);
  CHECK(f.server.log().count("upload") == 7);
}

TEST_CASE("inserts: the statement that was repeated marks its batch", "[contract][figures]") {
  using loader = sluice::loader<orders::order,
                                sluice::batch<sluice::max_rows<500>>,
                                sluice::upload<sluice::snowflake::insert>>;
  account_fixture f;
  REQUIRE(f.execute(f.session(),
                    std::string{sluice::snowflake::create_table<orders::order, "ORDERS">}));
  f.server.log().clear();
  f.server.faults().arm("insert.delay=50:1:*");
  f.server.faults().arm("insert.status=503:2");
  sluice::snowflake::insert_config c;
  c.connection = f.connection();
  c.table = "ORDERS";
  auto const s = load<loader>(f.net, c, 3'000, order_number);
  CHECK(f.fired("insert.status") == 1);
  check_one_retried(s, f.server, 6);
}

TEST_CASE("streaming: the append that was repeated marks its batch", "[contract][figures]") {
  using loader = events::event_loader<>;
  for (char const* const fault : {"append.status=503:2", "append.throttle=0:2"}) {
    INFO(fault);
    events::pipe_fixture f;
    f.server.log().clear();
    f.server.faults().arm(fault);
    auto const s = load<loader>(f.net, f.config(), 1'000, events::make_event);
    CHECK(f.fired(orders::name_of_fault(fault)) == 1);
    check_one_retried(s, f.server, 10);
  }
}

TEST_CASE("elastic appends: the one that was repeated marks its batch", "[contract][figures]") {
  using loader = events::event_loader<sluice::snowpipe::streaming<sluice::snowpipe::elastic>>;
  events::pipe_fixture f;
  f.server.log().clear();
  f.server.faults().arm("elastic.delay=50:1:*");
  f.server.faults().arm("elastic.throttle=0:2");
  auto const s = load<loader>(f.net, f.config(), 1'000, events::make_event);
  CHECK(f.fired("elastic.throttle") == 1);
  check_one_retried(s, f.server, 10);
}

TEST_CASE("Snowpipe files: an upload or a notification that was repeated marks its file",
          "[contract][figures]") {
  for (char const* const fault : {"slow_down:3", "insert_files.status=503:2"}) {
    INFO(fault);
    auto o = events::fast();
    o.make_key_pair = true;
    o.snowpipe.file_lag = 30ms;
    events::pipe_fixture f{std::move(o)};
    auto const login = f.session();
    for (char const* const sql :
         {"CREATE STAGE EVENTS_STAGE",
          "CREATE PIPE EVENTS_PIPE AUTO_INGEST = FALSE AS COPY INTO EVENTS FROM @EVENTS_STAGE "
          "FILE_FORMAT = (TYPE = CSV FIELD_OPTIONALLY_ENCLOSED_BY = '\"')"})
      REQUIRE(f.execute(login, sql));
    f.server.log().clear();
    f.server.faults().arm("upload.delay=50:1:*");
    f.server.faults().arm(fault);
    sluice::snowpipe::files_config c;
    c.connection = f.connection();
    c.connection.auth = sluice::key_pair::from_file(f.server.where().private_key_file.string());
    c.connection.database = f.database;
    c.connection.schema = f.schema;
    c.pipe = "EVENTS_PIPE";
    c.stage = {{}, {}, "EVENTS_STAGE", "incoming"};
    c.retry.base = c.retry.throttle_base = 5ms;
    c.retry.cap = 50ms;
    c.poll_interval = 20ms;
    auto const s = load<file_loader<sluice::snowpipe::files>>(f.net, c, 600, events::make_event);
    CHECK(f.fired(orders::name_of_fault(fault)) == 1);
    check_one_retried(s, f.server, 6);
  }
}

TEST_CASE("vault: the insert that was repeated marks its batch", "[contract][figures]") {
  using vaults::person;
  using loader =
      sluice::loader<person,
                     sluice::batch<sluice::max_rows<20>>,
                     sluice::upload<sluice::skyflow::vault<sluice::skyflow::upsert<&person::ssn>>>>;
  for (char const* const fault :
       {"vault_insert.status=503:2", "vault_throttle_ms=5:2@vault_insert"}) {
    INFO(fault);
    vaults::vault_fixture f;
    f.server.log().clear();
    // The others are on their way for longer than the repeated one.
    f.server.faults().arm("vault_insert.delay=300:3:3");
    f.server.faults().arm(fault);
    auto const s = load<loader>(f.net, f.config(), 100, [](std::uint64_t i) {
      return vaults::person_number(static_cast<int>(i));
    });
    CHECK(f.fired(orders::name_of_fault(fault)) == 1);
    check_one_retried(s, f.server, 5);
  }
}
