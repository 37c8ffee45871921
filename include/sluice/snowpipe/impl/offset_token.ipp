#ifndef SLUICE_SNOWPIPE_IMPL_OFFSET_TOKEN_IPP
#define SLUICE_SNOWPIPE_IMPL_OFFSET_TOKEN_IPP

#include <sluice/snowpipe/offset_token.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <system_error>

namespace sluice::inline v0::snowpipe {

SLUICE_DECL std::string to_text(offset_token const& token, std::string_view prefix) {
  constexpr std::size_t width = 20;  // of the largest position
  std::string const digits = std::to_string(token.at);
  std::string text{prefix};
  text.append(width - digits.size(), '0').append(digits);
  if (!token.source.empty()) text.append("@").append(token.source);
  return text;
}

SLUICE_DECL std::optional<offset_token> parse_offset_token(std::string_view text,
                                                           std::string_view prefix) {
  constexpr std::size_t most_digits = 20;
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  std::size_t const end = std::min(text.find('@'), text.size());
  std::string_view const digits = text.substr(0, end);
  if (digits.empty() || digits.size() > most_digits) return std::nullopt;
  offset_token token;
  auto const [last, problem] =
      std::from_chars(digits.data(), digits.data() + digits.size(), token.at);
  if (problem != std::errc{} || last != digits.data() + digits.size()) return std::nullopt;
  if (end == text.size()) return token;
  std::string_view const source = text.substr(end + 1);
  bool const good = !source.empty() && source.size() <= longest_token_part &&
                    std::all_of(source.begin(), source.end(), is_token_character);
  if (!good) return std::nullopt;
  token.source = source;
  return token;
}

}  // namespace sluice::inline v0::snowpipe

#endif  // SLUICE_SNOWPIPE_IMPL_OFFSET_TOKEN_IPP
