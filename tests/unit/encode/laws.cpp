#include "catch.hpp"
#include "columnar_model.hpp"
#include "records.hpp"

#include <sluice/test/encoder_laws.hpp>

#include <string>
#include <vector>

namespace {

using namespace records;

static_assert(sluice::encoder<columnar::encoder, columnar::reading>);
static_assert(!sluice::encoder<columnar::encoder, person>, "it takes readings only");
static_assert(sluice::encoder<sluice::encoder_for<sluice::csv<>, everything>, everything>);
static_assert(sluice::encoder<sluice::encoder_for<sluice::ndjson, everything>, everything>);

std::vector<everything> samples() {
  std::vector<everything> all(6);
  all[1].text = "a \"quoted\" word,\r\nnext line";
  all[1].note = "";
  all[1].points = {{1, "one"}, {2, {}}};
  all[2].text = std::string(5'000, '"');
  all[2].document.text = "{\"a\":\n[1, 2]}";
  all[2].measures = {{"k", 1.5}, {"\"", -1}};
  all[3].raw = {std::byte{0}, std::byte{255}};
  all[3].text = std::string("nul \0 inside", 12);
  // Takes more room by size than by content: the worst case would not fit where these do.
  all[4].text = std::string(5'000, 'x');
  all[5].points = {{1, std::string(5'000, 'x')}, {2, std::string(3'000, '"')}};
  return all;
}

template<class Format, class Record>
std::string broken_law(std::vector<Record> const& records) {
  auto const lawful = sluice::test::check_encoder_laws<sluice::encoder_for<Format, Record>, Record>(
      std::span<Record const>{records});
  return lawful ? "" : lawful.error().message;
}

}  // namespace

TEST_CASE("text encoders obey the laws") {
  CHECK(broken_law<sluice::csv<>>(samples()) == "");
  CHECK(broken_law<sluice::ndjson>(samples()) == "");
  CHECK(broken_law<sluice::csv<sluice::delimiter<'|'>,
                               sluice::quote<'\''>,
                               sluice::null_marker<"\\N">,
                               sluice::with_header>>(samples()) == "");

  std::vector<person> const people{
      {"Ann", "ann@example.org", "pw"}, {"Bob", {}, ""}, {"Cy,\n\"", "", "x\ny"}};
  CHECK(broken_law<sluice::csv<>>(people) == "");
  CHECK(broken_law<sluice::csv<sluice::with_header>>(people) == "");
  CHECK(broken_law<sluice::ndjson>(people) == "");

  std::vector<single> const singles{{1}, {{}}, {3}};
  CHECK(broken_law<sluice::csv<>>(singles) == "");
  CHECK(broken_law<sluice::ndjson>(singles) == "");
  // Longer than any number.
  using marker =
      sluice::null_marker<"nothing at all stands in this cell whatever the column may be">;
  CHECK(broken_law<sluice::csv<marker>>(singles) == "");
}

TEST_CASE("a columnar encoder fits the same interface") {
  std::vector<columnar::reading> const readings{
      {1, "one"}, {2, {}}, {3, ""}, {-4, std::string(99, 'x')}};
  auto const lawful = sluice::test::check_encoder_laws<columnar::encoder, columnar::reading>(
      std::span<columnar::reading const>{readings});
  CHECK((lawful ? "" : lawful.error().message) == "");
}

namespace {

// Breaks one law each.
struct row_too_many : columnar::encoder {
  bool append(columnar::reading const& r, sluice::segment& open) const noexcept {
    return columnar::encoder::append(r, open) && columnar::encoder::append(r, open);
  }
};

struct size_too_small : columnar::encoder {
  [[nodiscard]] std::size_t max_size(columnar::reading const& r) const noexcept {
    return columnar::encoder::max_size(r) / 4;
  }
};

struct other_description : columnar::encoder {
  static constexpr sluice::format_description description{.kind = sluice::format::csv};
};

template<class E>
std::string law_broken_by() {
  std::vector<columnar::reading> const readings{{1, "one"}, {2, "two"}, {3, "three"}};
  auto const lawful = sluice::test::check_encoder_laws<E, columnar::reading>(
      std::span<columnar::reading const>{readings});
  return lawful ? "" : lawful.error().message;
}

}  // namespace

TEST_CASE("an encoder knows which columns hold tokens of others") {
  sluice::column_info name{.name = "NAME", .token_of = "PERSON"};
  sluice::column_info same = name;
  auto const knows = [&] {
    return sluice::test::detail::knows_columns(sluice::column_table{&same, 1},
                                               sluice::column_table{&name, 1});
  };
  CHECK(knows());
  same.token_of = "";
  CHECK_FALSE(knows());
  same.token_of = "PLACE";
  CHECK_FALSE(knows());
}

TEST_CASE("the laws find encoders that break them") {
  CHECK(law_broken_by<row_too_many>().find("max_size") != std::string::npos);
  CHECK(law_broken_by<size_too_small>().find("max_size") != std::string::npos);
  CHECK(law_broken_by<other_description>().find("describe") != std::string::npos);
}
