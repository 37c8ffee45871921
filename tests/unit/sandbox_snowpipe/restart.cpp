#include "catch.hpp"
#include "streamer.hpp"
#include "temporary_directory.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>

using namespace streaming_test;

namespace {

sandbox::options kept_in(std::string const& directory) {
  auto o = quiet_options();
  o.data = directory;
  return o;
}

std::string row(int id) {
  return "{\"ID\":" + std::to_string(id) + "}\n";
}

}  // namespace

TEST_CASE("a server that was stopped goes on where it was") {
  sluice_test::temporary_directory const directory;
  std::string token;
  {
    fixture f(kept_in(directory.path()));
    streamer const client(f.box);
    token = client.open("CH").token();
    token = client.append("CH", token, row(1), "1", "1").token();
  }
  sandbox::server again(kept_in(directory.path()));
  streamer const client(again);
  CHECK(again.number("select ID from T") == 1);
  CHECK(client.committed_token("CH") == "1");
  CHECK(client.status("CH").at("rows_inserted") == 1);
  // The old continuation token is still good, and a used one is still known.
  CHECK(client.append("CH", token, row(2), "2", "2").status == 200);
  CHECK(client.append("CH", token, row(3), "3", "3").status == 200);
  CHECK(again.streaming().counts().tokens_reused_with_other_body == 1);
  again.streaming().commit_now();
  CHECK(again.number("select count(*) from T") == 2);
}

TEST_CASE("a channel that was idle for too long does not come back with a restart") {
  sluice_test::temporary_directory const directory;
  constexpr auto later = std::chrono::hours(31 * 24);
  {
    fixture f(kept_in(directory.path()));
    streamer const client(f.box);
    REQUIRE(client.open("old", R"({"offset_token":"5"})").status == 200);
    f.box.skew_clock(later);
    CHECK(client.status("old").empty());
    REQUIRE(client.open("OLD").status == 200);
  }
  sandbox::server again(kept_in(directory.path()));
  again.skew_clock(later);
  streamer const client(again);
  CHECK(client.status("old").empty());
  CHECK(client.committed_token("OLD") == "<null>");
}

TEST_CASE("a channel that became invalid is so after a restart in order") {
  sluice_test::temporary_directory const directory;
  {
    fixture f(kept_in(directory.path()));
    streamer const client(f.box);
    auto const token = client.open("LOST").token();
    REQUIRE(client.open("TAKEN").status == 200);
    f.box.faults().arm("channel_lost_silently");
    CHECK(client.append("LOST", token, row(1), "1", "1").status == 200);
    CHECK(f.box.streaming().invalidate("TAKEN", "ERR_CHANNEL_HAS_INVALID_CLIENT_SEQUENCER"));
  }
  sandbox::server again(kept_in(directory.path()));
  streamer const client(again);
  CHECK(client.status("LOST").at("channel_status_code") == "ERR_CHANNEL_MUST_BE_REOPENED");
  CHECK(client.status("TAKEN").at("channel_status_code") ==
        "ERR_CHANNEL_HAS_INVALID_CLIENT_SEQUENCER");
}

TEST_CASE("a server that was killed keeps what was committed and invalidates its channels") {
  sluice_test::temporary_directory const directory;
  int channel[2];
  REQUIRE(::pipe(channel) == 0);
  pid_t const child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(channel[0]);
    try {
      fixture f(kept_in(directory.path()));
      streamer const client(f.box);
      auto const first = client.open("CH").token();
      auto const second = client.append("CH", first, row(1), "1", "1").token();
      f.box.streaming().commit_now();
      auto const third = client.append("CH", second, row(2), "2", "2").token();
      static_cast<void>(::write(channel[1], third.data(), third.size()));
      ::close(channel[1]);
      ::pause();
    } catch (...) {
      ::_exit(2);  // the tests go on in the parent only
    }
    ::_exit(1);
  }
  ::close(channel[1]);
  std::string token;
  char block[256];
  for (ssize_t got; (got = ::read(channel[0], block, sizeof block)) > 0;) {
    token.append(block, static_cast<std::size_t>(got));
  }
  ::close(channel[0]);
  ::kill(child, SIGKILL);
  int ended = 0;
  REQUIRE(::waitpid(child, &ended, 0) == child);
  CHECK(WIFSIGNALED(ended));

  sandbox::server again(kept_in(directory.path()));
  streamer const client(again);
  CHECK(again.number("select count(*) from T") == 1);
  auto const status = client.status("CH");
  CHECK(status.at("channel_status_code") == "ERR_CHANNEL_MUST_BE_REOPENED");
  CHECK(status.at("last_committed_offset_token") == "1");
  CHECK(client.append("CH", token, row(3)).code() == "STALE_CONTINUATION_TOKEN_SEQUENCER");
  auto const opened = client.open("CH");
  CHECK(opened.status_of_channel().at("last_committed_offset_token") == "1");
  client.append("CH", opened.token(), row(2), "2", "2");
  again.streaming().commit_now();
  CHECK(again.number("select sum(ID) from T") == 3);
  CHECK(again.streaming().committed().back().client_sequencer == 2);
}
