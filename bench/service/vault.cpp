// How much a load into a Skyflow vault costs: processor time per row, and memory.
//
//     bench_vault [runs, default 5] [rows in millions, default 3 and 30]
//
// The record is that of the public loader for vaults (SkyflowFoundry/skyflow-byot-loader, Go): one
// value and a token of one's own for it; 300 rows a request, 32 requests at once, tokens in the
// answer. That one takes a processor second for 260,000 rows, reads none of its answers and grows
// by 0.5 KB with every row. Here every record of every answer is read. Over TLS, to a server that
// does nothing but answer as a vault does; only the client's processor time counts, the median of
// the runs. Each run is a process of its own.
#include "../limits.hpp"
#include "../process.hpp"
#include "../server/server.hpp"

#include <sluice/auth/secret.hpp>
#include <sluice/batch/batch_policy.hpp>
#include <sluice/pipeline/loader.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/skyflow/vault.hpp>
#include <sluice/transport/transport.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace skyflow = sluice::skyflow;

constexpr std::uint64_t memory_limit = 128ull << 20;
constexpr double rows_per_second_in_go = 260'000;

struct person {
  std::string ssn;
  std::string ssn_token;
};

}  // namespace

template<>
struct sluice::schema<person>
    : sluice::columns<
          person,
          sluice::column<"ssn", &person::ssn>,
          sluice::column<"ssn_token", &person::ssn_token, sluice::token_of<&person::ssn>>> {};

namespace {

using loader =
    sluice::loader<person,
                   sluice::batch<sluice::max_rows<300>>,
                   sluice::upload<skyflow::vault<skyflow::byot<skyflow::token_mode::some>,
                                                 skyflow::concurrency<32>>>>;

/// Values and tokens as the public loader generates them.
std::vector<person> make_people() {
  std::mt19937 random{2001};
  auto const below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
  std::vector<person> all(3'000);
  for (person& p : all) {
    char text[64] = "tok_ssn_1700000000_";
    for (std::size_t i = 19; i != 51; ++i) text[i] = "0123456789abcdef"[below(16)];
    p.ssn_token.assign(text, 51);
    std::snprintf(text, sizeof text, "900-%02u-%04u-", below(100), below(10'000));
    p.ssn = text + p.ssn_token;
  }
  return all;
}

/// An id for each record of an insert, and its tokens, in the order of the request.
bench::http::http_response insert_reply(bench::http::http_request const& request) {
  constexpr std::string_view key = "\"tokens\":";
  std::string out;
  out.reserve(request.body.size());
  char id[] = "1f0b3c5a-7d2e-4c68-9a41-000000000000";
  std::uint32_t row = 0;
  char const* at = request.body.data();
  char const* const end = at + request.body.size();
  auto const left = [&] { return static_cast<std::size_t>(end - at); };
  while (auto const* found =
             static_cast<char const*>(::memmem(at, left(), key.data(), key.size()))) {
    at = found + key.size();
    auto const* const close = static_cast<char const*>(std::memchr(at, '}', left()));
    if (close == nullptr) break;
    std::snprintf(id + 24, sizeof id - 24, "%012x", row++);
    out += out.empty() ? "{\"records\":[{\"skyflow_id\":\"" : ",{\"skyflow_id\":\"";
    out.append(id, 36).append("\",\"tokens\":").append(at, close + 1).append("}");
    at = close;
  }
  return bench::http::json_response(200, out + "]}");
}

struct figures {
  double cpu_seconds = 0;
  double wall_seconds = 0;
  double peak_mib = 0;
};

figures load(bench::server const& to, std::uint64_t rows, bool keep_receipts) {
  auto const people = make_people();
  sluice::transport_options options;
  options.tls.ca_file = to.ca_file();
  sluice::transport net{options};
  std::uint64_t receipts = 0;
  skyflow::vault_config config;
  config.connection.vault_url = to.url();
  config.connection.vault_id = "bench";
  config.connection.auth =
      skyflow::api_key{sluice::secret{"sky-bench-0123456789abcdef0123456789abcdef"}};
  config.table = "ssn";
  config.return_tokens = true;
  if (keep_receipts)
    config.on_receipt = [&](skyflow::receipt const& r) { receipts += r.tokens.size(); };
  double const wall = bench::wall_seconds();
  double const cpu = bench::process_seconds();
  loader into{net, config, {.memory_limit = memory_limit}};
  for (std::uint64_t i = 0; i != rows; ++i) into.push(people[i % people.size()]);
  sluice::report const r = into.finish();
  figures const found{bench::process_seconds() - cpu,
                      bench::wall_seconds() - wall,
                      static_cast<double>(bench::peak_kib()) / 1024};
  if (!r.ok() || r.confirmed != rows || (keep_receipts && receipts != rows)) {
    std::fprintf(stderr,
                 "%s; %llu of %llu rows confirmed, %llu receipts\n",
                 r.failure ? r.failure->describe().c_str() : "no failure",
                 static_cast<unsigned long long>(r.confirmed),
                 static_cast<unsigned long long>(rows),
                 static_cast<unsigned long long>(receipts));
    std::exit(1);
  }
  return found;
}

/// Million rows per processor second of the client.
double measure(bench::server const& to, std::size_t runs, std::uint64_t rows, bool keep_receipts) {
  std::vector<double> cpu;
  double wall = 0;
  double const serving = to.seconds();
  for (std::size_t i = 0; i != runs; ++i) {
    figures const one = bench::in_child([&] { return load(to, rows, keep_receipts); });
    cpu.push_back(one.cpu_seconds);
    wall += one.wall_seconds;
  }
  double const all = static_cast<double>(runs) * static_cast<double>(rows);
  double const found = static_cast<double>(rows) / bench::median(cpu) * 1e-6;
  std::printf("vault           %s: client %.0f ns/row, server %.0f ns/row, %.2f M rows/s wall\n",
              keep_receipts ? "ids and tokens kept" : "outcomes only      ",
              1e3 / found,
              (to.seconds() - serving) / all * 1e9,
              all / wall * 1e-6);
  return found;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t const runs = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 5;
  std::uint64_t const few = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 3;
  std::uint64_t const many = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 30;
  bench::server const vault{insert_reply};
  double const outcomes = measure(vault, runs, few * 1'000'000, false);
  double const receipts = measure(vault, runs, few * 1'000'000, true);
  auto const peak = [&](std::uint64_t millions) {
    return bench::in_child([&] { return load(vault, millions * 1'000'000, false); }).peak_mib;
  };
  double const few_peak = peak(few);
  double const many_peak = peak(many);

  bench::at_least(5,
                  "Skyflow, 32 x 300 rows: rows per CPU-s / those of Go loader",
                  outcomes * 1e6 / rows_per_second_in_go,
                  "x");
  bench::figure("Skyflow, 32 x 300 rows: M rows per CPU-s", outcomes, "M/s");
  bench::figure("Skyflow, the same, ids and tokens kept", receipts, "M/s");
  std::string const rows = std::to_string(many) + " M rows";
  bench::at_most(16,
                 ("Skyflow memory: " + rows + " over " + std::to_string(few) + " M").c_str(),
                 many_peak - few_peak,
                 "MiB");
  bench::at_most(static_cast<double>(memory_limit >> 20) + 48,
                 ("Skyflow memory: peak, " + rows).c_str(),
                 many_peak,
                 "MiB");
}
