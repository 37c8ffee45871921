#include "allocations.hpp"
#include "catch.hpp"
#include "records.hpp"

#include <cstdint>
#include <string>

namespace {

template<class Format>
std::uint64_t allocations_of_a_thousand_rows() {
  records::everything r;
  r.text = std::string(3'000, '"') + "\xC3\xA9";
  r.note = "not null, and longer than any small string";
  r.document.text = "{\"a\":[1,2,3]}";
  r.points = {{1, "one"}, {2, {}}};
  r.measures = {{"m", 1}};
  return sluice_test::allocations_of_a_thousand_rows(
      sluice::encoder_for<Format, records::everything>{}, r);
}

}  // namespace

TEST_CASE("the counter counts") {
  std::uint64_t const before = sluice_test::allocations.load();
  std::string const big(1'000, 'x');
  CHECK(sluice_test::allocations.load() > before);
}

TEST_CASE("encoding a record allocates nothing") {
  CHECK(allocations_of_a_thousand_rows<sluice::csv<>>() == 0);
  CHECK(allocations_of_a_thousand_rows<sluice::ndjson>() == 0);
}
