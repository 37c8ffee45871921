#ifndef SLUICE_DESTINATION_DETAIL_HIDE_QUOTED_HPP
#define SLUICE_DESTINATION_DETAIL_HIDE_QUOTED_HPP

#include <sluice/config.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::inline v0::detail {

/// At most `longest` bytes of a service's words, with `'...'` for all from the first single quote
/// to the last: values of rows stand in quotes, and nobody escapes the quotes in them. Where the
/// last one is missing, because there is none or the words are cut, all behind the first is hidden.
inline std::string hide_quoted(std::string_view message,
                               std::size_t longest = std::string_view::npos) {
  bool const whole = message.size() <= longest;
  std::string_view const words = message.substr(0, longest);
  std::size_t const first = words.find('\'');
  if (first == std::string_view::npos) return std::string{words};
  std::string text{words.substr(0, first)};
  text += "'...'";
  std::size_t const last = words.rfind('\'');
  if (whole && last != first) text += words.substr(last + 1);
  return text;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_DESTINATION_DETAIL_HIDE_QUOTED_HPP
