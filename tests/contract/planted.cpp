// Names, SSNs, keys, passwords and tokens are planted in records and credentials, and loaded into
// every service under faults that make the client talk. Then everything that the client has written
// is searched for them: log lines of every level, dead letters, journals, errors, standard error.

#include "catch.hpp"
#include "skyflow_fixture.hpp"
#include "snowpipe_fixture.hpp"
#include "temporary_directory.hpp"

#include <sluice/ledger/journal.hpp>
#include <sluice/pipeline/loader.hpp>
#include <sluice/snowflake/bulk.hpp>
#include <sluice/snowflake/insert.hpp>
#include <sluice/snowpipe/files.hpp>
#include <sluice/source/csv.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace planted {

namespace sf = sluice::snowflake;
namespace sp = sluice::snowpipe;
namespace skyflow = sluice::skyflow;
using namespace std::chrono_literals;

struct person {
  std::int64_t id = 0;
  std::string ssn;
  std::string full_name;
  std::string access_key;
};

}  // namespace planted

template<>
struct sluice::schema<planted::person>
    : sluice::columns<planted::person,
                      sluice::column<"ID", &planted::person::id>,
                      sluice::column<"SSN", &planted::person::ssn, sluice::pii>,
                      sluice::column<"FULL_NAME", &planted::person::full_name, sluice::pii>,
                      sluice::column<"ACCESS_KEY", &planted::person::access_key, sluice::secret>> {
};

namespace planted {

// What stands in records.
constexpr std::string_view ssn = "917-44-20";
constexpr std::string_view name = "Zephyrine O'Quill";
constexpr std::string_view access_key = "AKIAPLANTEDKEY";
constexpr std::string_view ssn_token = "tok-planted-ssn";
// What proves who comes, and what does not.
constexpr std::string_view password = "planted-password-77";
constexpr std::string_view oauth_token = "planted-oauth-77";
constexpr std::string_view access_token = "planted-pat-77";
constexpr std::string_view wrong_secret = "planted-wrong-77";

/// Where `needle` stands in `text`, if what follows it is not hidden ("Bearer ......").
std::size_t first_leak(std::string_view text, std::string_view needle) {
  auto at = text.find(needle);
  while (at != text.npos && text.substr(at + needle.size(), 3) == "...")
    at = text.find(needle, at + 1);
  return at;
}

/// What was planted, and the marks of tokens that are made on the way.
std::vector<std::string> needles() {
  std::vector<std::string> all{"Bearer ", "eyJ", "Snowflake Token", "AWS4-HMAC", "X-Amz-"};
  for (std::string_view const one : {ssn,
                                     std::string_view{"Zephyrine"},
                                     std::string_view{"Quill"},
                                     access_key,
                                     ssn_token,
                                     password,
                                     oauth_token,
                                     access_token,
                                     wrong_secret})
    all.emplace_back(one);
  return all;
}

constexpr int people = 60;
constexpr int too_long = 7;  ///< the person whose SSN no table takes

std::string padded(int i) {
  return std::to_string(10 + i);
}

person make_person(int i) {
  std::string const id = padded(i);
  return {i,
          std::string{ssn} + id + (i == too_long ? " of Zephyrine' and 'Quill" : ""),
          std::string{name} + ' ' + id,
          std::string{access_key} + id};
}

vaults::person make_patient(int i) {
  std::string const id = padded(i);
  return {std::string{ssn} + id,
          std::string{ssn_token} + id,
          std::string{name} + (i == too_long ? " POISON " : " ") + id};
}

/// Standard error goes to a file as long as this lives.
class stderr_to_file {
 public:
  explicit stderr_to_file(std::string const& path) : was_{::dup(2)} {
    int const file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    ::dup2(file, 2);
    ::close(file);
  }

  stderr_to_file(stderr_to_file const&) = delete;
  stderr_to_file& operator=(stderr_to_file const&) = delete;

  ~stderr_to_file() {
    ::dup2(was_, 2);
    ::close(was_);
  }

 private:
  int was_;
};

struct fixture : account_fixture {
  sluice_test::temporary_directory scratch;
  std::string said;  ///< log lines, errors, reports
  std::mutex saying;
  int loads = 0;

  fixture() : account_fixture{configured()} {
    auto const login = session(as(sluice::user_password{"", sluice::secret{password}}));
    for (char const* const sql :
         {"CREATE TABLE BULK (ID NUMBER, SSN VARCHAR(12), FULL_NAME VARCHAR, ACCESS_KEY VARCHAR)",
          "CREATE TABLE ARRAYS LIKE BULK",
          "CREATE TABLE STREAM LIKE BULK",
          "CREATE TABLE FILES LIKE BULK",
          "CREATE STAGE PEOPLE_STAGE",
          "CREATE PIPE PEOPLE_PIPE AUTO_INGEST = FALSE AS COPY INTO FILES FROM @PEOPLE_STAGE "
          "FILE_FORMAT = (TYPE = CSV FIELD_OPTIONALLY_ENCLOSED_BY = '\"')"}) {
      auto const made = execute(login, sql);
      if (!made) FAIL(made.error().describe());
    }
  }

  static sluice::sandbox::options configured() {
    auto o = events::fast();
    o.snowpipe.file_lag = 30ms;
    sluice::sandbox::user loader;
    loader.name = "LOADER";
    loader.password = password;
    loader.oauth_tokens = {std::string{oauth_token}};
    loader.access_tokens = {std::string{access_token}};
    o.users = {loader};
    o.make_key_pair = true;
    o.skyflow.make_credentials = true;
    o.skyflow.vaults.push_back(sluice::sandbox::skyflow::parse_vault(vaults::schema_text));
    return o;
  }

  [[nodiscard]] sf::connection as(sluice::credential who) const {
    sf::connection c = connection();
    c.auth = std::move(who);
    c.database = server.configured().database;
    c.schema = server.configured().schema;
    return c;
  }

  [[nodiscard]] sluice::credential key() const {
    return sluice::key_pair::from_file(server.where().private_key_file.string());
  }

  sf::bulk_config bulk() const {
    sf::bulk_config c;
    c.connection = as(sluice::oauth{sluice::secret{oauth_token}, {}});
    c.table = "BULK";
    return c;
  }

  sf::insert_config arrays() const {
    sf::insert_config c;
    c.connection = as(sluice::user_password{"", sluice::secret{password}});
    c.table = "ARRAYS";
    return c;
  }

  sp::streaming_config stream() const {
    sf::connection const to = as({});
    sp::streaming_config c;
    c.connection.account = to.account;
    c.connection.user = to.user;
    c.connection.auth = sluice::programmatic_access_token{sluice::secret{access_token}};
    c.connection.database = to.database;
    c.connection.schema = to.schema;
    c.connection.host = to.host;
    c.connection.port = to.port;
    c.connection.protocol = to.protocol;
    c.connection.login_retry = to.login_retry;
    c.connection.limits.idle = c.connection.append_limits.idle = 1'000ms;
    c.table = "STREAM";
    c.channel = "PEOPLE";
    c.source = "people";
    c.append_retry.base = c.append_retry.throttle_base = 5ms;
    c.append_retry.cap = 50ms;
    c.open_retry = c.append_retry;
    c.poll_interval = 10ms;
    c.requests_per_second = c.bytes_per_second = 0;
    return c;
  }

  sp::files_config files() const {
    sp::files_config c;
    c.connection = as(key());
    c.pipe = "PEOPLE_PIPE";
    c.stage = {{}, {}, "PEOPLE_STAGE", "incoming"};
    c.retry.base = c.retry.throttle_base = 5ms;
    c.retry.cap = 50ms;
    c.poll_interval = 20ms;
    return c;
  }

  skyflow::vault_config vault() const {
    skyflow::vault_config c;
    c.connection.vault_url = server.where().skyflow_url;
    c.connection.vault_id = server.configured().skyflow.vaults.front().id;
    c.connection.plain_http = true;
    auto account = skyflow::read_service_account(server.where().skyflow_credentials_file.string());
    if (account) c.connection.auth = *std::move(account);
    c.connection.retry.base = c.connection.retry.throttle_base = 5ms;
    c.connection.retry.cap = 50ms;
    c.connection.limits.idle = 1'000ms;
    c.table = "persons";
    return c;
  }

  /// Loads what `make` makes; all that the load says and writes is kept.
  template<class Loader>
  sluice::report load(typename Loader::config const& c,
                      std::function<void(Loader&)> const& push,
                      bool reveal) {
    std::string const mark = "load-" + std::to_string(++loads);
    sluice::run_options o;
    o.reveal_pii = reveal;
    o.finish_within = 60'000ms;
    o.dead_letters = sluice::dead_letter_file(scratch / (mark + ".dead.ndjson"));
    if constexpr (Loader::plan_type::is_durable) o.journal.path = scratch / (mark + ".journal");
    o.log = sluice::logger{[this](sluice::log_entry const& e) {
                             std::scoped_lock const lock{saying};
                             said += sluice::to_text(e) + '\n' + sluice::to_json(e) + '\n';
                           },
                           sluice::log_level::debug};
    o.on_incident = [this](sluice::incident const& i) {
      std::scoped_lock const lock{saying};
      said += i.what.describe() + '\n';
    };
    Loader into{net, c, o};
    push(into);
    sluice::report r = into.finish();
    std::scoped_lock const lock{saying};
    if (r.failure) said += r.failure->describe() + '\n' + r.failure->message + '\n';
    for (auto const& p : r.payloads) said += p.failure + '\n';
    return r;
  }

  void arm(std::vector<std::string> const& faults) {
    for (auto const& one : faults) server.faults().arm(one);
  }

  /// Every fault that was armed has fired; its name is printed with the number.
  void check_fired() {
    for (auto const& [fault, times] : server.faults().fired()) {
      CHECK(fired(fault) > 0);
      CHECK(times > 0);
    }
    server.faults().clear();
  }

  /// The first characters of a private key behind the line that says that it is one.
  static std::string start_of_key(std::string const& path) {
    std::string const text = sluice_test::read_file(path);
    std::string const head = "BEGIN PRIVATE KEY-----";
    std::size_t const at = text.find(head);
    REQUIRE(at != std::string::npos);
    return text.substr(at + head.size() + 40, 20);
  }

  /// Needles that are in anything that was said or written, each with the place.
  std::vector<std::string> found() {
    std::vector<std::string> wanted = needles();
    wanted.push_back(start_of_key(server.where().private_key_file.string()));
    wanted.push_back(start_of_key(server.where().skyflow_credentials_file.string()));
    std::vector<std::pair<std::string, std::string>> texts{{"what was said", said}};
    for (auto const& entry : std::filesystem::recursive_directory_iterator{scratch.path()})
      if (entry.is_regular_file())
        texts.emplace_back(entry.path().filename().string(),
                           sluice_test::read_file(entry.path().string()));
    std::vector<std::string> all;
    for (auto const& [place, text] : texts)
      for (std::string const& needle : wanted)
        if (auto const at = first_leak(text, needle); at != std::string::npos)
          all.push_back(place + ": " + text.substr(at < 80 ? 0 : at - 80, 240));
    return all;
  }

  std::int64_t sqlite_number(std::string const& sql) {
    auto const rows = server.sqlite_rows(sql);
    return rows.empty() || !rows[0][0] ? -1 : std::stoll(*rows[0][0]);
  }

  /// Rows of a table of Snowflake in which every needle of a record stands.
  std::int64_t arrived(std::string const& table) {
    return sqlite_number("SELECT COUNT(*) FROM \"" + server.configured().database + '.' +
                         server.configured().schema + '.' + table +
                         "\" WHERE SSN LIKE '917-44-20%'" +
                         " AND FULL_NAME LIKE 'Zephyrine O''Quill%' AND ACCESS_KEY LIKE "
                         "'AKIAPLANTEDKEY%'");
  }

  std::int64_t arrived_in_vault() {
    return sqlite_number("SELECT COUNT(*) FROM \"skyflow." +
                         server.configured().skyflow.vaults.front().id +
                         ".persons\" WHERE ssn LIKE '917-44-20%' AND full_name LIKE "
                         "'Zephyrine O''Quill%'");
  }
};

using few = sluice::batch<sluice::max_rows<10>>;
using kept = sluice::durable<sluice::journal>;
using bulk_loader = sluice::loader<person,
                                   few,
                                   sluice::encode<sluice::csv<>>,
                                   sluice::compress<sluice::gzip<1>>,
                                   sluice::upload<sf::bulk<>>,
                                   kept>;
using array_loader = sluice::loader<person, few, sluice::upload<sf::insert>>;
using stream_loader = sluice::
    loader<person, few, sluice::compress<sluice::none>, sluice::upload<sp::streaming<>>, kept>;
using file_loader = sluice::loader<person,
                                   few,
                                   sluice::encode<sluice::csv<>>,
                                   sluice::compress<sluice::gzip<1>>,
                                   sluice::upload<sp::files>,
                                   kept>;
using vault_loader = sluice::loader<
    vaults::person,
    few,
    sluice::upload<skyflow::vault<skyflow::upsert<&vaults::person::ssn>, skyflow::concurrency<1>>>,
    kept>;

template<class Loader>
void push_people(Loader& into) {
  for (int i = 0; i != people; ++i) into.push(make_person(i));
}

void push_patients(vault_loader& into) {
  for (int i = 0; i != people; ++i) into.push(make_patient(i));
}

}  // namespace planted

using namespace planted;

TEST_CASE("nothing that was planted is in a log line, a dead letter, a journal or an error",
          "[contract][planted]") {
  fixture f;
  {
    stderr_to_file const kept_errors{f.scratch / "stderr"};

    f.arm({"login.drop_reply", "upload.drop_reply", "copy.status_after=504", "copy_lock_timeout"});
    auto const bulk = f.load<bulk_loader>(f.bulk(), push_people<bulk_loader>, false);
    f.check_fired();
    CHECK(bulk.dead_lettered >= 1);
    CHECK(f.arrived("BULK") == static_cast<std::int64_t>(bulk.confirmed));

    f.arm({"insert.drop_reply", "insert.html_reply:2", "session_expired:4"});
    auto const arrays = f.load<array_loader>(f.arrays(), push_people<array_loader>, false);
    f.check_fired();
    CHECK(arrays.dead_lettered >= 1);
    CHECK(f.arrived("ARRAYS") == static_cast<std::int64_t>(arrays.confirmed));

    f.arm({"hostname.html_reply",
           "exchange.garbage_reply",
           "append.drop_reply:2",
           "append.status_after=500:3",
           "append.html_reply:4",
           "channel_stale:5",
           "scoped_tokens_expired:6"});
    auto const stream = f.load<stream_loader>(f.stream(), push_people<stream_loader>, false);
    f.check_fired();
    CHECK(stream.dead_lettered >= 1);
    CHECK(f.arrived("STREAM") >= static_cast<std::int64_t>(stream.confirmed));

    f.arm({"insert_files.drop_reply", "insert_report.garbage_reply", "upload.drop_reply"});
    auto const files = f.load<file_loader>(f.files(), push_people<file_loader>, false);
    f.check_fired();
    CHECK(files.dead_lettered >= 1);
    CHECK(f.arrived("FILES") == static_cast<std::int64_t>(files.confirmed));

    f.arm({"vault_token.garbage_reply",
           "vault_poison=1:1:*",
           "vault_echo:2",
           "vault_error_html:3",
           "vault_insert.drop_reply:5",
           "vault_insert.truncate_reply:6",
           "vault_token_expired:7"});
    auto const vault = f.load<vault_loader>(f.vault(), push_patients, false);
    f.check_fired();
    CHECK(vault.dead_lettered >= 1);
    CHECK(f.arrived_in_vault() >= static_cast<std::int64_t>(vault.confirmed));
    CHECK(f.arrived_in_vault() > 0);
  }
  CHECK(f.said.find("warning") != std::string::npos);
  CHECK(f.said.find("debug") != std::string::npos);
  for (std::string const& where : f.found()) FAIL_CHECK(where);
}

TEST_CASE("credentials that are refused are in no error either", "[contract][planted]") {
  fixture f;
  {
    stderr_to_file const kept_errors{f.scratch / "stderr"};
    sluice::secret const wrong{wrong_secret};
    auto bulk = f.bulk();
    for (sluice::credential const& who :
         std::vector<sluice::credential>{sluice::user_password{"", wrong},
                                         sluice::oauth{wrong, {}},
                                         sluice::programmatic_access_token{wrong}}) {
      bulk.connection.auth = who;
      CHECK(f.load<bulk_loader>(bulk, push_people<bulk_loader>, false).confirmed == 0);
    }
    auto stream = f.stream();
    stream.connection.auth = sluice::programmatic_access_token{wrong};
    CHECK(f.load<stream_loader>(stream, push_people<stream_loader>, false).confirmed == 0);
    auto files = f.files();
    files.connection.auth = sluice::programmatic_access_token{wrong};
    CHECK(f.load<file_loader>(files, push_people<file_loader>, false).confirmed == 0);
    auto vault = f.vault();
    vault.connection.auth = skyflow::bearer_token{wrong, {}};
    CHECK(f.load<vault_loader>(vault, push_patients, false).confirmed == 0);
    // A key that its server does not know, and a text that is no key at all.
    bulk.connection.auth = sluice::key_pair::from_pem(std::string{wrong_secret});
    CHECK(f.load<bulk_loader>(bulk, push_people<bulk_loader>, false).confirmed == 0);
  }
  CHECK(f.arrived("BULK") == 0);
  for (std::string const& where : f.found()) FAIL_CHECK(where);
}

TEST_CASE("a source that cannot be read shows no value of a person", "[contract][planted]") {
  fixture f;
  {
    std::ofstream file{f.scratch / "people.input"};
    file << "ID,SSN,FULL_NAME,ACCESS_KEY\n";
    file << "1,917-44-2001,Ada,k\n";
    file << "two,917-44-2002,Zephyrine O'Quill,AKIAPLANTEDKEY\n";
  }
  // The file itself is no output.
  std::string const path = f.scratch.path() + "-people.csv";
  std::filesystem::rename(f.scratch / "people.input", path);
  auto const r = f.load<bulk_loader>(
      f.bulk(),
      [&](bulk_loader& into) {
        sluice::source::csv<person> source{path};
        into.push(source);
      },
      false);
  std::filesystem::remove(path);
  CHECK(r.confirmed == 1);
  CHECK(r.dead_lettered == 1);
  CHECK(f.found().empty());
}

TEST_CASE("off: without redaction the dead letters show what was planted",
          "[contract][planted][rule_off]") {
  fixture f;
  auto const dead = [&] {
    std::string const path = f.scratch / ("load-" + std::to_string(f.loads) + ".dead.ndjson");
    std::string const text = sluice_test::read_file(path);
    CHECK(text.find(access_key) == std::string::npos);  // of a secret column, whoever asks
    return text.find(ssn) != std::string::npos && text.find("Zephyrine") != std::string::npos;
  };
  f.load<bulk_loader>(f.bulk(), push_people<bulk_loader>, true);
  CHECK(dead());
  f.load<array_loader>(f.arrays(), push_people<array_loader>, true);
  CHECK(dead());
  f.load<stream_loader>(f.stream(), push_people<stream_loader>, true);
  CHECK(dead());
  f.server.faults().arm("vault_poison=1:1:*");
  f.load<vault_loader>(f.vault(), push_patients, true);
  CHECK(dead());
  CHECK_FALSE(f.found().empty());
}
