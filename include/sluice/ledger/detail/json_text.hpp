#ifndef SLUICE_LEDGER_DETAIL_JSON_TEXT_HPP
#define SLUICE_LEDGER_DETAIL_JSON_TEXT_HPP

#include <sluice/config.hpp>

#include <string>
#include <string_view>

namespace sluice::inline v0::detail {

/// Appends `text` as a JSON string with quotes. Bytes that are not UTF-8 become U+FFFD, one each,
/// so that the line stays readable for any JSON parser.
SLUICE_DECL void append_json_string(std::string& out, std::string_view text);

/// Length of the well-formed UTF-8 sequence at the start of `text`; 0 if there is none.
SLUICE_DECL std::size_t utf8_sequence_length(std::string_view text) noexcept;

}  // namespace sluice::inline v0::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/ledger/impl/json_text.ipp>
#endif

#endif  // SLUICE_LEDGER_DETAIL_JSON_TEXT_HPP
