#include "catch.hpp"
#include "most_at_once.hpp"
#include "skyflow_fixture.hpp"

#include <atomic>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

// The client against the sandbox's vault, which knows nothing of it; figures are read by SQL.

namespace {

using namespace vaults;

using plain = skyflow::vault<>;
using upserting = skyflow::vault<skyflow::upsert<&person::ssn>>;
using batching = skyflow::vault<skyflow::batch_endpoint>;
using continuing = skyflow::vault<skyflow::continue_on_error>;
using flow = skyflow::vault<skyflow::flowvault>;

}  // namespace

TEST_CASE("people arrive with the tokens that they were given") {
  vault_fixture f;
  witness w;
  sluice::report const r = f.load<plain>(f.config(), w, 207);
  INFO(w.said);
  REQUIRE(r.ok());
  CHECK(r.confirmed == 207);
  CHECK(r.files_uploaded == 11);
  CHECK(f.rows("persons") == 207);
  CHECK(f.doubled("persons") == 0);
  CHECK(f.number("SELECT COUNT(*) FROM " + f.table("persons") +
                 " WHERE full_name = 'Ada Planted 10206' AND ssn = '900-01-10206'") == 1);
  skyflow::client reader{f.net, f.config().connection};
  auto const found = f.run(reader.detokenize({sluice::secret{"tok_ssn_10000"},
                                              sluice::secret{"tok_ssn_10206"},
                                              sluice::secret{"tok_no"}}));
  REQUIRE(found);
  CHECK((*found)[0].value.expose() == "900-01-10000");
  CHECK((*found)[1].value.expose() == "900-01-10206");
  CHECK_FALSE((*found)[2].found());
  CHECK_FALSE(w.tells_secrets());
}

TEST_CASE("over TLS as many requests are under way as the vault says, whatever the pool") {
  auto const seen = []<std::size_t Most>(std::integral_constant<std::size_t, Most>,
                                         std::string const& delay,
                                         int people) {
    sluice::sandbox::options o;
    o.tls = true;
    vault_fixture f{o};
    f.server.faults().arm("vault_insert.delay=" + delay + ":1:*");
    witness w;
    sluice::report const r =
        f.load<skyflow::vault<skyflow::concurrency<Most>>>(f.config(), w, people);
    INFO(w.said);
    REQUIRE(r.ok());
    CHECK(f.rows("persons") == static_cast<std::int64_t>(r.pushed));
    CHECK(f.fired("vault_insert.delay") > 0);
    std::size_t const at_once = most_at_once(f.server.log().of("vault_insert"));
    CHECK(at_once <= Most);
    return at_once;
  };
  CHECK(seen(std::integral_constant<std::size_t, 1>{}, "10", 100) == 1);
  // The first requests must not be answered before all handshakes are done, which takes a busy
  // machine longer.
  std::size_t many = 0;
  for (char const* delay : {"300", "3000", "9000"}) {
    many = seen(std::integral_constant<std::size_t, 16>{}, delay, 640);
    if (many > sluice::transport_options{}.pool_size) break;
  }
  CHECK(many > sluice::transport_options{}.pool_size);
}

TEST_CASE("an upsert changes rows that are there and adds the others") {
  vault_fixture f;
  witness w;
  REQUIRE(f.load<upserting>(f.config(), w, 60).ok());
  REQUIRE(f.load<upserting>(f.config(), w, 60, 40).ok());
  INFO(w.said);
  CHECK(f.rows("persons") == 100);
  CHECK(f.doubled("persons") == 0);
}

TEST_CASE("a row that is there already is refused alone, the rest of its batch is loaded") {
  vault_fixture f;
  witness first;
  REQUIRE(f.load<plain>(f.config(), first, 3, 50).ok());
  witness w;
  sluice::report const r = f.load<plain>(f.config(), w, 100);
  INFO(w.said);
  CHECK(r.confirmed == 97);
  CHECK(w.count(sluice::dead_reason::rejected) == 3);
  CHECK(f.rows("persons") == 100);
  CHECK(f.doubled("persons") == 0);
  CHECK_FALSE(w.tells_secrets());
}

TEST_CASE("the batch endpoint stores what is good and names what is not, in one request") {
  vault_fixture f;
  witness first;
  REQUIRE(f.load<plain>(f.config(), first, 3, 5).ok());
  witness w;
  sluice::report const r = f.load<batching>(f.config(), w, 20);
  INFO(w.said);
  CHECK(r.confirmed == 17);
  CHECK(w.count(sluice::dead_reason::rejected) == 3);
  CHECK(r.payloads.size() == 1);
  CHECK(f.rows("persons") == 20);
  CHECK_FALSE(w.tells_secrets());
}

TEST_CASE("a table that heeds continueOnError refuses bad records alone, any other as a whole") {
  using sluice::sandbox::skyflow::table_continue;
  for (auto const how :
       {table_continue::batch_shape, table_continue::multi_status, table_continue::ignored}) {
    DYNAMIC_SECTION("the vault's way is number " << static_cast<int>(how)) {
      sluice::sandbox::options o;
      o.skyflow.continue_on_error = how;
      vault_fixture f{o};
      witness first;
      REQUIRE(f.load<plain>(f.config(), first, 3, 5).ok());
      std::size_t const before = f.server.log().of("vault_insert").size();
      witness w;
      sluice::report const r = f.load<continuing>(f.config(), w, 20);
      INFO(w.said);
      CHECK(r.confirmed == 17);
      CHECK(w.count(sluice::dead_reason::rejected) == 3);
      for (auto const& letter : w.letters) {
        CHECK(letter.at >= 5);
        CHECK(letter.at < 8);
      }
      CHECK(f.rows("persons") == 20);
      CHECK(f.doubled("persons") == 0);
      CHECK_FALSE(w.tells_secrets());
      std::size_t const requests = f.server.log().of("vault_insert").size() - before;
      if (how == table_continue::ignored)
        CHECK(requests > 1);
      else
        CHECK(requests == 1);
    }
  }
}

TEST_CASE("tokens that the vault makes come back as receipts and can be looked up") {
  vault_fixture f;
  std::map<sluice::position, skyflow::receipt> got;
  skyflow::vault_config c = f.config("visits");
  c.return_tokens = true;
  c.on_receipt = [&](skyflow::receipt r) { got.emplace(r.at, std::move(r)); };
  witness w;
  sluice::report const r = f.load<plain>(c, w, 30);
  INFO(w.said);
  REQUIRE(r.ok());
  REQUIRE(got.size() == 30);
  std::vector<sluice::secret> tokens;
  for (auto const& [at, receipt] : got) {
    CHECK_FALSE(receipt.skyflow_id.empty());
    REQUIRE(receipt.tokens.size() == 1);
    CHECK(receipt.tokens[0].column == "ssn");
    tokens.push_back(receipt.tokens[0].token);
  }
  skyflow::client reader{f.net, f.config().connection};
  auto const values = f.run(reader.detokenize(tokens));
  REQUIRE(values);
  for (int i = 0; i != 30; ++i)
    CHECK((*values)[static_cast<std::size_t>(i)].value.expose() == person_number(i).ssn);
}

TEST_CASE("rows are read back, deleted and cleared") {
  vault_fixture f;
  witness w;
  REQUIRE(f.load<plain>(f.config(), w, 130).ok());
  skyflow::client c{f.net, f.config().connection};
  skyflow::get_request by_value;
  by_value.table = "persons";
  by_value.column = "ssn";
  by_value.values = {sluice::secret{"900-01-10007"}, sluice::secret{"nobody"}};
  by_value.redaction = skyflow::redaction::plain_text;
  auto const rows = f.run(c.get(by_value));
  REQUIRE(rows);
  REQUIRE(rows->size() == 1);
  CHECK((*rows)[0].find("full_name")->expose() == "\"Ada Planted 10007\"");
  auto const erased = f.run(c.erase("persons", {(*rows)[0].skyflow_id}));
  REQUIRE(erased);
  CHECK(*erased == 1);
  CHECK(f.rows("persons") == 129);
  auto const cleared = f.run(c.clear("persons"));
  INFO((cleared ? std::string{} : cleared.error().describe()));
  REQUIRE(cleared);
  CHECK(*cleared == 129);
  CHECK(f.rows("persons") == 0);
  auto const again = f.run(c.clear("persons"));
  REQUIRE(again);
  CHECK(*again == 0);
}

TEST_CASE("requests that are too large go on in halves, and the ceiling is remembered") {
  sluice::sandbox::options o;
  o.skyflow.max_records = 6;
  vault_fixture f{o};
  witness w;
  sluice::report const r = f.load<plain>(f.config(), w, 100);
  INFO(w.said);
  REQUIRE(r.ok());
  CHECK(f.rows("persons") == 100);
  CHECK(f.doubled("persons") == 0);
}

TEST_CASE("a rate limit slows the load down and loses nothing") {
  sluice::sandbox::options o;
  o.skyflow.requests_per_second = 40;
  o.skyflow.burst = 3;
  vault_fixture f{o};
  witness w;
  skyflow::vault_config c = f.config();
  c.connection.retry.max_attempts = 40;
  sluice::report const r = f.load<plain>(c, w, 400);
  INFO(w.said);
  REQUIRE(r.ok());
  CHECK(f.server.skyflow_state().throttled > 0);
  CHECK(f.rows("persons") == 400);
  CHECK(f.doubled("persons") == 0);
}

TEST_CASE("tokens that end during a load are replaced") {
  vault_fixture f;
  witness w;
  using loader = sluice::loader<person, sluice::batch<sluice::max_rows<5>>, sluice::upload<plain>>;
  loader into{f.net, f.config(), w.options()};
  for (int round = 0; round != 4; ++round) {
    for (int i = 0; i != 25; ++i) into.push(person_number(25 * round + i));
    REQUIRE(into.flush());
    f.server.expire_skyflow_tokens();
  }
  sluice::report const r = into.finish();
  INFO(w.said);
  REQUIRE(r.ok());
  CHECK(f.rows("persons") == 100);
  CHECK(f.doubled("persons") == 0);
}

TEST_CASE("bad credentials, vaults and tables are told apart, and nothing is lost") {
  vault_fixture f;
  auto const fails = [&](skyflow::vault_config const& c, std::string const& code) {
    witness w;
    sluice::report const r = f.load<plain>(c, w, 10);
    REQUIRE(r.pushed == 10);
    CHECK(r.confirmed == 0);
    CHECK(r.dead_lettered == 10);
    INFO(w.said);
    CHECK(w.said.find("insert") != std::string::npos);
    CHECK_FALSE(w.tells_secrets());
    REQUIRE(w.letters.size() == 10);
    for (auto const& letter : w.letters) CHECK(letter.why.code == code);
    return w.letters[0].why.message;
  };
  skyflow::vault_config c = f.config("nowhere");
  CHECK(fails(c, "404/grpc 5").find("HTTP") == std::string::npos);
  c = f.config();
  c.connection.vault_id = "nowhere";
  fails(c, "404/grpc 5");

  c = f.config();
  c.connection.auth =
      skyflow::bearer_token{sluice::secret{f.server.skyflow_token(std::chrono::seconds{-5})}, {}};
  skyflow::client stale{f.net, c.connection};
  auto const read = f.run(stale.query("SELECT 1"));
  REQUIRE_FALSE(read);
  CHECK(read.error().code == skyflow::errc::unauthorized);
  CHECK_FALSE(read.error().request_id.empty());

  c = f.config();
  std::get<skyflow::service_account>(c.connection.auth).client_id = "somebody-else";
  skyflow::client stranger{f.net, c.connection};
  auto const opened = f.run(stranger.open());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == skyflow::errc::unauthorized);
  CHECK(f.rows("persons") == 0);
}
