// The laws of destinations over `snowflake::bulk` itself, with a service at the other end.

#include "catch.hpp"
#include "snowflake_orders.hpp"

#include <sluice/test/destination_laws.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

using namespace orders;

namespace {

struct law_options {
  sluice::sandbox::options service = {};
  sluice::codec compression = sluice::codec::gzip;
  bool async_copy = true;
  bool force = false;
  std::vector<std::string> faults = {};
};

/// What the first broken law says; "lawful" if none is broken.
template<class Format>
std::string laws_of(law_options o) {
  account_fixture f{o.service};
  int tables = 0;
  auto const table = [&] { return "LAW_" + std::to_string(tables); };
  sluice::test::law_setup<sf::bulk<>> setup;
  setup.compression = o.compression;
  setup.patience = sluice::milliseconds{30'000};
  setup.config = [&] {
    ++tables;
    // What the law before has left of them would hit the table's creation.
    for (std::string const& fault : o.faults) f.server.faults().disarm(name_of_fault(fault));
    // Narrow enough to refuse a row.
    REQUIRE(f.execute(f.session(),
                      "CREATE TABLE " + table() +
                          " (ID NUMBER(38,0), STATUS VARCHAR(30), NOTE VARCHAR, "
                          "AMOUNT NUMBER(12,2), PAID BOOLEAN, RATIO FLOAT)"));
    for (std::string const& fault : o.faults) f.server.faults().arm(fault);
    auto c = config_of(f);
    c.table = table();
    c.create_table = false;
    c.async_copy = o.async_copy;
    c.copy.force = o.force;
    return c;
  };
  setup.rows_held = [&] {
    return static_cast<std::uint64_t>(f.server.number("SELECT COUNT(*) FROM " + table()));
  };
  std::vector<order> good;
  for (std::int64_t i = 0; i != 8; ++i) good.push_back(make_order(i));
  std::vector<order> bad{make_order(8)};
  bad[0].status = "a text that is far too long for its column";
  auto const lawful = sluice::test::check_destination_laws<sf::bulk<>, order, Format>(
      f.net, setup, std::span<order const>{good}, std::span<order const>{bad});
  for (std::string const& fault : o.faults) CHECK(f.fired(name_of_fault(fault)) > 0);
  return lawful ? "lawful" : lawful.error().message;
}

}  // namespace

TEST_CASE("snowflake::bulk obeys the laws of destinations", "[contract][snowflake][laws]") {
  using sluice::sandbox::stage_encryption;
  using sluice::sandbox::stage_kind;
  CHECK(laws_of<sluice::csv<>>({}) == "lawful");
  CHECK(laws_of<sluice::ndjson>({.compression = sluice::codec::zstd}) == "lawful");
  CHECK(laws_of<sluice::csv<>>({.compression = sluice::codec::none, .async_copy = false}) ==
        "lawful");
  sluice::sandbox::options tls;
  tls.tls = true;
  tls.encryption = stage_encryption::server_side;
  CHECK(laws_of<sluice::csv<>>({.service = tls}) == "lawful");
  sluice::sandbox::options local;
  local.stage = stage_kind::local_fs;
  CHECK(laws_of<sluice::csv<>>({.service = local}) == "lawful");
}

TEST_CASE("snowflake::bulk obeys the laws while the service fails", "[contract][snowflake][laws]") {
  for (char const* fault : {"copy_reply_lost",
                            "copy_zero_files",
                            "execute_twice:3",
                            "session_expired:2",
                            "upload_lost",
                            "upload.drop_reply",
                            "query_in_progress:2:3"}) {
    DYNAMIC_SECTION(fault) {
      CHECK(laws_of<sluice::csv<>>({.faults = {fault}}) == "lawful");
    }
  }
}

TEST_CASE("off: FORCE breaks the law that a payload is in the table once",
          "[contract][snowflake][laws]") {
  auto const broken = laws_of<sluice::csv<>>({.force = true, .faults = {"execute_twice:3"}});
  INFO(broken);
  CHECK(broken.find("in the table once") != std::string::npos);
}
