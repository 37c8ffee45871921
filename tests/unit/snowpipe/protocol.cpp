#include "catch.hpp"

#include <sluice/snowpipe/offset_token.hpp>
#include <sluice/snowpipe/pipe.hpp>
#include <sluice/snowpipe/protocol.hpp>
#include <sluice/snowpipe/requests.hpp>

#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace {

namespace sp = sluice::snowpipe;
using std::chrono::seconds;

std::chrono::system_clock::time_point const noon{std::chrono::hours{12}};

bool holds(std::string const& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a host name is read bare, quoted and from JSON", "[snowpipe][protocol]") {
  for (char const* const body : {"ab_c.ingest.x.com",
                                 " AB-C.Ingest.X.com\r\n",
                                 R"("ab_c.ingest.x.com")",
                                 R"({"hostname":"ab_c.ingest.x.com","more":1})"})
    CHECK(sp::parse_hostname(body).value() == "ab-c.ingest.x.com");
  CHECK(sp::parse_hostname("h.x.com:8443").value() == "h.x.com:8443");
  for (std::string const& body : std::vector<std::string>{"",
                                                          "  ",
                                                          "{}",
                                                          R"({"hostname":7})",
                                                          R"({"hostname":)",
                                                          "<html>",
                                                          "a b",
                                                          "a/b",
                                                          "user@host",
                                                          ":80",
                                                          ".x",
                                                          "h:",
                                                          "a:1:2",
                                                          std::string(300, 'a')}) {
    auto const host = sp::parse_hostname(body);
    REQUIRE_FALSE(host);
    CHECK(host.error().code == sluice::errc::malformed_reply);
    CHECK(host.error().retryable());
  }
}

TEST_CASE("a scoped token lives as long as it says itself", "[snowpipe][protocol]") {
  // {"exp":43260}: a minute after noon of 1970-01-01.
  std::string const jwt = "h.eyJleHAiOjQzMjYwfQ.sig";
  for (std::string const& body :
       {jwt, jwt + "\n", '"' + jwt + '"', R"({"token":")" + jwt + R"("})"}) {
    auto const token = sp::parse_scoped_token(body, noon);
    REQUIRE(token);
    CHECK(token->token.expose() == jwt);
    CHECK(token->expires_at == noon + seconds{60});
  }
  for (char const* const opaque : {"opaque", "a.b.c", "h.e30.s", "h.eyJleHAiOi0xfQ.s", "a."}) {
    auto const token = sp::parse_scoped_token(opaque, noon);
    REQUIRE(token);
    CHECK(token->expires_at == noon + seconds{600});
  }
  for (std::string const& body :
       std::vector<std::string>{"", "{}", "two words", "a\nb", std::string(20'000, 'a')})
    CHECK_FALSE(sp::parse_scoped_token(body, noon));
}

TEST_CASE("a status is read in both spellings and without optional fields",
          "[snowpipe][protocol]") {
  auto const read = [](std::string const& fields) {
    auto const all = sp::parse_status_reply(
        R"({"channel_statuses":{"CH":{"channel_status_code":"SUCCESS")" + fields + "}}}", "CH");
    return all.value().value();
  };
  auto const bare = read(R"(,"rows_error_count":0)");
  CHECK(bare.healthy());
  CHECK_FALSE(bare.committed);
  CHECK(bare.rows_refused == 0u);
  CHECK_FALSE(bare.rows_inserted);
  CHECK(read(R"(,"rows_errors":3)").rows_refused == 3);
  CHECK(read(R"(,"rows_error_count":4)").rows_refused == 4);
  CHECK(read(R"(,"rows_error_count":"5")").rows_refused == 5);
  auto const nulls = read(R"(,"rows_error_count":null,"rows_inserted":null)");
  CHECK(nulls.rows_refused == 0u);
  CHECK_FALSE(nulls.rows_inserted);
  CHECK(read(R"(,"rows_inserted":"12")").rows_inserted == 12);
  std::string const counted = R"(,"rows_errors":0)";
  CHECK_FALSE(read(counted + R"(,"last_committed_offset_token":null)").committed);
  CHECK_FALSE(read(counted + R"(,"last_committed_offset_token":"")").committed);
  CHECK(read(counted + R"(,"last_committed_offset_token":"41","new":{"x":[1]})").committed == "41");
  CHECK(read(counted + R"(,"last_error_timestamp":1763690000000,"last_error_message":"m")")
            .last_error_message == "m");
  CHECK_FALSE(sp::parse_status_reply(R"({"channel_statuses":{"OTHER":{}}})", "CH").value());
  for (char const* const broken : {"", "[]", "{}", R"({"channel_statuses":[]})", "<html>"})
    CHECK_FALSE(sp::parse_status_reply(broken, "CH"));
  sp::channel_status s;
  for (char const* const good : {"SUCCESS", "ACTIVE", "0"}) {
    s.code = good;
    CHECK(s.healthy());
  }
  for (char const* const bad : {"", "ERR_CHANNEL_MUST_BE_REOPENED", "success"}) {
    s.code = bad;
    CHECK_FALSE(s.healthy());
  }
}

TEST_CASE("a count of refused rows that cannot be read is not a count of none",
          "[snowpipe][protocol]") {
  for (char const* const none : {R"("")", R"("5x")", R"("-5")", R"(" 5")", "-5", "5.5", "[5]"}) {
    CAPTURE(none);
    for (std::string const name : {"rows_error_count", "rows_errors"}) {
      std::string const status = R"({"channel_status_code":"SUCCESS",")" + name + "\":" + none;
      auto const both = sp::parse_status_reply(
          R"({"channel_statuses":{"CH":)" + status + R"(,"rows_inserted":7}}})", "CH");
      CHECK_FALSE(both.value().value().rows_refused);
      CHECK(both.value().value().rows_inserted == 7);
      CHECK_FALSE(sp::parse_status_reply(R"({"channel_statuses":{"CH":)" + status + "}}}", "CH"));
      CHECK_FALSE(sp::parse_open_reply(R"({"next_continuation_token":"t","channel_status":)" +
                                       status + "}}"));
    }
  }
  CHECK_FALSE(sp::parse_status_reply(
      R"({"channel_statuses":{"CH":{"channel_status_code":"SUCCESS"}}})", "CH"));
}

TEST_CASE("an open and an append without a continuation token are no answers",
          "[snowpipe][protocol]") {
  CHECK(sp::parse_append_reply(R"({"next_continuation_token":"a+/="})").value() == "a+/=");
  auto const open = sp::parse_open_reply(
      R"({"next_continuation_token":"t","channel_status":{"channel_status_code":"ACTIVE",)"
      R"("last_committed_offset_token":"9","rows_error_count":2}})");
  REQUIRE(open);
  CHECK(open->continuation == "t");
  CHECK(open->status.committed == "9");
  CHECK(open->status.rows_refused == 2);
  for (char const* const broken : {"",
                                   "{}",
                                   R"({"next_continuation_token":null})",
                                   R"({"next_continuation_token":""})",
                                   R"({"next_continuation_token":7})",
                                   R"({"next_continuation_token":"t")"}) {
    CHECK_FALSE(sp::parse_append_reply(broken));
    CHECK_FALSE(sp::parse_open_reply(broken));
  }
  CHECK_FALSE(sp::parse_open_reply(R"({"next_continuation_token":"t"})"));
}

TEST_CASE("an answer is judged by its code first and its status second", "[snowpipe][protocol]") {
  using op = sp::operation;
  using is = sp::outcome;

  struct row {
    op what;
    int status;
    char const* code;
    is wanted;
  };

  for (auto const& [what, status, code, wanted] : std::vector<row>{
           {op::append, 200, "", is::success},
           {op::open, 201, "", is::success},
           {op::append, 400, "STALE_CONTINUATION_TOKEN_SEQUENCER", is::reopen},
           {op::append, 503, "STALE_PIPE_CACHE", is::reopen},
           {op::append, 500, "ERR_CHANNEL_MUST_BE_REOPENED", is::reopen},
           {op::append, 400, "ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED", is::reopen},
           {op::open, 503, "STALE_PIPE_CACHE", is::retry},
           {op::drop, 400, "ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED", is::success},
           {op::append, 400, "INVALID_DATA_FORMAT", is::failed},
           {op::append, 401, "390144", is::renew},
           {op::status, 403, "", is::renew},
           {op::append, 404, "", is::reopen},
           {op::status, 404, "", is::reopen},
           {op::open, 404, "", is::failed},
           {op::elastic_append, 404, "", is::failed},
           {op::drop, 404, "", is::success},
           {op::append, 408, "", is::retry},
           {op::open, 409, "ERR_CHANNEL_HAS_UNCOMMITTED_DATA", is::uncommitted},
           {op::append, 409, "", is::reopen},
           {op::append, 409, "ANYTHING", is::reopen},
           {op::open, 409, "", is::retry},
           {op::append, 410, "", is::moved},
           {op::append, 413, "", is::too_large},
           {op::append, 429, "", is::throttled},
           {op::open, 429, "ERR_CHANNEL_LIMIT_EXCEEDED_FOR_PIPE", is::failed},
           {op::open, 404, "ERR_PIPE_DOES_NOT_EXIST_OR_NOT_AUTHORIZED", is::failed},
           {op::append, 404, "ERR_TABLE_DOES_NOT_EXIST_NOT_AUTHORIZED", is::failed},
           {op::append, 500, "", is::retry},
           {op::append, 503, "UNHEARD_OF", is::retry},
           {op::append, 302, "", is::failed},
           {op::append, 0, "", is::failed}}) {
    CAPTURE(static_cast<int>(what), status, code);
    CHECK(sp::classify(what, status, code) == wanted);
  }
}

TEST_CASE("offset tokens sort like positions and come back as they were", "[snowpipe][protocol]") {
  std::string last;
  for (sluice::position const at : {0ull, 9ull, 10ull, 99'999ull, 18'446'744'073'709'551'615ull}) {
    std::string const text = sp::to_text({at, "run-1"}, "order_");
    CHECK(text.size() == 6 + 20 + 6);
    CHECK(text > last);
    last = text;
    CHECK(sp::parse_offset_token(text, "order_") == sp::offset_token{at, "run-1"});
    CHECK_FALSE(sp::parse_offset_token(text, "item_"));
  }
  CHECK(sp::to_text({7, {}}, "") == "00000000000000000007");
  CHECK(sp::parse_offset_token("41", "") == sp::offset_token{41, {}});
  for (char const* const foreign : {"",
                                    "x",
                                    "-1",
                                    "1 ",
                                    " 1",
                                    "1@",
                                    "1@a b",
                                    "@a",
                                    "18446744073709551616",
                                    "000000000000000000001@a"})
    CHECK_FALSE(sp::parse_offset_token(foreign, ""));
}

TEST_CASE("names are quoted where they need it, and always encoded", "[snowpipe][requests]") {
  CHECK(sp::path_segment("ORDERS") == "ORDERS");
  CHECK(sp::path_segment("ORDERS-STREAMING") == "ORDERS-STREAMING");
  CHECK(sp::path_segment("orders-STREAMING") == "%22orders-STREAMING%22");
  CHECK(sp::path_segment("A\"/B") == "%22A%22%22%2FB%22");
  CHECK(sp::path_segment("1A") == "%221A%22");
  sp::pipe_path const at{"DB", "SC", "T-STREAMING"};
  CHECK(sp::channel_path(at, "CH") ==
        "/v2/streaming/databases/DB/schemas/SC/pipes/T-STREAMING/channels/CH");
  CHECK(sp::append_path(at, "CH") ==
        "/v2/streaming/data/databases/DB/schemas/SC/pipes/T-STREAMING/channels/CH/rows");
  CHECK(sp::elastic_path(at, "T") == "/v2/streaming/data/databases/DB/schemas/SC/tables/T/rows");
  CHECK(sp::status_path(at) ==
        "/v2/streaming/databases/DB/schemas/SC/pipes/T-STREAMING:bulk-channel-status");
  CHECK(sp::append_query({"a+/=", "1", "2", "id"}) ==
        "continuationToken=a%2B%2F%3D&startOffsetToken=1&endOffsetToken=2&requestId=id");
  CHECK(sp::status_body("A\"B") == R"({"channel_names":["A\"B"]})");
  CHECK(sp::guard_body(true) == R"({"fail_on_uncommitted_rows":true})");
  CHECK(sp::guard_body(false) == "{}");
  CHECK(sp::exchange_form("h.x.com", "") ==
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&scope=h.x.com");
  CHECK(holds(sp::exchange_form("h.x.com", "R"), "&scope=session%3Arole%3AR%20h.x.com"));
}

TEST_CASE("an error names what to do and no value of a row", "[snowpipe][error]") {
  auto const e = sp::service_error(
      "open channel", 404, {"ERR_TABLE", "Numeric value 'private' is\nnot recognized"});
  CHECK(e.code == sp::errc::object_missing);
  CHECK_FALSE(e.retryable());
  CHECK(e.service_code == "ERR_TABLE");
  CHECK(holds(e.message, "open channel: Numeric value '...' is not recognized; "));
  CHECK(holds(e.message, "grants"));
  CHECK(sp::service_error("a", 401, {"390144", ""}).code == sp::errc::login_refused);
  CHECK(sp::service_error("a", 503, {}).retryable());
  CHECK(sp::service_error("a", 503, {}).service_code == "503");
  CHECK(sp::service_error("a", 429, {"ERR_CHANNEL_LIMIT_EXCEEDED_FOR_PIPE", ""}).code ==
        sp::errc::too_many_channels);
  CHECK(sp::plain_words(std::string(2'000, 'a')).size() == 500);
  CHECK(sp::plain_words("Numeric value '5' 11 Elm Street' is not\nrecognized") ==
        "Numeric value '...' is not recognized");
  CHECK(sp::plain_words("a 'b") == "a '...'");
  CHECK(sp::plain_words("a 'b' c 'd" + std::string(500, 'e') + "'") == "a '...'");
  CHECK(std::error_code{sp::errc::stalled}.message() == "accepted rows are not committed");
}

TEST_CASE("the definition of a pipe casts every column", "[snowpipe][pipe]") {
  using sluice::logical_type;
  std::array<sluice::column_info, 5> const columns{
      sluice::column_info{.name = "ID", .type = logical_type::integer},
      sluice::column_info{.name = "key", .type = logical_type::uuid},
      sluice::column_info{.name = "RAW", .type = logical_type::bytes, .nullable = true},
      sluice::column_info{.name = "DOC", .type = logical_type::json, .nullable = true},
      sluice::column_info{.name = "META", .type = logical_type::json}};
  CHECK(sp::create_pipe_text(R"("P")", R"("S"."T")", columns) ==
        R"(CREATE PIPE IF NOT EXISTS "P" AS COPY INTO "S"."T" ("ID", "key", "RAW", "DOC", "META") )"
        R"(FROM (SELECT $1:ID::NUMBER(38, 0), $1:"key"::VARCHAR(36), )"
        R"(TO_BINARY($1:RAW::VARCHAR, 'HEX'), STRIP_NULL_VALUE($1:DOC), $1:META )"
        R"(FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING'))))");
}
