// Loads the lines of standard input into a destination of one's own.
//
//     ./custom_destination http://receiver.example.com:8080 < service.log

#include "custom_destination.hpp"

#include <sluice/sluice.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <iostream>
#include <string>

struct line {
  std::uint64_t number = 0;
  std::string text;
};

template<>
struct sluice::schema<line> : sluice::columns<line,
                                              sluice::column<"number", &line::number>,
                                              sluice::column<"text", &line::text>> {};

using line_loader = sluice::loader<line, sluice::upload<examples::receiver>>;

int main(int argc, char** argv) {
  sluice::transport transport;
  line_loader load{transport, {.url = argc > 1 ? argv[1] : ""}};
  for (line l; std::getline(std::cin, l.text);) {
    ++l.number;
    if (!load.push(l)) break;
  }
  sluice::report const r = load.finish();
  fmt::print("{} pushed, {} confirmed, {} refused\n", r.pushed, r.confirmed, r.dead_lettered);
  if (r.failure) fmt::print(stderr, "{}\n", r.failure->describe());
  return r.confirmed == r.pushed && !r.failure ? 0 : 1;
}
