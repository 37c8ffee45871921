#include "catch.hpp"
#include "temporary_directory.hpp"
#include "vault_client.hpp"

#include <sluice/sandbox/detail/codec.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace vault_client;

namespace {

std::string const one = R"({"records":[{"fields":{"full_name":"Ann"}}]})";

/// A socket that has sent a request and waits for its reply.
class waiting {
 public:
  waiting(std::uint16_t port, std::string const& text) : file_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(file_, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0 ||
        ::send(file_, text.data(), text.size(), MSG_NOSIGNAL) < 0) {
      throw std::runtime_error("cannot connect");
    }
  }

  ~waiting() { ::close(file_); }

  waiting(waiting const&) = delete;
  waiting& operator=(waiting const&) = delete;

 private:
  int file_;
};

/// Whether this becomes true within 30 seconds.
template<class Predicate>
bool comes_true(Predicate const& predicate) {
  auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!predicate()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

std::string get_request(account const& a) {
  return "GET " + vault_path + "/persons HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + a.bearer +
         "\r\n\r\n";
}

}  // namespace

TEST_CASE("every reply has a request id of its own") {
  account a;
  auto const first = header(a.get("/persons"), "x-request-id");
  CHECK(first.size() == 36);
  CHECK(header(a.get("/persons"), "x-request-id") != first);
  CHECK(header(a.post("/full_name", one), "x-request-id").size() == 36);
  CHECK(header(a.send("GET", "/"), "x-request-id").size() == 36);
  CHECK(header(plain_client::send(a.port, "POST", "/v1/auth/sa/oauth/token"), "x-request-id")
            .size() == 36);
  auto const garbage = plain_client::send_text(a.port, "garbage\r\n\r\n");
  CHECK(garbage.status == 400);
  CHECK(header(garbage, "x-request-id").size() == 36);
  for (auto const* fault :
       {"vault.status", "vault.throttle", "vault.html_reply", "vault_error_empty"}) {
    a.box.faults().arm(fault);
    INFO(fault);
    CHECK(header(a.get("/persons"), "x-request-id").size() == 36);
  }
}

TEST_CASE("replies are compressed when asked for") {
  account a;
  a.insert("full_name", R"({"full_name":"Ann"})");
  auto const path = vault_path + "/full_name";
  auto const packed = a.send("GET", path, {}, {{"Accept-Encoding", "br, gzip"}});
  CHECK(header(packed, "Content-Encoding") == "gzip");
  auto const text = sluice::sandbox::detail::gunzip(packed.body, 10'000);
  REQUIRE(text);
  CHECK(*text == a.get("/full_name").body);
  CHECK(header(a.get("/full_name"), "Content-Encoding").empty());
  CHECK(header(a.send("GET", path, {}, {{"Accept-Encoding", "gzip;q=0"}}), "Content-Encoding")
            .empty());
  CHECK(header(a.send("GET", path + "?limit=x", {}, {{"Accept-Encoding", "gzip"}}),
               "Content-Encoding") == "gzip");
}

TEST_CASE("too many records and too many bytes") {
  skyflow::options o;
  o.max_records = 2;
  o.max_request_bytes = 1'000;
  account a(o);
  std::string const record = R"({"fields":{"full_name":"x"}})";
  std::string const three = R"({"records":[)" + record + ',' + record + ',' + record + "]}";
  CHECK(error_of(a.post("/full_name", three)) == "400/3: records holds 3 items, more than 2");
  CHECK(a.post("/detokenize",
               R"({"detokenizationParameters":[{"token":"a"},{"token":"b"},{"token":"c"}]})")
            .status == 400);
  std::string const long_text(1'001, ' ');
  CHECK(error_of(a.post("/full_name", long_text)) == "413/3: request body too large");
  auto const chunked = plain_client::send_text(
      a.port,
      "POST " + vault_path +
          "/full_name HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
          long_text + "\r\n0\r\n\r\n");
  CHECK(chunked.status == 413);
  CHECK(header(chunked, "x-request-id").size() == 36);
  CHECK(a.box.log().of("vault_insert").size() == 3);
  CHECK(a.post("/full_name", one).status == 200);

  o.too_many_records_status = 413;
  account b(o);
  CHECK(b.post("/full_name", three).status == 413);
}

TEST_CASE("a body may wait for 100-continue, come in chunks, and go with DELETE") {
  account a;
  auto const request = [&](std::string const& more) {
    return "POST " + vault_path +
           "/full_name HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " +
           a.bearer + "\r\n" + more;
  };
  auto const expected = plain_client::send_text(a.port,
                                                request("Expect: 100-continue\r\nContent-Length: " +
                                                        std::to_string(one.size()) + "\r\n\r\n") +
                                                    one);
  CHECK(expected.head.starts_with("HTTP/1.1 100"));
  auto const chunked = plain_client::send_text(
      a.port, request("Transfer-Encoding: chunked\r\n\r\n2c\r\n") + one + "\r\n0\r\n\r\n");
  CHECK(one.size() == 0x2c);
  CHECK(chunked.status == 200);
  CHECK(a.rows("full_name") == "2");
  CHECK(a.erase("/full_name", R"({"skyflow_ids":["*"]})").status == 200);
}

TEST_CASE("a rate limit is a bucket for each vault, filled by the service's clock") {
  skyflow::options o;
  o.requests_per_second = 0.1;  // slow enough for a slow machine
  o.burst = 2;
  account a(o);
  CHECK(a.get("/persons").status == 404);
  CHECK(a.get("/persons").status == 404);
  auto const limited = a.get("/persons");
  CHECK(error_of(limited) == "429/8: rate limit exceeded");
  CHECK(header(limited, "Retry-After") == "10");
  CHECK(a.send("GET", "/v1/vaults/other/persons").status == 404);
  a.box.skew_clock(std::chrono::seconds(10));
  CHECK(a.get("/persons").status == 404);
  CHECK(a.get("/persons").status == 429);
  CHECK(a.box.skyflow_state().throttled == 2);
  CHECK(a.control("POST", "/skyflow/limits", R"({"requests_per_second":0})").status == 200);
  CHECK(a.get("/persons").status == 404);
  CHECK(a.control("POST", "/skyflow/limits", R"({"requests":0})").status == 400);
}

TEST_CASE("the state counts requests, connections, bytes, rows and duplicates") {
  account a;
  a.post("/full_name", one);
  a.post("/full_name", one);
  a.insert("full_name", R"({"full_name":"Bo"})");
  auto const state = a.box.skyflow_state();
  CHECK(state.requests == 3);
  CHECK(state.connections == 3);
  CHECK(state.most_requests_on_a_connection == 1);
  CHECK(state.max_concurrency == 1);
  CHECK(state.rows.at(vault_id + "/full_name") == 3);
  CHECK(state.duplicates.at(vault_id + "/full_name") == 1);
  CHECK(state.tokens.at(vault_id) == 2);
  CHECK(state.bytes_received == 2 * one.size() + one.size() - 1);
  CHECK(state.bytes_sent > 200);
  auto const text = a.control("GET", "/skyflow/state");
  CHECK(json(text).at("duplicates").at(vault_id + "/full_name").as_int64() == 1);
  CHECK(json(text).at("http2Requests").as_int64() == 0);
  CHECK(a.cell("SELECT COUNT(*)||':'||SUM(records)||':'||SUM(status) FROM \"skyflow.requests\"") ==
        "3:3:600");
  CHECK(a.cell("SELECT request_id FROM \"skyflow.requests\" ORDER BY number DESC") ==
        a.box.log().of("vault").back().request_id);

  CHECK(a.control("POST", "/skyflow/reset").status == 200);
  CHECK(a.box.skyflow_state().requests == 0);
  CHECK(a.rows("full_name") == "0");
  CHECK(a.control("GET", "/skyflow/nothing").status == 404);
}

TEST_CASE("requests of one connection, and requests in flight, are counted") {
  account a;
  auto const two = get_request(a) + get_request(a);
  plain_client::send_text(a.port, two);
  auto const served = [&] { return a.box.skyflow_state().most_requests_on_a_connection; };
  REQUIRE(comes_true([&] { return served() >= 2; }));  // the client left after the first reply
  CHECK(served() == 2);

  a.box.faults().arm("vault_get.hang:1:3");
  waiting const first(a.port, get_request(a));
  waiting const second(a.port, get_request(a));
  waiting const third(a.port, get_request(a));
  REQUIRE(comes_true([&] { return a.box.faults().fired("vault_get.hang") >= 3; }));
  CHECK(a.box.skyflow_state().requests == 5);
}

TEST_CASE("the highest number of requests at once") {
  account a;
  a.box.faults().arm("vault_get.delay=600000:1:3");
  {
    waiting const first(a.port, get_request(a));
    waiting const second(a.port, get_request(a));
    waiting const third(a.port, get_request(a));
    REQUIRE(comes_true([&] { return a.box.skyflow_state().max_concurrency >= 3; }));
  }
  CHECK(a.box.skyflow_state().max_concurrency == 3);
}

TEST_CASE("calls of several connections at once are each a transaction") {
  account a;
  constexpr int callers = 4;
  constexpr int calls = 25;
  std::vector<std::thread> threads;
  for (int t = 0; t < callers; ++t) {
    threads.emplace_back([&a, t] {
      for (int i = 0; i < calls; ++i) {
        auto const name = std::to_string(t) + '-' + std::to_string(i);
        // Every caller also wants the one address that only one of them can have.
        a.post(
            "/persons",
            R"({"records":[{"fields":{"name":")" + name +
                R"(","ssn":"123-45-6789"}},{"fields":{"ssn":"123-45-6789","email":"only@x"}}]})");
        a.post("/full_name", byot(pair("NAME " + name, "tok_" + name)));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(a.rows("persons") == "2");
  CHECK(a.rows("full_name") == std::to_string(callers * calls));
  CHECK(a.cell("SELECT COUNT(DISTINCT \"full_name.token\") FROM \"@.full_name\"") ==
        std::to_string(callers * calls));
  CHECK(a.cell("SELECT COUNT(*) FROM \"skyflow.requests\" WHERE status = 200") ==
        std::to_string(callers * calls + 1));
}

TEST_CASE("vaults by options and by HTTP") {
  std::string const schema =
      R"({"vaultID":"other1","name":"o","vaultSchema":{"schemas":[{"name":"t","fields":[)"
      R"({"name":"a-b_1","datatype":"DT_INT32","tags":[{"name":"skyflow.options.configuration_tags",)"
      R"("values":["UNIQUE","NOT_NULL"]}]},{"name":"x","datatype":"DT_STRING","isArray":true,)"
      R"("tags":[{"name":"skyflow.options.default_token_policy","values":["RANDOM_TOKEN"]}]}]}]}})";
  auto const v = skyflow::parse_vault(schema);
  CHECK(skyflow::to_json(skyflow::parse_vault(skyflow::to_json(v))) == skyflow::to_json(v));
  CHECK(v.tables.at(0).columns.at(0).unique);
  CHECK(v.tables.at(0).columns.at(0).not_null);
  CHECK(v.tables.at(0).columns.at(1).tokens == skyflow::token_policy::non_deterministic_uuid);

  account a;
  CHECK(a.control("POST", "/skyflow/vaults", schema).status == 200);
  CHECK(a.control("POST", "/skyflow/vaults", schema).status == 200);
  CHECK(json(a.control("GET", "/skyflow/vaults")).as_array().size() == 2);
  auto const insert = [&](std::string const& fields) {
    return a.send("POST", "/v1/vaults/other1/t", R"({"records":[{"fields":)" + fields + "}]}")
        .status;
  };
  CHECK(insert(R"({"a-b_1":1,"x":["p"]})") == 200);
  CHECK(insert(R"({"a-b_1":1})") == 400);
  CHECK(insert("{}") == 400);

  auto const refused = [&](std::string from, std::string_view to) {
    auto text = schema;
    text.replace(text.find(from), from.size(), to);
    auto const r = a.control("POST", "/skyflow/vaults", text);
    return r.status == 400 ? error_of(r) : "accepted";
  };
  CHECK(refused("\"t\"", "\"T\"").starts_with("400/3: vault schema: table 'T'"));
  CHECK(refused("DT_INT32", "DT_INT").starts_with("400/3: vault schema: unknown datatype"));
  CHECK(refused("RANDOM_TOKEN", "TOKEN").starts_with("400/3: vault schema: unknown token policy"));
  CHECK(refused("a-b_1", "skyflow_id").starts_with("400/3: vault schema: skyflow_id"));
  CHECK(refused("\"t\"", "\"tokens\"") ==
        "400/3: vault schema: a table named tokens is the vault's own");
  CHECK(refused(R"([{"name":"t",)", R"([{"name":"t","fields":[{"name":"c"}]},{"name":"t",)") ==
        "400/3: vault schema: table 't' comes twice");
  CHECK(refused("DT_STRING", "DT_BOOL").starts_with("400/3: vault other1 exists"));
}

TEST_CASE("rows, tokens and vaults survive in the data directory") {
  sluice_test::temporary_directory const directory;
  sandbox::options o;
  o.data = directory.path();
  {
    account a(o);
    CHECK(a.post("/full_name", byot(pair("Ann", "t1"))).status == 200);
  }
  {
    account a(o);
    CHECK(a.rows("full_name") == "1");
    CHECK(
        a.post("/detokenize", R"({"detokenizationParameters":[{"token":"t1"}]})").contains("Ann"));
    CHECK(a.post("/full_name", byot(pair("Bo", "t1"))).status == 400);
  }
}

TEST_CASE("secrets of requests stay out of what the sandbox prints") {
  account a;
  a.insert("full_name", R"({"full_name":"PLANTED-NAME"})");
  a.post("/full_name", byot(pair("PLANTED-NAME", "PLANTED-TOKEN")));
  auto const printed = a.control("GET", "/requests").body;
  CHECK(printed.find("vault_insert") != std::string::npos);
  CHECK(printed.find("PLANTED") == std::string::npos);
  CHECK(printed.find(a.bearer) == std::string::npos);
}

TEST_CASE("a doubled slash is no route") {
  account a;
  auto const doubled = "//v1//vaults/" + vault_id + "//full_name";
  CHECK(a.send("POST", doubled, one).status == 404);
  CHECK(a.send("POST", '/' + vault_path + "/full_name", one).status == 404);
  CHECK(a.send("POST", vault_path + "//full_name", one).status == 404);
  CHECK(a.send("POST", vault_path + "/full_name/", one).status == 404);
  CHECK(a.rows("full_name") == "0");
  CHECK(a.post("/full_name", one).status == 200);
}
