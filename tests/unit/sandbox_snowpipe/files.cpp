#include "catch.hpp"
#include "streamer.hpp"
#include "temporary_directory.hpp"
#include "unit/sandbox/driver.hpp"

#include <sluice/sandbox/detail/crypto.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace streaming_test;
namespace box = sluice::sandbox::detail;

namespace {

sandbox::options local_options() {
  auto o = quiet_options();
  o.stage = sandbox::stage_kind::local_fs;
  o.make_key_pair = true;
  return o;
}

/// A JWT of the key pair that the sandbox made, for a clock that is `ahead`.
std::string key_pair_jwt(sandbox::server& server, std::chrono::seconds ahead = {}) {
  auto const pem = sluice_test::read_file(server.where().private_key_file.string());
  auto const public_pem = server.configured().users.front().public_keys.back();
  auto const now = std::chrono::duration_cast<std::chrono::seconds>(
                       std::chrono::system_clock::now().time_since_epoch() + ahead)
                       .count();
  std::string const sub = "SLUICE-SANDBOX.LOADER";
  std::string const text =
      box::to_base64url(R"({"alg":"RS256","typ":"JWT"})") + '.' +
      box::to_base64url(R"({"iss":")" + sub + ".SHA256:" + box::public_key_fingerprint(public_pem) +
                        R"(","sub":")" + sub + R"(","iat":)" + std::to_string(now) + R"(,"exp":)" +
                        std::to_string(now + 3'000) + "}");
  BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key);
  auto const* bytes = reinterpret_cast<unsigned char const*>(text.data());
  std::size_t size = 0;
  EVP_DigestSign(context, nullptr, &size, bytes, text.size());
  std::string signature(size, '\0');
  EVP_DigestSign(
      context, reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size());
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  BIO_free(in);
  return text + '.' + box::to_base64url(signature);
}

/// A pipe over a stage of local files.
struct file_fixture : fixture {
  explicit file_fixture(sandbox::options o = local_options())
      : fixture(std::move(o), "create table T (ID number(38,0), NAME varchar(5))") {
    REQUIRE(succeeded(sql(box, "create stage S")));
    REQUIRE(
        succeeded(sql(box, "create pipe P as copy into T from @S/in/ file_format = (type = csv)")));
    jwt = key_pair_jwt(box);
    for (auto const& entry :
         std::filesystem::recursive_directory_iterator(box.where().stage_directory)) {
      if (entry.is_directory() && entry.path().filename().string().find('-') != std::string::npos) {
        directory = entry.path();
      }
    }
    std::filesystem::create_directories(directory / "in");
  }

  void put(std::string const& name, std::string const& text) const {
    sluice_test::write_file((directory / "in" / name).string(), text);
  }

  reply call(std::string const& method,
             std::string const& what,
             std::string const& body = {},
             std::string const& type = "application/json") const {
    return send(box.where().account_port,
                method,
                "/v1/data/pipes/" + pipe + '/' + what,
                body,
                {{"Accept", "application/json"},
                 {"Authorization", "Bearer " + jwt},
                 {"Content-Type", type}});
  }

  reply insert(std::string const& body, std::string const& type = "application/json") const {
    return call("POST", "insertFiles?requestId=r1", body, type);
  }

  /// Loads what is queued, as the control endpoint does.
  void load() const {
    auto const url = box.where().control_url;
    plain_client::send(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))),
                       "POST",
                       "/streaming/commit");
  }

  std::string pipe = "SANDBOX.PUBLIC.P";
  std::string jwt;
  std::filesystem::path directory;
};

}  // namespace

TEST_CASE("files are queued, loaded and reported") {
  file_fixture f;
  f.put("a.csv", "1,a\n2,b\n");
  f.put("b.csv", "3,c\n");
  auto const queued = f.insert(R"({"files":[{"path":"a.csv","size":8},{"path":"b.csv"}]})");
  REQUIRE(queued.status == 200);
  CHECK(queued.text("requestId") == "r1");
  CHECK(queued.text("responseCode") == "SUCCESS");
  CHECK_FALSE(queued.object().contains("skippedFiles"));
  CHECK(f.box.number("select count(*) from T") == 0);
  CHECK(f.call("GET", "insertReport").object().at("files").as_array().empty());
  f.load();
  CHECK(f.box.number("select sum(ID) from T") == 6);

  auto const report = f.call("GET", "insertReport").object();
  CHECK(report.at("pipe") == "SANDBOX.PUBLIC.P");
  CHECK(report.at("completeResult") == true);
  auto const& files = report.at("files").as_array();
  REQUIRE(files.size() == 2);
  CHECK(files[0].at("path") == "a.csv");
  CHECK(files[0].at("status") == "LOADED");
  CHECK(files[0].at("complete") == true);
  CHECK(files[0].at("rowsInserted") == 2);
  CHECK(files[0].at("fileSize") == 8);
  CHECK(json::value_to<std::string>(files[0].at("lastInsertTime")).ends_with('Z'));
  // The mark leaves out what was reported.
  auto const mark = json::value_to<std::string>(report.at("nextBeginMark"));
  CHECK(f.call("GET", "insertReport?beginMark=" + mark).object().at("files").as_array().empty());
  CHECK(f.call("GET", "insertReport?beginMark=x").status == 400);
  // Ten minutes later nobody knows.
  f.box.skew_clock(std::chrono::minutes(11));
  auto const later = f.call("GET", "insertReport").object();
  CHECK(later.at("files").as_array().empty());
  CHECK(later.at("completeResult") == false);
}

TEST_CASE("a path is remembered for 14 days, corrected or not") {
  file_fixture f;
  f.put("a.csv", "1,a\n");
  f.insert("a.csv\n", "text/plain");
  f.load();
  f.put("a.csv", "2,b\n");
  auto const again = f.insert("a.csv\n", "text/plain");
  CHECK(again.status == 200);
  CHECK(again.object().at("skippedFiles").as_array().size() == 1);
  CHECK_FALSE(f.call("POST", "insertFiles?showSkippedFiles=false", "a.csv", "text/plain")
                  .object()
                  .contains("skippedFiles"));
  f.load();
  CHECK(f.box.number("select sum(ID) from T") == 1);
  constexpr auto later = std::chrono::hours(15 * 24);
  f.box.skew_clock(later);
  CHECK(f.insert("a.csv\n", "text/plain").status == 401);  // nor does the JWT live that long
  f.jwt = key_pair_jwt(f.box, later);
  auto const forgotten = f.insert("a.csv\n", "text/plain");
  CHECK(forgotten.status == 200);
  CHECK_FALSE(forgotten.object().contains("skippedFiles"));
  f.load();
  CHECK(f.box.number("select sum(ID) from T") == 3);  // with the corrected file
}

TEST_CASE(
    "what a pipe loads is in COPY_HISTORY, and neither in LOAD_HISTORY nor in the table's "
    "metadata") {
  file_fixture f;
  f.put("a.csv", "1,a\n");
  REQUIRE(f.insert("a.csv\n", "text/plain").status == 200);
  f.load();
  auto const history = f.box.rows(
      "select file_name, status, pipe_catalog_name, pipe_schema_name, pipe_name from "
      "table(information_schema.copy_history(table_name => 'T', start_time => dateadd(day, -13, "
      "current_timestamp())))");
  REQUIRE(history.size() == 1);
  CHECK(history[0] ==
        std::vector<std::optional<std::string>>{"a.csv", "Loaded", "SANDBOX", "PUBLIC", "P"});
  CHECK(f.box.number("select count(*) from information_schema.load_history") == 0);
  // To the table's own COPY the file is another one.
  REQUIRE(succeeded(sql(f.box, "copy into T from @S/in/ file_format = (type = csv)")));
  CHECK(f.box.number("select count(*) from T") == 2);
  CHECK(f.box.number("select count(*) from information_schema.load_history") == 1);
  CHECK(
      f.box.number("select count(*) from table(information_schema.copy_history(table_name => 'T', "
                   "start_time => dateadd(day, -13, current_timestamp()))) where pipe_name is "
                   "null") == 1);
}

TEST_CASE("loadHistoryScan goes 14 days back") {
  file_fixture f;
  f.put("a.csv", "1,a\n");
  REQUIRE(f.insert("a.csv\n", "text/plain").status == 200);
  f.load();
  constexpr auto ahead = std::chrono::hours(13 * 24);
  f.box.skew_clock(ahead);
  f.jwt = key_pair_jwt(f.box, ahead);
  auto const scan = [&](std::chrono::minutes back) {
    auto const from =
        std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + ahead - back);
    std::tm parts{};
    ::gmtime_r(&from, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return f.call(
        "GET",
        "loadHistoryScan?startTimeInclusive=" + sluice::sandbox::detail::percent_encoded(text));
  };
  constexpr std::chrono::minutes limit = std::chrono::hours(14 * 24);
  auto const found = scan(limit - std::chrono::minutes(5));
  REQUIRE(found.status == 200);
  CHECK(found.object().at("files").as_array().size() == 1);
  CHECK(scan(limit + std::chrono::minutes(5)).status == 400);
}

TEST_CASE("wrong requests are refused as documented") {
  file_fixture f;
  CHECK(f.insert(R"({"files":[]})").status == 400);
  CHECK(f.insert("", "text/plain").status == 400);
  CHECK(f.insert("{broken").status == 500);
  CHECK(f.insert(R"({"paths":[]})").status == 500);
  CHECK(f.insert("<a/>", "application/xml").status == 415);
  CHECK(f.insert(std::string(1'025, 'a'), "text/plain").status == 400);
  CHECK(f.insert(std::string(1'024, 'a'), "text/plain").status == 200);
  std::string many;
  for (int i = 0; i < 5'000; ++i) many += "f" + std::to_string(i) + "\n";
  CHECK(f.insert(many + "one-more\n", "text/plain").status == 429);
  CHECK(f.insert(many, "text/plain").status == 200);
  f.pipe = "SANDBOX.PUBLIC.NOTHING";
  CHECK(f.insert("a", "text/plain").status == 404);
  f.pipe = "PUBLIC.P";
  CHECK(f.insert("a", "text/plain").status == 404);
  f.pipe = "SANDBOX.PUBLIC.P";
  CHECK(f.call("GET", "insertFiles").status == 405);
  f.jwt = "x.y.z";
  CHECK(f.insert("a", "text/plain").status == 401);
}

TEST_CASE("errors in files show in the report and in the history") {
  file_fixture f;
  f.put("bad.csv", "1,a\nx,b\n");
  f.put("good.csv", "2,b\n");
  f.insert("bad.csv\ngood.csv\nmissing.csv\n", "text/plain");
  f.load();
  CHECK(f.box.number("select sum(ID) from T") == 2);  // SKIP_FILE is a pipe's default
  auto const files = f.call("GET", "insertReport").object().at("files").as_array();
  REQUIRE(files.size() == 3);
  CHECK(files[0].at("status") == "LOAD_FAILED");
  CHECK(files[0].at("errorsSeen") == 1);
  CHECK(files[0].at("firstErrorLineNum") == 2);
  CHECK_FALSE(json::value_to<std::string>(files[0].at("firstError")).empty());
  CHECK(files[1].at("status") == "LOADED");
  CHECK(files[2].at("status") == "LOAD_FAILED");

  REQUIRE(succeeded(sql(f.box,
                        "create pipe Q as copy into T from @S/in/ file_format = (type = "
                        "csv) on_error = continue")));
  f.pipe = "SANDBOX.PUBLIC.Q";
  f.insert("bad.csv\n", "text/plain");
  f.load();
  CHECK(f.call("GET", "insertReport").object().at("files").as_array()[0].at("status") ==
        "PARTIALLY_LOADED");

  auto const history = f.call("GET",
                              "loadHistoryScan?startTimeInclusive=" +
                                  sluice::sandbox::detail::percent_encoded(
                                      json::value_to<std::string>(files[0].at("timeReceived"))));
  REQUIRE(history.status == 200);
  CHECK(history.object().at("completeResult") == "true");  // a string here
  CHECK(f.call("GET", "loadHistoryScan").status == 400);
  CHECK(f.call("GET", "loadHistoryScan?startTimeInclusive=2001-01-01T00:00:00Z").status == 400);
}

TEST_CASE("a pattern leaves files out, and a paused pipe waits") {
  file_fixture f;
  REQUIRE(succeeded(sql(f.box,
                        "create pipe R as copy into T from @S/in/ pattern = '.*[.]csv' "
                        "file_format = (type = csv)")));
  f.pipe = "SANDBOX.PUBLIC.R";
  f.put("a.csv", "1,a\n");
  auto const queued = f.insert("a.csv\nreadme.txt\n", "text/plain");
  auto const unmatched = queued.object().at("unmatchedPatternFiles").as_array();
  REQUIRE(unmatched.size() == 1);
  CHECK(unmatched[0] == "readme.txt");
  REQUIRE(succeeded(sql(f.box, "alter pipe R set pipe_execution_paused = true")));
  f.load();
  CHECK(f.box.number("select count(*) from T") == 0);
  REQUIRE(succeeded(sql(f.box, "alter pipe R set pipe_execution_paused = false")));
  f.load();
  CHECK(f.box.number("select count(*) from T") == 1);
}

TEST_CASE("faults aim at the calls of file pipes as well") {
  file_fixture f;
  f.box.faults().arm("insert_files.status=500");
  f.box.faults().arm("insert_report.throttle=3");
  f.box.faults().arm("load_history.status=403");
  CHECK(f.insert("a.csv", "text/plain").status == 500);
  CHECK(f.call("GET", "insertReport").status == 429);
  CHECK(f.call("GET", "loadHistoryScan").status == 403);
  CHECK(f.insert("a.csv", "text/plain").status == 200);
}

TEST_CASE("a file that another transaction keeps out stays queued and is loaded once") {
  auto options = local_options();
  options.lock_timeout = std::chrono::milliseconds(20);
  file_fixture f(std::move(options));
  f.put("a.csv", "1,a\n");
  REQUIRE(f.insert("a.csv\n", "text/plain").status == 200);
  plain_client::driver const other(f.box);
  REQUIRE(succeeded(other.query("begin", "b").body));
  REQUIRE(succeeded(other.query("insert into T values (5, 'x')", "i").body));
  f.load();
  // What the call writes has to wait as well.
  auto const kept_out = f.call("GET", "insertReport");
  CHECK(kept_out.status == 503);
  CHECK(kept_out.code() == "SERVICE_UNAVAILABLE");
  REQUIRE(succeeded(other.query("commit", "c").body));
  CHECK(f.box.number("select sum(ID) from T") == 5);
  CHECK(f.call("GET", "insertReport").object().at("files").as_array().empty());
  f.load();
  f.load();
  CHECK(f.box.number("select sum(ID) from T") == 6);
  auto const files = f.call("GET", "insertReport").object().at("files").as_array();
  REQUIRE(files.size() == 1);
  CHECK(files[0].at("status") == "LOADED");
}
