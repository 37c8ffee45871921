#ifndef SLUICE_SOURCE_IMPL_PARSE_LETTER_IPP
#define SLUICE_SOURCE_IMPL_PARSE_LETTER_IPP

#include <sluice/encode/detail/check.hpp>
#include <sluice/encode/detail/text_scan.hpp>
#include <sluice/ext/detail/json_reader.hpp>
#include <sluice/source/detail/cell_report.hpp>
#include <sluice/source/detail/letter_reader.hpp>

#include <boost/json/stream_parser.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace sluice::inline v0::source::detail {

SLUICE_DECL bool unescape_json(std::string_view literal, std::string& out) {
  std::string_view const inside = literal.substr(1, literal.size() - 2);
  if (inside.find('\\') == std::string_view::npos) {
    out += inside;
    return true;
  }
  auto const parsed = sluice::detail::json_reader::parse_json(literal);
  if (!parsed) return false;
  out += sluice::detail::json_reader::text_of(*parsed);
  return true;
}

/// Where and why `line`, which is no JSON, stops being it.
SLUICE_DECL letter_problem broken_json(std::string_view line) {
  namespace json = boost::json;
  constexpr std::string_view remedy =
      "; correct the line or remove it, and read that record's source again";
  json::parse_options options;
  options.max_depth = sluice::detail::max_json_depth;
  json::stream_parser parser{{}, options};
  json::error_code failure;
  std::size_t const good = parser.write_some(line.data(), line.size(), failure);
  if (!failure && good == line.size()) parser.finish(failure);
  std::string cause = "it goes on behind its value";
  if (failure) cause = failure.message();
  if (failure == json::error::incomplete) cause = "it ends too early";
  return {good + 1, "the line is not JSON (" + cause + ')' + std::string{remedy}};
}

inline bool is_string(std::string_view value) noexcept {
  return value.size() >= 2 && value.front() == '"';
}

inline bool take_number(std::string_view value, std::uint64_t& out) noexcept {
  auto const [end, code] = std::from_chars(value.data(), value.data() + value.size(), out);
  return code == std::errc{} && end == value.data() + value.size();
}

SLUICE_DECL bool take_reason(std::string_view name, dead_reason& out) noexcept {
  for (std::size_t i = 0; i != every_reason.size(); ++i) {
    if (name_of(every_reason.at(i)) != name) continue;
    out = every_reason.at(i);
    return true;
  }
  return false;
}

/// Takes the members of a letter.
class letter_members {
 public:
  letter_members(std::string_view line, read_letter& out) : line_{line}, out_{out} {}

  std::optional<letter_problem> take_all() {
    sluice::detail::json_members members{line_};
    sluice::detail::json_member m;
    while (members.next(m)) {
      std::string_view const name = m.key.substr(1, m.key.size() - 2);
      if (!take(name, m.value))
        // Without the value: it may be one of a record.
        return letter_problem{
            column_of(m.value),
            quoted_for_message(name) + " is not " + std::string{expected_} + remedy};
    }
    if (!members.complete())
      return letter_problem{1, "the line is no JSON object" + std::string{remedy}};
    for (auto const& [there, name] :
         {std::pair{has_position_, "position"}, {has_reason_, "reason"}, {has_record_, "record"}})
      if (!there)
        return letter_problem{line_.size() + 1,
                              "the object has no member \"" + std::string{name} + '"' + remedy};
    return std::nullopt;
  }

 private:
  static constexpr char const* remedy =
      "; is the file one of dead letters? Else correct the line or remove it";

  [[nodiscard]] std::size_t column_of(std::string_view part) const noexcept {
    return static_cast<std::size_t>(part.data() - line_.data()) + 1;
  }

  bool take_text(std::string_view value, std::string& out) {
    expected_ = "text";
    out.clear();
    return is_string(value) && unescape_json(value, out);
  }

  bool take(std::string_view name, std::string_view value) {
    dead_letter& letter = out_.letter;
    if (name == "run") return take_text(value, out_.run);
    if (name == "code") return take_text(value, letter.why.code);
    if (name == "message") return take_text(value, letter.why.message);
    if (name == "column") return take_text(value, letter.why.column);
    if (name == "position") {
      expected_ = "a whole number";
      has_position_ = true;
      return take_number(value, letter.at);
    }
    if (name == "payload") {
      expected_ = "a whole number";
      letter.was_sent = true;
      return take_number(value, letter.payload);
    }
    if (name == "reason") {
      expected_ = "source, too_large, rejected, undelivered, unknown or invalid";
      has_reason_ = true;
      return is_string(value) && take_reason(value.substr(1, value.size() - 2), letter.why.reason);
    }
    if (name == "text") {
      has_record_ = true;
      letter.record_is_text = true;
      return take_text(value, letter.record);
    }
    if (name == "record") {
      expected_ = "an object or null";
      has_record_ = true;
      letter.record_is_text = false;
      letter.record = value == "null" ? std::string_view{} : value;
      return value == "null" || value.starts_with('{');
    }
    return true;
  }

  std::string_view line_;
  read_letter& out_;
  std::string_view expected_;
  bool has_position_ = false;
  bool has_reason_ = false;
  bool has_record_ = false;
};

SLUICE_DECL std::optional<letter_problem> parse_letter(std::string_view line, read_letter& out) {
  out = {};
  if (!sluice::detail::is_json(line)) return broken_json(line);
  return letter_members{line, out}.take_all();
}

}  // namespace sluice::inline v0::source::detail

#endif  // SLUICE_SOURCE_IMPL_PARSE_LETTER_IPP
