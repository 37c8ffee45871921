#include "catch.hpp"
#include "skyflow_fixture.hpp"

#include <string>
#include <vector>

// Everything that the service can be told to do wrong, once in a load. For each: the counts add up,
// nothing that is confirmed is missing, nothing is doubled, and nothing private is said.

namespace {

using namespace vaults;

using plain = skyflow::vault<>;
using upserting = skyflow::vault<skyflow::upsert<&person::ssn>>;
using unique_ssn = skyflow::vault<skyflow::unique<&person::ssn>>;
using batching = skyflow::vault<skyflow::batch_endpoint>;
using flow = skyflow::vault<skyflow::flowvault>;

constexpr int count = 100;

/// After a fault of this kind the request was certainly not carried out, and may be repeated.
std::vector<std::string> const harmless{"vault_throttle_bare",
                                        "vault_throttle_date",
                                        "vault_throttle_ms",
                                        "vault_throttle_reset",
                                        "vault_token_expired",
                                        "vault_token_revoked",
                                        "vault_conflict=400",
                                        "vault_conflict=409",
                                        "vault_echo",
                                        "vault_extra_fields",
                                        "vault_long_request_id",
                                        "vault_reply_created",
                                        "vault_tokens_null",
                                        "vault_items_reordered",
                                        "any.delay=20",
                                        "any.pause_in_reply=20",
                                        "any.slow_reply=20000"};

/// After a fault of this kind nobody here knows whether the request was carried out.
std::vector<std::string> const ambiguous{
    "vault_error_html=502",    "vault_error_empty=503",   "vault_empty_reply",
    "vault_item_extra",        "vault_item_missing",      "INSERT.close_reply",
    "INSERT.drop_at_head",     "INSERT.drop_reply",       "INSERT.drop_request",
    "INSERT.garbage_reply",    "INSERT.half_status_line", "INSERT.hang",
    "INSERT.hang_reply",       "INSERT.html_reply",       "INSERT.reset_body=300",
    "INSERT.status_after=500", "INSERT.status_after=503", "INSERT.status_after=504",
    "INSERT.truncate_reply",   "INSERT.wrong_length"};

/// After a fault of this kind the service has answered for good.
std::vector<std::string> const final_answers{
    "vault_forbidden", "vault_table_dropped", "INSERT.redirect", "INSERT.status=403"};

std::string name_of(std::string const& fault) {
  return fault.substr(0, fault.find_first_of("=:"));
}

std::string at(std::string fault, std::string const& kind, int nth) {
  if (auto const place = fault.find("INSERT"); place != std::string::npos)
    fault.replace(place, 6, kind);
  return fault + ":" + std::to_string(nth);
}

struct expectation {
  bool all_confirmed;   ///< the fault must not cost a record
  bool may_be_doubled;  ///< the service itself carries a request out twice
};

template<class Vault>
void load_under(std::string const& fault,
                std::string const& table,
                skyflow::vault_config (*adjust)(skyflow::vault_config),
                expectation const& expected) {
  DYNAMIC_SECTION(fault) {
    vault_fixture f;
    f.server.faults().arm(fault);
    witness w;
    sluice::report const r = f.load<Vault>(adjust(f.config(table)), w, count);
    INFO(w.said);
    CHECK(f.fired(name_of(fault)) > 0);
    CHECK(r.pushed == count);
    CHECK(r.confirmed + r.dead_lettered == count);
    CHECK(r.dead_lettered == w.letters.size());
    if (expected.all_confirmed) CHECK(r.confirmed == count);
    auto const rows = static_cast<std::uint64_t>(f.rows(table));
    CHECK(rows >= r.confirmed);
    // What may have been written is what the dead letters call unknown.
    CHECK(rows <= r.confirmed + w.count(sluice::dead_reason::unknown));
    CHECK(f.doubled(table) == 0);
    CHECK_FALSE(w.tells_secrets());
  }
}

skyflow::vault_config as_it_is(skyflow::vault_config c) {
  return c;
}

}  // namespace

TEST_CASE("one table, all or none: faults that stored nothing cost nothing") {
  for (std::string const& fault : harmless)
    load_under<plain>(at(fault, "vault_insert", 2), "visits", as_it_is, {true, false});
}

TEST_CASE("one table, all or none: a lost answer ends unknown, and nothing is doubled") {
  for (std::string const& fault : ambiguous)
    load_under<plain>(at(fault, "vault_insert", 2), "visits", as_it_is, {false, false});
}

TEST_CASE("one table, all or none: answers for good") {
  for (std::string const& fault : final_answers)
    load_under<plain>(at(fault, "vault_insert", 2), "visits", as_it_is, {false, false});
}

TEST_CASE("an upsert survives every fault that passes") {
  for (std::string const& fault : harmless)
    load_under<upserting>(at(fault, "vault_insert", 2), "persons", as_it_is, {true, false});
  for (std::string const& fault : ambiguous)
    load_under<upserting>(at(fault, "vault_insert", 2), "persons", as_it_is, {true, false});
  load_under<upserting>("vault_insert.duplicate:2", "persons", as_it_is, {true, false});
}

TEST_CASE("a unique column settles every lost answer by reading back") {
  for (std::string const& fault : ambiguous)
    load_under<unique_ssn>(at(fault, "vault_insert", 2), "persons", as_it_is, {true, false});
}

TEST_CASE("the batch endpoint under its faults") {
  for (std::string const& fault : ambiguous)
    load_under<batching>(at(fault, "vault_batch", 2), "visits", as_it_is, {false, false});
  load_under<batching>("vault_partial=3:2", "visits", as_it_is, {false, false});
  load_under<batching>("vault_throttle_ms=20:1:3", "visits", as_it_is, {true, false});
}

TEST_CASE("a FlowVault under its faults") {
  for (std::string const& fault : ambiguous)
    load_under<flow>(at(fault, "flow_insert", 2), "visits", as_it_is, {false, false});
  load_under<flow>("vault_partial=3:2", "visits", as_it_is, {false, false});
  load_under<flow>("vault_code_null:2", "visits", as_it_is, {true, false});
}

TEST_CASE("the token exchange under its faults") {
  for (char const* fault : {"vault_token.drop_reply",
                            "vault_token.hang",
                            "vault_token.garbage_reply",
                            "vault_token.status=503",
                            "vault_token.html_reply",
                            "vault_token.truncate_reply"})
    load_under<plain>(std::string{fault} + ":1", "visits", as_it_is, {true, false});
}

TEST_CASE("a record that nobody takes is found by halving, and not quoted") {
  for (std::string const& fault :
       {std::string{"vault_poison=1:1:*"}, std::string{"vault_poison=0:1:*"}}) {
    DYNAMIC_SECTION(fault) {
      vault_fixture f;
      f.server.faults().arm(fault);
      witness w;
      using loader =
          sluice::loader<person, sluice::batch<sluice::max_rows<20>>, sluice::upload<plain>>;
      loader into{f.net, f.config("visits"), w.options()};
      for (int i = 0; i != count; ++i) {
        person p = person_number(i);
        if (i == 13 || i == 77) p.name = "Bob Planted POISON " + std::to_string(i);
        into.push(p);
      }
      sluice::report const r = into.finish();
      INFO(w.said);
      CHECK(f.fired("vault_poison") > 0);
      CHECK(r.confirmed == count - 2);
      CHECK(w.count(sluice::dead_reason::rejected) == 2);
      CHECK(f.rows("visits") == count - 2);
      CHECK(f.doubled("visits") == 0);
      CHECK_FALSE(w.tells_secrets());
    }
  }
}
