#ifndef SLUICE_BENCH_PIPELINE_FLIGHTS_HPP
#define SLUICE_BENCH_PIPELINE_FLIGHTS_HPP

/// \file
/// What the benches of the pipeline share: flights, and a destination that takes everything.

#include <sluice/batch/batch_policy.hpp>
#include <sluice/compress/compress.hpp>
#include <sluice/destination/destination.hpp>
#include <sluice/encode/csv.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/pipeline/loader.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/test/recording_wire.hpp>
#include <sluice/transport/transport.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace bench {

struct flight {
  std::int64_t departure = 0;  ///< minutes since 2001-01-01
  std::int32_t delay = 0;
  std::int32_t distance = 0;
  std::string origin;
  std::string destination;
};

/// Flights, always the same ones. The default number stays in a core's cache beside a segment.
inline std::vector<flight> make_flights(std::size_t count = 4096) {
  constexpr std::array airports{
      "ATL", "ORD", "DFW", "LAX", "PHX", "DEN", "DTW", "MSP", "SFO", "IAH"};
  std::mt19937 random{2001};
  std::vector<flight> all;
  for (std::size_t i = 0; i != count; ++i) {
    all.push_back({static_cast<std::int64_t>(random() % 525'600),
                   static_cast<std::int32_t>(random() % 200) - 30,
                   static_cast<std::int32_t>(random() % 2800) + 90,
                   airports[random() % airports.size()],
                   airports[random() % airports.size()]});
  }
  return all;
}

/// Sends every body as a PUT over the transport, whose wire reads and forgets it.
struct recording {
  static constexpr sluice::capabilities limits{
      .formats = {sluice::format::csv},
      .codecs = {sluice::codec::none, sluice::codec::gzip, sluice::codec::zstd}};
  template<class Record>
  using checks = sluice::passed;

  struct config {};

  class session {
   public:
    session(sluice::environment const& e, config const&) : transport_{e.transport} {}

    sluice::task<sluice::resume_point> open() { co_return sluice::resume_point{}; }

    sluice::task<sluice::accepted> send(sluice::payload const& p, sluice::ack& a) {
      sluice::request put;
      put.method = sluice::http_method::put;
      put.url = "http://recorder.example/file";
      put.body = p.body;
      auto const reply = co_await transport_.perform(std::move(put));
      if (!reply) co_return reply.error();
      a.confirm(p);
      co_return sluice::accepted{p.body.size()};
    }

    sluice::task<void> flush(sluice::deadline) { co_return sluice::success; }

    sluice::task<void> finish(sluice::deadline) { co_return sluice::success; }

   private:
    sluice::transport& transport_;
  };
};

inline sluice::transport_options recording_transport(std::size_t workers) {
  return {.worker_threads = workers, .wire = std::make_shared<sluice::test::recording_wire>()};
}

}  // namespace bench

template<>
struct sluice::schema<bench::flight>
    : sluice::columns<bench::flight,
                      sluice::column<"DEPARTURE", &bench::flight::departure>,
                      sluice::column<"DELAY", &bench::flight::delay>,
                      sluice::column<"DISTANCE", &bench::flight::distance>,
                      sluice::column<"ORIGIN", &bench::flight::origin>,
                      sluice::column<"DESTINATION", &bench::flight::destination>> {};

#endif  // SLUICE_BENCH_PIPELINE_FLIGHTS_HPP
