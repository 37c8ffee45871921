#include "catch.hpp"

#include <sluice/auth/digest.hpp>
#include <sluice/skyflow/detail/all_stored.hpp>
#include <sluice/skyflow/error.hpp>
#include <sluice/skyflow/protocol.hpp>

#include <chrono>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace std::chrono_literals;
namespace skyflow = sluice::skyflow;
using kind = skyflow::verdict::kind;
using skyflow::keep;

}  // namespace

TEST_CASE("inserts are answered in three shapes", "[skyflow][protocol]") {
  auto const plain = skyflow::parse_insert_reply(
      R"({"records":[{"skyflow_id":"a","tokens":{"n":"t1"}},{"skyflow_id":"b","tokens":null}],
          "more":1})",
      2,
      keep::everything);
  REQUIRE(plain);
  CHECK((*plain)[0].stored());
  CHECK((*plain)[0].skyflow_id.expose() == "a");
  REQUIRE((*plain)[0].tokens.size() == 1);
  CHECK((*plain)[0].tokens[0].token.expose() == "t1");
  CHECK((*plain)[1].tokens.empty());

  auto const batch = skyflow::parse_insert_reply(
      R"({"vaultID":"v","responses":[
          {"Status":200,"Body":{"records":[{"skyflow_id":"a","tokens":{"n":"t1"}}]}},
          {"Status":400,"Body":{"error":"Insert failed."}},
          {"records":[{"skyflow_id":"c"}]},
          {"Status":409}]})",
      4,
      keep::everything);
  REQUIRE(batch);
  CHECK((*batch)[0].tokens.size() == 1);
  CHECK_FALSE((*batch)[1].stored());
  CHECK((*batch)[1].why.message == "Insert failed.");
  CHECK((*batch)[2].stored());
  CHECK((*batch)[3].why.status == 409);

  auto const flow = skyflow::parse_insert_reply(
      R"({"records":[
          {"skyflowID":"a","httpCode":null,"error":null,
           "tokens":{"n":[{"token":"t1","tokenGroupName":"g1"},{"token":"t2","tokenGroupName":"g2"}]}},
          {"skyflowID":null,"httpCode":400,"error":"No"},
          {"skyflowID":null,"httpCode":null,"error":"No"},
          {"skyflowID":"d","httpCode":200,"error":"No"},
          {"skyflowID":null,"httpCode":529,"error":"busy"}]})",
      5,
      keep::everything);
  REQUIRE(flow);
  REQUIRE((*flow)[0].tokens.size() == 2);
  CHECK((*flow)[0].tokens[1].group == "g2");
  CHECK((*flow)[0].tokens[1].token.expose() == "t2");
  for (std::size_t i : {1u, 2u, 3u, 4u}) CHECK_FALSE((*flow)[i].stored());
  CHECK((*flow)[4].why.status == 529);
}

TEST_CASE("ids and tokens are left out where nobody wants them", "[skyflow][protocol]") {
  auto const plain = skyflow::parse_insert_reply(
      R"({"records":[{"skyflow_id":"a","tokens":{"n":"t1"}}]})", 1, keep::outcome);
  REQUIRE(plain);
  CHECK((*plain)[0].stored());
  CHECK((*plain)[0].skyflow_id.empty());
  CHECK((*plain)[0].tokens.empty());
}

TEST_CASE("the outcome alone is the same as that of the whole answer", "[skyflow][protocol]") {
  for (char const* body :
       {R"({"records":[{"skyflow_id":"a"},{"skyflow_id":"b"}]})",
        R"({"records":[{"skyflow_id":"a","tokens":{"skyflow_id":"","error":1,"n":[[{}]]}},
                       {"tokens":null,"skyflowID":"b","x":1.5,"y":true}]})",
        R"({"records":[{"skyflow_id":"a","error":"No"},{"skyflow_id":"b"}]})",
        R"({"records":[{"skyflow_id":"a"},{"skyflow_id":"b","error":{"message":"No"}}]})",
        R"({"records":[{"skyflow_id":"a","httpCode":409},{"skyflow_id":"b","httpCode":200}]})",
        R"({"records":[{"skyflow_id":"a","err\u006fr":"No"},{"skyflow_id":"b"}]})",
        R"({"records":[{"skyflow_id":"a","\u0065rror":"No"},{"skyflow_id":"b"}]})",
        R"({"\u0072ecords":[{"skyflow_id":"a"},{"skyflow_id":"b"}]})",
        R"({})",
        R"({"records":[{"skyflow_id":"a"},{"skyflow_id":"b"}],"records":[]})",
        R"({"records":[{"skyflow_id":"a","skyflow_id":""},{"skyflow_id":"b"}]})",
        R"({"records":[{"skyflow_id":"a","skyflowID":7},{"skyflow_id":"b"}]})",
        R"({"records":[{"skyflow_id":"a"},[{"skyflow_id":"b"}]]})",
        R"({"records":[[{"skyflow_id":"a"},{"skyflow_id":"b"}]]})",
        R"({"records":{"skyflow_id":"a","n":{"skyflow_id":"b"}}})",
        R"({"records":[{"skyflow_id":["a"]},{"skyflow_id":{"b":"b"}}]})",
        R"({"records":[{"skyflow_id":"a"},{"skyflow_id":"b"}],"responses":[]})",
        R"({"responses":[{"Status":200,"Body":{"records":[{"skyflow_id":"a"}]}},{"Status":400}]})",
        R"({"records":[{"skyflow_id":"a"},{"skyflow_id":"b"}]} x)",
        R"({"records":[{"skyflow_id":"a"},{"skyflow_id":"b"}])"}) {
    INFO(body);
    auto const whole = skyflow::parse_insert_reply(body, 2, keep::everything);
    auto const brief = skyflow::parse_insert_reply(body, 2, keep::outcome);
    REQUIRE(whole.has_value() == brief.has_value());
    for (std::size_t i = 0; whole && i != 2; ++i)
      CHECK((*whole)[i].why.status == (*brief)[i].why.status);
  }
}

TEST_CASE("a plain answer is read without its values", "[skyflow][protocol]") {
  using skyflow::detail::all_stored;
  CHECK(all_stored(R"({"records":[{"skyflow_id":"a"},{"skyflow_id":"b"}]})", 2));
  CHECK(all_stored(
      R"({"records":[{"skyflow_id":"a","tokens":{"skyflow_id":"","error":1,"n":[[{}]]}}]})", 1));
  CHECK(all_stored(R"({"records":[]})", 0));
  for (char const* body : {R"({})",
                           R"([])",
                           R"({"records":{}})",
                           R"({"records":[{"skyflow_id":"a"}]})",
                           R"({"records":[{"skyflow_id":"a","error":null}]})"})
    CHECK_FALSE(all_stored(body, 0));
  CHECK_FALSE(all_stored(R"({"records":[{"skyflow_id":"a","error":null}]})", 1));
}

TEST_CASE("an answer that does not account for every record is malformed", "[skyflow][protocol]") {
  for (
      char const* body :
      {"",
       "x",
       "[]",
       "{}",
       R"({"records":[]})",
       R"({"records":{}})",
       R"({"records":[{"skyflow_id":"a"},{"skyflow_id":"b"}]})",
       R"({"records":[1]})",
       R"({"records":[null]})",
       R"({"records":[{}]})",
       R"({"records":[{"skyflow_id":""}]})",
       R"({"records":[{"skyflow_id":7}]})",
       R"({"records":[{"skyflow_id":"a","httpCode":"x"}]})",
       R"({"responses":[{"Status":200}]})",
       R"({"responses":[{"Status":200,"Body":{}}]})",
       R"({"responses":[{"Status":200,"Body":{"records":[]}}]})",
       R"({"responses":[{"Status":200,"Body":{"records":[{"skyflow_id":"a"},{"skyflow_id":"b"}]}}]})",
       R"({"responses":[{"Status":0}]})",
       R"({"responses":[{"Status":"200"}]})",
       R"({"responses":[[]]})"}) {
    INFO(body);
    auto const read = skyflow::parse_insert_reply(body, 1, keep::everything);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == sluice::errc::malformed_reply);
    CHECK_FALSE(skyflow::parse_insert_reply(body, 1, keep::outcome));
  }
}

TEST_CASE("nesting without end is refused", "[skyflow][protocol]") {
  std::string const deep(100'000, '[');
  CHECK_FALSE(skyflow::parse_insert_reply(deep, 1, keep::outcome));
  CHECK_FALSE(skyflow::parse_rows(deep));
  CHECK(skyflow::parse_refusal(400, deep).message.empty());
}

TEST_CASE("errors come in many shapes", "[skyflow][protocol]") {
  auto const full = skyflow::parse_refusal(
      404,
      R"({"error":{"grpc_code":5,"http_code":404,"message":"No Records Found","details":[]}})");
  CHECK(full.grpc_code == 5);
  CHECK(full.message == "No Records Found");
  CHECK(skyflow::parse_refusal(400, R"({"error":"Insert failed."})").message == "Insert failed.");
  auto const grpc = skyflow::parse_refusal(400, R"({"code":3,"message":"m","details":[]})");
  CHECK(grpc.grpc_code == 3);
  for (char const* body : {"", "<html>", "{}", R"({"message":"Bad Gateway"})", "[1]", "\"x\""})
    CHECK(skyflow::parse_refusal(502, body).message.empty());
}

TEST_CASE("each status means one thing", "[skyflow][protocol]") {
  struct row {
    int status;
    int grpc;
    kind what;
    sluice::disposition after;
  };

  constexpr auto permanent = sluice::disposition::permanent;
  constexpr auto retryable = sluice::disposition::retryable;
  constexpr auto throttled = sluice::disposition::throttled;
  for (row const& r :
       {row{200, 0, kind::done, permanent},     row{201, 0, kind::done, permanent},
        row{207, 0, kind::done, permanent},     row{204, 0, kind::denied, permanent},
        row{302, 0, kind::denied, permanent},   row{400, 3, kind::refused, permanent},
        row{401, 16, kind::renew, permanent},   row{403, 7, kind::denied, permanent},
        row{404, 5, kind::denied, permanent},   row{408, 0, kind::unknown, retryable},
        row{409, 6, kind::refused, permanent},  row{413, 0, kind::too_large, permanent},
        row{422, 0, kind::refused, permanent},  row{425, 0, kind::again, retryable},
        row{429, 8, kind::again, throttled},    row{500, 13, kind::unknown, retryable},
        row{500, 0, kind::unknown, retryable},  row{500, 2, kind::unknown, retryable},
        row{501, 0, kind::denied, permanent},   row{502, 0, kind::unknown, retryable},
        row{503, 14, kind::unknown, throttled}, row{503, 0, kind::unknown, throttled},
        row{503, 4, kind::unknown, throttled},  row{504, 4, kind::unknown, retryable},
        row{529, 0, kind::again, throttled}}) {
    skyflow::refusal answer;
    answer.status = r.status;
    answer.grpc_code = r.grpc;
    skyflow::verdict const v = skyflow::classify(answer);
    INFO(r.status << " " << r.grpc);
    CHECK(v.what == r.what);
    bool const late = r.status == 408 || r.status == 504;
    kind const alone = r.what == kind::unknown && !late ? kind::again : r.what;
    CHECK(skyflow::classify_record(answer).what == alone);
    CHECK(v.after == r.after);
  }
}

TEST_CASE("the service's words are shown without values", "[skyflow][protocol]") {
  auto const shown = [](std::string_view m) {
    return skyflow::without_values(m, "persons card_number full_name");
  };
  CHECK(shown("Error Inserting Records due to unique constraint violation") ==
        "Error Inserting Records ... to unique constraint violation");
  CHECK(shown("Insert failed. Column card_number is invalid. Specify a valid column.") ==
        "Insert failed. Column card_number is invalid. Specify a valid column.");
  CHECK(shown("Token not found for tok_ssn_1700000000_abc") == "Token not found for ...");
  CHECK(shown("Invalid value 'Ada Planted, 900-00-1001' for field full_name") ==
        "Invalid value ..., ... for field full_name");
  CHECK(shown("value 4111111111111111 exceeds limit 19") == "value ... exceeds limit ...");
  CHECK(shown("Jos\xC3\xA9 M\xC3\xBCller") == "...");
  CHECK(shown("\x1b[31m<script>\n") == "...");
  CHECK(shown("Couldn't load data") == "Couldn t load data");
  CHECK(shown(std::string(100'000, 'a')).size() < 600);
  std::string long_text;
  for (int i = 0; i != 10'000; ++i) long_text += "record ";
  CHECK(shown(long_text).size() < 600);
}

TEST_CASE("a wish to wait is read in any of its forms, and bounded", "[skyflow][protocol]") {
  auto const now = std::chrono::sys_days{std::chrono::January / 2 / 2026};
  auto const wait = [&](std::vector<sluice::header> headers) {
    sluice::response r;
    r.headers = std::move(headers);
    return skyflow::wanted_wait(r, now, 30s);
  };
  CHECK(wait({}) == 0ms);
  CHECK(wait({{"Retry-After", "2"}}) == 2s);
  CHECK(wait({{"Retry-After", "Fri, 02 Jan 2026 00:00:05 GMT"}}) == 5s);
  CHECK(wait({{"retry-after-ms", "250"}, {"Retry-After", "2"}}) == 250ms);
  CHECK(wait({{"X-RateLimit-Reset", "1767312004"}}) == 4s);
  CHECK(wait({{"X-RateLimit-Reset", "12"}}) == 0ms);
  CHECK(wait({{"Retry-After", "86400"}}) == 30s);
  CHECK(wait({{"retry-after-ms", "9223372036854775807"}}) == 30s);
  CHECK(wait({{"X-RateLimit-Reset", "9223372036854775807"}}) == 30s);
  CHECK(wait({{"Retry-After", "-5"}, {"retry-after-ms", "soon"}}) == 0ms);
}

TEST_CASE("rows and values are read", "[skyflow][protocol]") {
  auto const rows = skyflow::parse_rows(
      R"({"records":[{"fields":{"skyflow_id":"i","n":"x","a":7,"z":null},"tokens":null},
                     {"skyflowID":"j","data":{"n":"y"},"tokens":{"n":[{"token":"t"}]}}]})");
  REQUIRE(rows);
  CHECK((*rows)[0].skyflow_id == "i");
  CHECK((*rows)[0].find("n")->expose() == "\"x\"");
  CHECK((*rows)[0].find("a")->expose() == "7");
  CHECK((*rows)[0].find("z")->expose() == "null");
  CHECK((*rows)[1].skyflow_id == "j");
  CHECK((*rows)[1].tokens.at(0).token.expose() == "t");
  CHECK_FALSE(skyflow::parse_rows(R"({"records":[1]})"));

  auto const values = skyflow::parse_detokenized(
      R"({"response":[{"token":"a","value":"x","httpCode":200},
                      {"token":"b","value":null,"error":"Token not found","httpCode":404},
                      {"token":"c","value":5,"error":null}]})",
      3);
  REQUIRE(values);
  CHECK((*values)[0].value.expose() == "x");
  CHECK_FALSE((*values)[1].found());
  CHECK((*values)[2].value.expose() == "5");
  CHECK_FALSE(skyflow::parse_detokenized(R"({"records":[]})", 1));

  CHECK(*skyflow::parse_deleted(R"({"RecordIDResponse":["a","b"]})") == 2);
  CHECK(*skyflow::parse_deleted(
            R"({"records":[{"skyflowID":"a","httpCode":200},{"skyflowID":"b","error":"x"}]})") ==
        1);
  CHECK_FALSE(skyflow::parse_deleted("{}"));
}

TEST_CASE("an access token is read", "[skyflow][protocol]") {
  CHECK(skyflow::parse_token_reply(R"({"accessToken":"a.b.c","tokenType":"Bearer"})")->expose() ==
        "a.b.c");
  for (char const* body : {"",
                           "{}",
                           R"({"accessToken":""})",
                           R"({"accessToken":7})",
                           R"({"accessToken":"a b"})",
                           R"({"accessToken":"a\nb"})"})
    CHECK_FALSE(skyflow::parse_token_reply(body));
}
