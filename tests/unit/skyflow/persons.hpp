#ifndef SLUICE_TESTS_UNIT_SKYFLOW_PERSONS_HPP
#define SLUICE_TESTS_UNIT_SKYFLOW_PERSONS_HPP

#include <sluice/schema/schema.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace people {

/// Tokens for two of three columns, one of them optional.
struct person {
  std::string ssn;
  std::string ssn_token;
  std::string name;
  std::optional<std::string> name_token;
  std::optional<std::int32_t> age;
};

inline person person_number(int n) {
  std::string const id = std::to_string(n);
  return {"900-00-" + std::to_string(1000 + n),
          "tok_ssn_" + id,
          "Ada Planted" + id,
          n % 2 == 0 ? std::optional{"tok_name_" + id} : std::nullopt,
          n};
}

/// One column, no tokens.
struct dob {
  std::string value;
};

}  // namespace people

template<>
struct sluice::schema<people::person>
    : sluice::columns<people::person,
                      sluice::column<"ssn", &people::person::ssn>,
                      sluice::column<"ssn_token",
                                     &people::person::ssn_token,
                                     sluice::token_of<&people::person::ssn>>,
                      sluice::column<"full_name", &people::person::name>,
                      sluice::column<"name_token",
                                     &people::person::name_token,
                                     sluice::token_of<&people::person::name>>,
                      sluice::column<"age", &people::person::age>> {};

template<>
struct sluice::schema<people::dob>
    : sluice::columns<people::dob, sluice::column<"dob", &people::dob::value>> {};

#endif  // SLUICE_TESTS_UNIT_SKYFLOW_PERSONS_HPP
