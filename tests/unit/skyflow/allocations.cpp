#include "allocations.hpp"
#include "catch.hpp"
#include "persons.hpp"

#include <sluice/skyflow/records.hpp>

#include <cstdint>
#include <string>

TEST_CASE("the counter counts", "[skyflow][records]") {
  std::uint64_t const before = sluice_test::allocations.load();
  std::string const big(1'000, 'x');
  CHECK(sluice_test::allocations.load() > before);
}

TEST_CASE("encoding a record for a vault allocates nothing", "[skyflow][records]") {
  people::person p = people::person_number(2);
  p.name = std::string(3'000, '"') + "\xC3\xA9";
  p.name_token = "a token that is longer than any small string";
  REQUIRE(sluice::skyflow::record_encoder<people::person>{}.validate(p));
  CHECK(sluice_test::allocations_of_a_thousand_rows(
            sluice::skyflow::record_encoder<people::person>{}, p) == 0);
}
