// sluice doctor: tries, step by step, what a load needs, and says what to do where a step fails.

#include "../connection_options.hpp"
#include "bottleneck.hpp"
#include "commands.hpp"

#include <sluice/auth/account.hpp>
#include <sluice/auth/request_id.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/snowflake/internal_stage.hpp>
#include <sluice/snowflake/session_pool.hpp>
#include <sluice/snowflake/sql.hpp>
#include <sluice/snowflake/table_check.hpp>
#include <sluice/transport/retry.hpp>

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace {

namespace sf = sluice::snowflake;

struct settings {
  examples::connection_options connection;
  std::string table;
  std::vector<std::string> columns;
  std::string stage;
  std::string prefix = "sluice";
  std::string sample;
};

/// Prints one line per check and counts the problems.
class findings {
 public:
  void ok(std::string_view check, std::string_view detail) { line("ok", check, detail); }

  void unknown(std::string_view check, std::string_view detail) { line("-", check, detail); }

  /// Messages of errors say what happened and, behind the last semicolon, what to do about it.
  void problem(std::string_view check, sluice::error const& why) {
    std::string const text = why.describe();
    std::size_t const cut = text.rfind("; ");
    line("PROBLEM", check, text.substr(0, cut));
    if (cut != std::string::npos) line("", "remedy", text.substr(cut + 2));
    ++problems_;
  }

  [[nodiscard]] int problems() const { return problems_; }

 private:
  static void line(std::string_view verdict, std::string_view check, std::string_view detail) {
    fmt::print("{:<8} {:<10} {}\n", verdict, check, detail);
  }

  int problems_ = 0;
};

sluice::error wrong(std::string text) {
  return {sluice::errc::invalid_configuration, std::move(text)};
}

/// One patient: each check may use what the ones before it found, and returns whether the following
/// ones make sense.
class examination {
 public:
  examination(settings const& s, sf::connection connection, findings& found)
      : settings_{s}, to_{std::move(connection)}, found_{found}, net_{s.connection.transport()} {}

  void run() {
    bool const complete = network() && login() && context() && clock() && table() && stage();
    if (!complete) fmt::print("the checks behind this one need it and were not made\n");
    if (session_) (void)sluice::block_on(net_, session_->close(), commands::patience());
  }

 private:
  sluice::result<sf::result_table> sql(std::string text) {
    return commands::run_sql(net_, session_, text, text);
  }

  bool network();
  bool login();
  bool context();
  bool use(std::string_view kind, std::string const& name);
  bool clock();
  bool judge_clock(std::chrono::milliseconds ahead, std::chrono::milliseconds uncertain);
  bool table();
  void columns(sf::result_table const& description);
  bool stage();
  sluice::task<void> put_file(std::string location, sluice::chunk_list const& body);

  settings const& settings_;
  sf::connection to_;
  findings& found_;
  sluice::transport net_;
  std::shared_ptr<sf::session> session_;
  std::string run_ = "doctor-" + sluice::make_uuid();
  bool clock_known_ = false;
};

bool examination::network() {
  std::string host = to_.host;
  if (host.empty()) {
    auto const account = sluice::parse_account(to_.account, to_.region);
    if (!account) return found_.problem("account", account.error()), false;
    host = account->host;
  }
  std::string url = to_.protocol + "://" + host;
  if (to_.port != 0) url += ':' + std::to_string(to_.port);
  auto const before = net_.system_now();
  auto const reply = sluice::block_on(net_, net_.perform({.url = url + '/'}), commands::patience());

  using sluice::errc;
  constexpr std::array steps{std::pair{"dns", errc::name_resolution},
                             std::pair{"connect", errc::connect},
                             std::pair{"tls", errc::tls}};
  for (auto const& [step, failure] : steps) {
    if (!reply && reply.error().code == failure) return found_.problem(step, reply.error()), false;
    // Of the steps before an unclear failure nothing is known.
    bool const behind_us = reply || reply.error().code == errc::tls ||
                           (reply.error().code == errc::connect && failure != errc::tls);
    if (behind_us && !(failure == errc::tls && to_.protocol == "http")) found_.ok(step, host);
  }
  if (!reply) return found_.problem("answer", reply.error()), false;
  found_.ok("answer",
            fmt::format("HTTP status {} after {} ms, {} ms of them to connect",
                        reply->status,
                        reply->metrics.total.count() / 1'000,
                        reply->metrics.connected.count() / 1'000));
  if (auto const theirs = sluice::parse_http_date(reply->header_value("Date"))) {
    auto const after = net_.system_now();
    auto const ahead = std::chrono::duration_cast<std::chrono::milliseconds>(*theirs - after);
    auto const took = std::chrono::duration_cast<std::chrono::milliseconds>(after - before);
    // The header has whole seconds. A wrong clock explains what follows, but does not prevent it.
    clock_known_ = true;
    (void)judge_clock(ahead, took + std::chrono::seconds{1});
  }
  return true;
}

bool examination::login() {
  // Alone: where a database or a warehouse is at fault, that is for the checks behind this one.
  sf::connection bare = to_;
  bare.database = bare.schema = bare.warehouse = "";
  session_ = std::make_shared<sf::session>(net_, std::move(bare));
  auto const opened = sluice::block_on(net_, session_->open(), commands::patience());
  if (!opened) {
    found_.problem("login", opened.error());
    if (std::holds_alternative<sluice::key_pair>(to_.auth) && !clock_known_)
      found_.unknown("clock", "a token of a key pair lives for a minute: compare the clock, too");
    return false;
  }
  auto const who = sql("SELECT CURRENT_USER(), CURRENT_ROLE()");
  if (!who) return found_.problem("login", who.error()), false;
  auto const& row = who->rows.at(0);
  found_.ok("login",
            fmt::format("as {} with role {}", row[0].value_or("?"), row[1].value_or("none")));
  return true;
}

bool examination::use(std::string_view kind, std::string const& name) {
  std::string words{kind};
  for (char& c : words) c = static_cast<char>(c & ~0x20);
  if (!name.empty()) {
    auto const used = sql("USE " + words + ' ' + sf::quote_identifier(name));
    if (!used) return found_.problem(kind, used.error()), false;
  }
  auto const now = sql("SELECT CURRENT_" + words + "()");
  if (!now) return found_.problem(kind, now.error()), false;
  sf::cell const& current = now->rows.at(0).at(0);
  if (!current) {
    found_.problem(kind,
                   wrong(fmt::format("no {0} is named, and the user has no default; set {0} in "
                                     "the profile",
                                     kind)));
    return false;
  }
  found_.ok(kind, *current);
  return true;
}

bool examination::context() {
  bool const warehouse = use("warehouse", to_.warehouse);
  return use("database", to_.database) && use("schema", to_.schema) && warehouse;
}

bool examination::clock() {
  if (clock_known_) return true;
  auto const before = net_.system_now();
  auto const asked = sql("SELECT DATE_PART(EPOCH_MILLISECOND, CURRENT_TIMESTAMP())");
  if (!asked) return found_.problem("clock", asked.error()), true;
  auto const after = net_.system_now();
  std::chrono::milliseconds const theirs{
      std::strtoll(asked->rows.at(0).at(0).value_or("0").c_str(), nullptr, 10)};
  auto const ours = std::chrono::duration_cast<std::chrono::milliseconds>(after.time_since_epoch());
  auto const took = std::chrono::duration_cast<std::chrono::milliseconds>(after - before);
  return judge_clock(theirs - ours, took), true;
}

bool examination::judge_clock(std::chrono::milliseconds ahead,
                              std::chrono::milliseconds uncertain) {
  // Tokens of key pairs live for 60 s.
  constexpr std::chrono::seconds most{30};
  std::string const skew = fmt::format("the service's clock is {:.1f} s {} ours",
                                       static_cast<double>(std::abs(ahead.count())) / 1'000,
                                       ahead.count() < 0 ? "behind" : "ahead of");
  bool const good = std::chrono::abs(ahead) <= most + uncertain;
  if (good)
    found_.ok("clock", skew);
  else
    found_.problem("clock",
                   wrong(skew + "; set this machine's clock (NTP): tokens and signatures carry the "
                                "time"));
  return good;
}

bool examination::table() {
  if (settings_.table.empty()) {
    found_.unknown("table", "not asked for; name one with --table");
    return true;
  }
  std::string const table = sf::quote_identifier(settings_.table);
  auto const described = sql("DESC TABLE " + table);
  if (!described) return found_.problem("table", described.error()), false;
  found_.ok("table", fmt::format("{}, {} columns", settings_.table, described->rows.size()));
  if (!settings_.columns.empty()) columns(*described);
  // A COPY of no files needs every privilege of a real one and changes nothing.
  std::string const empty = "@~/" + settings_.prefix + '/' + run_ + "/empty/";
  auto const copied = commands::run_sql(
      net_,
      session_,
      "COPY INTO " + table + " FROM " + sf::quote_literal(empty) + " FILE_FORMAT = (TYPE = CSV)",
      "COPY INTO " + table);
  if (!copied) return found_.problem("privileges", copied.error()), true;
  found_.ok("privileges", "COPY INTO the table is allowed and a warehouse runs it");
  return true;
}

void examination::columns(sf::result_table const& description) {
  std::vector<sluice::column_info> wanted;
  for (std::string const& name : settings_.columns) wanted.push_back({.name = name});
  auto const fits = sf::check_table(sf::quote_identifier(settings_.table),
                                    description,
                                    wanted,
                                    sf::column_match::case_sensitive,
                                    sluice::format::ndjson);
  if (!fits) return found_.problem("columns", fits.error());
  found_.ok("columns", fmt::format("all {} are in the table", wanted.size()));
}

sluice::task<void> examination::put_file(std::string location, sluice::chunk_list const& body) {
  sf::session_pool pool{net_, to_, 1, {}, nullptr};
  sf::internal_stage stage{net_, pool, std::move(location), sluice::codec::none, {}, {}};
  sluice::result<void> done = co_await stage.open();
  if (done) {
    sluice::result<sluice::accepted> const put = co_await stage.put("000000000000.csv", body);
    if (!put) done = put.error();
  }
  sluice::result<void> const closed = co_await pool.close();
  co_return done ? closed : done;
}

bool examination::stage() {
  std::string const stage =
      settings_.stage.empty() ? "~" : sf::object_name{{}, {}, settings_.stage}.quoted();
  std::string const location = '@' + stage + '/' + settings_.prefix + '/' + run_ + '/';
  sluice::chunk_list const body{std::string{"doctor\n"}};
  auto const before = net_.now();
  auto const put = sluice::block_on(net_, put_file(location, body), commands::patience());
  if (!put) return found_.problem("stage", put.error()), false;
  auto const took = std::chrono::duration_cast<std::chrono::milliseconds>(net_.now() - before);
  auto const listed = commands::run_sql(net_, session_, sf::list_text(location), "LIST");
  if (!listed) return found_.problem("stage", listed.error()), false;
  if (listed->rows.size() != 1) {
    found_.problem("stage",
                   wrong(location + " does not list the file that was uploaded; check that nothing "
                                    "between here and the store changes requests"));
    return false;
  }
  auto const removed =
      commands::run_sql(net_, session_, "REMOVE " + sf::quote_literal(location), "REMOVE");
  if (!removed) return found_.problem("stage", removed.error()), false;
  found_.ok("stage", fmt::format("wrote, listed and removed a file, {} ms to write", took.count()));
  return true;
}

int examine(settings const& s) {
  findings found;
  auto connection = s.connection.connection();
  if (!connection) {
    found.problem("profile", connection.error());
    return 1;
  }
  found.ok("profile", s.connection.origin());
  examination{s, *connection, found}.run();
  if (found.problems() == 0 && !s.sample.empty()) {
    auto const measured =
        commands::find_bottleneck(s.connection.transport(), *std::move(connection), s.sample);
    if (!measured) found.problem("load", measured.error());
  }
  return found.problems() == 0 ? 0 : 1;
}

}  // namespace

void commands::add_doctor(CLI::App& app, int& status) {
  auto* const doctor = app.add_subcommand("doctor", "Tries step by step what a load needs");
  auto const s = std::make_shared<settings>();
  s->connection.add_to(*doctor);
  doctor->add_option("--table", s->table, "that is to be loaded into, in stored spelling");
  doctor->add_option("--columns", s->columns, "that the records have: ID,STATUS")->delimiter(',');
  doctor->add_option("--stage", s->stage, "a named stage; default: the user's own");
  doctor->add_option("--prefix", s->prefix, "directory for the file that is tried")
      ->capture_default_str();
  doctor->add_option("--bottleneck",
                     s->sample,
                     "load the lines of this text file into a table of their own, and say which "
                     "step of a load is the slowest");
  doctor->callback([s, &status] { status = examine(*s); });
}
