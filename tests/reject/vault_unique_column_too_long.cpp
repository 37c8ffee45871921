// expect: unique_column_too_long<essay, .*, 2501, 2500>
#include <sluice/pipeline/loader.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/skyflow/vault.hpp>

#include <string>

struct essay {
  std::string text;
};

#ifdef SLUICE_REJECT
using longest = sluice::max_length<2501>;
#else
using longest = sluice::max_length<2500>;
#endif

template<>
struct sluice::schema<essay>
    : sluice::columns<essay, sluice::column<"text", &essay::text, longest>> {};

using vault = sluice::skyflow::vault<sluice::skyflow::unique<&essay::text>>;

sluice::report run(sluice::transport& transport) {
  sluice::loader<essay, sluice::upload<vault>> essays{transport, {.table = "essays"}};
  essays.push(essay{"text"});
  return essays.finish();
}
