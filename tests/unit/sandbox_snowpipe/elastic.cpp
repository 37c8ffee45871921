#include "catch.hpp"
#include "streamer.hpp"
#include "temporary_directory.hpp"

#include <string>

using namespace streaming_test;

namespace {

reply append(streamer const& client, std::string const& target, std::string const& rows) {
  return client.call("POST",
                     "/v2/streaming/data/databases/SANDBOX/schemas/PUBLIC/" + target,
                     rows,
                     {{"Content-Type", "application/x-ndjson"}});
}

}  // namespace

TEST_CASE("elastic appends go to a table or to a pipe and answer OK") {
  fixture f;
  streamer const client(f.box);
  auto const by_table = append(client, "tables/t/rows?requestId=r&retryCount=0", "{\"ID\":1}\n");
  CHECK(by_table.status == 200);
  CHECK(by_table.text("message") == "OK");
  sql(f.box,
      "create pipe P as copy into T (ID) from (select $1:n::number from "
      "table(data_source(type => 'STREAMING')))");
  CHECK(append(client, "pipes/P/channels/ELASTIC/rows", "{\"n\":2}\n").status == 200);
  CHECK(append(client, "tables/NOTHING/rows", "{}\n").status == 404);
  CHECK(f.box.number("select count(*) from T") == 0);
  f.box.streaming().commit_now();
  CHECK(f.box.number("select sum(ID) from T") == 3);
  CHECK(f.box.streaming().committed().size() == 2);
  CHECK(f.box.streaming().committed()[0].channel == "ELASTIC");
  auto const status = client.status("ELASTIC");
  CHECK(status.at("channel_status_code") == "SUCCESS");
  CHECK(status.at("rows_inserted") == 1);
  CHECK(status.at("last_committed_offset_token").is_null());
}

TEST_CASE("an elastic append with any token is 400") {
  fixture f;
  streamer const client(f.box);
  for (auto const* token :
       {"offsetToken", "startOffsetToken", "endOffsetToken", "continuationToken"}) {
    CHECK(append(client, std::string("tables/T/rows?") + token + "=1", "{\"ID\":1}\n").status ==
          400);
  }
}

TEST_CASE("a retried elastic append that was accepted comes in twice") {
  fixture f;
  streamer const client(f.box);
  f.box.faults().arm("elastic.drop_reply");
  CHECK(append(client, "tables/T/rows?requestId=r&retryCount=0", "{\"ID\":1}\n").status == 0);
  CHECK(append(client, "tables/T/rows?requestId=r&retryCount=1", "{\"ID\":1}\n").status == 200);
  f.box.streaming().commit_now();
  CHECK(f.box.number("select count(*) from T") == 2);
}

TEST_CASE("elastic rows have no order if the options say so") {
  auto o = quiet_options();
  o.snowpipe.shuffle_elastic = true;
  fixture f(std::move(o));
  streamer const client(f.box);
  for (int i = 1; i <= 4; ++i) {
    append(client, "tables/T/rows", "{\"ID\":" + std::to_string(i) + "}\n");
  }
  f.box.streaming().commit_now();
  CHECK(f.box.number("select count(*) from T") == 4);
  std::string order;
  for (auto const& r : f.box.rows("select ID from T")) order += *r[0];
  CHECK(order != "1234");
}

TEST_CASE("what an elastic append has answered survives a restart") {
  sluice_test::temporary_directory const directory;
  auto o = quiet_options();
  o.data = directory.path();
  o.snowpipe.channels_per_pipe = 1;
  {
    fixture f(o);
    streamer const client(f.box);
    f.box.faults().arm("commit_stalled:1:*");
    append(client, "tables/T/rows", "{\"ID\":5}\n");
  }
  sandbox::server again(o);
  CHECK(again.streaming().uncommitted() == 1);
  again.streaming().commit_now();
  CHECK(again.number("select ID from T") == 5);
}

TEST_CASE("a pipe whose table is gone takes no elastic rows") {
  fixture f;
  streamer const client(f.box);
  REQUIRE(succeeded(sql(f.box,
                        "create pipe P as copy into T from table(data_source(type => 'streaming')) "
                        "match_by_column_name = case_insensitive")));
  CHECK(append(client, "pipes/P/channels/ELASTIC/rows", "{\"ID\":1}\n").status == 200);
  REQUIRE(succeeded(sql(f.box, "drop table T")));
  auto const refused = append(client, "pipes/P/channels/ELASTIC/rows", "{\"ID\":2}\n");
  CHECK(refused.status == 404);
  CHECK(refused.code() == "ERR_TABLE_DOES_NOT_EXIST_NOT_AUTHORIZED");
}
