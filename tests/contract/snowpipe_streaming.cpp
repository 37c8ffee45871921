#include "snowpipe_fixture.hpp"

#include <sluice/pipeline/id_allocator.hpp>
#include <sluice/pipeline/partitioned.hpp>
#include <sluice/schema/json.hpp>
#include <sluice/snowflake/error_table.hpp>
#include <sluice/snowpipe/pipe.hpp>
#include <sluice/source/records.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace events;

namespace {

struct document {
  std::int64_t id = 0;
  std::vector<std::byte> raw;
  std::optional<sluice::json> body;
};

std::string name_of(std::string const& fault) {
  return fault.substr(0, fault.find_first_of(":=@%"));
}

}  // namespace

template<>
struct sluice::schema<document> : sluice::columns<document,
                                                  sluice::column<"ID", &document::id>,
                                                  sluice::column<"RAW", &document::raw>,
                                                  sluice::column<"BODY", &document::body>> {};

TEMPLATE_TEST_CASE("typed rows arrive through a channel as they were, whatever packs them",
                   "[contract][snowpipe]",
                   sluice::none,
                   sluice::gzip<1>,
                   sluice::zstd<1>) {
  pipe_fixture f;
  auto const o = load<event_loader<stream, TestType>>(f, f.config(), 1'000);
  INFO(o.words);
  CHECK(o.report.ok());
  CHECK(o.report.confirmed == 1'000);
  CHECK(f.in_table() == pipe_fixture::of(1'000));
  auto const back = f.server.rows("SELECT NAME, NOTE FROM EVENTS ORDER BY ID");
  REQUIRE(back.size() == 1'000);
  for (std::uint64_t id = 0; id != 1'000; ++id) {
    event const sent = make_event(id);
    REQUIRE(back[id][0] == sent.name);
    REQUIRE(back[id][1] == sent.note);
  }
  CHECK(f.server.number("SELECT CAST(SUM(AMOUNT * 100) AS NUMBER(38, 0)) FROM EVENTS") ==
        999 * 500 * 101 - 5'000 * 1'000);
  CHECK(f.server.number("SELECT COUNT(*) FROM EVENTS WHERE PAID") == 500);
  // The next run goes on behind the last row.
  auto const more = load(f, f.config(), 1'500);
  CHECK(more.report.confirmed == 500);
  CHECK(f.in_table() == pipe_fixture::of(1'500));
}

TEST_CASE("key pairs, OAuth and access tokens stream, in both forms of the answers",
          "[contract][snowpipe]") {
  for (bool const json : {false, true}) {
    auto options = fast();
    options.make_key_pair = true;
    options.tls = json;
    if (json) {
      options.snowpipe.hostname_form = sluice::sandbox::reply_form::json;
      options.snowpipe.token_form = sluice::sandbox::reply_form::json;
      options.snowpipe.ingest_host_with_port = true;
    }
    pipe_fixture f{options};
    std::uint64_t rows = 0;
    for (sluice::credential const& who : std::vector<sluice::credential>{
             sluice::key_pair::from_file(f.server.where().private_key_file.string()),
             sluice::oauth{sluice::secret{"loader-oauth-token"}, {}},
             sluice::programmatic_access_token{sluice::secret{"loader-access-token"}}}) {
      auto c = f.config();
      c.connection.auth = who;
      auto const o = load(f, c, rows += 50);
      INFO(o.words);
      CHECK(o.report.ok());
      CHECK(o.report.confirmed == 50);
    }
    CHECK(f.in_table() == pipe_fixture::of(150));
  }
}

TEST_CASE("every fault of the field leaves each row in the table once", "[contract][snowpipe]") {
  for (char const* const text : {
           "hostname.drop_reply",
           "hostname.status=503",
           "hostname.garbage_reply",
           "hostname.html_reply",
           "exchange.drop_reply",
           "exchange.garbage_reply",
           "exchange.html_reply",
           "exchange.status=500",
           "open.drop_reply",
           "open.status=503",
           "open.throttle=0",
           "open.status_after=502",
           "append.drop_reply:2",
           "append.drop_request:2",
           "append.status=500:2",
           "append.status=408:2",
           "append.status_after=504:2",
           "append.plain_status=503:2",
           "append.throttle=0:2:3",
           "append.truncate_reply:2",
           "append.garbage_reply:2",
           "append.html_reply:2",
           "append.hang_reply:2",
           "append.duplicate:2",
           "append.reset_body=10:2",
           "append.status=401:2",
           "append.status=403:2",
           "append.delay=200:2",
           "bulk_status.drop_reply:1:2",
           "bulk_status.status=503:1:2",
           "bulk_status.garbage_reply:1:2",
           "bulk_status.status=401:1",
           "bulk_status_stale:2:3",
           "channel_stale:2",
           "channel_stale:5",
           "channel_conflict:3",
           "channel_lost_silently:3",
           "pipe_stale:3",
           "pipe_failed_over:4",
           "open_refused:1:2",
           "scoped_tokens_expired:3",
           "commit_slow=200:2",
           "commit_stalled:1:3",
           "commit_prefix",
           "commit_prefix=2",
       }) {
    DYNAMIC_SECTION(text) {
      std::string const fault = text;
      auto options = fast();
      // Rows wait long enough for several looks at the status.
      if (name_of(fault) == "bulk_status_stale") options.snowpipe.commit_lag = 300ms;
      pipe_fixture f{options};
      auto c = f.config();
      if (fault.find("hang") != std::string::npos) c.connection.append_limits.idle = 300ms;
      f.server.faults().arm(fault);
      auto const o = load(f, c, 1'000);
      CHECK(f.fired(name_of(fault)) > 0);
      INFO(o.words);
      CHECK(o.report.ok());
      CHECK(o.report.confirmed == 1'000);
      CHECK(o.letters.empty());
      CHECK(f.in_table() == pipe_fixture::of(1'000));
    }
  }
}

TEST_CASE("a channel that vanishes with its token is made anew", "[contract][snowpipe]") {
  pipe_fixture f;
  REQUIRE(load(f, f.config(), 100).report.confirmed == 100);
  f.server.faults().arm("channel_gone");
  // What is committed stays, what comes is not doubled: this run knows where it stands.
  auto const o = load(f, f.config(), 300);
  CHECK(f.fired("channel_gone") == 1);
  INFO(o.words);
  CHECK(o.report.confirmed == 200);
  CHECK(f.in_table() == pipe_fixture::of(300));
}

TEST_CASE("rows that the service refuses are dead letters, and never confirmed",
          "[contract][snowpipe]") {
  for (char const* const text : {"rows_rejected_every=2:3", "rows_rejected_first=3:2"}) {
    DYNAMIC_SECTION(text) {
      pipe_fixture f;
      std::string const fault = text;
      f.server.faults().arm(fault);
      auto const o = load(f, f.config(), 1'000);
      CHECK(f.fired(name_of(fault)) > 0);
      auto const there = f.in_table();
      CHECK(there.rows < 1'000);
      CHECK(o.report.adds_up());
      CHECK(o.report.pending == 0);
      // No more is confirmed than the table holds; what is in doubt is in the dead letters.
      CHECK(o.report.confirmed <= static_cast<std::uint64_t>(there.rows));
      CHECK(o.report.confirmed + o.report.dead_lettered == 1'000);
      CHECK(o.letters.size() == o.report.dead_lettered);
      CHECK(o.report.dead_lettered >= static_cast<std::uint64_t>(1'000 - there.rows));
    }
  }
}

TEST_CASE("a value that its column does not take is found", "[contract][snowpipe]") {
  pipe_fixture f;
  REQUIRE(f.execute(f.session(), "DROP TABLE EVENTS"));
  REQUIRE(f.execute(f.session(),
                    "CREATE TABLE EVENTS (ID NUMBER, NAME VARCHAR, NOTE VARCHAR(8), AMOUNT "
                    "NUMBER(12, 2), PAID BOOLEAN, AT TIMESTAMP_NTZ)"));
  CHECK(load(f, f.config(), 1'000).report.confirmed == 1'000);
  // "note 1000" has nine characters. The last 100 rows share one request.
  auto const o = load(f, f.config(), 1'100);
  INFO(o.words);
  std::int64_t const rows = f.in_table().rows;
  CHECK(rows == 1'000 + 33);
  CHECK(o.report.confirmed == 0);
  CHECK(o.report.dead_lettered == 100);
  REQUIRE_FALSE(o.letters.empty());
  CHECK(o.letters[0].why.reason == sluice::dead_reason::unknown);
  CHECK(o.letters[0].at >= 1'000);
}

TEST_CASE("the table of errors names the rows that were refused", "[contract][snowpipe]") {
  pipe_fixture f;
  auto const login = f.session();
  auto const logging = f.execute(login, "ALTER TABLE EVENTS SET ERROR_LOGGING = TRUE");
  if (!logging) FAIL(logging.error().describe());
  f.server.faults().arm("rows_rejected_first=3:2");
  auto c = f.config();
  c.rejected_rows = sf::error_table_reader(login);
  auto const o = load(f, c, 1'000);
  CHECK(f.fired("rows_rejected_first") == 1);
  INFO(o.words);
  CHECK(f.in_table().rows == 997);
  CHECK(o.report.confirmed == 997);
  REQUIRE(o.letters.size() == 3);
  for (std::size_t i = 0; i != 3; ++i) {
    CHECK(o.letters[i].at == 100 + i);
    CHECK(o.letters[i].why.reason == sluice::dead_reason::rejected);
  }
}

TEST_CASE("a second client takes the channel over, and nothing is doubled",
          "[contract][snowpipe]") {
  pipe_fixture f;
  std::vector<sluice::dead_letter> letters;
  sluice::run_options run;
  run.dead_letters =
      sluice::dead_letter_callback([&](sluice::dead_letter const& one) { letters.push_back(one); });
  auto c = f.config();
  bool owner = true;
  c.still_owner = [&owner] { return owner; };
  event_loader<> first{f.net, c, run};
  REQUIRE(first.resume_position());
  for (std::uint64_t id = 0; id != 250; ++id) first.push(make_event(id));
  REQUIRE(first.flush());
  owner = false;
  auto const o = load(f, f.config(), 600);
  CHECK(o.report.confirmed == 350);
  for (std::uint64_t id = 250; id != 600; ++id) first.push(make_event(id));
  auto const r = first.finish();
  CHECK_FALSE(r.ok());
  CHECK(r.confirmed == 250);
  CHECK(r.dead_by_reason[static_cast<std::size_t>(sluice::dead_reason::undelivered)] == 350);
  CHECK(f.in_table() == pipe_fixture::of(600));
}

TEST_CASE("a pipe of one's own takes bytes and absent JSON", "[contract][snowpipe]") {
  pipe_fixture f;
  auto const login = f.session();
  REQUIRE(f.execute(login, std::string{sf::create_table<document, "DOCS">}));
  auto const made = f.execute(login, std::string{sp::create_pipe<document, "DOCS_PIPE", "DOCS">});
  if (!made) FAIL(made.error().describe());
  auto c = f.config();
  c.table = "DOCS";
  using docs = sluice::loader<document, sluice::upload<sp::streaming<sp::pipe<"DOCS_PIPE">>>>;
  docs load{f.net, c};
  for (std::int64_t id = 0; id != 10; ++id) {
    document d;
    d.id = id;
    d.raw = {std::byte{0xde}, static_cast<std::byte>(id)};
    if (id % 2 == 0) d.body = sluice::json{R"({"n":)" + std::to_string(id) + "}"};
    load.push(d);
  }
  auto const r = load.finish();
  if (r.failure) FAIL(r.failure->describe());
  CHECK(r.confirmed == 10);
  CHECK(f.server.number("SELECT COUNT(*) FROM DOCS WHERE BODY IS NULL") == 5);
  CHECK(f.server.number("SELECT COUNT(*) FROM DOCS WHERE RAW = TO_BINARY('DE03', 'HEX')") == 1);
}

TEST_CASE("an elastic stream loads without order", "[contract][snowpipe]") {
  pipe_fixture f;
  auto c = f.config();
  c.channel.clear();
  using elastic = event_loader<sp::streaming<sp::elastic>>;
  auto const o = load<elastic>(f, c, 1'000);
  INFO(o.words);
  CHECK(o.report.ok());
  CHECK(o.report.confirmed == 1'000);
  // Confirmed means durable; the rows show when they are committed.
  auto const until = std::chrono::steady_clock::now() + 60s;
  while (f.in_table().rows != 1'000 && std::chrono::steady_clock::now() < until)
    f.server.number("SELECT 1");
  CHECK(f.in_table() == pipe_fixture::of(1'000));
}

TEST_CASE("several channels load ranges side by side, and each resumes", "[contract][snowpipe]") {
  pipe_fixture f;
  using parts = sluice::partitioned<event_loader<>, 4>;
  for (std::uint64_t const done : {0, 1}) {
    parts load{f.net, f.config()};
    for (std::size_t i = 0; i != load.size(); ++i) {
      auto const mine = sluice::partition_range(2'000, load.size(), i);
      auto const first = load[i].resume_position();
      REQUIRE(first);
      CHECK(*first == (done == 0 ? 0 : 250));
      std::uint64_t const end = done == 0 ? mine.first + 250 : mine.end();
      for (auto id = mine.first + *first; id != end; ++id) load[i].push(make_event(id));
    }
    auto const r = load.finish();
    if (r.total.failure) FAIL(r.total.failure->describe());
    CHECK(r.total.confirmed == 1'000);
  }
  CHECK(f.in_table() == pipe_fixture::of(2'000));
}

TEST_CASE("threads that share a channel give no id twice, a restart included",
          "[contract][snowpipe]") {
  pipe_fixture f;
  for (std::uint64_t const before : {0, 700}) {
    event_loader<> load{f.net, f.config()};
    auto const first = load.resume_position();
    REQUIRE(first);
    CHECK(*first == before);
    sluice::id_allocator ids{*first};
    std::mutex in_order;
    std::uint64_t left = before == 0 ? 700 : 300;
    auto const make_events = [&] {
      for (;;) {
        std::scoped_lock const lock{in_order};
        if (left == 0) return;
        --left;
        load.push(make_event(ids.next()));
      }
    };
    {
      std::jthread const one{make_events};
      std::jthread const other{make_events};
    }
    auto const r = load.finish();
    if (r.failure) FAIL(r.failure->describe());
  }
  CHECK(f.in_table() == pipe_fixture::of(1'000));
}

TEST_CASE("a load resumes its source by itself", "[contract][snowpipe]") {
  pipe_fixture f;
  for (std::uint64_t const count : {250, 600}) {
    std::vector<event> all;
    for (std::uint64_t id = 0; id != count; ++id) all.push_back(make_event(id));
    sluice::source::records from{all};
    event_loader<> load{f.net, f.config()};
    auto const first = load.resume(from);
    REQUIRE(first);
    CHECK(*first == (count == 250 ? 0 : 250));
    CHECK(load.finish().confirmed == count - *first);
  }
  CHECK(f.in_table() == pipe_fixture::of(600));
  // What was pushed before has taken the first positions.
  {
    std::vector<event> rest{make_event(600), make_event(601)};
    sluice::source::records from{rest};
    event_loader<> load{f.net, f.config()};
    REQUIRE(load.resume_position());
    REQUIRE(load.push(make_event(600)));
    auto const late = load.resume(from);
    REQUIRE_FALSE(late);
    CHECK(late.error().code == sluice::errc::invalid_configuration);
    CHECK(load.finish().pushed == 1);
  }
  // Without a name of the source nobody can tell where it stopped.
  auto c = f.config();
  c.source.clear();
  std::vector<event> const none;
  sluice::source::records from{none};
  event_loader<> load{f.net, c};
  auto const first = load.resume(from);
  REQUIRE_FALSE(first);
  CHECK(first.error().code == sluice::errc::invalid_configuration);
  CHECK(load.finish().pushed == 0);
}

TEST_CASE("the rates of a channel are kept without a refusal", "[contract][snowpipe]") {
  auto options = fast();
  options.snowpipe.requests_per_second = 40;
  pipe_fixture f{options};
  auto c = f.config();
  c.requests_per_second = 40;
  c.poll_interval = 100ms;
  // Twice as many appends as the bucket holds at the start.
  auto const o = load(f, c, 8'000);
  INFO(o.words);
  CHECK(o.report.ok());
  CHECK(f.server.streaming().counts().throttled == 0);
  CHECK(f.in_table() == pipe_fixture::of(8'000));
}

TEST_CASE("wrong credentials, names and grants are told apart and end at once",
          "[contract][snowpipe]") {
  pipe_fixture f;
  auto c = f.config();
  c.connection.auth = sluice::oauth{sluice::secret{"no-such-token"}, {}};
  auto const refused = load(f, c, 10);
  REQUIRE(refused.report.failure);
  CHECK(refused.report.failure->code == sp::errc::login_refused);
  CHECK(refused.words.find("no-such-token") == std::string::npos);
  c = f.config();
  c.table = "NO_SUCH_TABLE";
  c.table_wait = 100ms;
  auto const missing = load(f, c, 10);
  REQUIRE(missing.report.failure);
  CHECK(missing.report.failure->code == sp::errc::object_missing);
  c = f.config();
  c.connection.schema = "NO_SUCH_SCHEMA";
  c.table_wait = 100ms;
  CHECK_FALSE(load(f, c, 10).report.ok());
  CHECK(f.in_table().rows == 0);
}
