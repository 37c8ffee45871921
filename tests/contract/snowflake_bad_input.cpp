// What goes wrong around a load: each is an error of its own that names cause and remedy, comes in
// time, and leaves no row unaccounted for.

#include "catch.hpp"
#include "file_size_limit.hpp"
#include "snowflake_orders.hpp"
#include "temporary_directory.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace orders;
using namespace std::chrono_literals;

namespace {

struct mistake {
  std::string name;
  std::error_code code;
  std::string cause;  ///< what the error's text names
  std::string remedy;
  std::vector<std::string> faults = {};
  sluice::sandbox::options service = {};
  std::function<void(account_fixture const&, sf::bulk_config&)> make = [](account_fixture const&,
                                                                          sf::bulk_config&) {};
};

sluice::sandbox::options with_certificate(sluice::sandbox::certificate_kind kind) {
  sluice::sandbox::options o;
  o.tls = true;
  o.certificate = kind;
  return o;
}

sluice::sandbox::options with_key_pair() {
  sluice::sandbox::options o;
  o.make_key_pair = true;
  return o;
}

std::vector<mistake> mistakes() {
  using sluice::sandbox::certificate_kind;
  auto const login_with_key = [](account_fixture const& f, sf::bulk_config& c) {
    c.connection.auth = sluice::key_pair::from_file(f.server.where().private_key_file.string());
  };
  return {
      {.name = "wrong password",
       .code = sf::errc::login_refused,
       .cause = "390100",
       .remedy = "check",
       .make =
           [](auto&, auto& c) {
             c.connection.auth = sluice::user_password{"", sluice::secret{"not-the-password"}};
           }},
      {.name = "unknown table",
       .code = sf::errc::object_missing,
       .cause = "NO_SUCH_TABLE",
       .remedy = "check",
       .make =
           [](auto&, auto& c) {
             c.table = "NO_SUCH_TABLE";
             c.create_table = false;
           }},
      {.name = "wrong account",
       .code = sluice::errc::http_status,
       .cause = "403",
       .remedy = "check the account name",
       .make = [](auto&, auto& c) { c.connection.account = "nobody-here"; }},
      {.name = "expired key",
       .code = sf::errc::login_refused,
       .cause = "394301",
       .remedy = "clock",
       .faults = {"login_token_expired:1:*"},
       .service = with_key_pair(),
       .make = login_with_key},
      {.name = "certificate of an unknown CA",
       .code = sluice::errc::tls,
       .cause = "certificate",
       .remedy = "ca_file",
       .service = with_certificate(certificate_kind::unknown_ca)},
      {.name = "certificate for another host",
       .code = sluice::errc::tls,
       .cause = "host",
       .remedy = "check",
       .service = with_certificate(certificate_kind::wrong_host)},
      {.name = "expired certificate",
       .code = sluice::errc::tls,
       .cause = "expired",
       .remedy = "clock",
       .service = with_certificate(certificate_kind::expired)},
      {.name = "a host that no name server knows",
       .code = sluice::errc::name_resolution,
       .cause = unresolvable,
       .remedy = "check",
       .make = [](auto&, auto& c) { c.connection.host = unresolvable; }},
      {.name = "nobody listens",
       .code = sluice::errc::connect,
       .cause = "connect",
       .remedy = "check",
       .make = [](auto&, auto& c) { c.connection.port = 1; }},
      {.name = "a server that hangs",
       .code = sluice::errc::timeout,
       .cause = "without a byte",
       .remedy = "raise the limit",
       .faults = {"login.hang:1:*"}},
      {.name = "half a reply",
       .code = sluice::errc::send_receive,
       .cause = "ended before it was complete",
       .remedy = "try again",
       .faults = {"put.truncate_reply:1:*"}},
      {.name = "garbage instead of JSON",
       .code = sluice::errc::malformed_reply,
       .cause = "JSON",
       .remedy = "check",
       .faults = {"put.garbage_reply:1:*"}},
      {.name = "a reply of 2 GB",
       .code = sluice::errc::reply_too_large,
       .cause = "67108864",
       .remedy = "max_reply_bytes",
       .faults = {"put.huge_reply:1:*"}},
      {.name = "a service that is down",
       .code = sluice::errc::http_status,
       .cause = "503",
       .remedy = "wait or lower the concurrency",
       .faults = {"put.status=503:1:*"}},
  };
}

order order_with_long_status(std::int64_t i, bool far_too_long) {
  order o = make_order(i);
  o.status = far_too_long ? "far too long for its column" : "ok";
  if (far_too_long) o.note = std::string(150'000, 'x');
  return o;
}

}  // namespace

TEST_CASE("what goes wrong is told apart, in time, and no row is lost", "[contract][snowflake]") {
  std::set<std::string> told;
  for (mistake const& m : mistakes()) {
    INFO(m.name);
    account_fixture f{m.service};
    auto c = config_of(f);
    c.table_wait = 0ms;
    c.connection.limits.idle = c.upload_limits.idle = 300ms;
    c.connection.retry.max_attempts = c.connection.login_retry.max_attempts = 3;
    m.make(f, c);
    for (std::string const& fault : m.faults) f.server.faults().arm(fault);
    std::vector<sluice::dead_letter> letters;
    auto const start = f.net.now();
    faulty_loader load{f.net, c, quiet(letters)};
    for (std::int64_t i = 0; i != 1'000; ++i) load.push(make_order(i));
    auto const r = load.finish(sluice::deadline{f.net.now() + 20s});
    CHECK(f.net.now() - start < 10s);
    for (std::string const& fault : m.faults) CHECK(f.fired(name_of_fault(fault)) > 0);
    CHECK(r.pushed == r.dead_lettered);
    CHECK(r.pushed + r.refused == 1'000);
    CHECK(r.confirmed == 0);
    CHECK(letters.size() == r.dead_lettered);
    REQUIRE(r.failure);
    std::string const text = r.failure->describe();
    std::cout << m.name << ": " << text << '\n';
    CHECK(r.failure->code == m.code);
    CHECK(text.find(m.cause) != std::string::npos);
    CHECK(text.find(m.remedy) != std::string::npos);
    CHECK(told.insert(text).second);
  }
}

TEST_CASE("a full disk under the dead letters loses no row in silence", "[contract][snowflake]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(),
                    "CREATE TABLE ORDERS (ID NUMBER(38,0), STATUS VARCHAR(4), NOTE VARCHAR, "
                    "AMOUNT NUMBER(12,2), PAID BOOLEAN, RATIO FLOAT)"));
  sluice_test::temporary_directory const directory;
  std::string const path = directory / "dead.ndjson";
  std::vector<sluice::dead_letter> told;
  sluice::run_options options;
  options.dead_letters = sluice::dead_letter_file(path);
  options.on_incident = [&](sluice::incident const& i) {
    told.insert(told.end(), i.letters.begin(), i.letters.end());
  };
  auto c = config_of(f);
  c.copy.on_error = sf::on_error::continue_();
  sluice::report r;
  {
    // The service is in this process too and wants room for its own files.
    sluice_test::file_size_limit const full{512u << 10};
    faulty_loader load{f.net, c, options};
    for (std::int64_t i = 0; i != 1'000; ++i) load.push(order_with_long_status(i, i % 100 == 7));
    r = load.finish(sluice::deadline::in(20s));
  }
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS") == 990);
  CHECK(r.pushed == 1'000);
  CHECK(r.confirmed == 990);
  CHECK(r.dead_lettered == 10);
  // Each refused row is a whole line of the file or was told, never neither.
  std::string const written = sluice_test::read_file(path);
  auto const lines = std::count(written.begin(), written.end(), '\n');
  CHECK((written.empty() || written.back() == '\n'));
  CHECK(told.size() >= 1);
  CHECK(static_cast<std::size_t>(lines) + told.size() == 10);
  REQUIRE(r.failure);
  INFO(r.failure->describe());
  CHECK(r.failure->code == sluice::errc::io);
  CHECK(r.failure->message.find(path) != std::string::npos);
  CHECK(r.failure->message.find("; ") != std::string::npos);
}

TEST_CASE("memory that is full is said, and ends at the deadline", "[contract][snowflake]") {
  account_fixture f;
  REQUIRE(f.execute(f.session(), std::string{sf::create_table<order, "ORDERS">}));
  std::vector<sluice::dead_letter> letters;
  auto options = quiet(letters);
  options.memory_limit = 16u << 20;
  auto c = config_of(f);
  c.connection.limits.idle = 60s;
  // The stage takes nothing, so no byte is given back.
  f.server.faults().arm("upload.hang:1:*");
  bulk_loader<sluice::csv<>, sluice::none> load{f.net, c, options};
  std::string const note(5'000, 'x');
  std::int64_t taken = 0;
  // Full for good: what could be sent is on its way, and nothing comes back.
  std::optional<sluice::steady_time> full_since;
  while (!full_since || f.net.now() - *full_since < 200ms) {
    order o = make_order(taken);
    o.note = note;
    if (load.try_push(o) == sluice::push_result::full) {
      if (!full_since) full_since = f.net.now();
      std::this_thread::yield();
      continue;
    }
    full_since.reset();
    ++taken;
    REQUIRE(taken < 10'000);
  }
  auto const s = load.stats();
  CHECK(s.memory_bytes <= s.memory_limit_bytes);
  CHECK(s.memory_bytes >
        s.memory_limit_bytes / 3);  // the copies that are encrypted have their share
  CHECK(s.memory_limit_bytes == options.memory_limit);
  auto const start = f.net.now();
  auto const r = load.finish(sluice::deadline{f.net.now() + 2s});
  CHECK(f.net.now() - start < 10s);
  CHECK(f.fired("upload.hang") > 0);
  CHECK_FALSE(r.ok());
  CHECK(r.confirmed == 0);
  CHECK(r.pushed == static_cast<std::uint64_t>(taken));
  CHECK(r.pushed == r.dead_lettered);
  CHECK(letters.size() == r.dead_lettered);
  CHECK(r.peak_memory_bytes <= options.memory_limit);
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS") == 0);
}
