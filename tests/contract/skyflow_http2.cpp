#include "catch.hpp"
#include "skyflow_fixture.hpp"

#include <string>

// A vault over TLS, of a client that prefers HTTP/2: one connection carries many requests.

namespace {

using namespace vaults;

using plain = skyflow::vault<skyflow::concurrency<8>>;
using upserting = skyflow::vault<skyflow::upsert<&person::ssn>, skyflow::concurrency<8>>;

sluice::sandbox::options over_tls() {
  sluice::sandbox::options o;
  o.tls = true;
  return o;
}

constexpr int count = 400;  // 20 requests

template<class Vault>
sluice::report load_under(vault_fixture& f, std::string const& fault, witness& w) {
  if (!fault.empty()) f.server.faults().arm(fault);
  skyflow::vault_config c = f.config();
  c.connection.http2 = true;
  if (fault.find("hang") != std::string::npos) c.connection.limits.idle = 1'000ms;
  sluice::report const r = f.load<Vault>(c, w, count);
  if (!fault.empty()) CHECK(f.fired(fault.substr(0, fault.find_first_of("=:"))) > 0);
  CHECK(r.adds_up());
  CHECK(r.pushed == count);
  CHECK(r.confirmed + r.dead_lettered == count);
  CHECK(r.confirmed <= static_cast<std::uint64_t>(f.rows("persons")));
  CHECK(f.doubled("persons") == 0);
  CHECK_FALSE(w.tells_secrets());
  return r;
}

}  // namespace

TEST_CASE("a vault is loaded over HTTP/2, many requests on a connection", "[contract][skyflow]") {
  vault_fixture f{over_tls()};
  f.server.faults().arm("vault_insert.delay=20:1:*");
  witness w;
  CHECK(load_under<plain>(f, "", w).confirmed == count);
  CHECK(f.rows("persons") == count);
  auto const state = f.server.skyflow_state();
  CHECK(state.http2_requests == state.requests - 1);  // the token is fetched as ever
  CHECK(state.max_concurrency > 1);
  CHECK(state.connections == 2);
}

TEST_CASE("a vault is asked in HTTP/1.1 unless HTTP/2 is wished for", "[contract][skyflow]") {
  vault_fixture f{over_tls()};
  witness w;
  CHECK(f.load<plain>(f.config(), w, count).confirmed == count);
  CHECK(f.server.skyflow_state().http2_requests == 0);
}

TEST_CASE("a server that does not agree on HTTP/2 is asked in HTTP/1.1", "[contract][transport]") {
  vault_fixture f{over_tls()};
  for (int i = 0; i != 3; ++i) {
    sluice::request r;
    r.url = f.server.where().account_url + "/nothing";
    r.prefer_http2 = true;
    auto const reply = f.run(f.net.perform(std::move(r)));
    REQUIRE(reply);
    CHECK(reply->status == 404);
  }
  for (auto const& seen : f.server.log().all()) CHECK_FALSE(seen.http2);
}

// A stream that is refused has done nothing, but libcurl does not tell it from one that a dead
// connection took with it: only a vault that knows a repeated record is asked again.
TEST_CASE("streams that the service refuses or takes back are neither lost nor doubled",
          "[contract][skyflow]") {
  for (char const* const fault : {"vault_go_away:4",
                                  "vault_go_away:3:5",
                                  "vault_one_stream:1:*",
                                  "vault_stream_refused:4",
                                  "vault_stream_refused:3:4"}) {
    DYNAMIC_SECTION(fault << ", upserting") {
      vault_fixture f{over_tls()};
      witness w;
      CHECK(load_under<upserting>(f, fault, w).confirmed == count);
      CHECK(f.rows("persons") == count);
    }
    DYNAMIC_SECTION(fault << ", plain") {
      vault_fixture f{over_tls()};
      witness w;
      sluice::report const r = load_under<plain>(f, fault, w);
      CHECK(r.confirmed == static_cast<std::uint64_t>(f.rows("persons")));
      CHECK(w.count(sluice::dead_reason::rejected) == 0);
    }
  }
}

TEST_CASE("a service that refuses every stream is given up", "[contract][skyflow]") {
  vault_fixture f{over_tls()};
  witness w;
  sluice::report const r = load_under<upserting>(f, "vault_stream_refused:3:*", w);
  CHECK(r.confirmed == static_cast<std::uint64_t>(f.rows("persons")));
  CHECK(r.dead_lettered > 0);
}

TEST_CASE("a stream that is reset leaves the fate of its records open", "[contract][skyflow]") {
  vault_fixture f{over_tls()};
  witness w;
  sluice::report const r = load_under<plain>(f, "vault_stream_error:4", w);
  CHECK(r.dead_lettered == 20);
  CHECK(w.count(sluice::dead_reason::unknown) == 20);
  CHECK(f.rows("persons") == count);
}

TEST_CASE("under every fault of a connection over HTTP/2 an upserting load loses nothing",
          "[contract][skyflow]") {
  for (std::string const action :
       {"close_reply",     "delay=20",         "drop_at_head",      "drop_reply",
        "drop_request",    "garbage_reply",    "half_status_line",  "hang",
        "hang_reply",      "html_reply",       "pause_in_reply=20", "reset_body=300",
        "slow_body=20000", "slow_reply=20000", "status=503",        "status_after=500",
        "throttle=0",      "truncate_reply",   "wrong_length",      "huge_reply=3000000"}) {
    DYNAMIC_SECTION(action) {
      vault_fixture f{over_tls()};
      witness w;
      sluice::report const r = load_under<upserting>(f, "vault_insert." + action + ":4", w);
      INFO(w.said);
      CHECK(r.confirmed == count);
      CHECK(f.rows("persons") == count);
      CHECK(f.server.skyflow_state().http2_requests > 0);
    }
  }
  for (char const* const fault : {"vault_stream_error:4", "vault_stream_error:3:3"}) {
    DYNAMIC_SECTION(fault) {
      vault_fixture f{over_tls()};
      witness w;
      CHECK(load_under<upserting>(f, fault, w).confirmed == count);
      CHECK(f.rows("persons") == count);
    }
  }
}
