#ifndef SLUICE_SANDBOX_DETAIL_TEXT_HPP
#define SLUICE_SANDBOX_DETAIL_TEXT_HPP

#include <sluice/sandbox/detail/http.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::sandbox::detail {

std::string lower(std::string_view text);
std::string upper(std::string_view text);
bool same_text(std::string_view a, std::string_view b) noexcept;  ///< without regard to ASCII case
std::string_view trimmed(std::string_view text) noexcept;

/// Undoes percent encoding; a broken escape stays as it is. `+` stays a plus.
std::string percent_decoded(std::string_view text);
/// Encodes every byte except `A-Za-z0-9-._~` and those of `keep`.
std::string percent_encoded(std::string_view text, std::string_view keep = {});

/// The parameters behind `?`, decoded, in order.
name_values parse_query(std::string_view query);

std::vector<std::string_view> split(std::string_view text, char separator);

/// The whole text as a number; nothing if it is none.
std::optional<std::int64_t> to_integer(std::string_view text) noexcept;

/// Edit distance, for "did you mean".
std::size_t distance(std::string_view a, std::string_view b);

std::string xml_escaped(std::string_view text);

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_TEXT_HPP
