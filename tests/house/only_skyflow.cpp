// A program of a user who knows one service, header-only: tests/house/symbols.py looks at its
// object.

#include <sluice/skyflow/vault.hpp>
#include <sluice/sluice.hpp>

#include <string>

struct person {
  std::string ssn;
};

template<>
struct sluice::schema<person>
    : sluice::columns<person, sluice::column<"ssn", &person::ssn, sluice::pii>> {};

std::uint64_t load_one(sluice::transport& net, sluice::skyflow::vault_config const& vault) {
  using loader = sluice::loader<person, sluice::upload<sluice::skyflow::vault<>>>;
  loader load{net, vault};
  load.push({"900-01-0001"});
  return load.finish().confirmed;
}
