// At debug level every request of every service has its line, the report says what the service
// calls each payload and what became of it there, and the figures close the log.

#include "skyflow_fixture.hpp"
#include "snowpipe_fixture.hpp"

#include <sluice/snowflake/bulk.hpp>
#include <sluice/snowflake/insert.hpp>
#include <sluice/snowpipe/files.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace events;

/// Keeps the debug lines of a load.
struct listener {
  std::mutex mutex;
  std::vector<std::string> lines;

  sluice::run_options options() {
    sluice::run_options o;
    o.finish_within = 60'000ms;
    o.dead_letters = sluice::dead_letter_callback([](sluice::dead_letter const&) {});
    o.log =
        sluice::logger{[this](sluice::log_entry const& e) {
                         std::scoped_lock const lock{mutex};
                         lines.push_back(std::string{e.component} + ": " + std::string{e.message});
                       },
                       sluice::log_level::debug};
    return o;
  }

  [[nodiscard]] std::size_t with(std::string const& part) {
    std::scoped_lock const lock{mutex};
    std::size_t n = 0;
    for (std::string const& line : lines) n += line.find(part) != std::string::npos;
    return n;
  }
};

/// What a load said.
struct heard {
  sluice::report report;
  std::uint64_t requests = 0;  ///< as the figures count them
  std::uint64_t retries = 0;
};

template<class Loader, class Make>
heard load(
    sluice::transport& net, typename Loader::config const& c, listener& l, int rows, Make make) {
  heard h;
  Loader into{net, c, l.options()};
  for (int i = 0; i != rows; ++i) into.push(make(i));
  h.report = into.finish();
  h.requests = into.stats().requests;
  h.retries = into.stats().retries;
  return h;
}

/// Every request that the figures count has a line, and so has every wait before a repeat.
void check_lines(heard const& h, listener& l, std::string const& service) {
  INFO((h.report.failure ? h.report.failure->describe() : std::string{}));
  CHECK(h.report.confirmed == h.report.pushed);
  CHECK(h.requests > 0);
  CHECK(l.with(service + ": ") > 0);
  CHECK(l.with(" ms") > 0);
  CHECK(l.with("://") >= h.requests);
  CHECK(l.with(" bytes sent, ") == h.requests);
  CHECK(h.retries > 0);
  CHECK(l.with("the next begins in") >= h.retries);
  CHECK(l.with("is sealed") == h.report.payloads.size());
  CHECK(l.with("has ended") == h.report.payloads.size());
  CHECK(l.with("figures: {") == 1);
  for (sluice::payload_result const& p : h.report.payloads) {
    CHECK_FALSE(p.service.name.empty());
    CHECK_FALSE(p.service.status.empty());
  }
}

event numbered(int i) {
  return make_event(static_cast<std::uint64_t>(i));
}

template<class Destination>
using row_loader =
    sluice::loader<event, sluice::batch<sluice::max_rows<50>>, sluice::upload<Destination>>;

template<class Destination>
using file_loader = sluice::loader<event,
                                   sluice::batch<sluice::max_rows<50>>,
                                   sluice::encode<sluice::csv<>>,
                                   sluice::compress<sluice::gzip<1>>,
                                   sluice::upload<Destination>>;

}  // namespace

TEST_CASE("bulk: every request and every COPY has its line", "[contract][snowflake][log]") {
  pipe_fixture f;
  listener l;
  f.server.faults().arm("copy.status_after=503");
  sf::bulk_config c;
  c.connection = f.connection();
  c.table = "EVENTS";
  auto const h = load<file_loader<sf::bulk<>>>(f.net, c, l, 200, numbered);
  check_lines(h, l, "snowflake");
  CHECK(l.with("is uploaded") == h.report.files_uploaded);
  CHECK(l.with(": PUT http") >= h.report.files_uploaded);
  CHECK(l.with("rows parsed") >= h.report.files_uploaded + 1);
  for (sluice::payload_result const& p : h.report.payloads) {
    CHECK(p.service.name.find(".csv.gz") != std::string::npos);
    CHECK(p.service.status == "loaded");
    CHECK(p.service.rows_parsed == p.rows);
  }
}

TEST_CASE("bulk: a file with a refused row is partially loaded", "[contract][snowflake][log]") {
  pipe_fixture f;
  listener l;
  sf::bulk_config c;
  c.connection = f.connection();
  c.table = "EVENTS";
  CHECK(f.execute(f.session(),
                  "CREATE OR REPLACE TABLE EVENTS (ID NUMBER(2,0), NAME VARCHAR, "
                  "NOTE VARCHAR, AMOUNT NUMBER(12,2), PAID BOOLEAN, AT TIMESTAMP_NTZ)"));
  auto const from_one = [](int i) { return numbered(i + 1); };
  auto const h = load<file_loader<sf::bulk<>>>(f.net, c, l, 100, from_one);
  CHECK(h.report.dead_lettered == 1);  // 100 has three digits
  std::vector<std::string> statuses;
  for (sluice::payload_result const& p : h.report.payloads) statuses.push_back(p.service.status);
  std::sort(statuses.begin(), statuses.end());
  CHECK(statuses == std::vector<std::string>{"loaded", "partially loaded"});
}

TEST_CASE("inserts: every request has its line", "[contract][snowflake][log]") {
  pipe_fixture f;
  listener l;
  f.server.faults().arm("insert.status_after=503");
  sf::insert_config c;
  c.connection = f.connection();
  c.table = "EVENTS";
  check_lines(load<row_loader<sf::insert>>(f.net, c, l, 200, numbered), l, "snowflake");
}

TEST_CASE("streaming: every request and every commit has its line", "[contract][snowpipe][log]") {
  pipe_fixture f;
  listener l;
  f.server.faults().arm("append.status_after=503:2");
  auto const h = load<row_loader<sp::streaming<>>>(f.net, f.config(), l, 200, numbered);
  check_lines(h, l, "snowpipe");
  CHECK(l.with("is committed up to") > 0);
  for (sluice::payload_result const& p : h.report.payloads) CHECK(p.service.status == "committed");
}

TEST_CASE("files: every request and every file has its line", "[contract][snowpipe][log]") {
  auto o = fast();
  o.make_key_pair = true;
  o.snowpipe.file_lag = 30ms;
  pipe_fixture f{std::move(o)};
  auto const login = f.session();
  for (char const* const sql :
       {"CREATE STAGE EVENTS_STAGE",
        "CREATE PIPE EVENTS_PIPE AUTO_INGEST = FALSE AS COPY INTO EVENTS FROM @EVENTS_STAGE "
        "FILE_FORMAT = (TYPE = CSV FIELD_OPTIONALLY_ENCLOSED_BY = '\"')"})
    CHECK(f.execute(login, sql));
  listener l;
  f.server.faults().arm("insert_files.status=503");
  sp::files_config c;
  c.connection = f.connection();
  c.connection.auth = sluice::key_pair::from_file(f.server.where().private_key_file.string());
  c.connection.database = f.database;
  c.connection.schema = f.schema;
  c.pipe = "EVENTS_PIPE";
  c.stage = {{}, {}, "EVENTS_STAGE", "incoming"};
  c.retry.base = c.retry.throttle_base = 5ms;
  c.retry.cap = 50ms;
  c.poll_interval = 20ms;
  auto const h = load<file_loader<sp::files>>(f.net, c, l, 200, numbered);
  check_lines(h, l, "snowpipe");
  for (sluice::payload_result const& p : h.report.payloads) CHECK(p.service.status == "loaded");
}

TEST_CASE("vault: every request has its line", "[contract][skyflow][log]") {
  using loader = sluice::loader<
      vaults::person,
      sluice::batch<sluice::max_rows<20>>,
      sluice::upload<sluice::skyflow::vault<sluice::skyflow::upsert<&vaults::person::ssn>>>>;
  vaults::vault_fixture f;
  listener l;
  f.server.faults().arm("vault_insert.status=503:2");
  check_lines(load<loader>(f.net, f.config(), l, 100, vaults::person_number), l, "skyflow");
}
