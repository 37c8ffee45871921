#include "catch.hpp"
#include "s3_fixture.hpp"

#include <optional>
#include <string>
#include <string_view>

using namespace s3_tests;

TEST_CASE("an object is read in parts, each one signed GET of a range") {
  fixture x;
  REQUIRE(x.put("a b", chunk_list{"0123456789"}));
  result<std::optional<object_part>> const middle = x.get("a b", 3, 4);
  REQUIRE((middle && *middle));
  CHECK((*middle)->bytes == "3456");
  CHECK((*middle)->whole.size == 10);
  CHECK((*middle)->whole.etag == "\"single\"");
  CHECK(find_header((*middle)->whole.headers, "x-amz-meta-colour") == "blue");
  seen_request const r = x.f.wire->requests().back();
  CHECK(r.method == http_method::get);
  CHECK(r.url == "https://bkt.s3.eu-west-1.amazonaws.com/a%20b");
  CHECK(find_header(r.headers, "Range") == "bytes=3-6");
  CHECK(find_header(r.headers, "x-amz-content-sha256") == empty_payload_sha256);
  CHECK(find_header(r.headers, "Authorization").find("range;") != std::string_view::npos);

  CHECK((*x.get("a b", 0, 100))->bytes == "0123456789");
  CHECK((*x.get("a b", 8, 100))->bytes == "89");
  CHECK((*x.get("a b", 10, 100))->bytes.empty());
  CHECK(*x.get("b", 0, 100) == std::nullopt);
  CHECK(x.get("a b", 0, 0).error().code == errc::invalid_configuration);
}

TEST_CASE("a reply that is not the part that was asked for is refused") {
  auto const read = [](scripted_reply answer) {
    fixture x;
    x.options.retry.max_attempts = 1;
    x.service.fault = [&](seen_request const&) { return std::optional{answer}; };
    return x.get("k", 2, 2);
  };
  header const tag{"ETag", "\"e\""};
  // All there is, in place of a part.
  CHECK(read({.headers = {tag}, .body = "0123"}).error().code == errc::malformed_reply);
  for (char const* range : {"bytes 0-1/4",
                            "bytes 2-3/*",
                            "bytes 2-3",
                            "2-3/4",
                            "bytes 3-2/4",
                            "bytes 2-4/4",
                            "bytes 2-3/99999999999999999999999",
                            ""}) {
    INFO(range);
    auto const part =
        read({.status = 206, .headers = {tag, {"Content-Range", range}}, .body = "23"});
    REQUIRE_FALSE(part);
    CHECK(part.error().code == errc::malformed_reply);
  }
  auto const cut =
      read({.status = 206, .headers = {tag, {"Content-Range", "bytes 2-3/4"}}, .body = "2"});
  REQUIRE_FALSE(cut);
  // A page of some proxy.
  CHECK(read({.body = "<html>"}).error().code == errc::malformed_reply);
  CHECK(read({.status = 206, .headers = {tag, {"Content-Range", "bytes 2-3/4"}}, .body = "23"}));
}

TEST_CASE("a store that knows no ranges gives a small object as a whole") {
  fixture x;
  x.service.fault = [](seen_request const&) {
    return std::optional{scripted_reply{.headers = {{"ETag", "\"e\""}}, .body = "0123"}};
  };
  result<std::optional<object_part>> const all = x.get("k", 0, 100);
  REQUIRE((all && *all));
  CHECK((*all)->bytes == "0123");
  CHECK((*all)->whole.size == 4);
}

TEST_CASE("keys that expire while an object is read are renewed") {
  fixture x;
  REQUIRE(x.put("k", chunk_list{"0123"}));
  bool expired = false;
  x.service.fault = [&](seen_request const& r) -> std::optional<scripted_reply> {
    if (r.method != http_method::get || std::exchange(expired, true)) return std::nullopt;
    return s3_error(400, "ExpiredToken");
  };
  result<std::optional<object_part>> const part = x.get("k", 0, 10);
  REQUIRE((part && *part));
  CHECK((*part)->bytes == "0123");
  CHECK(x.renewals == 1);
}
