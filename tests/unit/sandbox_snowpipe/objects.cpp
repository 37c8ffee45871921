#include "catch.hpp"
#include "streamer.hpp"

#include <string>

using namespace streaming_test;

namespace {

constexpr auto streaming = "table(data_source(type => 'STREAMING'))";

std::string code_of(json::object const& status) {
  return json::value_to<std::string>(status.at("channel_status_code"));
}

}  // namespace

TEST_CASE("unknown databases, schemas, pipes and tables are 404") {
  fixture f;
  streamer client(f.box);
  CHECK(streamer(f.box, "NOTHING-STREAMING").open("CH").code() ==
        "ERR_TABLE_DOES_NOT_EXIST_NOT_AUTHORIZED");
  CHECK(streamer(f.box, "NOTHING").open("CH").code() ==
        "ERR_PIPE_DOES_NOT_EXIST_OR_NOT_AUTHORIZED");
  CHECK(streamer(f.box, "NOTHING").bulk({"CH"}).status == 404);
  client.schema = "NOWHERE";
  CHECK(client.open("CH").status == 404);
  client.database = "NOWHERE";
  CHECK(client.open("CH").status == 404);
  CHECK(client.append("CH", "t", "{}\n").status == 404);
  CHECK(client.drop("CH").status == 404);
}

TEST_CASE("an append to an unknown channel is 404 or 400, as the options say") {
  fixture f;
  streamer const client(f.box);
  auto const missing = client.append("NONE", client.open("CH").token(), "{}\n");
  CHECK(missing.status == 404);
  CHECK(missing.code() == "ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED");
  auto o = quiet_options();
  o.snowpipe.unknown_channel_status = 400;
  fixture g(std::move(o));
  streamer const other(g.box);
  CHECK(other.append("NONE", other.open("CH").token(), "{}\n").status == 400);
}

TEST_CASE("the default pipe comes into being at the first open") {
  fixture f;
  CHECK(sql(f.box, "show pipes").find("T-STREAMING") == std::string::npos);
  streamer(f.box).open("CH");
  CHECK(sql(f.box, "show pipes").find("T-STREAMING") != std::string::npos);
  auto const altered = sql(f.box, "alter pipe \"T-STREAMING\" set comment = 'x'");
  CHECK(altered.find("003001") != std::string::npos);
}

TEST_CASE("names fold to upper case unless they are quoted") {
  fixture f(quiet_options(), "create table \"my_table\" (ID number)");
  REQUIRE(succeeded(f.made));
  streamer quoted(f.box, "%22my_table-STREAMING%22");
  CHECK(quoted.open("CH").status == 200);
  CHECK(streamer(f.box, "my_table-STREAMING").open("CH").status == 404);
  sql(f.box, "create table T (ID number)");
  streamer lower(f.box, "t-streaming");
  lower.database = "sandbox";
  lower.schema = "public";
  CHECK(lower.open("ch").status == 200);
  CHECK(streamer(f.box).open("CH").status_of_channel().at("channel_name") == "ch");
}

TEST_CASE("a custom pipe maps columns by expressions and casts") {
  fixture f(quiet_options(),
            "create table T (A number(10,2), B varchar, C timestamp_ntz(0), D number)");
  REQUIRE(succeeded(
      sql(f.box,
          std::string("create pipe P as copy into T (A, B, C) from (select $1:a::number(10,2), "
                      "upper($1:b::string), $1:t::timestamp_ntz from ") +
              streaming + ")")));
  streamer const client(f.box, "P");
  auto const token = client.open("CH").token();
  client.append("CH",
                token,
                "{\"a\":\"1.25\",\"b\":\"x\",\"t\":\"2026-01-02T03:04:05\"}\n{\"a\":\"no\"}\n",
                "1",
                "2");
  f.box.streaming().commit_now();
  auto const rows = f.box.rows("select A::varchar, B, C::varchar, D from T");
  REQUIRE(rows.size() == 1);
  CHECK(rows[0][0] == "1.25");
  CHECK(rows[0][1] == "X");
  CHECK(rows[0][2] == "2026-01-02 03:04:05.000");
  CHECK_FALSE(rows[0][3]);
  CHECK(client.status("CH").at("rows_error_count") == 1);
}

TEST_CASE("a custom pipe matches by column name with or without case") {
  fixture f(quiet_options(), "create table T (ID number, NAME varchar)");
  sql(f.box,
      std::string("create pipe S as copy into T from ") + streaming +
          " match_by_column_name = case_sensitive");
  sql(f.box,
      std::string("create pipe I as copy into T from ") + streaming +
          " match_by_column_name = case_insensitive cluster_at_ingest_time = true");
  for (auto const* pipe : {"S", "I"}) {
    streamer const client(f.box, pipe);
    client.append("CH", client.open("CH").token(), "{\"ID\":1,\"name\":\"n\"}\n");
  }
  f.box.streaming().commit_now();
  CHECK(f.box.number("select count(*) from T") == 2);
  CHECK(f.box.number("select count(*) from T where NAME = 'n'") == 1);
}

TEST_CASE("pipes that cannot work are refused when they are created") {
  fixture f;
  auto const refused = [&](std::string const& text) { return !succeeded(sql(f.box, text)); };
  auto const from = std::string(" from ") + streaming;
  CHECK(refused("create pipe P as copy into NOTHING" + from));
  CHECK(refused("create pipe P as copy into T" + from));  // neither names nor a transformation
  CHECK(refused("create pipe P as copy into T (ID) from (select $1:a, $1:b" + from + ")"));
  CHECK(refused("create pipe P as copy into T (NOPE) from (select $1:a" + from + ")"));
  CHECK(refused("create pipe P as copy into T from table(data_source(type => 'FILES'))"));
  CHECK(refused("create pipe P as copy into T" + from +
                " match_by_column_name = case_sensitive on_error = abort_statement"));
  CHECK(refused("create pipe P auto_ingest = true as copy into T" + from +
                " match_by_column_name = case_sensitive"));
  CHECK(refused("copy into T" + from + " match_by_column_name = case_sensitive"));
  auto const good =
      "create pipe P as copy into T" + from + " match_by_column_name = case_sensitive";
  CHECK(succeeded(sql(f.box, good)));
  CHECK(refused(good));
  CHECK(succeeded(sql(f.box, "create or replace" + good.substr(6))));
  CHECK(succeeded(sql(f.box, "create pipe if not exists" + good.substr(11))));
}

TEST_CASE("pipes and channels are shown, described, altered and dropped") {
  fixture f;
  sql(f.box,
      std::string("create pipe P comment = 'why' as copy into T from ") + streaming +
          " match_by_column_name = case_sensitive");
  streamer const client(f.box, "P");
  client.append("CH", client.open("CH").token(), "{\"ID\":1}\n", "1", "off-1");
  f.box.streaming().commit_now();
  auto const pipes = sql(f.box, "show pipes like 'p'");
  CHECK(pipes.find("match_by_column_name") != std::string::npos);
  CHECK(pipes.find("why") != std::string::npos);
  CHECK(sql(f.box, "desc pipe P").find("STREAMING") != std::string::npos);
  CHECK(f.box.number("select count(*) from information_schema.pipes where pipe_name = 'P'") == 1);
  auto const channels = sql(f.box, "show channels");
  CHECK(channels.find("off-1") != std::string::npos);
  CHECK(sql(f.box, "show channels in pipe P").find("\"CH\"") != std::string::npos);
  CHECK(succeeded(sql(f.box, "alter pipe P set comment = 'because'")));
  CHECK(sql(f.box, "show pipes").find("because") != std::string::npos);
  CHECK(succeeded(sql(f.box, "drop pipe P")));
  CHECK_FALSE(succeeded(sql(f.box, "drop pipe P")));
  CHECK(succeeded(sql(f.box, "drop pipe if exists P")));
}

TEST_CASE("DDL on the table invalidates its channels once") {
  fixture f;
  streamer const client(f.box);
  auto const token = client.open("CH").token();
  client.append("CH", token, "{\"ID\":1}\n", "1", "1");
  f.box.streaming().commit_now();
  REQUIRE(succeeded(sql(f.box, "alter table T add column EXTRA varchar")));
  CHECK(code_of(client.status("CH")) == "ERR_CHANNEL_MUST_BE_REOPENED");
  CHECK(client.append("CH", token, "{\"ID\":2}\n").code() == "STALE_CONTINUATION_TOKEN_SEQUENCER");
  auto const again = client.open("CH");
  CHECK(again.status_of_channel().at("last_committed_offset_token") == "1");
  client.append("CH", again.token(), "{\"ID\":2,\"EXTRA\":\"e\"}\n", "2", "2");
  f.box.streaming().commit_now();
  CHECK(f.box.number("select count(*) from T where EXTRA = 'e'") == 1);
}

TEST_CASE("a dropped table and a replaced pipe are told apart") {
  fixture f;
  streamer const client(f.box);
  auto const token = client.open("CH", R"({"offset_token":"40"})").token();
  REQUIRE(succeeded(sql(f.box, "drop table T")));
  CHECK(code_of(client.status("CH")) == "ERR_TABLE_DOES_NOT_EXIST_NOT_AUTHORIZED");
  CHECK(client.append("CH", token, "{\"ID\":1}\n").status == 400);
  REQUIRE(succeeded(sql(f.box, "create table T (ID number)")));
  auto const stale = client.append("CH", token, "{\"ID\":1}\n");
  CHECK(stale.status == 503);
  CHECK(stale.code() == "STALE_PIPE_CACHE");
  // The table is another one, and so is the channel.
  CHECK(client.open("CH").status_of_channel().at("last_committed_offset_token").is_null());

  // A custom pipe outlives its table: an old token then hides the new table's rows.
  sql(f.box,
      std::string("create pipe P as copy into T from ") + streaming +
          " match_by_column_name = case_sensitive");
  streamer const other(f.box, "P");
  other.open("CH", R"({"offset_token":"40"})");
  sql(f.box, "create or replace table T (ID number)");
  CHECK(code_of(other.status("CH")) == "ERR_CHANNEL_MUST_BE_REOPENED");
  CHECK(other.open("CH").status_of_channel().at("last_committed_offset_token") == "40");
  auto const dead = other.open("CH").token();
  sql(f.box, "drop pipe P");
  CHECK(code_of(other.status("CH")) == "ERR_PIPE_DOES_NOT_EXIST_OR_NOT_AUTHORIZED");
  CHECK(other.append("CH", dead, "{\"ID\":1}\n").status == 400);
}
