#ifndef SLUICE_TESTS_UNIT_PIPELINE_ORDERS_HPP
#define SLUICE_TESTS_UNIT_PIPELINE_ORDERS_HPP

#include <sluice/schema/schema.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace sluice_test {

/// The record of the pipeline's tests.
struct order {
  std::int64_t id = 0;
  std::string status;
  std::optional<std::string> email;
};

inline order make_order(std::int64_t id) {
  return {id, "open", "someone@example.org"};
}

}  // namespace sluice_test

template<>
struct sluice::schema<sluice_test::order>
    : sluice::columns<sluice_test::order,
                      sluice::column<"ID", &sluice_test::order::id>,
                      sluice::column<"STATUS", &sluice_test::order::status>,
                      sluice::column<"EMAIL", &sluice_test::order::email, sluice::pii>> {};

#endif  // SLUICE_TESTS_UNIT_PIPELINE_ORDERS_HPP
