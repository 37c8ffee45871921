#include "catch.hpp"
#include "scripted_vault.hpp"

#include <sluice/batch/batch_policy.hpp>
#include <sluice/pipeline/loader.hpp>
#include <sluice/skyflow/vault.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

// Whole loads, with the connection cut at every request in turn.

namespace {

namespace skyflow = sluice::skyflow;
using people::person;
using scripted::scripted_reply;
using scripted::seen_request;

constexpr int count = 23;
constexpr std::array<int, 2> poisoned{4, 17};

enum class cut { answer, request };

/// One load: what the vault holds, what the report says, and everything that was said.
struct load {
  scripted::table table;
  std::size_t requests = 0;
  sluice::report report;
  std::vector<sluice::dead_letter> letters;
  std::string said;  ///< log lines, dead letters, failures
};

template<class Vault>
load run(cut how, std::size_t nth, skyflow::vault_config config, bool unique_column) {
  load l;
  l.table.unique_ssn = unique_column;
  std::mutex saying;
  std::size_t inserts = 0;
  auto const wire = std::make_shared<sluice::test::scripted_wire>([&](seen_request const& r) {
    if (r.label == "get") return l.table.look_up(r);
    if (how == cut::request && ++inserts == nth) return scripted::broken();
    return l.table.answer(r);
  });
  if (how == cut::answer) wire->fail_nth(nth, *scripted::broken().failure);
  sluice::transport_options net;
  net.wire = wire;
  net.worker_threads = 1;
  sluice::transport transport{net};
  sluice::run_options options;
  options.log = sluice::logger{[&](sluice::log_entry const& e) {
                                 std::scoped_lock const lock{saying};
                                 l.said += std::string{e.message} + "\n";
                               },
                               sluice::log_level::debug};
  options.dead_letters = sluice::dead_letter_callback([&](sluice::dead_letter const& letter) {
    std::scoped_lock const lock{saying};
    l.letters.push_back(letter);
    l.said += sluice::to_json(letter, "run") + "\n";
  });
  using loader = sluice::loader<person, sluice::batch<sluice::max_rows<5>>, sluice::upload<Vault>>;
  config.connection.retry.base = config.connection.retry.throttle_base = sluice::milliseconds{1};
  config.connection.retry.cap = sluice::milliseconds{2};
  loader into{transport, config, options};
  for (int i = 0; i != count; ++i) {
    person p = people::person_number(i);
    for (int const bad : poisoned)
      if (i == bad) p.name = "Bob POISON Planted";
    into.push(p);
  }
  l.report = into.finish();
  if (l.report.failure) l.said += l.report.failure->describe();
  for (auto const& p : l.report.payloads) l.said += p.failure + "\n";
  l.requests = wire->count();
  return l;
}

/// Cuts each request in turn until a load needs no more of them; every load must add up.
template<class Vault>
void cut_everywhere(bool can_tell_repeats,
                    bool unique_column,
                    skyflow::vault_config const& config) {
  for (cut const how : {cut::answer, cut::request}) {
    std::size_t fired = 0;
    for (std::size_t n = 1;; ++n) {
      load const l = run<Vault>(how, n, config, unique_column);
      INFO((how == cut::answer ? "answer " : "request ") << n);
      CHECK(l.report.pushed == count);
      CHECK(l.report.confirmed + l.report.dead_lettered == count);
      CHECK(l.report.dead_lettered == l.letters.size());
      std::set<std::uint64_t> dead;
      std::size_t unknown = 0;
      for (sluice::dead_letter const& letter : l.letters) {
        CHECK(dead.insert(letter.at).second);
        unknown += letter.why.reason == sluice::dead_reason::unknown;
        CHECK((letter.why.reason == sluice::dead_reason::unknown ||
               letter.why.reason == sluice::dead_reason::rejected));
      }
      for (int i = 0; i != count; ++i) {
        auto const found = l.table.rows.find(people::person_number(i).ssn);
        int const copies = found == l.table.rows.end() ? 0 : found->second;
        CHECK(copies <= 1);
        if (dead.count(static_cast<std::uint64_t>(i)) == 0) CHECK(copies == 1);
      }
      for (int const bad : poisoned) CHECK(dead.count(static_cast<std::uint64_t>(bad)) == 1);
      // What is unknown is at most the batch whose answer was cut.
      CHECK(unknown <= (can_tell_repeats ? 0u : 5u));
      for (char const* planted : {"Planted", "900-00-", "tok_ssn_", "tok_name_", "given-token"})
        CHECK(l.said.find(planted) == std::string::npos);
      if (l.requests < n) break;
      ++fired;
    }
    CHECK(fired >= 5);
  }
}

skyflow::vault_config flow_config() {
  skyflow::vault_config c = scripted::service::config();
  c.connection.vault_url = "https://ebfc9bee4242.skyvault.skyflowapis.com";
  return c;
}

}  // namespace

TEST_CASE("a connection cut anywhere doubles and loses nothing: one table", "[skyflow][runs]") {
  cut_everywhere<skyflow::vault<>>(false, false, scripted::service::config());
}

TEST_CASE("a connection cut anywhere doubles and loses nothing: upsert", "[skyflow][runs]") {
  cut_everywhere<skyflow::vault<skyflow::upsert<&person::ssn>>>(
      true, true, scripted::service::config());
}

TEST_CASE("a connection cut anywhere doubles and loses nothing: unique column", "[skyflow][runs]") {
  cut_everywhere<skyflow::vault<skyflow::unique<&person::ssn>>>(
      true, true, scripted::service::config());
}

TEST_CASE("a connection cut anywhere doubles and loses nothing: batch endpoint",
          "[skyflow][runs]") {
  cut_everywhere<skyflow::vault<skyflow::batch_endpoint>>(
      false, false, scripted::service::config());
}

TEST_CASE("a connection cut anywhere doubles and loses nothing: FlowVault", "[skyflow][runs]") {
  cut_everywhere<skyflow::vault<skyflow::flowvault>>(false, false, flow_config());
}

TEST_CASE("dead letters show values only to those who ask", "[skyflow][runs]") {
  for (bool const reveal : {false, true}) {
    scripted::table table;
    auto const wire = std::make_shared<sluice::test::scripted_wire>(
        [&](seen_request const& r) { return table.answer(r); });
    sluice::transport_options net;
    net.wire = wire;
    sluice::transport transport{net};
    std::string record;
    sluice::run_options options;
    options.reveal_pii = reveal;
    options.dead_letters = sluice::dead_letter_callback(
        [&](sluice::dead_letter const& letter) { record = letter.record; });
    sluice::loader<person, sluice::upload<skyflow::vault<>>> into{
        transport, scripted::service::config(), options};
    person p = people::person_number(2);
    p.name = "Bob POISON";
    into.push(p);
    sluice::report const r = into.finish();
    CHECK(r.dead_lettered == 1);
    CHECK(r.ok());
    CHECK((record.find("Bob POISON") != std::string::npos) == reveal);
    CHECK((record.find("tok_ssn_2") != std::string::npos) == reveal);
  }
}

TEST_CASE("a vault that nobody may write to ends the load", "[skyflow][runs]") {
  auto const wire = std::make_shared<sluice::test::scripted_wire>(
      [](seen_request const&) { return scripted::refusal(403, 7, "Permission denied"); });
  sluice::transport_options net;
  net.wire = wire;
  sluice::transport transport{net};
  sluice::run_options options;
  options.dead_letters = sluice::dead_letter_callback([](sluice::dead_letter const&) {});
  sluice::loader<person, sluice::batch<sluice::max_rows<1>>, sluice::upload<skyflow::vault<>>> into{
      transport, scripted::service::config(), options};
  for (int i = 0; i != 1'000; ++i) into.push(people::person_number(i));
  sluice::report const r = into.finish();
  CHECK_FALSE(r.ok());
  REQUIRE(r.failure);
  CHECK(r.failure->code == skyflow::errc::forbidden);
  CHECK(r.confirmed == 0);
  CHECK(r.pushed == r.dead_lettered);
  CHECK(wire->count() < 100);
}
