#include "catch.hpp"

#include <sluice/snowflake/error.hpp>

#include <string>

namespace {
namespace sf = sluice::snowflake;
using sluice::disposition;
}  // namespace

TEST_CASE("service codes have a meaning, leading zeros or not", "[snowflake][error]") {
  struct row {
    char const* code;
    char const* state;
    sf::errc meaning;
    disposition kind;
  };

  for (auto const& [code, state, meaning, kind] : {
           row{"390100", "", sf::errc::login_refused, disposition::permanent},
           row{"394304", "", sf::errc::login_refused, disposition::permanent},
           row{"390199", "", sf::errc::login_refused, disposition::permanent},
           row{"390112", "", sf::errc::session_lost, disposition::permanent},
           row{"390505", "", sf::errc::throttled, disposition::throttled},
           row{"000625", "57014", sf::errc::throttled, disposition::throttled},
           row{"002003", "42S02", sf::errc::object_missing, disposition::permanent},
           row{"2003", "", sf::errc::object_missing, disposition::permanent},
           row{"000606", "", sf::errc::object_missing, disposition::permanent},
           row{"000604", "57014", sf::errc::statement_cancelled, disposition::permanent},
           row{"100038", "22018", sf::errc::bad_rows, disposition::permanent},
           row{"100999", "", sf::errc::bad_rows, disposition::permanent},
           row{"777777", "22000", sf::errc::bad_rows, disposition::permanent},
           row{"001003", "42000", sf::errc::statement_failed, disposition::permanent},
           row{"777777", "", sf::errc::statement_failed, disposition::permanent},
           row{"333334", "", sf::errc::still_running, disposition::retryable},
           row{"", "", sf::errc::statement_failed, disposition::permanent},
           row{"12a", "", sf::errc::statement_failed, disposition::permanent},
           row{"99999999999999999999", "", sf::errc::statement_failed, disposition::permanent},
       }) {
    INFO(code);
    auto const found = sf::meaning_of(code, state);
    CHECK(found.code == meaning);
    CHECK(found.kind == kind);
    CHECK_FALSE(found.remedy.empty());
  }
}

TEST_CASE("an error carries words, remedy, code and query id", "[snowflake][error]") {
  auto const e = sf::service_error("COPY INTO \"T\"",
                                   {"002003", "Object 'T' does not\nexist", "42S02", "01-q"});
  CHECK(e.code == sf::errc::object_missing);
  CHECK(e.service_code == "002003");
  CHECK(e.request_id == "01-q");
  CHECK(e.message.starts_with("COPY INTO \"T\": Object 'T' does not exist; check"));
}

TEST_CASE("values of rows do not get into errors", "[snowflake][error]") {
  auto const e = sf::service_error(
      "COPY", {"100038", "Numeric value 'secret 1' is not recognized", "22018", ""});
  CHECK(e.message.starts_with("COPY: Numeric value '...' is not recognized; "));
  CHECK(sf::without_values("a 'b' c") == "a '...' c");
  CHECK(sf::without_values("'5' 11 Elm Street' is not a number") == "'...' is not a number");
  CHECK(sf::without_values("a 'b' c 'd' e") == "a '...' e");
  CHECK(sf::without_values("a 'b c") == "a '...'");
  CHECK(sf::without_values("a b") == "a b");
  // A value that the bound cuts has no last quote.
  auto const cut = sf::service_error(
      "COPY", {"100038", "a 'b' c 'secret 1" + std::string(3'000, 'y') + "'", "22018", ""});
  CHECK(cut.message.starts_with("COPY: a '...'; "));
  CHECK(sf::service_error("x", {"1", std::string(100'000, 'y'), "", ""}).message.size() < 2'200);
}
