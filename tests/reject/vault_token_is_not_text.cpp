// expect: token_is_not_text<card, .*number_token
#include <sluice/pipeline/loader.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/skyflow/vault.hpp>

#include <cstdint>
#include <string>

struct card {
  std::string number;
#ifdef SLUICE_REJECT
  std::int64_t token;
#else
  std::string token;
#endif
};

template<>
struct sluice::schema<card>
    : sluice::columns<
          card,
          sluice::column<"number", &card::number>,
          sluice::column<"number_token", &card::token, sluice::token_of<&card::number>>> {};

sluice::report run(sluice::transport& transport) {
  sluice::loader<card, sluice::upload<sluice::skyflow::vault<>>> cards{transport,
                                                                       {.table = "cards"}};
  cards.push(card{});
  return cards.finish();
}
