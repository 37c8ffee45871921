#ifndef SLUICE_SANDBOX_SNOWPIPE_DETAIL_BODY_HPP
#define SLUICE_SANDBOX_SNOWPIPE_DETAIL_BODY_HPP

#include <sluice/config.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::inline v0::sandbox::snowpipe {

enum class decoding { done, unknown_coding, damaged, too_large };

/// Undoes a content coding: absent, `identity`, `gzip` or `zstd`. Never produces more than `limit`
/// bytes.
decoding decode_body(std::string_view coding,
                     std::string_view body,
                     std::uint64_t limit,
                     std::string& out);

}  // namespace sluice::inline v0::sandbox::snowpipe

#endif  // SLUICE_SANDBOX_SNOWPIPE_DETAIL_BODY_HPP
