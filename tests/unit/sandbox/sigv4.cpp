#include "catch.hpp"

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/sigv4.hpp>

#include <ctime>
#include <string>

namespace box = sluice::sandbox::detail;

namespace {

constexpr auto nothing_hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::chrono::system_clock::time_point at(
    int year, int month, int day, int hour = 0, int minute = 0, int second = 0) {
  std::tm tm{};
  tm.tm_year = year - 1900;
  tm.tm_mon = month - 1;
  tm.tm_mday = day;
  tm.tm_hour = hour;
  tm.tm_min = minute;
  tm.tm_sec = second;
  return std::chrono::system_clock::from_time_t(timegm(&tm));
}

/// The key pair of AWS's documentation examples.
box::stage_credential example_key(std::string token = {}) {
  return {.access_key = "AKIAIOSFODNN7EXAMPLE",
          .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
          .token = std::move(token),
          .prefix = "",
          .may_write = true,
          .expires = at(2100, 1, 1)};
}

box::http_request request(std::string method, std::string target, box::name_values headers) {
  box::http_request out;
  out.secure = true;
  out.method = std::move(method);
  out.target = target;
  out.path = target.substr(0, target.find('?'));
  if (auto const q = target.find('?'); q != std::string::npos) {
    for (std::size_t from = q + 1; from < target.size();) {
      auto const end = std::min(target.find('&', from), target.size());
      auto const pair = target.substr(from, end - from);
      auto const equals = pair.find('=');
      out.query.emplace_back(pair.substr(0, equals),
                             equals == std::string::npos ? "" : pair.substr(equals + 1));
      from = end + 1;
    }
  }
  out.headers = std::move(headers);
  return out;
}

std::string authorization(std::string const& key,
                          std::string const& scope,
                          std::string const& headers,
                          std::string const& signature) {
  return "AWS4-HMAC-SHA256 Credential=" + key + '/' + scope + ", SignedHeaders=" + headers +
         ", Signature=" + signature;
}

box::signature_check check(box::http_request const& r,
                           box::stage_credential const& key,
                           std::string const& region,
                           std::chrono::system_clock::time_point now) {
  box::credential_table table;
  table.add(key);
  return box::verify_signature(
      r, table, {.region = region, .unsigned_payload_allowed = true, .now = now});
}

constexpr auto documentation_scope = "20130524/us-east-1/s3/aws4_request";

box::http_request documented_get() {
  return request(
      "GET",
      "/test.txt",
      {{"host", "examplebucket.s3.amazonaws.com"},
       {"range", "bytes=0-9"},
       {"x-amz-content-sha256", nothing_hash},
       {"x-amz-date", "20130524T000000Z"},
       {"authorization",
        authorization("AKIAIOSFODNN7EXAMPLE",
                      documentation_scope,
                      "host;range;x-amz-content-sha256;x-amz-date",
                      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")}});
}

}  // namespace

TEST_CASE("SigV4 accepts the examples of the S3 documentation") {
  auto const now = at(2013, 5, 24);
  CHECK(check(documented_get(), example_key(), "us-east-1", now).accepted);

  auto put = request(
      "PUT",
      "/test%24file.text",
      {{"host", "examplebucket.s3.amazonaws.com"},
       {"date", "Fri, 24 May 2013 00:00:00 GMT"},
       {"x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"},
       {"x-amz-date", "20130524T000000Z"},
       {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
       {"authorization",
        authorization("AKIAIOSFODNN7EXAMPLE",
                      documentation_scope,
                      "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                      "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")}});
  auto const accepted = check(put, example_key(), "us-east-1", now);
  REQUIRE(accepted.accepted);
  std::string body = "Welcome to Amazon S3.";
  CHECK_FALSE(box::decode_payload(put, *accepted.accepted, body));
  body = "Welcome to Amazon S4.";
  auto const mismatch = box::decode_payload(put, *accepted.accepted, body);
  REQUIRE(mismatch);
  CHECK(mismatch->code == "XAmzContentSHA256Mismatch");

  auto const list = request(
      "GET",
      "/?max-keys=2&prefix=J",
      {{"host", "examplebucket.s3.amazonaws.com"},
       {"x-amz-content-sha256", nothing_hash},
       {"x-amz-date", "20130524T000000Z"},
       {"authorization",
        authorization("AKIAIOSFODNN7EXAMPLE",
                      documentation_scope,
                      "host;x-amz-content-sha256;x-amz-date",
                      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")}});
  CHECK(check(list, example_key(), "us-east-1", now).accepted);
}

TEST_CASE("SigV4 accepts a stage PUT with session token and metadata") {
  auto const r = request(
      "PUT",
      "/pfx/stage/part%200001.csv.gz",
      {{"host", "bkt.s3.us-west-2.amazonaws.com"},
       {"x-amz-content-sha256", "UNSIGNED-PAYLOAD"},
       {"x-amz-date", "20260102T030405Z"},
       {"x-amz-meta-sfc-digest", "mhfHzdgxCvvDKi1TKBHkIKZo0+cHipIztczPDCTXDUk="},
       {"x-amz-meta-x-amz-iv", "ICEiIyQlJicoKSorLC0uLw=="},
       {"x-amz-meta-x-amz-key", "K"},
       {"x-amz-meta-x-amz-matdesc", R"({"queryId":"q","smkId":"42","keySize":"128"})"},
       {"x-amz-security-token", "TOKENEXAMPLE"},
       {"authorization",
        authorization("AKIDEXAMPLE",
                      "20260102/us-west-2/s3/aws4_request",
                      "host;x-amz-content-sha256;x-amz-date;x-amz-meta-sfc-digest;"
                      "x-amz-meta-x-amz-iv;x-amz-meta-x-amz-key;x-amz-meta-x-amz-matdesc;"
                      "x-amz-security-token",
                      "7812f252ddefeb98b4f66b097aef187153822e9887b0a57e949e4826ab6cacce")}});
  box::stage_credential key = example_key("TOKENEXAMPLE");
  key.access_key = "AKIDEXAMPLE";
  key.secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  CHECK(check(r, key, "us-west-2", at(2026, 1, 2, 3, 4, 5)).accepted);
  // 15 minutes either way are tolerated, more is not.
  CHECK(check(r, key, "us-west-2", at(2026, 1, 2, 3, 19, 5)).accepted);
  CHECK(check(r, key, "us-west-2", at(2026, 1, 2, 3, 19, 6)).refused.code ==
        "RequestTimeTooSkewed");
  CHECK(check(r, key, "us-west-2", at(2026, 1, 2, 2, 49, 4)).refused.code ==
        "RequestTimeTooSkewed");
}

TEST_CASE("SigV4 refuses what S3 refuses") {
  auto const now = at(2013, 5, 24);
  auto const code = [&](auto change, box::stage_credential key = example_key()) {
    auto r = documented_get();
    change(r);
    auto const out = check(r, key, "us-east-1", now);
    CHECK_FALSE(out.accepted);
    return std::to_string(out.refused.status) + ' ' + out.refused.code;
  };
  using box::http_request;
  CHECK(code([](http_request& r) { r.headers.pop_back(); }) == "403 AccessDenied");
  CHECK(code([](http_request& r) { r.headers.back().second = "Snowflake Token=\"x\""; }) ==
        "400 InvalidArgument");
  CHECK(code([](http_request& r) { r.path = "/other.txt"; }) == "403 SignatureDoesNotMatch");
  CHECK(code([](http_request& r) { r.method = "PUT"; }) == "403 SignatureDoesNotMatch");
  CHECK(code([](http_request& r) { r.query.emplace_back("acl", ""); }) ==
        "403 SignatureDoesNotMatch");
  CHECK(code([](http_request& r) { r.headers[1].second = "bytes=0-8"; }) ==
        "403 SignatureDoesNotMatch");
  CHECK(code([](http_request& r) { r.headers.emplace_back("x-amz-meta-a", "b"); }) ==
        "403 AccessDenied");
  CHECK(code([](http_request& r) { r.headers[2].second = "no hash"; }) == "400 InvalidArgument");
  CHECK(code([](http_request&) {}, example_key("TOKEN")) == "400 InvalidToken");
  auto expired = example_key();
  expired.expires = at(2013, 5, 23);
  CHECK(code([](http_request&) {}, expired) == "400 ExpiredToken");
  auto other = example_key();
  other.access_key = "AKIAOTHER";
  CHECK(code([](http_request&) {}, other) == "403 InvalidAccessKeyId");

  auto const elsewhere = check(documented_get(), example_key(), "eu-west-1", now);
  CHECK(elsewhere.refused.code == "AuthorizationHeaderMalformed");
  REQUIRE(elsewhere.refused.details.size() == 1);
  CHECK(elsewhere.refused.details[0] == std::pair<std::string, std::string>("Region", "eu-west-1"));
}

TEST_CASE("aws-chunked bodies are decoded and their chunk signatures verified") {
  std::string const first(65'536, 'a');
  std::string const second(1'024, 'a');
  auto const chunk = [](std::string const& data, std::string const& signature) {
    char size[32];
    std::snprintf(size, sizeof size, "%zx", data.size());
    return std::string(size) + ";chunk-signature=" + signature + "\r\n" + data + "\r\n";
  };
  std::string const body =
      chunk(first, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648") +
      chunk(second, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497") +
      chunk("", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9");
  auto const r = request(
      "PUT",
      "/examplebucket/chunkObject.txt",
      {{"host", "s3.amazonaws.com"},
       {"content-encoding", "aws-chunked"},
       {"content-length", "66824"},
       {"x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"},
       {"x-amz-date", "20130524T000000Z"},
       {"x-amz-decoded-content-length", "66560"},
       {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
       {"authorization",
        authorization("AKIAIOSFODNN7EXAMPLE",
                      documentation_scope,
                      "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
                      "x-amz-decoded-content-length;x-amz-storage-class",
                      "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")}});
  CHECK(body.size() == 66'824);
  auto const accepted = check(r, example_key(), "us-east-1", at(2013, 5, 24));
  REQUIRE(accepted.accepted);

  std::string decoded = body;
  CHECK_FALSE(box::decode_payload(r, *accepted.accepted, decoded));
  CHECK(decoded == first + second);

  std::string changed = body;
  changed[1'000] = 'b';
  auto error = box::decode_payload(r, *accepted.accepted, changed);
  REQUIRE(error);
  CHECK(error->code == "SignatureDoesNotMatch");
  std::string cut = body.substr(0, 60'000);
  error = box::decode_payload(r, *accepted.accepted, cut);
  REQUIRE(error);
  CHECK(error->code == "IncompleteBody");
}

TEST_CASE("aws-chunked trailers carry a checksum that is verified") {
  auto const r = request("PUT", "/b/k", {{"x-amz-decoded-content-length", "9"}});
  box::signed_request by;
  by.payload_hash = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
  std::string body = "9\r\n123456789\r\n0\r\nx-amz-checksum-crc32c:4waSgw==\r\n\r\n";
  std::string wrong = "9\r\n123456780\r\n0\r\nx-amz-checksum-crc32c:4waSgw==\r\n\r\n";
  CHECK_FALSE(box::decode_payload(r, by, body));
  CHECK(body == "123456789");
  auto const error = box::decode_payload(r, by, wrong);
  REQUIRE(error);
  CHECK(error->code == "BadDigest");
}

TEST_CASE("checksums have their check values") {
  CHECK(box::crc32c(0, "123456789") == 0xe3069283U);
  CHECK(box::crc32(0, "123456789") == 0xcbf43926U);
  CHECK(box::crc64nvme(0, "123456789") == 0xae8b14860a799888ULL);
  CHECK(box::hex(box::md5("")) == "d41d8cd98f00b204e9800998ecf8427e");
}
