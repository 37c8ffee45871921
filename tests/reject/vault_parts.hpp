#ifndef SLUICE_TESTS_REJECT_VAULT_PARTS_HPP
#define SLUICE_TESTS_REJECT_VAULT_PARTS_HPP

/// \file
/// A record for a vault, for the tests of what a vault refuses.

#include <sluice/batch/batch_policy.hpp>
#include <sluice/compress/compress.hpp>
#include <sluice/pipeline/loader.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/skyflow/vault.hpp>

#include <optional>
#include <string>

namespace parts {

namespace skyflow = sluice::skyflow;

struct person {
  std::string ssn;
  std::string token;
  std::optional<std::string> name;
  std::string unlisted;  // no column
};

template<class Destination, class... Stages>
sluice::report load(sluice::transport& transport) {
  sluice::loader<person, sluice::upload<Destination>, Stages...> people{transport,
                                                                        {.table = "persons"}};
  people.push(person{"900-00-0001", "tok", "Ada", ""});
  return people.finish();
}

}  // namespace parts

#endif  // SLUICE_TESTS_REJECT_VAULT_PARTS_HPP
