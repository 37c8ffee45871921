#include "../../examples/custom_destination.hpp"
#include "catch.hpp"

#include <sluice/sandbox/detail/http_server.hpp>
#include <sluice/sluice.hpp>
#include <sluice/test/destination_laws.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The destination of examples/custom_destination.hpp against a receiver over real sockets.

namespace {

namespace http = sluice::sandbox::detail;

struct reading {
  std::int64_t id = 0;
  std::string place;
};

}  // namespace

template<>
struct sluice::schema<reading> : sluice::columns<reading,
                                                 sluice::column<"id", &reading::id>,
                                                 sluice::column<"place", &reading::place>> {};

namespace {

/// Keeps batches by name and refuses rows that contain "nowhere".
class receiver_service final : public http::http_handler {
 public:
  /// Faults of the next requests, in order: "drop" executes and does not answer, a number is the
  /// status of an answer without execution, "garbage" executes and answers something else.
  std::vector<std::string> faults;
  std::size_t largest_body = 8 << 20;

  http::head_verdict on_head(http::http_request const&) override { return {}; }

  void on_broken(http::http_request const&, http::head_verdict const&) override {}

  http::http_response on_request(http::http_request& request, http::connection&) override {
    std::scoped_lock const lock{mutex_};
    ++requests_;
    std::string fault;
    if (!faults.empty()) {
      fault = faults.front();
      faults.erase(faults.begin());
    }
    if (!fault.empty() && fault.find_first_not_of("0123456789") == std::string::npos)
      return status(std::stoi(fault));
    if (request.body.size() > largest_body) return status(413);
    if (request.method == "PUT" && !answers_.contains(request.path))
      answers_[request.path] = store(request.body);
    auto const known = answers_.find(request.path);
    if (known == answers_.end()) return status(404);
    http::http_response reply = status(200);
    reply.body = fault == "garbage" ? "welcome\n" : known->second;
    reply.send.drop = fault == "drop";
    return reply;
  }

  std::uint64_t rows() const {
    std::scoped_lock const lock{mutex_};
    // A row that was kept twice is more than was sent.
    return rows_.size() == distinct_.size() ? rows_.size() : 1'000'000;
  }

  std::size_t requests() const {
    std::scoped_lock const lock{mutex_};
    return requests_;
  }

  void clear() {
    std::scoped_lock const lock{mutex_};
    answers_.clear();
    rows_.clear();
    distinct_.clear();
  }

 private:
  static http::http_response status(int code) {
    http::http_response reply;
    reply.status = code;
    return reply;
  }

  std::string store(std::string_view body) {
    std::string answer;
    std::uint64_t row = 0;
    std::uint64_t kept = 0;
    for (; !body.empty(); ++row) {
      std::string line{body.substr(0, body.find('\n'))};
      body.remove_prefix(line.size() + 1);
      if (line.find("nowhere") != std::string::npos) {
        answer += std::to_string(row) + " no such place\n";
        continue;
      }
      distinct_.insert(line);
      rows_.push_back(std::move(line));
      ++kept;
    }
    return answer + "kept " + std::to_string(kept) + '\n';
  }

  std::mutex mutable mutex_;
  std::map<std::string, std::string> answers_;
  std::vector<std::string> rows_;
  std::set<std::string> distinct_;
  std::size_t requests_ = 0;
};

struct fixture {
  receiver_service service;
  http::http_server server{service, nullptr, 64 << 20};
  sluice::transport net;

  examples::receiver::config config() const {
    examples::receiver::config c{.url = "http://127.0.0.1:" + std::to_string(server.port())};
    c.retry.base = c.retry.throttle_base = std::chrono::milliseconds{2};
    c.retry.max_attempts = 4;
    return c;
  }

  struct outcome {
    sluice::report report;
    sluice::load_stats figures;
    std::vector<sluice::dead_letter> letters;
  };

  outcome load(std::int64_t rows, auto place_of) {
    using loader = sluice::
        loader<reading, sluice::batch<sluice::max_rows<100>>, sluice::upload<examples::receiver>>;
    outcome o;
    sluice::run_options options;
    options.dead_letters = sluice::dead_letter_callback(
        [&o](sluice::dead_letter const& l) { o.letters.push_back(l); });
    loader load{net, config(), std::move(options)};
    for (std::int64_t i = 0; i != rows; ++i) load.push({i, place_of(i)});
    o.report = load.finish();
    o.figures = load.stats();
    CHECK(o.report.pushed == o.report.confirmed + o.report.dead_lettered);
    return o;
  }
};

std::string somewhere(std::int64_t) {
  return "somewhere";
}

}  // namespace

TEST_CASE("a destination of one's own obeys the laws of destinations", "[contract][custom]") {
  fixture f;
  sluice::test::law_setup<examples::receiver> setup;
  setup.config = [&] {
    f.service.clear();
    return f.config();
  };
  setup.rows_held = [&] { return f.service.rows(); };
  std::vector<reading> samples;
  for (std::int64_t i = 0; i != 8; ++i) samples.push_back({i, "here"});
  auto const lawful =
      sluice::test::check_destination_laws<examples::receiver, reading, sluice::ndjson>(
          f.net, setup, std::span<reading const>{samples});
  INFO((lawful ? std::string{} : lawful.error().message));
  CHECK(lawful);
}

TEST_CASE("lost and wrong answers of a receiver leave each row there once", "[contract][custom]") {
  for (std::vector<std::string> const& faults :
       {std::vector<std::string>{"drop"}, {"500", "drop"}, {"503"}, {"429", "502", "drop"}}) {
    fixture f;
    f.service.faults = faults;
    auto const o = f.load(1'000, somewhere);
    if (o.report.failure) FAIL(o.report.failure->describe());
    CHECK(o.report.confirmed == 1'000);
    CHECK(f.service.rows() == 1'000);
    CHECK(f.service.requests() == 10 + faults.size());
    CHECK(o.figures.requests == f.service.requests());
    CHECK(o.figures.retries == faults.size());
    CHECK(o.figures.batches_immediate + o.figures.batches_retried == 10);
    CHECK(o.figures.batches_retried >= 1);
    CHECK(o.figures.batches_retried <= faults.size());
  }
}

TEST_CASE("rows that a receiver refuses are dead letters with its reason", "[contract][custom]") {
  fixture f;
  auto const o = f.load(1'000, [](std::int64_t i) {
    return i % 250 == 7 ? std::string{"nowhere"} : std::string{"somewhere"};
  });
  CHECK(o.report.confirmed == 996);
  CHECK(f.service.rows() == 996);
  REQUIRE(o.letters.size() == 4);
  for (auto const& l : o.letters) {
    CHECK(l.at % 250 == 7);
    CHECK(l.why.message == "no such place");
  }
}

TEST_CASE("a receiver that takes less at once gets smaller batches", "[contract][custom]") {
  fixture f;
  f.service.largest_body = 2'000;
  auto const o = f.load(1'000, somewhere);
  CHECK(o.report.confirmed == 1'000);
  CHECK(f.service.rows() == 1'000);
  CHECK(f.service.requests() > 10);
}

TEST_CASE("rows whose answer is missing or no answer are unknown", "[contract][custom]") {
  for (char const* const fault : {"drop", "garbage"}) {
    fixture f;
    f.service.faults.assign(4, fault);
    auto const o = f.load(100, somewhere);
    CHECK(o.report.confirmed == 0);
    REQUIRE(o.letters.size() == 100);
    for (auto const& l : o.letters) CHECK(l.why.reason == sluice::dead_reason::unknown);
  }
}

TEST_CASE("a receiver that refuses everything is not asked again", "[contract][custom]") {
  fixture f;
  f.service.faults = {"403"};
  auto const o = f.load(100, somewhere);
  REQUIRE(o.letters.size() == 100);
  CHECK(o.letters.front().why.reason == sluice::dead_reason::rejected);
  CHECK(f.service.requests() == 1);
}
