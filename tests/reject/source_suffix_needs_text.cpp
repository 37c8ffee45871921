// expect: suffix_needs_text<.*number>
#include <sluice/source/transform.hpp>

#include <cstdint>
#include <string>

struct person {
  std::int64_t number;
  std::string name;
};

#ifdef SLUICE_REJECT
auto const unique = sluice::source::make_unique<&person::name, &person::number>("-run7");
#else
auto const unique = sluice::source::make_unique<&person::name>("-run7");
#endif
