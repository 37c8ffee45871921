#ifndef SLUICE_LEDGER_IMPL_JSON_TEXT_IPP
#define SLUICE_LEDGER_IMPL_JSON_TEXT_IPP

#include <sluice/ledger/detail/json_text.hpp>

#include <cstddef>

namespace sluice::inline v0::detail {

SLUICE_DECL std::size_t utf8_sequence_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  auto const continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  unsigned const lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    // Neither overlong forms (E0) nor surrogates (ED).
    unsigned const low = lead == 0xE0 ? 0xA0 : 0x80;
    unsigned const high = lead == 0xED ? 0x9F : 0xBF;
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    unsigned const low = lead == 0xF0 ? 0x90 : 0x80;
    unsigned const high = lead == 0xF4 ? 0x8F : 0xBF;
    return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

SLUICE_DECL void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  while (!text.empty()) {
    char const c = text.front();
    std::size_t length = 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          out += "\\u00";
          out += hex[static_cast<unsigned char>(c) >> 4];
          out += hex[static_cast<unsigned char>(c) & 0xF];
        } else if (length = utf8_sequence_length(text); length != 0) {
          out += text.substr(0, length);
        } else {
          out += "\\ufffd";
          length = 1;
        }
    }
    text.remove_prefix(length);
  }
  out += '"';
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_LEDGER_IMPL_JSON_TEXT_IPP
