#include "catch.hpp"

#include <sluice/auth/digest.hpp>
#include <sluice/auth/sigv4.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sluice;
using namespace std::chrono_literals;

std::chrono::system_clock::time_point at(int y, unsigned m, unsigned d, std::chrono::seconds s) {
  return std::chrono::sys_days{std::chrono::year{y} / std::chrono::month{m} / std::chrono::day{d}} +
         s;
}

auto const aws_day = at(2013, 5, 24, 0s);
auto const our_day = at(2026, 1, 2, 3h + 4min + 5s);

aws_credential example(std::string_view token = {}) {
  return {
      "AKIAIOSFODNN7EXAMPLE", secret{"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}, secret{token}};
}

request to(http_method method, std::string url, std::vector<header> headers = {}) {
  request r;
  r.method = method;
  r.url = std::move(url);
  r.headers = std::move(headers);
  return r;
}

std::string signature(request r,
                      std::string_view payload,
                      std::chrono::system_clock::time_point now,
                      std::string region,
                      aws_credential const& keys) {
  sigv4_signer signer{std::move(region), "s3"};
  REQUIRE(signer.sign(r, keys, payload, now));
  std::string_view const value = find_header(r.headers, "authorization");
  return std::string{value.substr(value.rfind('=') + 1)};
}

std::string canonical_hash(request r, std::string_view payload, aws_credential const& keys) {
  sigv4_signer signer{"us-east-1", "s3"};
  REQUIRE(signer.sign(r, keys, payload, aws_day));
  return to_hex(sha256(detail::canonical_request(r, payload)->text));
}

}  // namespace

TEST_CASE("signatures equal the examples of the S3 documentation") {
  std::string const host = "https://examplebucket.s3.amazonaws.com";
  request const get = to(http_method::get, host + "/test.txt", {{"range", "bytes=0-9"}});
  CHECK(canonical_hash(get, empty_payload_sha256, example()) ==
        "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972");
  CHECK(signature(get, empty_payload_sha256, aws_day, "us-east-1", example()) ==
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");

  std::string const body_hash = to_hex(sha256("Welcome to Amazon S3."));
  CHECK(body_hash == "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  request const put = to(http_method::put,
                         host + "/test%24file.text",
                         {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                          {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                          {"User-Agent", "not signed"}});
  CHECK(canonical_hash(put, body_hash, example()) ==
        "9e0e90d9c76de8fa5b200d8c849cd5b8dc7a3be3951ddb7f6a76b4158342019d");
  CHECK(signature(put, body_hash, aws_day, "us-east-1", example()) ==
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  CHECK(signature(to(http_method::get, host + "/?lifecycle"),
                  empty_payload_sha256,
                  aws_day,
                  "us-east-1",
                  example()) == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  CHECK(signature(to(http_method::get, host + "?prefix=J&max-keys=2"),
                  empty_payload_sha256,
                  aws_day,
                  "us-east-1",
                  example()) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_CASE("signatures of uploads equal those of an independent signer") {
  std::string const host = "https://examplebucket.s3.us-west-2.amazonaws.com";
  aws_credential const keys = example("FwoGZXIvYXdzEXAMPLETOKEN==");
  CHECK(signature(to(http_method::put,
                     host + "/load/part%20%2B%20%C3%BC.csv.gz",
                     {{"x-amz-meta-a-b", "x"},
                      {"If-None-Match", "*"},
                      {"x-amz-checksum-crc32c", "4waSgw=="},
                      {"x-amz-meta-a", "1  2 "}}),
                  unsigned_payload,
                  our_day,
                  "us-west-2",
                  keys) == "04e2e586be15cc7c4541390a96a899f93e7704b70971b4a2f1e305b29e8684b8");
  CHECK(signature(to(http_method::post, host + "/load/part?uploads"),
                  empty_payload_sha256,
                  our_day,
                  "us-west-2",
                  keys) == "54f3241c2d11d3133fed89f0d4e92c1b2140b906eae88115bf061ee4f1d300aa");
  CHECK(signature(to(http_method::put, host + "/load/part?partNumber=2&uploadId=a%2Bb%2Fc%3D"),
                  unsigned_payload,
                  our_day,
                  "us-west-2",
                  keys) == "819384fcbcb66711c7375cfecb5beb91aee3e7d3bb147dfaed135caf3c104bff");
}

TEST_CASE("the signature of a stage upload is the known one") {
  aws_credential const keys{
      "AKIDEXAMPLE", secret{"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}, secret{"TOKENEXAMPLE"}};
  request r = to(http_method::put,
                 "https://bkt.s3.us-west-2.amazonaws.com/pfx/stage/part%200001.csv.gz",
                 {{"x-amz-meta-sfc-digest", "mhfHzdgxCvvDKi1TKBHkIKZo0+cHipIztczPDCTXDUk="},
                  {"x-amz-meta-x-amz-iv", "ICEiIyQlJicoKSorLC0uLw=="},
                  {"x-amz-meta-x-amz-key", "K"},
                  {"x-amz-meta-x-amz-matdesc", R"({"queryId":"q","smkId":"42","keySize":"128"})"}});
  sigv4_signer signer{"us-west-2", "s3"};
  REQUIRE(signer.sign(r, keys, unsigned_payload, our_day));
  CHECK(to_hex(sha256(detail::canonical_request(r, unsigned_payload)->text)) ==
        "5479953de77b6f1cd6dcdb692a670ecd6c702f5c9798a25a3505d687bbadd3de");
  CHECK(std::string{find_header(r.headers, "Authorization")} ==
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-west-2/s3/aws4_request, "
        "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-sfc-digest;"
        "x-amz-meta-x-amz-iv;x-amz-meta-x-amz-key;x-amz-meta-x-amz-matdesc;x-amz-security-token, "
        "Signature=7812f252ddefeb98b4f66b097aef187153822e9887b0a57e949e4826ab6cacce");

  // Signing again, later and with other keys, replaces what signing added.
  std::size_t const headers = r.headers.size();
  aws_credential other = keys;
  other.secret_access_key = secret{"another"};
  other.session_token = {};
  REQUIRE(signer.sign(r, other, unsigned_payload, our_day + 24h));
  CHECK(r.headers.size() == headers - 1);
  CHECK(find_header(r.headers, "x-amz-date") == "20260103T030405Z");
  REQUIRE(signer.sign(r, keys, unsigned_payload, our_day));
  CHECK(find_header(r.headers, "Authorization").ends_with("ab6cacce"));
}

TEST_CASE("a port that is not the scheme's own is part of the signed host") {
  request const r = to(http_method::get, "http://127.0.0.1:9000/b/k");
  CHECK(detail::canonical_request(r, "x")->text.find("host:127.0.0.1:9000\n") != std::string::npos);
  request const own = to(http_method::get, "https://h:443");
  CHECK(detail::canonical_request(own, "x")->text == "GET\n/\n\nhost:h\n\nhost\nx");
}

TEST_CASE("without keys or with a broken URL nothing is signed") {
  sigv4_signer signer{"us-east-1", "s3"};
  request r = to(http_method::get, "https://h/");
  CHECK(signer.sign(r, {}, "x", our_day).error().code == errc::invalid_configuration);
  request broken = to(http_method::get, "h/");
  CHECK_FALSE(signer.sign(broken, example(), "x", our_day));
  request bad_query = to(http_method::get, "https://h/?a=%zz");
  CHECK_FALSE(signer.sign(bad_query, example(), "x", our_day));
}
