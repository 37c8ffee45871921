// For each rule of Skyflow one run in which it is switched off and the fault does its harm. The
// runs with it are in skyflow_faults.cpp, each fault by its name, and here where a name has a *.
//
// | rule                                  | with it                        | off: ...
// |---------------------------------------|--------------------------------|-----------------------
// | F1  200 is read to its end            | vault_partial                  | a status of 200
// | F1  items stand for records by name   | vault_item_missing             | answers are counted
// | F2  what is refused is halved         | vault_poison                   | a refused request
// | F2  what is too large is halved       | (unit) too large               | requests that are too
// | F4  a lost answer is not repeated     | vault_insert.drop_reply        | a lost answer is
// |     where nothing tells a repetition  |                                |
// | F17 a close has a deadline            | *a close ends at its deadline  | (the same test)
// | F24 tokens are renewed                | vault_token_expired            | a token that cannot
// | F25 what the vault quotes is hidden   | vault_echo                     | the vault's own words
// | F26 retries have an end               | at least once has a bound      | at least once
// | F27 nothing is dropped                | *a destructor loads            | a session that is
// | 429 and 5xx are waited for            | vault_throttle_*, vault_error* | nothing is tried twice

#include "catch.hpp"
#include "one_session.hpp"
#include "skyflow_fixture.hpp"

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace vaults;

using plain = skyflow::vault<>;
using vault_session = one_session<plain, person, skyflow::records>;

std::vector<person> make_people(int count) {
  std::vector<person> all;
  for (int i = 0; i != count; ++i) all.push_back(person_number(i));
  return all;
}

/// An insert of `count` people into `visits`, as a call of its own.
skyflow::call insert_call(vault_fixture const& f, int count, skyflow::insert_endpoint to) {
  skyflow::insert_options options;
  options.endpoint = to;
  options.table = "visits";
  skyflow::insert_frame const frame = skyflow::make_insert_frame(f.config().connection, options);
  std::string records = "[";
  for (int i = 0; i != count; ++i)
    records += R"({"fields":{"ssn":")" + person_number(i).ssn + R"(","full_name":")" +
               person_number(i).name + "\"}}\n" + (i == count - 1 ? "]" : ",");
  skyflow::call call;
  call.url = frame.url;
  call.label = "insert";
  call.body = skyflow::insert_body(frame, sluice::chunk_list{records}, {});
  return call;
}

}  // namespace

TEST_CASE("off: a lost answer is repeated although the vault cannot tell") {
  vault_fixture f;
  f.server.faults().arm("vault_insert.drop_reply:2");
  skyflow::vault_config c = f.config("visits");
  c.lost_answer = skyflow::lost_answer::send_again;
  witness w;
  sluice::report const r = f.load<plain>(c, w, 100);
  CHECK(f.fired("vault_insert.drop_reply") == 1);
  CHECK(r.confirmed == 100);
  CHECK(f.rows("visits") == 120);
  CHECK(f.doubled("visits") == 20);
}

TEST_CASE("off: at least once has a bound") {
  vault_fixture f;
  f.server.faults().arm("vault_insert.drop_reply:1:*");
  skyflow::vault_config c = f.config("visits");
  c.lost_answer = skyflow::lost_answer::send_again;
  c.connection.retry.max_attempts = 3;
  witness w;
  sluice::report const r = f.load<plain>(c, w, 20);
  CHECK(f.fired("vault_insert.drop_reply") == 3);
  CHECK(r.confirmed == 0);
  CHECK(w.count(sluice::dead_reason::unknown) == 20);
  CHECK(f.rows("visits") == 60);
}

TEST_CASE("off: nothing is tried twice") {
  for (char const* fault : {"vault_throttle_bare", "vault_throttle_ms=20", "vault_error=529"}) {
    DYNAMIC_SECTION(fault) {
      vault_fixture f;
      f.server.faults().arm(std::string{fault} + ":2");
      skyflow::vault_config c = f.config("visits");
      c.connection.retry.max_attempts = 1;
      witness w;
      sluice::report const r = f.load<plain>(c, w, 100);
      CHECK(f.fired(std::string{fault}.substr(0, std::string{fault}.find('='))) == 1);
      CHECK(r.confirmed < 100);
      CHECK(static_cast<std::uint64_t>(f.rows("visits")) == r.confirmed);
    }
  }
}

TEST_CASE("off: a token that cannot be renewed ends the load") {
  vault_fixture f;
  skyflow::vault_config c = f.config("visits");
  c.connection.auth = skyflow::bearer_token{sluice::secret{f.server.skyflow_token()}, {}};
  witness good;
  CHECK(f.load<plain>(c, good, 20).confirmed == 20);
  f.server.faults().arm("vault_token_expired:1");
  witness w;
  sluice::report const r = f.load<plain>(c, w, 20, 20);
  CHECK(f.fired("vault_token_expired") == 1);
  CHECK(r.confirmed == 0);
  CHECK_FALSE(w.tells_secrets());
}

TEST_CASE("off: a status of 200 is taken for success") {
  vault_fixture f;
  f.server.faults().arm("vault_partial=2:1");
  skyflow::client client{f.net, f.config().connection};
  skyflow::call call = insert_call(f, 10, skyflow::insert_endpoint::batch);
  skyflow::progress so_far;  // and nobody reads the body
  CHECK(f.run(client.ask(call, so_far)));
  CHECK(f.fired("vault_partial") == 1);
  CHECK(f.rows("visits") < 10);
}

TEST_CASE("off: answers are counted, not matched with their records") {
  vault_fixture f;
  f.server.faults().arm("vault_item_missing");
  skyflow::client client{f.net, f.config().connection};
  skyflow::call call = insert_call(f, 10, skyflow::insert_endpoint::table);
  std::size_t answers = 0;
  call.read = [&](std::string_view body) -> sluice::result<void> {
    CHECK_FALSE(skyflow::parse_insert_reply(body, 10, skyflow::keep::outcome));
    for (std::size_t at = body.find("skyflow_id"); at != body.npos;
         at = body.find("skyflow_id", at + 1))
      ++answers;
    return sluice::success;
  };
  skyflow::progress so_far;
  CHECK(f.run(client.ask(call, so_far)));
  CHECK(f.fired("vault_item_missing") == 1);
  // Who sends the tenth again doubles it.
  CHECK(answers == 9);
  CHECK(f.rows("visits") == 10);
}

TEST_CASE("off: a refused request is not halved") {
  vault_fixture f;
  f.server.faults().arm("vault_poison=0:1:*");
  skyflow::client client{f.net, f.config().connection};
  skyflow::call call = insert_call(f, 10, skyflow::insert_endpoint::table);
  std::string text = call.body.joined();
  text.replace(text.find("Planted"), 7, "POISON!");
  call.body = sluice::chunk_list{text};
  skyflow::progress so_far;
  CHECK_FALSE(f.run(client.ask(call, so_far)));
  CHECK(f.fired("vault_poison") == 1);
  CHECK(f.rows("visits") == 0);
}

TEST_CASE("off: requests that are too large are not halved") {
  sluice::sandbox::options o;
  o.skyflow.max_records = 10;
  vault_fixture f{o};
  skyflow::client client{f.net, f.config().connection};
  skyflow::call call = insert_call(f, 11, skyflow::insert_endpoint::table);
  call.changes = true;
  skyflow::progress so_far;
  CHECK_FALSE(f.run(client.ask(call, so_far)));
  CHECK(f.rows("visits") == 0);
}

TEST_CASE("off: the vault's own words are passed on") {
  vault_fixture f;
  f.server.faults().arm("vault_echo");
  skyflow::call const call = insert_call(f, 10, skyflow::insert_endpoint::table);
  std::string const bearer = f.server.skyflow_token();
  sluice::request r;
  r.method = sluice::http_method::post;
  r.url = call.url;
  r.headers = {{"Authorization", "Bearer " + bearer}, {"Content-Type", "application/json"}};
  r.body = call.body;
  auto const got = f.run(f.net.perform(r));
  REQUIRE(got);
  CHECK(f.fired("vault_echo") == 1);
  CHECK(got->body.find("Planted") != std::string::npos);
  CHECK(got->body.find(bearer) != std::string::npos);
}

TEST_CASE("a close ends at its deadline, and a send without one waits as long as it takes") {
  vault_fixture f;
  skyflow::vault_config c = f.config("visits");
  f.server.faults().arm("vault_insert.hang:1:*");
  {
    vault_session s{f.net, c};
    REQUIRE(s.open());
    auto const waited = s.send(make_people(10), 2s);
    CHECK_FALSE(waited);
    CHECK(s.verdicts.counts().open == 10);
  }
  witness w;
  using loader = sluice::loader<person, sluice::batch<sluice::max_rows<20>>, sluice::upload<plain>>;
  loader into{f.net, c, w.options()};
  for (person const& one : make_people(10)) into.push(one);
  auto const start = f.net.now();
  sluice::report const r = into.finish(sluice::deadline{start + 1s});
  CHECK(f.net.now() - start < 10s);
  CHECK(f.fired("vault_insert.hang") >= 2);
  CHECK(r.confirmed == 0);
  CHECK(w.count(sluice::dead_reason::unknown) == 10);
}

TEST_CASE("a destructor loads the last batch that is not full") {
  vault_fixture f;
  f.server.faults().arm("vault_throttle_ms=20");
  witness w;
  {
    using loader =
        sluice::loader<person, sluice::batch<sluice::max_rows<20>>, sluice::upload<plain>>;
    loader into{f.net, f.config("visits"), w.options()};
    for (person const& one : make_people(17)) into.push(one);
  }
  CHECK(f.fired("vault_throttle_ms") == 1);
  CHECK(f.rows("visits") == 17);
}

TEST_CASE("off: a session that is dropped leaves its rows out") {
  vault_fixture f;
  f.server.faults().arm("vault_insert.hang:1:*");
  {
    vault_session s{f.net, f.config("visits")};
    REQUIRE(s.open());
    CHECK_FALSE(s.send(make_people(17), 1s));
    CHECK(s.verdicts.counts().open == 17);
  }
  CHECK(f.fired("vault_insert.hang") >= 1);
  CHECK(f.rows("visits") == 0);
}
