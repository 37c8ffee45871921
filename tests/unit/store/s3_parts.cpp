#include "catch.hpp"
#include "s3_fixture.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

// Large objects: uploads in parts, and what may become of them.

using namespace s3_tests;

TEST_CASE("a large object goes in parts, side by side, metadata at the start only") {
  fixture x;
  use_parts(x);
  x.options.payload = s3_payload::sha256;
  x.service.spoil = [](seen_request const&, scripted_reply& reply) { reply.delay = 1s; };
  result<stored_object> const stored =
      x.put("big", large_body(), {.headers = {{"x-amz-meta-a", "1"}}});
  REQUIRE(stored);
  CHECK(stored->size == 12u << 20);
  CHECK(stored->etag == "\"x-3\"");
  CHECK(x.service.objects["/big"] == large_body().joined());
  CHECK(x.count("PUT part") == 3);
  CHECK(x.f.wire->most_at_once() == 3);
  CHECK(x.f.clock->elapsed() == 3s);
  for (seen_request const& r : x.f.wire->requests()) {
    CHECK(find_header(r.headers, "x-amz-meta-a").empty() == (r.label != "multipart start"));
    CHECK(find_header(r.headers, "x-amz-content-sha256") == to_hex(sha256(r.body)));
  }
  CHECK(x.service.aborted == 0);
}

TEST_CASE("a part that fails is sent again alone") {
  fixture x;
  use_parts(x);
  int failures = 0;
  x.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
    if (r.url.find("partNumber=2&") == std::string::npos || failures == 2) return std::nullopt;
    if (++failures == 1) return s3_error(500, "InternalError");
    return scripted_reply{.failure =
                              error{errc::send_receive, "broke; again", disposition::retryable}};
  };
  REQUIRE(x.put("big", large_body()));
  CHECK(x.service.objects["/big"] == large_body().joined());
  CHECK(x.count("PUT part") == 5);
}

TEST_CASE("an upload in parts that fails for good is aborted, and says why") {
  fixture x;
  use_parts(x);
  x.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
    if (r.url.find("partNumber=2&") == std::string::npos) return std::nullopt;
    return s3_error(403, "AccessDenied");
  };
  result<stored_object> const refused = x.put("big", large_body());
  REQUIRE(!refused);
  CHECK(refused.error().service_code == "AccessDenied");
  CHECK(refused.error().request_id == "REQ1");
  CHECK_FALSE(refused.error().retryable());
  CHECK(refused.error().message.find("It <says> so") != std::string::npos);
  CHECK(x.service.aborted == 1);
  CHECK(x.service.completed == 0);
}

TEST_CASE("an upload that is cancelled is aborted all the same") {
  fixture x;
  use_parts(x);
  x.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
    if (r.label != "PUT part") return std::nullopt;
    return scripted_reply{.hang = true};
  };
  s3_store store{*x.f.net, x.options, x.keys};
  result<stored_object> const late =
      x.f.run(with_deadline(*x.f.net, store.put("big", large_body()), x.f.clock->now() + 5s));
  CHECK(late.error().code == errc::deadline);
  CHECK(x.service.aborted == 1);
}

TEST_CASE("a completion of status 200 with an error inside is no success") {
  fixture x;
  use_parts(x);
  int left = 2;
  x.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
    if (r.label != "multipart completion" || left-- <= 0) return std::nullopt;
    scripted_reply hidden = s3_error(200, "InternalError");
    hidden.body.insert(0, "   \n  ");
    return hidden;
  };
  REQUIRE(x.put("big", large_body()));
  CHECK(x.count("multipart completion") == 3);
  CHECK(x.service.completed == 1);

  fixture y;
  use_parts(y);
  y.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
    if (r.label != "multipart completion") return std::nullopt;
    return s3_error(200, "InvalidPart");
  };
  result<stored_object> const refused = y.put("big", large_body());
  REQUIRE(!refused);
  CHECK(refused.error().service_code == "InvalidPart");
  CHECK(y.count("multipart completion") == 1);
  CHECK(y.service.aborted == 1);
}

TEST_CASE("a completion whose reply was lost is found done") {
  fixture x;
  use_parts(x);
  bool lost = false;
  x.service.spoil = [&](seen_request const& r, scripted_reply& reply) {
    if (r.label == "multipart completion" && !std::exchange(lost, true))
      reply.failure = error{errc::send_receive, "broke; again", disposition::retryable};
  };
  result<stored_object> const stored = x.put("big", large_body());
  REQUIRE(stored);
  CHECK(stored->size == 12u << 20);
  CHECK(x.service.completed == 1);
  CHECK(x.count("HEAD") == 1);

  // The same answer at the first attempt is an error: nobody completed the upload.
  fixture y;
  use_parts(y);
  y.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
    if (r.label != "multipart completion") return std::nullopt;
    return s3_error(404, "NoSuchUpload");
  };
  CHECK(y.put("big", large_body()).error().service_code == "NoSuchUpload");
}

TEST_CASE("a completion that a proxy sends twice is found done") {
  fixture x;
  use_parts(x);
  x.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
    if (r.label != "multipart completion") return std::nullopt;
    x.service.handle(r);
    return x.service.handle(r);
  };
  result<stored_object> const stored = x.put("big", large_body());
  REQUIRE(stored);
  CHECK(stored->size == 12u << 20);
  CHECK(x.service.completed == 1);
  CHECK(x.count("multipart completion") == 1);
}

TEST_CASE("an object of the same size that was not sent in these parts is another one") {
  for (bool const reply_lost : {false, true}) {
    for (char const* tag : {"\"single\"", "\"x-13\"", "\"x-2\"", ""}) {
      INFO(tag << ' ' << reply_lost);
      fixture x;
      use_parts(x);
      bool lost = !reply_lost;
      x.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
        if (r.label != "multipart completion") return std::nullopt;
        x.service.objects["/big"] = std::string(12u << 20, 'o');
        x.service.etags["/big"] = tag;
        if (!std::exchange(lost, true))
          return scripted_reply{
              .failure = error{errc::send_receive, "broke; again", disposition::retryable}};
        return s3_error(404, "NoSuchUpload");
      };
      result<stored_object> const stored = x.put("big", large_body());
      REQUIRE(!stored);
      CHECK(stored.error().code == errc::outcome_unknown);
      CHECK(stored.error().message.find("not the one that was sent") != std::string::npos);
    }
  }
}
