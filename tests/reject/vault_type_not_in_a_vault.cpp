// expect: type_not_in_a_vault<photo, .*picture
#include <sluice/pipeline/loader.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/skyflow/vault.hpp>

#include <cstddef>
#include <string>
#include <vector>

struct photo {
#ifdef SLUICE_REJECT
  std::vector<std::byte> picture;
#else
  std::string picture;
#endif
};

template<>
struct sluice::schema<photo> : sluice::columns<photo, sluice::column<"picture", &photo::picture>> {
};

sluice::report run(sluice::transport& transport) {
  sluice::loader<photo, sluice::upload<sluice::skyflow::vault<>>> photos{transport,
                                                                         {.table = "photos"}};
  photos.push(photo{});
  return photos.finish();
}
