#include "catch.hpp"

#include <sluice/observe/live_display.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>

namespace {

bool has(std::string const& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

using sluice::observe::live_display;

struct pipe_ends {
  std::array<int, 2> ends{-1, -1};

  pipe_ends() { REQUIRE(::pipe(ends.data()) == 0); }

  ~pipe_ends() {
    for (int const end : ends) ::close(end);
  }

  [[nodiscard]] int in() const { return ends[1]; }

  /// What was written until `end` is among it.
  [[nodiscard]] std::string read_until(std::string const& end) const {
    std::string all;
    std::array<char, 4096> part{};
    while (all.find(end) == std::string::npos) {
      ssize_t const n = ::read(ends[0], part.data(), part.size());
      REQUIRE(n > 0);
      all.append(part.data(), static_cast<std::size_t>(n));
    }
    return all;
  }
};

TEST_CASE("away from a terminal there is one last line and nothing else") {
  pipe_ends const out;
  sluice::load_metrics m;
  auto const feed = std::make_shared<sluice::progress_feed>();
  feed->records_total.set(20);
  live_display live{[&m] { return m.snapshot(); }, feed, {.file = out.in()}};
  m.records_pushed.add(20);
  live.finish();
  live.finish();
  std::string const text = out.read_until("\n");
  CHECK(text.starts_with("Progress: 20/20 records (100.0%)"));
  CHECK(text.find('\n') == text.size() - 1);
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("on a terminal the lines are rewritten and wiped at the end") {
  pipe_ends const out;
  sluice::load_metrics m;
  std::atomic<int> reads{0};
  live_display live{[&] {
                      ++reads;
                      return m.snapshot();
                    },
                    nullptr,
                    {.file = out.in(), .refresh = sluice::milliseconds{20}, .terminal = true}};
  // Two pictures: the second wipes the first.
  std::string shown = out.read_until("\x1b[J");
  shown.resize(shown.find('\r'));
  CHECK(shown.starts_with("Progress: 0 records"));
  CHECK(has(shown, "[LIVE] Workers: 0/0"));
  for (std::size_t at = 0; at < shown.size();) {
    std::size_t const end = std::min(shown.find('\n', at), shown.size());
    CHECK(end - at <= 79);
    at = end + 1;
  }
  live.finish();
  // Unlike the pictures, the last line is not wrapped.
  CHECK(has(out.read_until("0 confirmed | Batches: 0 ok"), "\x1b[J"));
  CHECK(reads > 2);
}

}  // namespace
