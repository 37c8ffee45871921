#include "catch.hpp"
#include "snowflake_fixture.hpp"

#include <sluice/sluice.hpp>
#include <sluice/snowflake/bulk.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace {

namespace sf = sluice::snowflake;

struct order {
  std::int64_t id = 0;
  std::string status;
  std::optional<std::string> note;
  sluice::decimal<12, 2> amount;
  bool paid = false;
  std::optional<double> ratio;
};

}  // namespace

template<>
struct sluice::schema<order> : sluice::columns<order,
                                               sluice::column<"ID", &order::id>,
                                               sluice::column<"STATUS", &order::status>,
                                               sluice::column<"NOTE", &order::note>,
                                               sluice::column<"AMOUNT", &order::amount>,
                                               sluice::column<"PAID", &order::paid>,
                                               sluice::column<"RATIO", &order::ratio>> {};

namespace {

template<class Format, class Codec, class... Options>
using bulk_loader = sluice::loader<order,
                                   sluice::batch<sluice::max_rows<500>>,
                                   sluice::encode<Format>,
                                   sluice::compress<Codec>,
                                   sluice::upload<sf::bulk<Options...>>>;

std::string nasty(std::int64_t i) {
  static std::vector<std::string> const all{"plain",
                                            "",
                                            "comma, \"quote\"",
                                            "line\nbreak",
                                            "\r\n",
                                            "back\\slash\\",
                                            "\\N",
                                            "NULL",
                                            "tab\there",
                                            "üñïçødé 🦆",
                                            "'single'",
                                            " spaces ",
                                            "trailing\\",
                                            std::string{"nul\0byte", 8}};
  return all[static_cast<std::size_t>(i) % all.size()];
}

order make_order(std::int64_t i) {
  order o;
  o.id = i;
  o.status = nasty(i);
  if (i % 3 != 0) o.note = nasty(i / 3);
  o.amount = sluice::decimal<12, 2>::from_unscaled(i * 101 - 5'000);
  o.paid = i % 2 == 0;
  if (i % 5 != 0) o.ratio = static_cast<double>(i) / 7;
  return o;
}

sf::bulk_config config_of(account_fixture const& f) {
  sf::bulk_config c;
  c.connection = f.connection();
  c.table = "ORDERS";
  c.create_table = true;
  return c;
}

sluice::run_options quiet(std::vector<sluice::dead_letter>& letters) {
  sluice::run_options o;
  o.dead_letters = sluice::dead_letter_callback(
      [&letters](sluice::dead_letter const& l) { letters.push_back(l); });
  return o;
}

}  // namespace

TEMPLATE_TEST_CASE("typed rows arrive as they were, whatever is in them",
                   "[contract][snowflake]",
                   (bulk_loader<sluice::csv<>, sluice::none>),
                   (bulk_loader<sluice::csv<>, sluice::gzip<1>>),
                   (bulk_loader<sluice::csv<>, sluice::zstd<1>>),
                   (bulk_loader<sluice::ndjson, sluice::gzip<1>>)) {
  account_fixture f;
  std::vector<sluice::dead_letter> letters;
  constexpr std::int64_t rows = 3'000;
  {
    TestType load{f.net, config_of(f), quiet(letters)};
    for (std::int64_t i = 0; i != rows; ++i) REQUIRE(load.push(make_order(i)));
    auto const r = load.finish();
    if (r.failure) FAIL(r.failure->describe());
    CHECK(r.confirmed == rows);
    CHECK(r.dead_lettered == 0);
    CHECK(r.copy_operations >= 1);
  }
  for (auto const& l : letters) UNSCOPED_INFO(l.why.message);
  CHECK(letters.empty());
  CHECK(f.server.number("SELECT COUNT(*) FROM ORDERS") == rows);
  CHECK(f.server.number("SELECT COUNT(DISTINCT ID) FROM ORDERS") == rows);
  auto const back = f.server.rows("SELECT ID, STATUS, NOTE, PAID FROM ORDERS ORDER BY ID");
  REQUIRE(back.size() == rows);
  for (std::int64_t i = 0; i != rows; ++i) {
    auto const& row = back[static_cast<std::size_t>(i)];
    order const sent = make_order(i);
    REQUIRE(row[1] == sent.status);
    REQUIRE(row[2] == sent.note);
  }
  CHECK(f.server.open_sessions() == 0);
  CHECK(f.server.stored_objects().empty());
}
