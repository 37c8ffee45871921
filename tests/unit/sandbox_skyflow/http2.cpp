#include "catch.hpp"
#include "vault_client.hpp"

#include <curl/curl.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

// The vault over HTTP/2, with libcurl as its client.

using namespace vault_client;

namespace {

sandbox::options with_tls() {
  sandbox::options o;
  o.tls = true;
  return o;
}

struct answer {
  CURLcode code = CURLE_OK;
  long status = 0;
  long version = 0;
  std::string body;
};

/// One request of libcurl, to be performed alone or among others.
class call {
 public:
  call(account const& a, std::string const& method, std::string path, std::string body)
      : url_(a.box.where().skyflow_url + vault_path + std::move(path)),
        body_(std::move(body)),
        ca_(a.box.where().ca_file.string()),
        handle_(curl_easy_init()) {
    CURL* const h = handle_.get();
    headers_.reset(curl_slist_append(nullptr, ("Authorization: Bearer " + a.bearer).c_str()));
    curl_easy_setopt(h, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(h, CURLOPT_CAINFO, ca_.c_str());
    curl_easy_setopt(h, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    curl_easy_setopt(h, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(h, CURLOPT_TIMEOUT, 60L);
    if (!body_.empty()) {
      curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE, static_cast<long>(body_.size()));
      curl_easy_setopt(h, CURLOPT_POSTFIELDS, body_.c_str());
    }
    curl_easy_setopt(h, CURLOPT_WRITEDATA, &answer_.body);
    curl_easy_setopt(
        h, CURLOPT_WRITEFUNCTION, +[](char* bytes, std::size_t size, std::size_t count, void* to) {
          static_cast<std::string*>(to)->append(bytes, size * count);
          return size * count;
        });
  }

  CURL* handle() const { return handle_.get(); }

  answer const& finished(CURLcode code) {
    answer_.code = code;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &answer_.status);
    curl_easy_getinfo(handle_.get(), CURLINFO_HTTP_VERSION, &answer_.version);
    return answer_;
  }

  answer perform() { return finished(curl_easy_perform(handle_.get())); }

 private:
  std::string url_;
  std::string body_;
  std::string ca_;
  answer answer_;
  std::unique_ptr<curl_slist, releaser<curl_slist_free_all>> headers_;
  std::unique_ptr<CURL, releaser<curl_easy_cleanup>> handle_;
};

std::string record(std::string const& name) {
  return R"({"records":[{"fields":{"full_name":")" + name + R"("}}]})";
}

/// So many inserts at once over one connection; how many of them were answered 200.
std::size_t insert_at_once(account const& a, std::size_t count) {
  std::unique_ptr<CURLM, releaser<curl_multi_cleanup>> const all(curl_multi_init());
  curl_multi_setopt(all.get(), CURLMOPT_MAX_HOST_CONNECTIONS, 1L);
  std::vector<std::unique_ptr<call>> calls;
  for (std::size_t i = 0; i != count; ++i) {
    calls.push_back(
        std::make_unique<call>(a, "POST", "/full_name", record("N" + std::to_string(i))));
    curl_easy_setopt(calls.back()->handle(), CURLOPT_PRIVATE, calls.back().get());
    curl_multi_add_handle(all.get(), calls.back()->handle());
  }
  std::size_t good = 0;
  for (int running = 1; running != 0;) {
    if (curl_multi_perform(all.get(), &running) != CURLM_OK)
      throw std::runtime_error("libcurl has given up");
    int left = 0;
    while (CURLMsg* const m = curl_multi_info_read(all.get(), &left)) {
      call* done = nullptr;
      curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &done);
      answer const& got = done->finished(m->data.result);
      good += got.code == CURLE_OK && got.status == 200 ? 1 : 0;
    }
    curl_multi_poll(all.get(), nullptr, 0, 100, nullptr);
  }
  for (auto const& c : calls) curl_multi_remove_handle(all.get(), c->handle());
  return good;
}

}  // namespace

TEST_CASE("the vault speaks HTTP/2 with those who ask for it") {
  account a(with_tls());
  auto const one = call(a, "POST", "/full_name", record("Ann")).perform();
  CHECK(one.code == CURLE_OK);
  CHECK(one.status == 200);
  CHECK(one.version == CURL_HTTP_VERSION_2_0);
  CHECK(a.rows("full_name") == "1");
  // More than a window of the protocol's first size, in both directions.
  auto const long_one = call(a, "POST", "/full_name", record(std::string(300'000, 'x'))).perform();
  CHECK(long_one.status == 200);
  auto const read = call(a, "GET", "/full_name", "").perform();
  CHECK(read.status == 200);
  CHECK(read.body.size() > 300'000);
  auto const erased = call(a, "DELETE", "/full_name", R"({"skyflow_ids":["*"]})").perform();
  CHECK(erased.status == 200);
  CHECK(a.rows("full_name") == "0");
  auto const state = a.box.skyflow_state();
  CHECK(state.requests == 4);
  CHECK(state.http2_requests == 4);
  for (auto const& r : a.box.log().of("vault")) CHECK(r.http2);

  call older(a, "GET", "/persons", "");
  curl_easy_setopt(older.handle(), CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  CHECK(older.perform().version == CURL_HTTP_VERSION_1_1);
  CHECK_FALSE(a.box.log().of("vault").back().http2);
}

TEST_CASE("streams of one connection are answered side by side, unless only one may be open") {
  for (bool const one : {false, true}) {
    CAPTURE(one);
    account a(with_tls());
    if (one) a.box.faults().arm("vault_one_stream:1:*");
    a.box.faults().arm("vault_insert.delay=100:1:*");
    CHECK(insert_at_once(a, 6) == 6);
    auto const state = a.box.skyflow_state();
    // libcurl opens streams before it has heard how many; those that are refused go elsewhere.
    if (!one) CHECK(state.connections == 1);
    CHECK((state.max_concurrency == 1) == one);
    CHECK(a.rows("full_name") == "6");
  }
}

TEST_CASE("a refused stream has done nothing, one that is reset behind its work has") {
  account a(with_tls());
  a.box.faults().arm("vault_stream_error");
  auto const lost = call(a, "POST", "/full_name", record("Ann")).perform();
  CHECK(lost.code == CURLE_HTTP2_STREAM);
  CHECK(a.rows("full_name") == "1");
  CHECK(a.box.log().of("vault").back().status == 0);

  a.box.faults().arm("vault_stream_refused:1:*");
  auto const refused = call(a, "POST", "/full_name", record("Bo")).perform();
  CHECK(refused.code != CURLE_OK);
  CHECK(a.rows("full_name") == "1");
}

TEST_CASE("what a GOAWAY takes back may be sent again over another connection") {
  account a(with_tls());
  a.box.faults().arm("vault_insert.delay=50:1:*");
  a.box.faults().arm("vault_go_away:4");
  CHECK(insert_at_once(a, 8) == 8);
  CHECK(a.box.faults().fired("vault_go_away") == 1);
  CHECK(a.rows("full_name") == "8");
  CHECK(a.box.skyflow_state().connections == 2);
}

TEST_CASE("faults of connections over HTTP/2") {
  account a(with_tls());
  for (std::string const fault : {"drop_reply",
                                  "close_reply",
                                  "half_status_line",
                                  "truncate_reply",
                                  "wrong_length",
                                  "drop_request",
                                  "drop_at_head",
                                  "reset_body=20"}) {
    CAPTURE(fault);
    a.box.faults().arm("vault_insert." + fault + ":1:*");
    CHECK(call(a, "POST", "/full_name", record("Ann")).perform().code != CURLE_OK);
    a.box.faults().disarm("vault_insert." + fault.substr(0, fault.find('=')));
  }
  CHECK(a.rows("full_name") == "5");
  for (std::string const fault : {"slow_reply=2000", "pause_in_reply=20", "slow_body=20000"}) {
    CAPTURE(fault);
    a.box.faults().arm("vault_insert." + fault);
    CHECK(call(a, "POST", "/full_name", record("Bo")).perform().status == 200);
  }
  CHECK(a.rows("full_name") == "8");
  a.box.faults().arm("vault_insert.huge_reply=3000000");
  CHECK(call(a, "POST", "/full_name", record("Cy")).perform().body.size() == 3'000'000);
}

TEST_CASE("a body that is too long is refused over HTTP/2 while it arrives") {
  sandbox::options o = with_tls();
  o.skyflow.max_request_bytes = 100'000;
  account a(o);
  call c(a, "POST", "/full_name", record(std::string(200'000, 'x')));
  CHECK(c.perform().status == 413);
  CHECK(a.rows("full_name") == "0");
}

TEST_CASE("reset_reply over HTTP/2: the head arrives, then the connection is reset") {
  account a(with_tls());
  a.box.faults().arm("vault_insert.reset_reply=5");
  auto const cut = call(a, "POST", "/full_name", record("Ann")).perform();
  CHECK(cut.status == 200);
  CHECK(cut.body.size() == 5);
  CHECK(cut.code == CURLE_RECV_ERROR);
  CHECK(a.rows("full_name") == "1");
}
