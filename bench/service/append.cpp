// What a load into a channel of Snowpipe Streaming costs beside its parts, and its memory.
//
//     bench_append [rounds, default 9] [rows in millions, default 3 and 30]
//
// The parts are measured apart, in turn with the whole, round by round: rows encoded and compressed
// into bodies on one thread, and the same bodies posted by libcurl alone over TLS. Processor time
// of the client counts, the median of the rounds' ratios. The server does nothing but answer as the
// service does. A producer that is faster than the service fills all the memory it is given: below
// the size of the last cache, rows are still there when they are sent; the figure at 128 MiB says
// what it costs that they are not. Then the peak of loads with a limit of 128 MiB, each in a
// process of its own.
#include "../limits.hpp"
#include "../pipeline/flights.hpp"
#include "../process.hpp"
#include "../server/server.hpp"
#include "bare_curl.hpp"

#include <sluice/auth/credential.hpp>
#include <sluice/compress/codec_stream.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/pipeline/loader.hpp>
#include <sluice/snowpipe/streaming.hpp>
#include <sluice/transport/transport.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace {

using bench::flight;

constexpr std::uint64_t memory_limit = 128ull << 20;
constexpr std::uint64_t cached_limit = 24ull << 20;
constexpr std::uint64_t rows_a_round = 2'000'000;

/// One channel that commits what it accepts at once and forgets it when it is opened.
class service {
 public:
  bench::http::http_response operator()(bench::http::http_request& r) {
    if (r.path == "/v2/streaming/hostname") return text("127.0.0.1");
    if (r.path == "/oauth/token") return text("bench");
    std::scoped_lock const lock{all_->mutex};
    if (r.path.ends_with("/rows")) {
      all_->committed = r.parameter("endOffsetToken");
      return bench::http::json_response(200, continuation());
    }
    if (r.path.ends_with(":bulk-channel-status"))
      return bench::http::json_response(
          200, R"({"channel_statuses":{"BENCH":)" + status('"' + all_->committed + '"') + "}}");
    std::string opened = continuation();
    opened.back() = ',';
    return bench::http::json_response(200, opened + R"("channel_status":)" + status("null") + '}');
  }

 private:
  struct channel {
    std::mutex mutex;
    std::uint64_t appends = 0;
    std::string committed;
  };

  static bench::http::http_response text(std::string body) {
    bench::http::http_response reply;
    reply.body = std::move(body);
    return reply;
  }

  static std::string status(std::string const& committed) {
    return R"({"channel_status_code":"SUCCESS","rows_error_count":0,)"
           R"("last_committed_offset_token":)" +
           committed + '}';
  }

  [[nodiscard]] std::string continuation() const {
    return R"({"next_continuation_token":"0_)" + std::to_string(++all_->appends) + "\"}";
  }

  std::shared_ptr<channel> all_ = std::make_shared<channel>();
};

/// Encodes and compresses `rows` rows into bodies as large as the loader's; `take` gets each.
template<class Codec, class Take>
void encode(std::vector<flight> const& flights, std::uint64_t rows, Take take) {
  constexpr std::size_t segments = 3;  // of 1 MiB: the largest body below 3.5 MB
  sluice::encoder_for<sluice::ndjson, flight> const encoder;
  std::vector<std::shared_ptr<sluice::segment>> body;
  for (std::size_t i = 0; i != segments; ++i)
    body.push_back(std::make_shared<sluice::segment>(1u << 20));
  auto codec = sluice::open_codec(Codec::kind, Codec::level);
  if (!codec) std::abort();
  std::size_t open = 0;
  auto const close = [&] {
    sluice::segment const& full = *body[open];
    (*codec)->write(sluice::chunk{body[open], {full.data(), full.committed().bytes}});
    open = (open + 1) % segments;
    if (open != 0) return;
    auto const done = (*codec)->finish();
    if (!done) std::abort();
    take(*done);
    for (auto const& segment : body) segment->reset();
  };
  for (std::uint64_t i = 0; i != rows; ++i) {
    flight const& f = flights[i % flights.size()];
    if (encoder.append(f, *body[open])) continue;
    close();
    if (!encoder.append(f, *body[open])) std::abort();
  }
  do close();
  while (open != 0);
}

sluice::transport_options trusting(bench::server const& to) {
  sluice::transport_options options;
  options.tls.ca_file = to.ca_file();
  return options;
}

template<class Codec>
void load(sluice::transport& net,
          bench::server const& to,
          std::vector<flight> const& flights,
          std::uint64_t rows,
          std::uint64_t limit = memory_limit) {
  using loader = sluice::
      loader<flight, sluice::compress<Codec>, sluice::upload<sluice::snowpipe::streaming<>>>;
  sluice::snowpipe::streaming_config config;
  config.connection.account = "bench";
  config.connection.auth = sluice::oauth{sluice::secret{"bench"}, {}};
  config.connection.database = "BENCH";
  config.connection.schema = "PUBLIC";
  config.connection.host = "127.0.0.1";
  config.connection.port = to.port();
  config.table = "FLIGHTS";
  config.channel = "BENCH";
  config.requests_per_second = 0;
  config.bytes_per_second = 0;
  config.poll_interval = std::chrono::milliseconds{20};
  loader into{net, config, {.memory_limit = limit}};
  for (std::uint64_t i = 0; i != rows; ++i) into.push(flights[i % flights.size()]);
  sluice::report const r = into.finish();
  if (r.ok() && r.confirmed == rows) return;
  std::fprintf(stderr,
               "%s; %llu of %llu rows confirmed\n",
               r.failure ? r.failure->describe().c_str() : "no failure",
               static_cast<unsigned long long>(r.confirmed),
               static_cast<unsigned long long>(rows));
  std::exit(1);
}

template<class Work>
double seconds(Work work) {
  double const began = bench::process_seconds();
  work();
  return bench::process_seconds() - began;
}

template<class Codec>
double race(char const* name, bench::server const& to, std::size_t rounds, std::uint64_t limit) {
  auto const flights = bench::make_flights();
  std::vector<std::string> kept;
  encode<Codec>(flights, rows_a_round, [&](sluice::chunk_list const& body) {
    kept.push_back(body.joined());
  });
  std::vector<std::string_view> const bodies{kept.begin(), kept.end()};
  bench::bare_curl bare{to.url() + "/channels/BARE/rows", to.ca_file(), 1};
  sluice::transport net{trusting(to)};
  bare.post(bodies, 1);  // both connect
  load<Codec>(net, to, flights, 1);
  std::vector<double> ratios, parts, sends, wholes;
  double const nanos = 1e9 / static_cast<double>(rows_a_round);
  for (std::size_t i = 0; i != rounds; ++i) {
    double const part =
        seconds([&] { encode<Codec>(flights, rows_a_round, [](sluice::chunk_list const&) {}); });
    double const send = seconds([&] { bare.post(bodies, bodies.size()); });
    double const whole = seconds([&] { load<Codec>(net, to, flights, rows_a_round, limit); });
    ratios.push_back((part + send) / whole);
    parts.push_back(part * nanos);
    sends.push_back(send * nanos);
    wholes.push_back(whole * nanos);
  }
  std::printf(
      "append %-8s ns/row of processor: encode and compress %.1f, TLS send %.1f, the whole %.1f in "
      "%llu MiB\n",
      name,
      bench::median(parts),
      bench::median(sends),
      bench::median(wholes),
      static_cast<unsigned long long>(limit >> 20));
  return bench::median(ratios);
}

template<class Codec>
double peak_mib(bench::server const& to, std::uint64_t millions) {
  return bench::in_child([&] {
    sluice::transport net{trusting(to)};
    load<Codec>(net, to, bench::make_flights(), millions * 1'000'000);
    return static_cast<double>(bench::peak_kib()) / 1024;
  });
}

template<class Codec>
void measure(char const* name, std::size_t rounds) {
  bench::server const to{service{}};
  auto const ratio = [&](std::uint64_t limit) {
    return bench::in_child([&] { return race<Codec>(name, to, rounds, limit); });
  };
  std::string const what =
      std::string{"Snowpipe append, "} + name + ": (encode + TLS send) / whole";
  bench::at_least(0.9, (what + ", 24 MiB").c_str(), ratio(cached_limit), "x");
  bench::at_least(0.9, (what + ", 128 MiB").c_str(), ratio(memory_limit), "x");
}

template<class Codec>
void measure_memory(char const* name, std::uint64_t few, std::uint64_t many) {
  double const few_peak = peak_mib<Codec>(bench::server{service{}}, few);
  double const many_peak = peak_mib<Codec>(bench::server{service{}}, many);
  std::string const what = std::string{"Snowpipe memory, "} + name + ": ";
  std::string const rows = std::to_string(many) + " M rows";
  bench::at_most(16,
                 (what + rows + " over " + std::to_string(few) + " M").c_str(),
                 many_peak - few_peak,
                 "MiB");
  bench::at_most(static_cast<double>(memory_limit >> 20) + 48,
                 (what + "peak, " + rows).c_str(),
                 many_peak,
                 "MiB");
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t const rounds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 9;
  std::uint64_t const few = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 3;
  std::uint64_t const many = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 30;
  measure<sluice::none>("plain", rounds);
  measure<sluice::zstd<1>>("zstd<1>", rounds);
  measure_memory<sluice::none>("plain", few, many);
  measure_memory<sluice::zstd<1>>("zstd<1>", few, many);
}
