#ifndef SLUICE_SANDBOX_DETAIL_CODEC_HPP
#define SLUICE_SANDBOX_DETAIL_CODEC_HPP

#include <sluice/config.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::inline v0::sandbox::detail {

std::string gzip(std::string_view data);
/// Nothing if the data is no complete gzip (or zlib) stream or grows beyond `limit` bytes.
std::optional<std::string> gunzip(std::string_view data, std::uint64_t limit);

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_CODEC_HPP
