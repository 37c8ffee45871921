#ifndef SLUICE_SNOWPIPE_OFFSET_TOKEN_HPP
#define SLUICE_SNOWPIPE_OFFSET_TOKEN_HPP

#include <sluice/config.hpp>
#include <sluice/ledger/position.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::inline v0::snowpipe {

/// An offset token of ours: `order_00000000000000000041@orders-2026`.
///
/// The position is the ledger's, in 20 digits, so that tokens of one source sort as texts like the
/// positions as numbers; the source says whose positions they are: a token that another table's
/// life, another run or another program left behind is told apart instead of skipping rows.
struct offset_token {
  position at = 0;     ///< of the last row that the token covers
  std::string source;  ///< [A-Za-z0-9_.-]; empty where the token names none

  friend bool operator==(offset_token const&, offset_token const&) = default;
};

/// What a prefix may be made of, and a source: A-Z a-z 0-9 _ . - .
[[nodiscard]] constexpr bool is_token_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}

/// Longest prefix and longest source; the service's own limit for a token is not documented, 256
/// bytes are what clients in the field keep to.
inline constexpr std::size_t longest_token_part = 64;

[[nodiscard]] SLUICE_DECL std::string to_text(offset_token const& token, std::string_view prefix);

/// Nothing if `text` is not `prefix`, 1 to 20 digits, and optionally `@` with a source.
[[nodiscard]] SLUICE_DECL std::optional<offset_token> parse_offset_token(std::string_view text,
                                                                         std::string_view prefix);

}  // namespace sluice::inline v0::snowpipe

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowpipe/impl/offset_token.ipp>
#endif

#endif  // SLUICE_SNOWPIPE_OFFSET_TOKEN_HPP
