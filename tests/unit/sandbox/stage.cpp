#include "catch.hpp"
#include "driver.hpp"
#include "temporary_directory.hpp"

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/stage_files.hpp>
#include <sluice/sandbox/sandbox.hpp>

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace sandbox = sluice::sandbox;
namespace box_detail = sluice::sandbox::detail;
using plain_client::driver;
using plain_client::member;
using plain_client::reply;

namespace {

constexpr std::size_t part_size = std::size_t{5} << 20;

/// Signs and sends requests with the credentials of one PUT reply.
class uploader {
 public:
  uploader(sandbox::server& box, std::string const& put_reply)
      : port_(box.where().stage_port),
        key_(member(put_reply, "AWS_KEY_ID")),
        secret_(member(put_reply, "AWS_SECRET_KEY")),
        token_(member(put_reply, "AWS_TOKEN")),
        location_(member(put_reply, "location")) {}

  /// `query` in canonical form, e.g. `uploads=`.
  reply send(std::string const& method,
             std::string const& name,
             std::string const& query,
             std::string const& body,
             plain_client::headers const& metadata = {}) const {
    std::time_t const now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char date[32];
    std::strftime(date, sizeof date, "%Y%m%dT%H%M%SZ", &parts);
    std::string const day = std::string(date).substr(0, 8);
    std::string const path = '/' + location_ + name;
    std::string const host = "127.0.0.1:" + std::to_string(port_);
    std::string const hash = box_detail::sha256_hex(body);
    plain_client::headers headers{{"x-amz-content-sha256", hash}, {"x-amz-date", date}};
    headers.insert(headers.end(), metadata.begin(), metadata.end());
    headers.emplace_back("x-amz-security-token", token_);

    std::string canonical = method + '\n' + path + '\n' + query + "\nhost:" + host + '\n';
    std::string names = "host";
    for (auto const& [header, value] : headers) {
      canonical += header + ':' + value + '\n';
      names += ';' + header;
    }
    canonical += '\n' + names + '\n' + hash;
    std::string const scope = day + "/us-west-2/s3/aws4_request";
    std::string key = "AWS4" + secret_;
    for (std::string const& step :
         {day, std::string("us-west-2"), std::string("s3"), std::string("aws4_request")}) {
      key = box_detail::hmac_sha256(key, step);
    }
    std::string const to_sign = std::string("AWS4-HMAC-SHA256\n") + date + '\n' + scope + '\n' +
                                box_detail::sha256_hex(canonical);
    headers.emplace_back(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=" + key_ + '/' + scope + ", SignedHeaders=" + names +
            ", Signature=" + box_detail::hex(box_detail::hmac_sha256(key, to_sign)));
    return plain_client::send(
        port_, method, path + (query.empty() ? "" : '?' + query), body, headers);
  }

  /// These credentials under another uploader's path.
  uploader below(uploader const& other) const {
    uploader out = *this;
    out.location_ = other.location_;
    return out;
  }

  std::string start(std::string const& name) const {
    reply const r = send("POST", name, "uploads=", "");
    auto const from = r.body.find("<UploadId>") + 10;
    return r.body.substr(from, r.body.find('<', from) - from);
  }

  reply part(std::string const& name,
             std::string const& id,
             int number,
             std::string const& body) const {
    return send("PUT", name, "partNumber=" + std::to_string(number) + "&uploadId=" + id, body);
  }

  reply complete(std::string const& name,
                 std::string const& id,
                 std::vector<int> const& numbers,
                 std::vector<reply> const& parts) const {
    std::string xml = "<CompleteMultipartUpload>";
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      auto const& head = parts[i].head;
      auto const at = head.find("ETag: ") + 6;
      xml += "<Part><PartNumber>" + std::to_string(numbers[i]) + "</PartNumber><ETag>" +
             head.substr(at, head.find('\r', at) - at) + "</ETag></Part>";
    }
    return send("POST", name, "uploadId=" + id, xml + "</CompleteMultipartUpload>");
  }

 private:
  std::uint16_t port_;
  std::string key_;
  std::string secret_;
  std::string token_;
  std::string location_;
};

struct stage_session {
  stage_session() : up(box, d.query("put 'file:///x' '@~/run/'", "put").body) {}

  sandbox::server box;
  driver d{box};
  uploader up;
};

}  // namespace

TEST_CASE("objects are put, found, read in ranges and deleted") {
  stage_session s;
  CHECK(s.up.send("HEAD", "a", "", "").status == 404);
  CHECK(s.up.send("PUT", "a", "", "0123456789", {{"x-amz-meta-k", "v"}}).status == 200);
  REQUIRE(s.box.stored_objects().size() == 1);
  reply const head = s.up.send("HEAD", "a", "", "");
  CHECK(head.status == 200);
  CHECK(head.head.find("x-amz-meta-k: v") != std::string::npos);
  CHECK(head.head.find("Content-Length: 10") != std::string::npos);
  CHECK(s.up.send("GET", "a", "", "").body == "0123456789");
  CHECK(s.up.send("DELETE", "a", "", "").status == 204);
  CHECK(s.up.send("GET", "a", "", "").status == 404);
}

TEST_CASE("credentials of one path do not open another") {
  stage_session s;
  reply const other = s.d.query("put 'file:///x' '@~/elsewhere/'", "put2");
  uploader const up(s.box, other.body);
  CHECK(up.send("PUT", "a", "", "x").status == 200);
  reply const refused = up.below(s.up).send("PUT", "a", "", "x");
  CHECK(refused.status == 403);
  CHECK(refused.contains("<Code>AccessDenied</Code>"));
}

TEST_CASE("a multipart upload has parts of 5 MiB, in order, with their ETags") {
  stage_session s;
  std::string const big(part_size, 'x');
  std::string const id = s.up.start("m");
  std::vector<reply> const parts{s.up.part("m", id, 1, big), s.up.part("m", id, 2, "tail")};
  REQUIRE(parts[1].status == 200);
  CHECK(s.box.open_multipart_uploads() == 1);
  CHECK(s.up.part("m", id, 10'001, "x").contains("InvalidArgument"));
  CHECK(s.up.part("m", "unknown", 1, "x").contains("NoSuchUpload"));
  CHECK(s.up.complete("m", id, {2, 1}, {parts[1], parts[0]}).contains("InvalidPartOrder"));
  CHECK(s.up.complete("m", id, {1, 2}, {parts[1], parts[0]}).contains("InvalidPart"));
  CHECK(s.up.complete("m", id, {}, {}).contains("MalformedXML"));
  CHECK(s.up.complete("m", id, {1, 2}, parts).contains("CompleteMultipartUploadResult"));
  CHECK(s.up.send("GET", "m", "", "").body == big + "tail");
  CHECK(s.up.complete("m", id, {1, 2}, parts).contains("NoSuchUpload"));

  std::string const small = s.up.start("s");
  std::vector<reply> const short_parts{s.up.part("s", small, 1, "short"),
                                       s.up.part("s", small, 2, "tail")};
  CHECK(s.up.complete("s", small, {1, 2}, short_parts).contains("EntityTooSmall"));
  CHECK(s.up.send("DELETE", "s", "uploadId=" + small, "").status == 204);
  CHECK(s.up.send("DELETE", "s", "uploadId=" + small, "").contains("NoSuchUpload"));
  CHECK(s.box.open_multipart_uploads() == 0);
}

TEST_CASE("a reset ends multipart uploads") {
  stage_session s;
  std::string const id = s.up.start("m");
  std::vector<reply> const parts{s.up.part("m", id, 1, "all")};
  s.box.reset();
  CHECK(s.box.open_multipart_uploads() == 0);
  CHECK(s.up.part("m", id, 2, "x").contains("NoSuchUpload"));
  CHECK(s.up.complete("m", id, {1}, parts).contains("NoSuchUpload"));
  CHECK(s.box.stored_objects().empty());
}

TEST_CASE("the S3 double fails as told and recovers") {
  stage_session s;
  auto const once = [&](std::string const& fault) {
    s.box.faults().arm(fault);
    reply const r = s.up.send("PUT", "f", "", "body");
    CHECK(s.box.faults().fired(sandbox::parse_fault(fault).name) == 1);
    return r;
  };
  reply const slow = once("slow_down");
  CHECK(slow.status == 503);
  CHECK(slow.contains("<Code>SlowDown</Code>"));
  reply const moved = once("stage_redirect");
  CHECK(moved.status == 307);
  CHECK(moved.head.find("x-amz-bucket-region: us-west-2") != std::string::npos);
  CHECK(once("broken_pipe=2").status == 0);
  CHECK(once("upload.drop_request").status == 0);
  CHECK(s.box.stored_objects().empty());
  CHECK(once("upload_lost").status == 200);
  CHECK(s.box.stored_objects().empty());
  CHECK(once("upload_corrupted").status == 200);
  CHECK(s.up.send("GET", "f", "", "").body != "body");
  CHECK(once("upload.drop_reply").status == 0);
  CHECK(s.up.send("GET", "f", "", "").body == "body");

  std::string const id = s.up.start("c");
  std::vector<reply> const parts{s.up.part("c", id, 1, "only")};
  s.box.faults().arm("complete_error_in_200");
  reply const error = s.up.complete("c", id, {1}, parts);
  CHECK(error.status == 200);
  CHECK(error.contains("<Error><Code>InternalError</Code>"));
  s.box.faults().arm("complete_reply_lost");
  CHECK(s.up.complete("c", id, {1}, parts).status == 0);
  CHECK(s.up.complete("c", id, {1}, parts).contains("NoSuchUpload"));
  CHECK(s.up.send("GET", "c", "", "").body == "only");
}

TEST_CASE("expired stage credentials stay expired, a new PUT brings others") {
  stage_session s;
  s.box.faults().arm("stage_credentials_expired");
  for (int i = 0; i < 2; ++i) {
    reply const r = s.up.send("PUT", "e", "", "x");
    CHECK(r.status == 400);
    CHECK(r.contains("<Code>ExpiredToken</Code>"));
  }
  reply const bare = s.up.send("HEAD", "e", "", "");
  CHECK(bare.status == 400);
  CHECK(bare.body.empty());
  uploader const renewed(s.box, s.d.query("put 'file:///x' '@~/run/'", "again").body);
  CHECK(renewed.send("PUT", "e", "", "x").status == 200);
}

TEST_CASE("a skewed clock makes signatures too old") {
  stage_session s;
  s.box.skew_clock(std::chrono::minutes(16));
  CHECK(s.up.send("PUT", "t", "", "x").contains("RequestTimeTooSkewed"));
  s.box.skew_clock(std::chrono::minutes(14));
  CHECK(s.up.send("PUT", "t", "", "x").status == 200);
}

TEST_CASE("PUT replies follow the configured encryption") {
  auto const put = [](auto change) {
    sandbox::options o;
    change(o);
    sandbox::server box(o);
    return driver(box).query("put 'file:///x' '@~/run/'", "p").body;
  };
  auto const key_bytes = [](std::string const& body) {
    return box_detail::from_base64(member(body, "queryStageMasterKey")).value_or("").size();
  };
  std::string const plain = put([](sandbox::options&) {});
  CHECK(key_bytes(plain) == 16);
  CHECK(plain.find("\"smkId\":1000") != std::string::npos);
  CHECK(plain.find("\"threshold\":67108864") != std::string::npos);
  CHECK(member(plain, "endPoint").starts_with("http://127.0.0.1:"));
  std::string const large = put([](sandbox::options& o) {
    o.encryption = sandbox::stage_encryption::client_side_256;
    o.smk_id_as_string = true;
  });
  CHECK(key_bytes(large) == 32);
  CHECK(member(large, "smkId") == "1000");
  std::string const none =
      put([](sandbox::options& o) { o.encryption = sandbox::stage_encryption::server_side; });
  CHECK(none.find("\"encryptionMaterial\":null") != std::string::npos);
  CHECK(none.find("\"isClientSideEncrypted\":false") != std::string::npos);
  std::string const secure = put([](sandbox::options& o) { o.stage_tls = true; });
  CHECK(member(secure, "endPoint").starts_with("127.0.0.1:"));
}

TEST_CASE("a directory is listed while others write into it") {
  sluice_test::temporary_directory const root;
  std::filesystem::path const stage = std::filesystem::path{root.path()} / "stage";
  std::filesystem::create_directory(stage);
  for (int i = 0; i != 20; ++i) std::ofstream{stage / (std::to_string(i) + ".csv")} << "1";
  box_detail::directory_files const files{root.path()};
  std::jthread const writer{[&](std::stop_token const& done) {
    for (int i = 0; !done.stop_requested(); ++i) {
      std::filesystem::path const part = stage / ("part." + std::to_string(i));
      std::ofstream{part} << "2";
      std::filesystem::rename(part, stage / "renamed");
      std::filesystem::remove(stage / "renamed");
    }
  }};
  std::ptrdiff_t found = 0;
  for (int i = 0; i != 1'000; ++i)
    found += std::ranges::count_if(files.list("stage/"),
                                   [](auto const& file) { return file.key.ends_with(".csv"); });
  CHECK(found == 20'000);
}

TEST_CASE("a file with a broken envelope fails the load") {
  stage_session s;
  s.d.query("create table t (a varchar)", "c");
  CHECK(s.up.send("PUT", "x.csv", "", "1\n").status == 200);
  reply const r =
      s.d.query("copy into t from '@~/run/' files=('x.csv') file_format=(type=csv)", "load");
  INFO(r.body);
  CHECK(r.contains("\"success\":false"));
  CHECK(r.contains("x-amz-meta-x-amz-key"));
}
