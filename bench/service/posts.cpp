// What the transport costs beside libcurl alone: posts of 30 KB on 8 connections over TLS.
//
//     bench_posts [rounds, default 15] [posts a round, default 4000]
//
// Both send the same bodies to the same server, in turn, round by round; the ratios are those of
// the rounds, their median counts. Client and server run on a core each: where the client is the
// slower one, wall time says what its processor time says.
#include "../limits.hpp"
#include "../process.hpp"
#include "../server/server.hpp"
#include "bare_curl.hpp"

#include <sluice/chunk.hpp>
#include <sluice/transport/group.hpp>
#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t connections = 8;
constexpr std::size_t body_bytes = 30'000;

/// The posts of one round, shared by all connections.
struct round_of_posts {
  sluice::transport& net;
  std::string url;
  sluice::chunk body;
  std::size_t left;
};

sluice::task<void> post_on_one(round_of_posts& all) {
  while (all.left != 0) {
    --all.left;
    sluice::request r;
    r.method = sluice::http_method::post;
    r.url = all.url;
    r.headers = {{"Content-Type", "application/json"}};
    r.body.push_back(all.body);
    sluice::result<sluice::response> const got = co_await all.net.perform(std::move(r));
    if (!got) co_return got.error();
    if (got->status != 200)
      co_return sluice::error{sluice::errc::http_status, std::to_string(got->status)};
  }
  co_return sluice::success;
}

sluice::task<void> post_on_all(round_of_posts& all) {
  sluice::task_group group{all.net};
  for (std::size_t i = 0; i != connections; ++i) group.spawn(post_on_one(all));
  sluice::result<void> const done = co_await group.wait();
  co_return done;
}

struct cost {
  double cpu = 0;
  double wall = 0;
};

template<class Work>
cost measure(Work work) {
  double const wall = bench::wall_seconds();
  double const cpu = bench::process_seconds();
  work();
  return {bench::process_seconds() - cpu, bench::wall_seconds() - wall};
}

struct ratios {
  double cpu = 0;
  double wall = 0;
};

ratios race(bench::server const& service, std::size_t rounds, std::size_t posts) {
  bench::on_cores const one{1};
  sluice::transport_options options;
  options.pool_size = connections;
  options.tls.ca_file = service.ca_file();
  sluice::transport net{options};
  bench::bare_curl bare{service.url() + "/posts", service.ca_file(), connections};
  std::string const text(body_bytes, 'x');
  sluice::chunk const body{text};
  auto const with_sluice = [&](std::size_t count) {
    round_of_posts all{net, service.url() + "/posts", body, count};
    if (auto const done = sluice::block_on(net, post_on_all(all)); !done) {
      std::fprintf(stderr, "%s\n", done.error().describe().c_str());
      std::exit(1);
    }
  };
  auto const with_curl = [&](std::size_t count) { bare.post({text}, count); };
  with_sluice(100);  // connects
  with_curl(100);
  std::vector<double> cpu, wall, sluice_cpu, sluice_wall, curl_cpu, curl_wall, server_cpu;
  double const micro = 1e6 / static_cast<double>(posts);
  for (std::size_t i = 0; i != rounds; ++i) {
    double const serving = service.seconds();
    cost const theirs = measure([&] { with_curl(posts); });
    cost const ours = measure([&] { with_sluice(posts); });
    server_cpu.push_back((service.seconds() - serving) * micro / 2);
    cpu.push_back(theirs.cpu / ours.cpu);
    wall.push_back(theirs.wall / ours.wall);
    sluice_cpu.push_back(ours.cpu * micro);
    sluice_wall.push_back(ours.wall * micro);
    curl_cpu.push_back(theirs.cpu * micro);
    curl_wall.push_back(theirs.wall * micro);
  }
  std::printf(
      "us per post     transport %.1f processor, %.1f wall; libcurl alone %.1f processor, %.1f "
      "wall; server %.1f processor\n",
      bench::median(sluice_cpu),
      bench::median(sluice_wall),
      bench::median(curl_cpu),
      bench::median(curl_wall),
      bench::median(server_cpu));
  return {bench::median(cpu), bench::median(wall)};
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t const rounds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 15;
  std::size_t const posts = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 4'000;
  bench::server const service{
      [](bench::http::http_request&) { return bench::http::json_response(200, "{}"); }};
  ratios const found = bench::in_child([&] { return race(service, rounds, posts); });
  bench::at_least(0.95, "30 KB posts, 8 x TLS: processor, libcurl / transport", found.cpu, "x");
  bench::at_least(0.95, "30 KB posts, 8 x TLS: wall time, libcurl / transport", found.wall, "x");
}
