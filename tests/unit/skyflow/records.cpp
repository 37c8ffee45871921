#include "catch.hpp"
#include "persons.hpp"

#include <sluice/skyflow/records.hpp>
#include <sluice/test/encoder_laws.hpp>

#include <memory>
#include <string>
#include <vector>

namespace {

using people::dob;
using people::person;
using people::person_number;
namespace skyflow = sluice::skyflow;

class text_sink final : public sluice::byte_sink {
 public:
  void write(sluice::chunk bytes) override { text += bytes.bytes(); }

  std::string text;
};

template<class Record>
std::string body_of(std::vector<Record> const& all) {
  skyflow::record_encoder<Record> const encoder;
  auto const filled = std::make_shared<sluice::segment>(64 * 1024);
  for (Record const& r : all) REQUIRE(encoder.append(r, *filled));
  auto const writer = encoder.rows().open_body();
  text_sink out;
  writer->begin(out);
  writer->add({filled, {}, filled->filled()}, out);
  writer->end(out);
  return out.text;
}

}  // namespace

TEST_CASE("a row has its values under fields and its tokens under tokens", "[skyflow][records]") {
  std::vector<person> const two{person_number(2), person_number(3)};
  CHECK(body_of(two) == R"([{"fields":{"ssn":"900-00-1002","full_name":"Ada Planted2","age":2},)"
                        R"("tokens":{"ssn":"tok_ssn_2","full_name":"tok_name_2"}})"
                        "\n"
                        R"(,{"fields":{"ssn":"900-00-1003","full_name":"Ada Planted3","age":3},)"
                        R"("tokens":{"ssn":"tok_ssn_3"}})"
                        "\n]");
  CHECK(body_of(std::vector<dob>{{"1940-01-02"}}) == R"([{"fields":{"dob":"1940-01-02"}})"
                                                     "\n]");
  CHECK(body_of(std::vector<dob>{}) == "[]");
}

TEST_CASE("a null value is null, and text is escaped", "[skyflow][records]") {
  person p = person_number(1);
  p.name = "a \"b\"\n\xC3\xA9";
  p.age.reset();
  CHECK(body_of(std::vector<person>{p}) ==
        "[{\"fields\":{\"ssn\":\"900-00-1001\",\"full_name\":\"a "
        "\\\"b\\\"\\n\xC3\xA9\",\"age\":null},"
        "\"tokens\":{\"ssn\":\"tok_ssn_1\"}}\n]");
}

TEST_CASE("the encoder of vault records obeys the laws", "[skyflow][records]") {
  std::vector<person> samples{
      person_number(1), person_number(2), person_number(3), person_number(4)};
  samples[3].name = std::string(5'000, 'x');  // its worst case would not fit where it does
  auto const lawful =
      sluice::test::check_encoder_laws<skyflow::record_encoder<person>, person>(samples);
  INFO((lawful ? std::string{} : lawful.error().message));
  CHECK(lawful);
}

TEST_CASE("what spoils a whole request is refused before it is sent", "[skyflow][records]") {
  skyflow::record_encoder<person> const encoder;
  sluice::segment open{4096};
  auto const refused = [&](person const& p, std::string const& column) {
    CHECK_FALSE(encoder.append(p, open));
    auto const why = encoder.validate(p);
    REQUIRE_FALSE(why);
    CHECK(why.error().message.find("column " + column + ":") == 0);
    CHECK(why.error().message.find("Planted") == std::string::npos);
  };
  person p = person_number(2);
  p.ssn_token.clear();
  refused(p, "ssn_token");
  p = person_number(2);
  p.name_token = "";
  refused(p, "name_token");
  p = person_number(2);
  p.name = std::string{"Ada Planted\0", 12};
  refused(p, "full_name");
  p = person_number(2);
  p.name_token = std::string{"a\0b", 3};
  refused(p, "name_token");
  p = person_number(2);
  p.ssn = "\xFF";
  refused(p, "ssn");
  CHECK(encoder.append(person_number(2), open));
  CHECK(open.filled().rows == 1);
}

TEST_CASE("every column of a vault is personal, and so are tokens", "[skyflow][records]") {
  auto const& rows = skyflow::record_encoder<person>::rows();
  for (sluice::column_info const& c : rows.columns()) CHECK(c.pii);
  std::string const body = body_of(std::vector<person>{person_number(2), person_number(3)});
  auto const hidden = rows.render(body, 0, false);
  REQUIRE(hidden);
  CHECK(*hidden == R"({"ssn":"[redacted]","full_name":"[redacted]","age":"[redacted]",)"
                   R"("ssn_token":"[redacted]","name_token":"[redacted]"})");
  auto const shown = rows.render(body, 1, true);
  REQUIRE(shown);
  CHECK(*shown ==
        R"({"ssn":"900-00-1003","full_name":"Ada Planted3","age":3,"ssn_token":"tok_ssn_3"})");
}

TEST_CASE("a body that is none is refused", "[skyflow][records]") {
  auto const& rows = skyflow::record_encoder<person>::rows();
  CHECK_FALSE(rows.render("", 0, true));
  CHECK_FALSE(rows.render("[]", 0, true));
  CHECK_FALSE(rows.render("[1\n]", 0, true));
  CHECK_FALSE(rows.render("[{\"other\":{}}\n]", 0, true));
  CHECK_FALSE(rows.render("[{\"fields\":[]}\n]", 0, true));
  CHECK_FALSE(rows.slice("[]", 0, 1));
}
