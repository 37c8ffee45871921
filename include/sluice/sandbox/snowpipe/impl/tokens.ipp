#ifndef SLUICE_SANDBOX_SNOWPIPE_IMPL_TOKENS_IPP
#define SLUICE_SANDBOX_SNOWPIPE_IMPL_TOKENS_IPP

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/replies.hpp>
#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/snowpipe/detail/tokens.hpp>

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace sluice::inline v0::sandbox::snowpipe {

namespace tokens_impl {

/// Reads as `+//+` in base64, so that no client gets away without escaping.
constexpr std::string_view mark = "\xfb\xff\xfe";
constexpr std::size_t mac_size = 16;
constexpr std::size_t number_size = 8;

inline void append_number(std::string& out, std::int64_t n) {
  auto const bits = static_cast<std::uint64_t>(n);
  for (int shift = 56; shift >= 0; shift -= 8) {
    out += static_cast<char>(static_cast<unsigned char>(bits >> shift));
  }
}

inline std::int64_t number_at(std::string_view bytes, std::size_t index) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < number_size; ++i) {
    bits = bits << 8 | static_cast<unsigned char>(bytes[index * number_size + i]);
  }
  return static_cast<std::int64_t>(bits);
}

/// The MAC is also the start of the key stream that hides the numbers.
inline std::string hidden(std::string text, std::string_view key, std::string_view mac) {
  std::string const stream = detail::hmac_sha256(key, std::string("stream") + std::string(mac));
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[i] = static_cast<char>(text[i] ^ stream[i % stream.size()]);
  }
  return text;
}

inline std::int64_t seconds(scoped_tokens::time_point when) {
  return std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count();
}

}  // namespace tokens_impl

std::string continuation_seal::seal(continuation const& c) const {
  using namespace tokens_impl;
  std::string numbers;
  append_number(numbers, c.incarnation);
  append_number(numbers, c.client_sequencer);
  append_number(numbers, c.row_sequencer);
  auto const mac = detail::hmac_sha256(key_, numbers).substr(0, mac_size);
  return detail::base64(std::string(mark) + mac + hidden(numbers, key_, mac));
}

std::optional<continuation> continuation_seal::open(std::string_view token) const {
  using namespace tokens_impl;
  auto const bytes = detail::from_base64(token);
  if (!bytes || bytes->size() != mark.size() + mac_size + 3 * number_size ||
      !bytes->starts_with(mark)) {
    return std::nullopt;
  }
  auto const mac = bytes->substr(mark.size(), mac_size);
  auto const numbers = hidden(bytes->substr(mark.size() + mac_size), key_, mac);
  auto const expected = detail::hmac_sha256(key_, numbers).substr(0, mac_size);
  if (!detail::constant_time_equal(mac, expected)) return std::nullopt;
  return continuation{number_at(numbers, 0), number_at(numbers, 1), number_at(numbers, 2)};
}

std::string scoped_tokens::issue(std::string_view user,
                                 std::string_view scope,
                                 time_point now,
                                 std::chrono::seconds validity) const {
  using namespace tokens_impl;
  std::string const head = detail::to_base64url(R"({"alg":"HS256","typ":"JWT"})");
  std::string const claims = detail::to_base64url(
      fmt::format(R"({{"iss":"sluice-sandbox","sub":{},"scope":{},"gen":{},"iat":{},"exp":{}}})",
                  detail::json_text(user),
                  detail::json_text(scope),
                  generation_.load(),
                  seconds(now),
                  seconds(now + validity)));
  std::string const text = head + '.' + claims;
  return text + '.' + detail::to_base64url(detail::hmac_sha256(key_, text));
}

scoped_verdict scoped_tokens::verify(std::string_view token, time_point now) const {
  using namespace tokens_impl;
  auto const parts = detail::split(token, '.');
  if (parts.size() != 3) return {{}, {}, "the scoped token is no JWT"};
  std::size_t const signed_size = parts[0].size() + 1 + parts[1].size();
  auto const signature = detail::from_base64url(parts[2]);
  auto const expected = detail::hmac_sha256(key_, token.substr(0, signed_size));
  if (!signature || !detail::constant_time_equal(*signature, expected)) {
    return {{}, {}, "the scoped token is unknown"};
  }
  // What carries the server's own signature is its own text.
  auto const claims = boost::json::parse(*detail::from_base64url(parts[1])).as_object();
  if (claims.at("gen").to_number<std::int64_t>() != generation_.load()) {
    return {{}, {}, "the scoped token has been revoked"};
  }
  if (claims.at("exp").to_number<std::int64_t>() <= seconds(now)) {
    return {{}, {}, "the scoped token has expired"};
  }
  return {boost::json::value_to<std::string>(claims.at("sub")),
          boost::json::value_to<std::string>(claims.at("scope")),
          {}};
}

}  // namespace sluice::inline v0::sandbox::snowpipe

#endif  // SLUICE_SANDBOX_SNOWPIPE_IMPL_TOKENS_IPP
