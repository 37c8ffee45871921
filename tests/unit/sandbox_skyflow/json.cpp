#include "catch.hpp"

#include <sluice/sandbox/skyflow/detail/api_error.hpp>
#include <sluice/sandbox/skyflow/detail/json_value.hpp>
#include <sluice/sandbox/skyflow/detail/pattern.hpp>

#include <stdexcept>
#include <string>

namespace box = sluice::sandbox::skyflow::detail;

namespace {

std::string again(std::string const& text) {
  std::string out;
  box::append_json(out, box::parse_json(text));
  return out;
}

std::string problem(std::string const& text) {
  try {
    (void)box::parse_json(text);
  } catch (box::api_error const& e) {
    CHECK(e.status == 400);
    CHECK(e.code == box::grpc::invalid_argument);
    return e.message;
  }
  return "none";
}

}  // namespace

TEST_CASE("a body keeps its order and its digits") {
  CHECK(again(R"( {"b":[1,-0,1.50,12345678901234567890123,true,null],"a":{"":"x"}} )") ==
        R"({"b":[1,-0,1.50,12345678901234567890123,true,null],"a":{"":"x"}})");
  auto const value = box::parse_json(R"({"text":"a\"\u00e9\ud83d\ude00\n","none":null,"n":7})");
  REQUIRE(value.find("text") != nullptr);
  CHECK(value.find("text")->text == "a\"\xC3\xA9\xF0\x9F\x98\x80\n");
  CHECK(value.find("none") == nullptr);
  CHECK(value.find("n")->is == box::json_value::form::integer);
  CHECK(value.find("absent") == nullptr);
}

TEST_CASE("what is no JSON is refused with a reason") {
  CHECK(problem(R"({"a":1,"b":2,"a":3})").find("duplicate key \"a\"") != std::string::npos);
  CHECK(problem(R"([{"a":{"x":1,"x":1}}])").find("duplicate key \"x\"") != std::string::npos);
  CHECK(problem(R"([{"a":1},{"a":1}])") == "none");
  for (auto const* text :
       {"", "{", "{\"a\":1} x", "{'a':1}", "[1,]", "{\"a\":01}", "nul", "\"\xff\""}) {
    INFO(text);
    CHECK(problem(text).starts_with("invalid JSON: "));
  }
  CHECK(problem(std::string(40, '[') + std::string(40, ']')).starts_with("invalid JSON: "));
  std::string many = "[0";
  for (int i = 0; i < (1 << 20); ++i) many += ",0";
  CHECK(problem(many + ']').find("too many values") != std::string::npos);
}

TEST_CASE("regular expressions of a schema") {
  box::pattern const card("^\\d{12}(\\d{4})$");
  CHECK(card.matches("1111222233334444"));
  CHECK_FALSE(card.matches("111122223333444"));
  auto const found = card.find("1111222233334444");
  REQUIRE(found);
  CHECK(found->at(1) == std::pair<std::size_t, std::size_t>(12, 16));
  CHECK(box::pattern("[\\d-]+").matches("12-3"));
  CHECK_FALSE(box::pattern("a+").matches("aab"));
  CHECK(box::pattern("[0-9]").replaced("a1b22", "*") == "a*b**");
  CHECK_THROWS_AS(box::pattern("("), std::invalid_argument);
}
