#include "catch.hpp"
#include "http_server.hpp"

#include <sluice/transport/group.hpp>
#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace sluice;
using namespace std::chrono_literals;

/// Serves requests one after the other with `answer` until the client goes.
http_server::handler each(
    std::function<void(server_connection&, server_connection::request const&)> answer) {
  return [answer](server_connection& c) {
    if (!c.accept_tls()) return;
    for (;;) {
      server_connection::request const r = c.read_request();
      if (r.head.empty()) return;
      answer(c, r);
    }
  };
}

request to(std::string url, http_method method = http_method::get) {
  request r;
  r.method = method;
  r.url = std::move(url);
  r.label = "probe";
  return r;
}

result<response> fetch(transport& net, request r) {
  return block_on(net, net.perform(std::move(r)));
}

}  // namespace

TEST_CASE("bodies go out from their chunks with their exact length") {
  std::vector<server_connection::request> seen;
  http_server server{each([&](server_connection& c, server_connection::request const& r) {
    seen.push_back(r);
    c.reply("ok");
  })};
  transport net;
  std::string const large(3'000'000, 'b');
  for (http_method const method : {http_method::put, http_method::post, http_method::patch}) {
    request r = to(server.url("/up"), method);
    r.headers.push_back({"X-Empty", ""});
    r.headers.push_back({"Content-Type", "text/csv"});
    r.body.push_back(chunk{"first,"});
    r.body.push_back(chunk{std::string{}});
    r.body.push_back(chunk{large});
    r.body.push_back(chunk{",last"});
    result<response> const reply = fetch(net, std::move(r));
    REQUIRE(reply);
    CHECK(reply->body == "ok");
    CHECK(reply->metrics.bytes_sent > large.size());
    CHECK(seen.back().body == "first," + large + ",last");
    CHECK(seen.back().head.starts_with(name_of(method)));
    CHECK(seen.back().has("Content-Length: " + std::to_string(large.size() + 11) + "\r\n"));
    CHECK(seen.back().has("X-Empty:"));
    CHECK(seen.back().has("User-Agent: sluice/"));
    CHECK_FALSE(seen.back().has("Expect"));
    CHECK_FALSE(seen.back().has("Transfer-Encoding"));
  }
  REQUIRE(fetch(net, to(server.url(), http_method::post)));
  CHECK(seen.back().has("Content-Length: 0\r\n"));
  REQUIRE(fetch(net, to(server.url("/a/../b//c"), http_method::delete_)));
  CHECK(seen.back().head.starts_with("DELETE /a/../b//c HTTP/1.1\r\n"));
  CHECK_FALSE(seen.back().has("Content-Length"));
}

TEST_CASE("HEAD has no body, interim replies are skipped, redirects are not followed") {
  http_server server{each([&](server_connection& c, server_connection::request const& r) {
    if (r.has("HEAD")) {
      c.write("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nETag: \"x\"\r\n\r\n");
    } else {
      c.write("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
      c.write("HTTP/1.1 307 Temporary Redirect\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n");
    }
  })};
  transport net;
  result<response> const head = fetch(net, to(server.url(), http_method::head));
  REQUIRE(head);
  CHECK(head->header_value("content-length") == "12345");
  CHECK(head->header_value("etag") == "\"x\"");
  CHECK(head->body.empty());
  result<response> const moved = fetch(net, to(server.url()));
  REQUIRE(moved);
  CHECK(moved->status == 307);
  CHECK(moved->header_value("location") == "/other");
  CHECK(moved->header_value("link").empty());
}

TEST_CASE("connections are kept and reused") {
  http_server server{each([](server_connection& c, auto const&) { c.reply("x"); })};
  transport net;
  result<response> const first = fetch(net, to(server.url()));
  REQUIRE(first);
  CHECK_FALSE(first->metrics.reused_connection);
  CHECK(first->metrics.total.count() > 0);
  for (int i = 0; i != 5; ++i) {
    result<response> const next = fetch(net, to(server.url()));
    REQUIRE(next);
    CHECK(next->metrics.reused_connection);
    CHECK(next->metrics.connected.count() == 0);
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("pool_size bounds the connections to a host") {
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  http_server server{each([&](server_connection& c, auto const&) {
    int const now = ++at_once;
    int seen = most;
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    --at_once;
    c.reply("x");
  })};
  transport_options options;
  options.pool_size = 3;
  transport net{options};
  std::vector<task<response>> tasks;
  for (int i = 0; i != 30; ++i) tasks.push_back(net.perform(to(server.url())));
  result<std::vector<result<response>>> const all = block_on(net, when_all(net, std::move(tasks)));
  REQUIRE(all);
  for (result<response> const& one : *all) CHECK(one);
  CHECK(server.connections() <= 3);
  CHECK(most <= 3);
}

namespace {

/// Lets `count` requests go on, one each 60 ms of the transport's time.
task<void> release_slowly(transport& net, std::counting_semaphore<>& work_done, int count) {
  for (int i = 0; i != count; ++i) {
    result<void> const slept = co_await net.sleep_for(60ms);
    work_done.release();
    if (!slept) co_return slept.error();
  }
  co_return success;
}

}  // namespace

TEST_CASE("waiting for a free connection is not counted as connecting") {
  bool const kept = GENERATE(true, false);
  std::counting_semaphore<> work_done{0};
  http_server server{each([&, kept](server_connection& c, auto const&) {
    work_done.acquire();  // comes later than the client may take to connect
    c.reply("x", kept ? "" : "Connection: close\r\n");
  })};
  transport_options options;
  options.pool_size = 1;
  options.limits.connect = 40ms;
  options.limits.idle = 5s;
  transport net{options};
  std::vector<task<response>> tasks;
  for (int i = 0; i != 4; ++i) tasks.push_back(net.perform(to(server.url())));
  net.spawn(release_slowly(net, work_done, 4));
  result<std::vector<result<response>>> const all = block_on(net, when_all(net, std::move(tasks)));
  REQUIRE(all);
  for (result<response> const& one : *all) {
    INFO((one ? std::string{} : one.error().message));
    REQUIRE(one);
  }
  CHECK(all->back()->metrics.queued >= 100ms);
  CHECK(server.connections() == (kept ? 1 : 4));
}

TEST_CASE("a kept connection that the server closed is replaced, the body sent again") {
  std::vector<std::string> bodies;
  std::mutex mutex;
  http_server server{[&](server_connection& c) {
    server_connection::request const r = c.read_request();
    if (r.head.empty()) return;
    {
      std::lock_guard const lock{mutex};
      bodies.push_back(r.body);
    }
    c.reply("ok");  // and closes, without having said so
  }};
  transport net;
  for (int i = 0; i != 3; ++i) {
    request r = to(server.url(), http_method::put);
    r.body.push_back(chunk{"part one, "});
    r.body.push_back(chunk{"part two"});
    result<response> const reply = fetch(net, std::move(r));
    REQUIRE(reply);
    // A close that crosses the next request is an error that may be tried again.
    auto const end = std::chrono::steady_clock::now() + 10s;
    while (server.open_connections() != 0 && std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
  }
  CHECK(bodies == std::vector<std::string>(3, "part one, part two"));
}

TEST_CASE("requests leave from the chosen source address") {
  std::string peer;
  http_server server{[&](server_connection& c) {
    c.read_request();
    peer = c.peer();
    c.reply("x");
  }};
  transport_options options;
  options.source_interface = "127.0.0.9";
  transport net{options};
  REQUIRE(fetch(net, to(server.url())));
  CHECK(peer == "127.0.0.9");
}

TEST_CASE("an operation that is given up closes its connection") {
  std::promise<void> arrived;
  std::promise<bool> closed;
  http_server server{[&](server_connection& c) {
    c.read_request();
    arrived.set_value();
    closed.set_value(c.read_some().empty());
  }};
  transport net;
  scope tasks{net};
  std::error_code code;
  auto const ask = [&]() -> task<void> {
    result<response> reply = co_await net.perform(to(server.url()));
    code = reply ? std::error_code{} : reply.error().code;
    co_return success;
  };
  tasks.spawn(ask());
  arrived.get_future().wait();
  tasks.stop();
  tasks.join();
  CHECK(code == errc::cancelled);
  CHECK(closed.get_future().get());
}

TEST_CASE("the transport ends at once, whatever its servers do") {
  std::promise<void> arrived;
  http_server server{[&](server_connection& c) {
    c.read_request();
    arrived.set_value();
    c.read_some();
  }};
  auto net = std::make_unique<transport>();
  std::error_code code;
  auto const ask = [](transport& t, std::string url, std::error_code& into) -> task<void> {
    result<response> reply = co_await t.perform(to(url));
    into = reply ? std::error_code{} : reply.error().code;
    co_return success;
  };
  net->spawn(ask(*net, server.url(), code));
  arrived.get_future().wait();
  net.reset();
  CHECK(code == errc::cancelled);
}
