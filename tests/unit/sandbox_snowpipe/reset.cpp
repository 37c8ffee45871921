#include "catch.hpp"
#include "streamer.hpp"
#include "temporary_directory.hpp"
#include "unit/sandbox/driver.hpp"

#include <fstream>
#include <string>

using namespace streaming_test;

namespace {

std::string row(int id) {
  return "{\"ID\":" + std::to_string(id) + "}\n";
}

plain_client::reply control(sandbox::server& box,
                            std::string const& method,
                            std::string const& target) {
  auto const& url = box.where().control_url;
  auto const port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  return plain_client::send(port, method, target);
}

}  // namespace

TEST_CASE("/streaming/reset forgets channels, rowsets and counters, and leaves the rows") {
  fixture f;
  streamer const client(f.box);
  auto const first = client.open("CH").token();
  auto const second = client.append("CH", first, row(1), "1", "1").token();
  f.box.streaming().commit_now();
  client.append("CH", second, row(2), "2", "2");
  CHECK(control(f.box, "POST", "/streaming/reset").status == 200);
  CHECK(f.box.streaming().uncommitted() == 0);
  CHECK(f.box.streaming().committed().empty());
  CHECK(f.box.streaming().counts().rowsets_accepted == 0);
  CHECK(f.box.number("select count(*) from T") == 1);
  CHECK(client.status("CH").empty());
  CHECK(client.append("CH", second, row(2), "2", "2").status == 404);
  CHECK(client.open("CH").status_of_channel().at("last_committed_offset_token").is_null());
  CHECK(control(f.box, "GET", "/streaming/reset").status == 404);
}

TEST_CASE("a channel that a reset has forgotten does not come back with a restart") {
  sluice_test::temporary_directory const directory;
  auto o = quiet_options();
  o.data = directory.path();
  {
    fixture f(o);
    streamer const client(f.box);
    client.append("CH", client.open("CH").token(), row(1), "1", "1");
    f.box.streaming().commit_now();
    f.box.reset();
  }
  sandbox::server again(o);
  CHECK(again.number("select count(*) from T") == 0);
  CHECK(streamer(again).open("CH").status_of_channel().at("last_committed_offset_token").is_null());
}

TEST_CASE("/reset empties tables, stages, channels and the request log; tables and faults stay") {
  auto o = quiet_options();
  o.stage = sandbox::stage_kind::local_fs;
  fixture f(o);
  auto const row_count = [&] { return f.box.number("select count(*) from T"); };
  streamer const client(f.box);
  client.append("CH", client.open("CH").token(), row(1), "1", "1");
  f.box.streaming().commit_now();
  plain_client::driver const d(f.box);
  auto const put = [&] {
    auto const location =
        plain_client::member(d.query("put 'file:///x' '@~/r/'", "p").body, "location");
    std::ofstream(location + "/part.csv") << "7,a\n";
  };
  auto const send_copy = [&](std::string const& id, std::string const& marks = {}) {
    return d.query("copy into T from '@~/r/' file_format=(type=csv)", id, marks).body;
  };
  auto const copy = [&](std::string const& id) { return succeeded(send_copy(id)); };
  put();
  auto const first = send_copy("c1");
  CHECK(succeeded(first));
  CHECK(row_count() == 2);
  f.box.faults().arm("copy_reply_lost:9");
  CHECK(f.box.log().count("snowpipe") > 0);

  CHECK(control(f.box, "POST", "/reset").status == 200);
  CHECK(row_count() == 0);
  CHECK(client.status("CH").empty());
  CHECK(f.box.streaming().committed().empty());
  CHECK(f.box.log().executions("c1") == 0);
  CHECK(f.box.log().count("open") == 0);
  CHECK(f.box.faults().armed("copy_reply_lost"));
  CHECK(copy("c2"));
  CHECK(row_count() == 0);  // the file is gone
  put();
  // And so are the memory of its load, and the reply that a request sent again would get.
  CHECK(succeeded(send_copy("c1", "&retry=true")));
  CHECK(row_count() == 1);
  CHECK(f.box.log().executions("c1") == 1);
  CHECK(d.get("/queries/" + plain_client::member(first, "queryId") + "/result").contains("000612"));
  CHECK(control(f.box, "GET", "/reset").status == 404);
}

TEST_CASE("a reset cancels what runs") {
  fixture f(quiet_options());
  plain_client::driver const d(f.box);
  f.box.faults().arm("statement_slow=600000");
  d.post("/queries/v1/query-request?requestId=i",
         R"-({"sqlText":"insert into T values (1, 'x')","asyncExec":true})-",
         d.token);
  CHECK(control(f.box, "POST", "/reset").status == 200);
  CHECK(f.box.number("select count(*) from T") == 0);
  CHECK(succeeded(d.query("insert into T values (2, 'y'), (3, 'z')", "i").body));
  CHECK(f.box.number("select count(*) from T") == 2);
}

TEST_CASE("a reset waits for an open transaction, and says so if that does not end") {
  auto o = quiet_options();
  o.lock_timeout = std::chrono::milliseconds(10);
  fixture f(o);
  plain_client::driver const d(f.box);
  CHECK(succeeded(d.query("begin", "b").body));
  CHECK(succeeded(d.query("insert into T values (1, 'x')", "i").body));
  auto const refused = control(f.box, "POST", "/reset");
  CHECK(refused.status == 400);
  CHECK(refused.contains("locks held by another session's open transaction"));
  CHECK(succeeded(d.query("commit", "c").body));
  CHECK(control(f.box, "POST", "/reset").status == 200);
  CHECK(f.box.number("select count(*) from T") == 0);
}
