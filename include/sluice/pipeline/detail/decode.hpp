#ifndef SLUICE_PIPELINE_DETAIL_DECODE_HPP
#define SLUICE_PIPELINE_DETAIL_DECODE_HPP

#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/result.hpp>

#include <functional>
#include <string_view>

namespace sluice::inline v0::detail {

/// Gives the uncompressed bytes of `body` to `take` piece by piece, until it returns false; needs
/// a block of memory, not the whole.
/// Error: errc::internal if the body is not what `kind` makes.
SLUICE_DECL result<void> decode(codec kind,
                                chunk_list const& body,
                                std::function<bool(std::string_view)> const& take);

}  // namespace sluice::inline v0::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/pipeline/impl/decode.ipp>
#endif

#endif  // SLUICE_PIPELINE_DETAIL_DECODE_HPP
