#ifndef SLUICE_BENCH_SERVICE_BARE_CURL_HPP
#define SLUICE_BENCH_SERVICE_BARE_CURL_HPP

#include <curl/curl.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// Posts over a multi handle of libcurl and nothing else, as its examples show it: easy handles
/// that are set up once and used again and again, bodies given by address.
class bare_curl {
 public:
  bare_curl(std::string const& url, std::string const& ca_file, std::size_t connections)
      : multi_{curl_multi_init()}, replies_(connections) {
    headers_ = curl_slist_append(headers_, "Expect:");
    headers_ = curl_slist_append(headers_, "Content-Type: application/json");
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(connections));
    for (std::string& reply : replies_) {
      CURL* const easy = curl_easy_init();
      curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
      curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file.c_str());
      curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
      curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
      curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
      curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
      curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
      curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &keep);
      curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reply);
      curl_easy_setopt(easy, CURLOPT_PRIVATE, &reply);
      easies_.push_back(easy);
    }
  }

  bare_curl(bare_curl const&) = delete;
  bare_curl& operator=(bare_curl const&) = delete;

  ~bare_curl() {
    for (CURL* const easy : easies_) curl_easy_cleanup(easy);
    curl_multi_cleanup(multi_);
    curl_slist_free_all(headers_);
  }

  /// Posts `count` bodies, those of the list over and over, on all connections.
  void post(std::vector<std::string_view> const& bodies, std::size_t count) {
    next_ = 0;
    for (CURL* const easy : easies_)
      if (next_ != count) start(easy, bodies);
    for (int running = 1; running != 0;) {
      curl_multi_perform(multi_, &running);
      int left = 0;
      while (CURLMsg const* const message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        CURL* const easy = message->easy_handle;
        finish(easy, message->data.result);
        if (next_ == count) continue;
        start(easy, bodies);
        running = 1;
      }
      if (running != 0) curl_multi_poll(multi_, nullptr, 0, 1'000, nullptr);
    }
  }

 private:
  void start(CURL* easy, std::vector<std::string_view> const& bodies) {
    std::string_view const body = bodies[next_++ % bodies.size()];
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
    curl_multi_add_handle(multi_, easy);
  }

  void finish(CURL* easy, CURLcode code) {
    curl_multi_remove_handle(multi_, easy);
    long status = 0;
    void* reply = nullptr;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &reply);
    static_cast<std::string*>(reply)->clear();
    if (code == CURLE_OK && status == 200) return;
    std::fprintf(stderr, "libcurl alone: status %ld, %s\n", status, curl_easy_strerror(code));
    std::exit(1);
  }

  static std::size_t keep(char* bytes, std::size_t size, std::size_t count, void* reply) {
    static_cast<std::string*>(reply)->append(bytes, size * count);
    return size * count;
  }

  CURLM* multi_;
  std::vector<std::string> replies_;
  std::vector<CURL*> easies_;
  curl_slist* headers_ = nullptr;
  std::size_t next_ = 0;
};

}  // namespace bench

#endif  // SLUICE_BENCH_SERVICE_BARE_CURL_HPP
