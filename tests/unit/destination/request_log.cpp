#include "catch.hpp"

#include <sluice/destination/request_log.hpp>
#include <sluice/transport/request_observer.hpp>
#include <sluice/transport/retry.hpp>
#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct heard {
  std::vector<std::string> lines;

  sluice::logger logger(sluice::log_level from) {
    return sluice::logger{
        [this](sluice::log_entry const& e) {
          lines.push_back(std::string{e.component} + ' ' + std::string{e.message});
        },
        from};
  }
};

sluice::request signed_upload() {
  sluice::request r;
  r.method = sluice::http_method::put;
  r.url = "https://store.example:8443/bucket/file.csv?X-Amz-Signature=planted-1&requestId=id-7";
  r.headers = {{"Authorization", "planted-2"}};
  r.body = sluice::chunk_list{std::string{"planted-3"}};
  r.label = "PUT";
  r.attempt = 2;
  return r;
}

bool has(std::string const& line, std::string const& part) {
  return line.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a line of a request has host and path, and nothing secret", "[destination][log]") {
  heard h;
  sluice::request_log log{h.logger(sluice::log_level::debug), "store"};
  REQUIRE(log.observer() == &log);
  sluice::response reply;
  reply.status = 503;
  reply.headers = {{"Set-Cookie", "planted-4"}};
  reply.body = "planted-5";
  reply.metrics.bytes_received = 41;
  log.ended(signed_upload(), reply, 12ms);
  log.ended(signed_upload(), sluice::error{sluice::errc::timeout, "too slow"}, 1'500ms);
  REQUIRE(h.lines.size() == 2);
  for (std::string const part : {"store ",
                                 "PUT https://store.example:8443/bucket/file.csv,",
                                 "attempt 2",
                                 "503",
                                 "9 bytes sent",
                                 "41 received",
                                 "12 ms",
                                 "id-7"})
    CHECK(has(h.lines[0], part));
  CHECK(has(h.lines[1], "too slow"));
  CHECK(has(h.lines[1], "1500 ms"));
  for (std::string const& line : h.lines) CHECK_FALSE(has(line, "planted"));
}

TEST_CASE("without debug lines nobody observes requests", "[destination][log]") {
  heard h;
  sluice::request_log log{h.logger(sluice::log_level::info), "store"};
  CHECK(log.observer() == nullptr);
  CHECK(sluice::request_log{}.observer() == nullptr);
  log.ended(signed_upload(), sluice::response{}, 1ms);
  log.waits("PUT", 1, sluice::error{sluice::errc::timeout, "too slow"}, 1ms);
  CHECK(h.lines.empty());
}

TEST_CASE("every wait of a retry is heard of", "[destination][log]") {
  heard h;
  sluice::request_log log{h.logger(sluice::log_level::debug), "store"};
  sluice::transport net;
  sluice::retry_policy policy;
  policy.base = 1ms;
  policy.cap = policy.throttle_base = 2ms;
  auto const third_time = [](std::size_t n) -> sluice::task<int> {
    if (n < 3)
      co_return sluice::error{sluice::errc::timeout, "too slow", sluice::disposition::retryable};
    co_return 7;
  };
  auto const done = sluice::block_on(net,
                                     sluice::retry(net, policy, "PUT", third_time, log.observer()),
                                     sluice::deadline::in(10s));
  REQUIRE(done);
  REQUIRE(h.lines.size() == 2);
  CHECK(has(h.lines[0], "attempt 1 failed"));
  CHECK(has(h.lines[1], "attempt 2 failed"));
  CHECK(has(h.lines[1], "too slow"));
}
