// A sink that takes some letters and not others: each is with the sink or with the report handler,
// never with both, never with neither.

#include "catch.hpp"
#include "loads.hpp"

#include <sluice/encode/csv.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/pipeline/detail/dead_letter_office.hpp>
#include <sluice/pipeline/loader.hpp>
#include <sluice/pipeline/partitioned.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace sluice_test;
namespace test = sluice::test;

namespace {

using positions = std::vector<std::uint64_t>;

positions all_of(std::uint64_t count) {
  positions all;
  for (std::uint64_t at = 0; at != count; ++at) all.push_back(at);
  return all;
}

/// Where letters came. Thread safety: all members.
class mail {
 public:
  /// Takes letters until it comes to one at which `refuse` is true; that one it throws back.
  [[nodiscard]] std::shared_ptr<sluice::dead_letter_sink> sink(bool (*refuse)(std::uint64_t)) {
    return sluice::dead_letter_callback([this, refuse](sluice::dead_letter const& one) {
      if (refuse(one.at)) throw std::runtime_error{"no space left"};
      add(taken_, one);
    });
  }

  [[nodiscard]] sluice::report_handler handler() {
    return [this](sluice::incident const& what) {
      for (sluice::dead_letter const& one : what.letters) add(told_, one);
    };
  }

  [[nodiscard]] positions taken() const { return sorted(taken_); }

  [[nodiscard]] positions told() const { return sorted(told_); }

  [[nodiscard]] positions everywhere() const {
    positions all = taken();
    for (std::uint64_t const at : told()) all.push_back(at);
    std::sort(all.begin(), all.end());
    return all;
  }

 private:
  void add(positions& to, sluice::dead_letter const& one) {
    std::scoped_lock const lock{mutex_};
    to.push_back(one.at);
  }

  positions sorted(positions const& of) const {
    std::scoped_lock const lock{mutex_};
    positions all = of;
    std::sort(all.begin(), all.end());
    return all;
  }

  std::mutex mutable mutex_;
  positions taken_;
  positions told_;
};

/// Takes all or none, as often as it may, and cannot bring them to the disk.
class unsafe_sink final : public sluice::dead_letter_sink {
 public:
  sluice::result<void> write(std::span<sluice::dead_letter const> letters,
                             std::string_view) override {
    most_ = std::max(most_, letters.size());
    return sluice::success;
  }

  sluice::result<void> sync() override { return sluice::error{sluice::errc::io, "no disk"}; }

  [[nodiscard]] std::string describe() const override { return "unsafe"; }

  [[nodiscard]] std::size_t most() const noexcept { return most_; }

 private:
  std::size_t most_ = 0;
};

sluice::row_format const& rows() {
  return sluice::encoder_for<sluice::csv<>, order>::rows();
}

std::vector<sluice::dead_letter> letters_of(std::uint64_t count) {
  std::vector<sluice::dead_letter> all(count);
  for (std::uint64_t at = 0; at != count; ++at) all[at].at = at;
  return all;
}

}  // namespace

TEST_CASE("a callback that throws midway keeps what it took, and the rest is told",
          "[pipeline][dead_letter]") {
  mail m;
  sluice::run_options options;
  options.dead_letters = m.sink([](std::uint64_t at) { return at == 3; });
  options.on_incident = m.handler();
  sluice::detail::dead_letter_office office{options, rows(), "r"};
  CHECK_FALSE(office.write(letters_of(6)));
  CHECK(office.sink_failed());
  CHECK(m.taken() == positions{0, 1, 2});
  CHECK(m.told() == positions{3, 4, 5});
}

TEST_CASE("letters that are not on the disk are told, although they were taken",
          "[pipeline][dead_letter]") {
  mail m;
  auto const sink = std::make_shared<unsafe_sink>();
  sluice::run_options options;
  options.dead_letters = sink;
  options.on_incident = m.handler();
  options.journal.path = "a journal wants letters on the disk";
  sluice::detail::dead_letter_office office{options, rows(), "r"};
  CHECK_FALSE(office.write(letters_of(6)));
  CHECK(m.told() == all_of(6));
  CHECK(sink->most() == 6);
  CHECK(office.failure().message == "no disk");
}

TEST_CASE("whatever a callback throws back, no letter of a load is lost or there twice",
          "[pipeline][dead_letter]") {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  service->is_bad = [](std::string_view) { return true; };
  mail m;
  constexpr std::uint64_t count = 200;
  model_loader<test::row_errors> load{
      transport,
      {.service = service},
      {.dead_letters = m.sink([](std::uint64_t at) { return at % 7 == 3; }),
       .on_incident = m.handler()}};
  for (std::uint64_t i = 0; i != count; ++i)
    REQUIRE(load.push(make_order(static_cast<std::int64_t>(i))));
  auto const report = load.finish();
  CHECK_FALSE(report.ok());
  CHECK(report.dead_lettered == count);
  CHECK(m.everywhere() == all_of(count));
  CHECK_FALSE(m.taken().empty());
  CHECK_FALSE(m.told().empty());
}

TEST_CASE("parts of a load share a sink as it is", "[pipeline][dead_letter]") {
  mail m;
  auto const shared = sluice::detail::shared_sink(m.sink([](std::uint64_t at) { return at == 1; }));
  CHECK(shared->most_at_once() == 1);
  CHECK(sluice::dead_letter_file("not written")->most_at_once() > 1'000'000);
}
