#ifndef SLUICE_ENCODE_IMPL_TEXT_SCAN_IPP
#define SLUICE_ENCODE_IMPL_TEXT_SCAN_IPP

#include <sluice/encode/detail/check.hpp>
#include <sluice/encode/detail/escape.hpp>
#include <sluice/encode/detail/text_scan.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace sluice::inline v0::detail {

SLUICE_DECL bool csv_lines::next(std::string_view& line) noexcept {
  bool quoted = false;
  for (char const* at = at_; at != end_; ++at) {
    // A doubled quote inside quotes leaves and enters at once.
    if (*at == quote_) quoted = !quoted;
    if (*at != '\n' || quoted) continue;
    line = {at_, static_cast<std::size_t>(at + 1 - at_)};
    at_ = at + 1;
    return true;
  }
  return false;
}

SLUICE_DECL bool plain_lines::next(std::string_view& line) noexcept {
  auto const left = static_cast<std::size_t>(end_ - at_);
  auto const* const found =
      left == 0 ? nullptr : static_cast<char const*>(std::memchr(at_, '\n', left));
  if (found == nullptr) return false;
  line = {at_, static_cast<std::size_t>(found + 1 - at_)};
  at_ = found + 1;
  return true;
}

SLUICE_DECL bool csv_fields::next(csv_field& field) {
  if (done_) return false;
  field.text.clear();
  field.null = false;
  bool const quoted = !rest_.empty() && rest_.front() == shape_.quote;
  if (quoted) {
    rest_.remove_prefix(1);
    for (;;) {
      std::size_t const at = rest_.find(shape_.quote);
      if (at == std::string_view::npos) return done_ = true, false;
      field.text += rest_.substr(0, at);
      rest_.remove_prefix(at + 1);
      if (rest_.empty() || rest_.front() != shape_.quote) break;
      field.text += shape_.quote;
      rest_.remove_prefix(1);
    }
  } else {
    char const ends[]{shape_.delimiter, '\n'};
    std::size_t const at = std::min(rest_.find_first_of({ends, 2}), rest_.size());
    field.text = rest_.substr(0, at);
    field.null = field.text == shape_.null_marker;
    rest_.remove_prefix(at);
  }
  // Behind a field stands a delimiter, or the end of the row.
  if (rest_.empty() || rest_ == "\n") {
    done_ = true;
    return true;
  }
  if (rest_.front() != shape_.delimiter) return done_ = true, false;
  rest_.remove_prefix(1);
  return true;
}

SLUICE_DECL std::size_t json_value_size(std::string_view text) noexcept {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i != text.size(); ++i) {
    char const c = text[i];
    if (in_string) {
      if (c == '\\') {
        if (++i == text.size()) return i;
      } else if (c == '"') {
        in_string = false;
        if (depth == 0) return i + 1;
      }
      continue;
    }
    if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return i;
      if (--depth == 0) return i + 1;
    } else if (depth == 0 &&
               (c == ',' || c == ':' || c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
      return i;
    }
  }
  return text.size();
}

SLUICE_DECL void json_members::skip_space() noexcept {
  std::size_t const at = rest_.find_first_not_of(" \t\r\n");
  rest_.remove_prefix(std::min(at, rest_.size()));
}

SLUICE_DECL bool json_members::next(json_member& member) noexcept {
  skip_space();
  char const opening = first_ ? '{' : ',';
  first_ = false;
  if (rest_.empty()) return false;
  if (rest_.front() == '}') {
    complete_ = true;
    return false;
  }
  if (rest_.front() != opening) return false;
  rest_.remove_prefix(1);
  skip_space();
  if (opening == '{' && !rest_.empty() && rest_.front() == '}') {
    complete_ = true;
    return false;
  }
  std::size_t const key = json_value_size(rest_);
  member.key = rest_.substr(0, key);
  rest_.remove_prefix(key);
  skip_space();
  if (rest_.empty() || rest_.front() != ':') return false;
  rest_.remove_prefix(1);
  skip_space();
  std::size_t const value = json_value_size(rest_);
  member.value = rest_.substr(0, value);
  rest_.remove_prefix(value);
  return true;
}

SLUICE_DECL bool is_key(std::string_view key, std::string_view name) {
  std::string escaped_name;
  append_json_string(escaped_name, name);
  if (key == escaped_name) return true;
  if (key.find('\\') == std::string_view::npos) return false;
  // Another escape of the same name: a foreign writer's. Hiding too much is the safe side.
  return key.find("\\u") != std::string_view::npos || key.find("\\/") != std::string_view::npos;
}

SLUICE_DECL void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    // The longest well-formed prefix, up to one broken byte.
    std::size_t good = text.size();
    if (!is_utf8(text)) {
      good = 0;
      while (good < text.size()) {
        std::size_t length = 1;
        while (length <= 4 && good + length <= text.size() && !is_utf8(text.substr(good, length)))
          ++length;
        if (length > 4 || good + length > text.size()) break;
        good += length;
      }
    }
    std::size_t const before = out.size();
    out.resize(before + json_escape::longest * good);
    char* const end = put_text<json_escape>(out.data() + before, text.substr(0, good)).end;
    out.resize(static_cast<std::size_t>(end - out.data()));
    text.remove_prefix(good);
    if (text.empty()) break;
    out += "\xEF\xBF\xBD";
    text.remove_prefix(1);
  }
  out += '"';
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_ENCODE_IMPL_TEXT_SCAN_IPP
