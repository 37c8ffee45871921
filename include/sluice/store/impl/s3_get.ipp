#ifndef SLUICE_STORE_IMPL_S3_GET_IPP
#define SLUICE_STORE_IMPL_S3_GET_IPP

#include <sluice/store/s3.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0 {

namespace detail {

/// What `Content-Range: bytes 0-99/1234` says: where the bytes begin, and how many there are in
/// all.
struct content_range {
  std::uint64_t first = 0;
  std::uint64_t size = 0;
};

/// Nothing if it is malformed, or leaves the size open.
SLUICE_DECL std::optional<content_range> parse_content_range(std::string_view text) noexcept {
  constexpr std::string_view unit = "bytes ";
  if (!text.starts_with(unit)) return std::nullopt;
  char const* at = text.data() + unit.size();
  char const* const end = text.data() + text.size();
  content_range range;
  std::uint64_t last = 0;
  for (auto const& [number, behind] : {std::pair{&range.first, '-'}, std::pair{&last, '/'}}) {
    auto const [next, failed] = std::from_chars(at, end, *number);
    if (failed != std::errc{} || next == end || *next != behind) return std::nullopt;
    at = next + 1;
  }
  auto const [next, failed] = std::from_chars(at, end, range.size);
  if (failed != std::errc{} || next != end || last < range.first || last >= range.size)
    return std::nullopt;
  return range;
}

}  // namespace detail

SLUICE_DECL task<std::optional<object_part>> s3_store::get(std::string name,
                                                           std::uint64_t offset,
                                                           std::uint64_t length) {
  result<void> const good = check(name, 0);
  if (!good) co_return good.error();
  if (length == 0) co_return error{errc::invalid_configuration, "a part of no bytes was asked for"};
  call c{.method = http_method::get,
         .key = name,
         .headers = {{"Range", fmt::format("bytes={}-{}", offset, offset + length - 1)}},
         .label = "GET",
         .answer_header = "ETag"};
  c.reply_bytes = std::max(c.reply_bytes, length);
  result<outcome> done = co_await send(std::move(c));
  if (!done) {
    std::string const& code = done.error().service_code;
    if (code == "NoSuchKey" || code == "404") co_return std::optional<object_part>{};
    if (code == "InvalidRange" || code == "416") co_return std::optional{object_part{}};
    co_return done.error();
  }
  response& reply = done->reply;
  object_part got;
  got.whole.etag = reply.header_value("ETag");
  got.whole.size = reply.body.size();
  // A store that knows no ranges answers 200 with all there is.
  bool fits = reply.status == 200 && offset == 0;
  if (reply.status == 206) {
    std::optional<detail::content_range> const range =
        detail::parse_content_range(reply.header_value("Content-Range"));
    fits = range && range->first == offset &&
           reply.body.size() == std::min(length, range->size - offset);
    if (range) got.whole.size = range->size;
  }
  if (!fits)
    co_return error{errc::malformed_reply,
                    fmt::format("GET of '{}': the reply is not the part of the object that was "
                                "asked for; check that the endpoint is an S3 store",
                                name),
                    disposition::retryable};
  got.bytes = std::move(reply.body);
  got.whole.headers = std::move(reply.headers);
  co_return std::optional{std::move(got)};
}

}  // namespace sluice::inline v0

#endif  // SLUICE_STORE_IMPL_S3_GET_IPP
