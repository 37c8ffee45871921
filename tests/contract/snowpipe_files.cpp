#include "clock_ahead.hpp"
#include "snowpipe_fixture.hpp"
#include "temporary_directory.hpp"

#include <sluice/ledger/journal.hpp>
#include <sluice/snowpipe/files.hpp>

#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace events;

namespace {

template<class... More>
using file_loader = sluice::loader<event,
                                   sluice::batch<sluice::max_rows<100>>,
                                   sluice::encode<sluice::csv<>>,
                                   sluice::compress<sluice::gzip<1>>,
                                   sluice::upload<sp::files>,
                                   More...>;

using durable_loader = file_loader<sluice::durable<sluice::journal>>;

struct files_fixture : pipe_fixture {
  static sluice::sandbox::options keyed() {
    auto o = fast();
    o.make_key_pair = true;
    o.snowpipe.file_lag = 30ms;
    return o;
  }

  files_fixture() : pipe_fixture{keyed()} {
    auto const login = session();
    for (char const* const sql :
         {"CREATE STAGE EVENTS_STAGE",
          "CREATE PIPE EVENTS_PIPE AUTO_INGEST = FALSE AS COPY INTO EVENTS FROM @EVENTS_STAGE "
          "FILE_FORMAT = (TYPE = CSV FIELD_OPTIONALLY_ENCLOSED_BY = '\"')"}) {
      auto const made = execute(login, sql);
      if (!made) FAIL(made.error().describe());
    }
  }

  sp::files_config files() const {
    sf::connection c = connection();
    c.auth = sluice::key_pair::from_file(server.where().private_key_file.string());
    c.database = database;
    c.schema = schema;
    return files(std::move(c));
  }

  static sp::files_config files(sf::connection to) {
    sp::files_config c;
    c.connection = std::move(to);
    c.pipe = "EVENTS_PIPE";
    c.stage = {{}, {}, "EVENTS_STAGE", "incoming"};
    c.retry.base = c.retry.throttle_base = 5ms;
    c.retry.cap = 50ms;
    c.poll_interval = 20ms;
    return c;
  }

  outcome load_files(std::uint64_t count) {
    outcome o;
    sluice::run_options run;
    run.finish_within = 60'000ms;
    run.dead_letters = sluice::dead_letter_callback(
        [&o](sluice::dead_letter const& one) { o.letters.push_back(one); });
    file_loader<> loader{net, files(), run};
    for (std::uint64_t id = 0; id != count; ++id) loader.push(make_event(id));
    o.report = loader.finish();
    if (o.report.failure) o.words = o.report.failure->describe();
    for (auto const& one : o.letters)
      if (o.words.size() < 1'000) o.words += "\n" + one.why.message;
    return o;
  }
};

constexpr std::uint64_t killed_rows = 1'000;
constexpr char const* hidden_case = "a process that loads files with a journal";

/// A load of `killed_rows` events with a journal, to its end.
outcome load_with_journal(sluice::transport& net,
                          sp::files_config const& c,
                          std::string const& journal) {
  outcome o;
  sluice::run_options run;
  run.finish_within = 60'000ms;
  run.journal.path = journal;
  run.dead_letters = sluice::dead_letter_callback(
      [&o](sluice::dead_letter const& one) { o.letters.push_back(one); });
  durable_loader loader{net, c, run};
  if (auto const first = loader.resume_position())
    for (std::uint64_t id = *first; id < killed_rows; ++id) loader.push(make_event(id));
  o.report = loader.finish();
  if (o.report.failure) o.words = o.report.failure->describe();
  return o;
}

/// This program in another process, in which it runs the hidden case alone.
class loading_process {
 public:
  loading_process(files_fixture const& f, std::string const& journal) {
    std::vector<std::string> given{
        "SLUICE_TEST_PORT=" + std::to_string(f.server.where().account_port),
        "SLUICE_TEST_KEY=" + f.server.where().private_key_file.string(),
        "SLUICE_TEST_DATABASE=" + f.database,
        "SLUICE_TEST_SCHEMA=" + f.schema,
        "SLUICE_TEST_JOURNAL=" + journal};
    std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
    std::string name = hidden_case;
    std::vector<char*> arguments{program.data(), name.data(), nullptr};
    std::vector<char*> environment;
    for (std::string& one : given) environment.push_back(one.data());
    environment.push_back(nullptr);
    if (::posix_spawn(
            &id_, program.c_str(), nullptr, nullptr, arguments.data(), environment.data()) != 0)
      FAIL("the program cannot be started again");
  }

  loading_process(loading_process const&) = delete;
  loading_process& operator=(loading_process const&) = delete;

  ~loading_process() { kill(); }

  /// Whether it ended within `patience`.
  [[nodiscard]] bool ends(std::chrono::milliseconds patience) const {
    pollfd end{static_cast<int>(::syscall(SYS_pidfd_open, id_, 0)), POLLIN, 0};
    bool const ended = ::poll(&end, 1, static_cast<int>(patience.count())) != 0;
    ::close(end.fd);
    return ended;
  }

  void kill() {
    if (id_ <= 0) return;
    ::kill(id_, SIGKILL);
    ::waitpid(std::exchange(id_, 0), nullptr, 0);
  }

 private:
  pid_t id_ = 0;
};

std::string fault_name(std::string const& text) {
  return text.substr(0, text.find_first_of(":="));
}

/// Starts a load in another process, which is held by a fault, and kills it when `due` says so.
void load_until_killed(files_fixture& f,
                       std::string const& journal,
                       std::string const& fault,
                       std::function<bool()> const& due) {
  f.server.faults().clear();
  f.server.faults().arm(fault);
  loading_process loading{f, journal};
  while (!due() && !loading.ends(2ms)) {
  }
  loading.kill();
  CHECK(f.fired(fault_name(fault)) >= 1);
  f.server.faults().clear();
}

void load_until_killed(files_fixture& f, std::string const& journal, std::string const& fault) {
  load_until_killed(
      f, journal, fault, [&] { return f.server.faults().fired(fault_name(fault)) != 0; });
}

/// A process that is killed when all rows are in the table and it has not heard so.
void load_unheard(files_fixture& f, std::string const& journal) {
  load_until_killed(f, journal, "insert_report.status=503:1:*", [&] {
    return f.in_table() == pipe_fixture::of(killed_rows);
  });
  REQUIRE(f.in_table() == pipe_fixture::of(killed_rows));
}

}  // namespace

TEST_CASE("a process that loads files with a journal", "[.]") {
  char const* const port = std::getenv("SLUICE_TEST_PORT");
  if (port == nullptr) return;
  sf::connection c;
  c.account = "sluice-sandbox";
  c.user = "loader";
  c.auth = sluice::key_pair::from_file(std::getenv("SLUICE_TEST_KEY"));
  c.host = "127.0.0.1";
  c.port = static_cast<std::uint16_t>(std::atoi(port));
  c.protocol = "http";
  c.database = std::getenv("SLUICE_TEST_DATABASE");
  c.schema = std::getenv("SLUICE_TEST_SCHEMA");
  sluice::transport net;
  load_with_journal(net, files_fixture::files(c), std::getenv("SLUICE_TEST_JOURNAL"));
}

TEST_CASE("files go through a stage and a pipe, and are confirmed by the load report",
          "[contract][snowpipe][files]") {
  files_fixture f;
  auto const o = f.load_files(1'000);
  INFO(o.words);
  CHECK(o.report.ok());
  CHECK(o.report.confirmed == 1'000);
  CHECK(o.report.files_uploaded == 10);
  CHECK(f.in_table() == pipe_fixture::of(1'000));
}

TEST_CASE("faults on the way of files leave each row in the table once",
          "[contract][snowpipe][files]") {
  for (char const* const text : {"insert_files.drop_reply:2",
                                 "insert_files.status=503:2",
                                 "insert_files.throttle=0:2",
                                 "insert_report.drop_reply",
                                 "insert_report.status=500",
                                 "insert_report.garbage_reply",
                                 "upload.drop_reply:2"}) {
    DYNAMIC_SECTION(text) {
      files_fixture f;
      std::string const fault = text;
      f.server.faults().arm(fault);
      auto const o = f.load_files(1'000);
      CHECK(f.fired(fault.substr(0, fault.find_first_of(":="))) > 0);
      INFO(o.words);
      CHECK(o.report.ok());
      CHECK(o.report.confirmed == 1'000);
      CHECK(f.in_table() == pipe_fixture::of(1'000));
    }
  }
}

TEST_CASE("a file with a bad row is not confirmed", "[contract][snowpipe][files]") {
  files_fixture f;
  REQUIRE(f.execute(f.session(), "DROP TABLE EVENTS"));
  REQUIRE(f.execute(f.session(),
                    "CREATE TABLE EVENTS (ID NUMBER, NAME VARCHAR, NOTE VARCHAR(8), AMOUNT "
                    "NUMBER(12, 2), PAID BOOLEAN, AT TIMESTAMP_NTZ)"));
  auto const o = f.load_files(1'100);
  INFO(o.words);
  CHECK(o.report.adds_up());
  CHECK(o.report.confirmed == 1'000);
  CHECK(o.report.dead_lettered == 100);
}

TEST_CASE("a process is killed at any step, and the next one goes on with its journal",
          "[contract][snowpipe][files]") {
  // Where the first process is killed and, if not empty, the second.
  for (auto const& [first, second] : std::vector<std::pair<std::string, std::string>>{
           {"upload.hang:4", ""},
           {"upload.hang_reply:4", ""},
           {"upload.delay=300:4", ""},
           {"head_object.hang:6", ""},
           {"insert_files.hang:1", ""},
           {"insert_files.hang:5", ""},
           {"insert_files.hang_reply:1", ""},
           {"insert_files.hang_reply:10", ""},
           {"insert_files.delay=300:5", ""},
           {"insert_report.hang", ""},
           {"insert_report.hang_reply:2", ""},
           {"insert_files.hang:4", "load_history.hang"},
           {"insert_files.hang_reply:8", "load_history.hang_reply"},
           {"insert_files.hang:3", "head_object.hang"},
           {"insert_files.hang:3", "insert_files.hang"},
           {"insert_files.hang:7", "insert_files.hang_reply"},
           {"upload.hang:9", "insert_report.hang"}}) {
    DYNAMIC_SECTION(first << ' ' << second) {
      files_fixture f;
      sluice_test::temporary_directory const scratch;
      std::string const journal = scratch / "load.journal";
      load_until_killed(f, journal, first);
      if (!second.empty()) load_until_killed(f, journal, second);
      auto const o = load_with_journal(f.net, f.files(), journal);
      INFO(o.words);
      CHECK(o.report.ok());
      CHECK(o.report.pending == 0);
      CHECK(o.letters.empty());
      CHECK(f.in_table() == pipe_fixture::of(killed_rows));
    }
  }
}

TEST_CASE("off: a process that was killed is started again without its journal",
          "[contract][snowpipe][files][rule_off]") {
  files_fixture f;
  sluice_test::temporary_directory const scratch;
  std::string const journal = scratch / "load.journal";
  load_unheard(f, journal);
  std::filesystem::remove(journal);
  CHECK(load_with_journal(f.net, f.files(), journal).report.ok());
  CHECK(f.in_table().rows == 2 * static_cast<std::int64_t>(killed_rows));
  CHECK(f.in_table().distinct == static_cast<std::int64_t>(killed_rows));
}

TEST_CASE("a file that the pipe may have forgotten is not made known to it again",
          "[contract][snowpipe][files]") {
  files_fixture f;
  sluice_test::temporary_directory const scratch;
  std::string const journal = scratch / "load.journal";
  load_unheard(f, journal);
  constexpr std::chrono::hours later{15 * 24};
  f.server.skew_clock(later);
  sluice::transport net{later_by(later)};
  auto const o = load_with_journal(net, f.files(), journal);
  CHECK(o.report.confirmed == 0);
  REQUIRE(o.letters.size() == killed_rows);
  CHECK(o.letters[0].why.reason == sluice::dead_reason::unknown);
  CHECK(f.in_table().rows == f.in_table().distinct);
}
