#ifndef SLUICE_EXAMPLES_FLIGHT_HPP
#define SLUICE_EXAMPLES_FLIGHT_HPP

// A row of data/flights-2001-01.csv.zst.

#include <sluice/schema/schema.hpp>

#include <cstdint>

struct flight {
  sluice::timestamp<sluice::seconds> date;
  std::int16_t delay;     ///< minutes; negative if early
  std::int16_t distance;  ///< miles
  sluice::fixed_text<4> origin;
  sluice::fixed_text<4> destination;
};

template<>
struct sluice::schema<flight>
    : sluice::columns<flight,
                      sluice::column<"DATE", &flight::date>,
                      sluice::column<"DELAY", &flight::delay>,
                      sluice::column<"DISTANCE", &flight::distance>,
                      sluice::column<"ORIGIN", &flight::origin>,
                      sluice::column<"DESTINATION", &flight::destination>> {};

#endif  // SLUICE_EXAMPLES_FLIGHT_HPP
