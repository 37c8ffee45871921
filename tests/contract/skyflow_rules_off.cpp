#include "catch.hpp"
#include "skyflow_fixture.hpp"

#include <string>

// For each rule one run in which it is switched off and the fault does its harm.

namespace {

using namespace vaults;

using plain = skyflow::vault<>;

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
  skyflow::insert_options options;
  options.endpoint = skyflow::insert_endpoint::batch;
  options.table = "visits";
  skyflow::insert_frame const frame = skyflow::make_insert_frame(f.config().connection, options);
  skyflow::call call;
  call.path = frame.path;
  call.label = "insert";
  std::string records = "[";
  for (int i = 0; i != 10; ++i)
    records += R"({"fields":{"ssn":")" + person_number(i).ssn + "\"}}\n" + (i == 9 ? "]" : ",");
  call.body = skyflow::insert_body(frame, sluice::chunk_list{records}, {});
  skyflow::progress so_far;  // and nobody reads the body
  CHECK(f.run(client.ask(call, so_far)));
  CHECK(f.fired("vault_partial") == 1);
  CHECK(f.rows("visits") < 10);
}

TEST_CASE("off: requests that are too large are not halved") {
  sluice::sandbox::options o;
  o.skyflow.max_records = 10;
  vault_fixture f{o};
  skyflow::client client{f.net, f.config().connection};
  skyflow::insert_options options;
  options.table = "visits";
  skyflow::insert_frame const frame = skyflow::make_insert_frame(f.config().connection, options);
  skyflow::call call;
  call.path = frame.path;
  call.label = "insert";
  call.changes = true;
  std::string records = "[";
  for (int i = 0; i != 11; ++i)
    records += R"({"fields":{"ssn":")" + person_number(i).ssn + "\"}}\n" + (i == 10 ? "]" : ",");
  call.body = skyflow::insert_body(frame, sluice::chunk_list{records}, {});
  skyflow::progress so_far;
  CHECK_FALSE(f.run(client.ask(call, so_far)));
  CHECK(f.rows("visits") == 0);
}
