#include "catch.hpp"
#include "s3_fixture.hpp"

#include <sluice/destination/request_monitor.hpp>
#include <sluice/observe/stats.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace s3_tests;

TEST_CASE("a small object is one signed PUT to the regional host") {
  fixture x;
  result<stored_object> const stored = x.put(
      "load/part 1+ü.csv.gz", chunk_list{"bytes"}, {.headers = {{"x-amz-meta-sfc-digest", "D="}}});
  REQUIRE(stored);
  CHECK(stored->size == 5);
  CHECK(stored->etag == "\"single\"");
  REQUIRE(x.f.wire->count() == 1);
  seen_request const r = x.f.wire->requests()[0];
  CHECK(r.url == "https://bkt.s3.eu-west-1.amazonaws.com/load/part%201%2B%C3%BC.csv.gz");
  CHECK(r.body == "bytes");
  CHECK(find_header(r.headers, "x-amz-content-sha256") == "UNSIGNED-PAYLOAD");
  CHECK(find_header(r.headers, "x-amz-security-token") == "TOKEN1");
  CHECK(find_header(r.headers, "x-amz-meta-sfc-digest") == "D=");
  CHECK(find_header(r.headers, "Authorization").find("/eu-west-1/s3/aws4_request") !=
        std::string_view::npos);
}

TEST_CASE("the address follows bucket, region and endpoint") {
  auto const url = [](s3_options options) {
    fixture x;
    x.options = std::move(options);
    REQUIRE(x.put("k", chunk_list{"b"}));
    return x.f.wire->requests()[0].url;
  };
  CHECK(url({.bucket = "b", .region = ""}) == "https://b.s3.us-east-1.amazonaws.com/k");
  CHECK(url({.bucket = "b.c"}) == "https://s3.us-east-1.amazonaws.com/b.c/k");
  CHECK(url({.bucket = "b", .region = "cn-north-1"}) ==
        "https://b.s3.cn-north-1.amazonaws.com.cn/k");
  CHECK(url({.bucket = "b", .endpoint = "s3.example.org"}) == "https://b.s3.example.org/k");
  CHECK(url({.bucket = "b", .endpoint = "https://s3.example.org:9000/"}) ==
        "https://b.s3.example.org:9000/k");
  CHECK(url({.bucket = "b", .endpoint = "http://127.0.0.1:9000"}) == "http://127.0.0.1:9000/b/k");
  CHECK(url({.bucket = "b", .endpoint = "https://localhost:9000"}) == "https://localhost:9000/b/k");
  CHECK(url({.bucket = "b", .endpoint = "http://[::1]:9000"}) == "http://[::1]:9000/b/k");
  CHECK(url({.bucket = "b", .endpoint = "http://minio:9000"}) == "http://minio:9000/b/k");
  CHECK(url({.bucket = "b", .endpoint = "s3.example.org", .addressing = s3_addressing::path}) ==
        "https://s3.example.org/b/k");
}

TEST_CASE("over plain http the body's digest is signed") {
  fixture x;
  x.options.endpoint = "http://127.0.0.1:9000";
  REQUIRE(x.put("k", chunk_list{"bytes"}));
  CHECK(find_header(x.f.wire->requests()[0].headers, "x-amz-content-sha256") ==
        to_hex(sha256("bytes")));
  x.options.payload = s3_payload::unsigned_;
  CHECK(x.put("k", chunk_list{"b"}).error().code == errc::invalid_configuration);
}

TEST_CASE("a proxy's page is no reply of the store, and the request is sent again") {
  for (std::string_view const label : {"PUT", "multipart start", "PUT part"}) {
    fixture x;
    if (label != "PUT") use_parts(x);
    int pages = 0;
    x.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
      if (r.label != label || pages++ != 0) return std::nullopt;
      return scripted_reply{.body = "<html>Please sign in to the proxy</html>"};
    };
    INFO(label);
    CHECK(x.put("big", large_body()));
    CHECK(x.count(label) == (label == "PUT part" ? 4 : 2));
    CHECK(x.service.objects.size() == 1);

    x.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
      if (r.label != label) return std::nullopt;
      return scripted_reply{.body = "<html>Please sign in to the proxy</html>"};
    };
    result<stored_object> const never = x.put("other", large_body());
    REQUIRE(!never);
    CHECK(never.error().code == errc::malformed_reply);
    CHECK_FALSE(never.error().retryable());
  }
}

TEST_CASE("what is stored says how many attempts were repeats, as the observer counts them") {
  for (bool const whole : {true, false}) {
    INFO(whole);
    fixture x;
    if (!whole) use_parts(x);
    load_metrics figures;
    request_monitor monitor{{}, "store", &figures};
    x.options.observer = monitor.observer();
    std::map<std::string, int> left{{"PUT", 2},
                                    {"HEAD", 1},
                                    {"multipart start", 1},
                                    {"PUT part", 3},
                                    {"multipart completion", 1}};
    x.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
      if (left[r.label]-- <= 0) return std::nullopt;
      return s3_error(503, "SlowDown");
    };
    result<stored_object> const stored = x.put("big", large_body());
    REQUIRE(stored);
    CHECK(stored->retries == (whole ? 2 : 5));
    load_stats s = figures.snapshot();
    CHECK(s.retries == stored->retries);
    CHECK(s.throttled == stored->retries);
    CHECK(s.requests == x.f.wire->count());
    CHECK(s.requests_in_flight == 0);
    s3_store store{*x.f.net, x.options, x.keys};
    auto const found = x.f.run(store.head("big"));
    REQUIRE(found);
    REQUIRE(*found);
    CHECK((*found)->retries == 1);
    CHECK(figures.retries.value() == stored->retries + 1);

    // Sent anew, each of its requests repeats one.
    std::uint64_t const before = figures.retries.value();
    result<stored_object> const again = x.put("big", large_body(), {.attempts_before = 1});
    REQUIRE(again);
    CHECK(again->retries == (whole ? 1 : 5));
    CHECK(figures.retries.value() == before + again->retries);
  }
}

TEST_CASE("an object that is found done after a lost reply counts as repeated") {
  fixture x;
  bool lost = false;
  x.service.spoil = [&](seen_request const& r, scripted_reply& reply) {
    if (r.label == "PUT" && !std::exchange(lost, true))
      reply.failure = error{errc::send_receive, "broke; again", disposition::retryable};
  };
  result<stored_object> const stored = x.put("k", chunk_list{"b"}, {.create_only = true});
  REQUIRE(stored);
  CHECK(stored->retries == 1);
}

TEST_CASE("create_only refuses an object that is there, unless it is our own") {
  fixture x;
  x.service.objects["/k"] = "other";
  result<stored_object> const refused = x.put("k", chunk_list{"b"}, {.create_only = true});
  REQUIRE(!refused);
  CHECK(refused.error().service_code == "PreconditionFailed");

  fixture y;
  bool lost = false;
  y.service.spoil = [&](seen_request const& r, scripted_reply& reply) {
    if (r.label == "PUT" && !std::exchange(lost, true))
      reply.failure = error{errc::send_receive, "broke; again", disposition::retryable};
  };
  CHECK(y.put("k", chunk_list{"b"}, {.create_only = true}));
}

TEST_CASE("expired keys are renewed once, however many requests found out") {
  fixture x;
  use_parts(x);
  x.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
    if (r.label != "PUT part" || find_header(r.headers, "x-amz-security-token") != "TOKEN1")
      return std::nullopt;
    return s3_error(400, "ExpiredToken");
  };
  REQUIRE(x.put("big", large_body()));
  CHECK(x.renewals == 1);
  CHECK(x.service.objects["/big"] == large_body().joined());

  fixture y;  // renewed keys that are refused too
  y.service.fault = [](seen_request const&) { return s3_error(400, "ExpiredToken"); };
  result<stored_object> const refused = y.put("k", chunk_list{"b"});
  REQUIRE(!refused);
  CHECK(refused.error().service_code == "ExpiredToken");
  CHECK(y.renewals == 1);
  y.keys = std::make_shared<aws_credential_source>(aws_credential{"AKID", secret{"key"}, {}});
  CHECK(y.put("k", chunk_list{"b"}).error().service_code == "ExpiredToken");
}

TEST_CASE("a bare 400 on HEAD means expired keys") {
  fixture x;
  x.service.objects["/k"] = "12345";
  x.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
    if (find_header(r.headers, "x-amz-security-token") != "TOKEN1") return std::nullopt;
    return scripted_reply{.status = 400};
  };
  s3_store store{*x.f.net, x.options, x.keys};
  result<std::optional<stored_object>> const found = x.f.run(store.head("k"));
  REQUIRE(found);
  REQUIRE(*found);
  CHECK((*found)->size == 5);
  CHECK(x.renewals == 1);
  CHECK(*x.f.run(store.head("absent")) == std::nullopt);
  CHECK(x.f.run(store.remove("k")));
  CHECK(x.f.run(store.remove("k")));
  CHECK(x.service.objects.empty());
}

TEST_CASE("redirects are followed within the store, signed anew, and remembered") {
  fixture x;
  x.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
    if (r.url.find("s3.ap-south-1.") != std::string::npos) return std::nullopt;
    scripted_reply moved = s3_error(301, "PermanentRedirect");
    moved.headers.push_back({"x-amz-bucket-region", "ap-south-1"});
    return moved;
  };
  s3_store store{*x.f.net, x.options, x.keys};
  REQUIRE(x.f.run(store.put("k", chunk_list{"b"})));
  CHECK(x.f.wire->count() == 2);
  CHECK(find_header(x.f.wire->requests()[1].headers, "Authorization").find("/ap-south-1/s3/") !=
        std::string_view::npos);
  REQUIRE(x.f.run(store.put("k2", chunk_list{"b"})));
  CHECK(x.f.wire->count() == 3);
}

TEST_CASE("a redirect to another port of the store's host is followed, signed for it") {
  fixture x;
  x.options.endpoint = "http://10.0.0.7:9000";
  x.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
    if (r.url.starts_with("http://10.0.0.7:9001/")) return std::nullopt;
    scripted_reply moved = s3_error(307, "TemporaryRedirect");
    moved.headers.push_back({"Location", "http://10.0.0.7:9001/bkt/k"});
    return moved;
  };
  REQUIRE(x.put("k", chunk_list{"b"}));
  auto const seen = x.f.wire->requests();
  REQUIRE(seen.size() == 2);
  CHECK(find_header(seen[1].headers, "Authorization") !=
        find_header(seen[0].headers, "Authorization"));
}

TEST_CASE("redirects elsewhere, in circles or without end are errors") {
  auto const redirected = [](std::function<std::string(int)> location) {
    fixture x;
    int hops = 0;
    x.service.fault = [&](seen_request const&) -> std::optional<scripted_reply> {
      scripted_reply moved = s3_error(307, "TemporaryRedirect");
      moved.headers.push_back({"Location", location(hops++)});
      return moved;
    };
    result<stored_object> const lost = x.put("k", chunk_list{"b"});
    REQUIRE(!lost);
    CHECK(lost.error().service_code == "TemporaryRedirect");
    return x.f.wire->requests();
  };
  // A token must not go to a stranger, nor over plain http.
  CHECK(redirected([](int) { return "https://evil.example/k"; }).size() == 1);
  CHECK(redirected([](int) { return "https://amazonaws.com.evil.example/k"; }).size() == 1);
  CHECK(redirected([](int) { return "http://bkt.s3.amazonaws.com/k"; }).size() == 1);
  CHECK(redirected([](int) { return "https://bkt.s3-x.amazonaws.com/k"; }).size() == 2);
  CHECK(redirected([](int n) {
          return "https://bkt.s3-" + std::to_string(n) + ".amazonaws.com/k";
        }).size() == 6);
}

TEST_CASE("a wrong clock is corrected by the server's, once") {
  fixture x;
  x.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
    if (find_header(r.headers, "x-amz-date").starts_with("20260102T02")) return std::nullopt;
    scripted_reply skewed = s3_error(403, "RequestTimeTooSkewed");
    skewed.headers.push_back({"Date", "Fri, 02 Jan 2026 02:00:00 GMT"});
    return skewed;
  };
  s3_store store{*x.f.net, x.options, x.keys};
  REQUIRE(x.f.run(store.put("k", chunk_list{"b"})));
  CHECK(store.clock_offset() == 2h);
  CHECK(x.f.wire->count() == 2);
  REQUIRE(x.f.run(store.put("k", chunk_list{"b"})));
  CHECK(x.f.wire->count() == 3);

  x.service.fault = [&](seen_request const&) { return s3_error(403, "RequestTimeTooSkewed"); };
  CHECK(x.f.run(store.put("k", chunk_list{"b"})).error().service_code == "RequestTimeTooSkewed");
}

TEST_CASE("a bare 403 on HEAD means a wrong clock where the server's differs, else a refusal") {
  for (bool const skewed : {true, false}) {
    fixture x;
    x.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
      if (find_header(r.headers, "x-amz-date").starts_with("20260102T02")) return std::nullopt;
      scripted_reply refused;
      refused.status = 403;
      refused.headers.push_back(
          {"Date", skewed ? "Fri, 02 Jan 2026 02:00:00 GMT" : "Fri, 02 Jan 2026 00:00:30 GMT"});
      return refused;
    };
    s3_store store{*x.f.net, x.options, x.keys};
    auto const found = x.f.run(store.head("k"));
    CHECK(x.f.wire->count() == (skewed ? 2 : 1));
    CHECK(store.clock_offset() == (skewed ? 2h : 0h));
    CHECK(found.has_value() == skewed);
    if (!skewed) CHECK(found.error().service_code == "403");
  }
}

TEST_CASE("SlowDown is waited out with fewer requests at once") {
  fixture x;
  x.options.multipart_threshold = 1_MiB;
  x.options.part_bytes = 5_MiB;
  x.options.parallel = 4;
  chunk_list body;
  for (int i = 0; i != 16; ++i) body.push_back(chunk{std::string(5 << 20, 'x')});
  int slow = 4;
  x.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
    if (r.label != "PUT part" || slow-- <= 0) return std::nullopt;
    return s3_error(503, "SlowDown");
  };
  std::vector<std::chrono::nanoseconds> ends;
  std::vector<std::ptrdiff_t> at_once;
  x.service.spoil = [&](seen_request const& r, scripted_reply& reply) {
    reply.delay = 1s;
    if (r.label != "PUT part") return;
    std::chrono::nanoseconds const now = x.f.clock->elapsed();
    ends.push_back(now + 1s);
    at_once.push_back(std::count_if(ends.begin(), ends.end(), [&](auto end) { return end > now; }));
  };
  REQUIRE(x.put("big", body));
  CHECK(x.count("PUT part") == 20);
  REQUIRE(at_once.size() == 16);
  CHECK(at_once[1] == 1);  // four refusals in a row left one at a time
  CHECK(x.f.wire->most_at_once() == 4);
}

TEST_CASE("what S3 would refuse is refused before it is sent") {
  fixture x;
  CHECK(x.put("", chunk_list{"b"}).error().code == errc::invalid_configuration);
  CHECK(x.put(std::string(1025, 'k'), chunk_list{"b"}).error().code == errc::invalid_configuration);
  x.options.multipart_threshold = 1_MiB;
  x.options.part_bytes = 1_MiB;
  CHECK(x.put("k", large_body()).error().message.find("5242880") != std::string::npos);
  x.options.bucket.clear();
  CHECK(x.put("k", chunk_list{"b"}).error().message.find("bucket") != std::string::npos);
  CHECK(x.f.wire->count() == 0);
}

TEST_CASE("every request of an upload may fail, and the upload ends well or with an error") {
  // The n-th request breaks for good: an error, never a hang; and no half an object.
  for (std::size_t n = 1;; ++n) {
    fixture x;
    use_parts(x);
    x.f.wire->fail_nth(n, error{errc::tls, "refused; check", disposition::permanent});
    result<stored_object> const stored = x.put("big", large_body());
    if (stored) {
      CHECK(n == 6);  // start, three parts, completion
      break;
    }
    CHECK(stored.error().code == errc::tls);
    CHECK(x.service.objects.size() == (n == 5 ? 1 : 0));  // the reply alone was lost
  }
  // The n-th request breaks once: it is repeated.
  for (std::size_t n = 1; n != 6; ++n) {
    fixture x;
    use_parts(x);
    x.f.wire->fail_nth(n, error{errc::send_receive, "broke; again", disposition::retryable});
    REQUIRE(x.put("big", large_body()));
    CHECK(x.service.objects["/big"] == large_body().joined());
    CHECK(x.service.aborted == 0);
  }
}
