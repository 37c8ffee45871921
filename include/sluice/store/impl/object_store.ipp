#ifndef SLUICE_STORE_IMPL_OBJECT_STORE_IPP
#define SLUICE_STORE_IMPL_OBJECT_STORE_IPP

#include <sluice/store/object_store.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace sluice::inline v0 {

SLUICE_DECL chunk_list slice(chunk_list const& body, std::uint64_t offset, std::uint64_t length) {
  chunk_list part;
  for (chunk const& c : body) {
    if (length == 0) break;
    if (offset >= c.size()) {
      offset -= c.size();
      continue;
    }
    std::uint64_t const n = std::min(c.size() - offset, length);
    if (n == c.size()) {
      part.push_back(c);
    } else {
      std::string_view const bytes =
          c.bytes().substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(n));
      part.push_back(chunk{std::make_shared<chunk const>(c), bytes});
    }
    length -= n;
    offset = 0;
  }
  return part;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_STORE_IMPL_OBJECT_STORE_IPP
