#ifndef SLUICE_SOURCE_IMPL_CSV_ERRORS_IPP
#define SLUICE_SOURCE_IMPL_CSV_ERRORS_IPP

#include <sluice/observe/log.hpp>
#include <sluice/source/detail/csv_reader.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::source::detail {

SLUICE_DECL std::size_t edit_distance(std::string_view a, std::string_view b) {
  constexpr std::size_t longest = 128;  // names; bounds the work on a file that is no CSV
  a = a.substr(0, longest);
  b = b.substr(0, longest);
  std::size_t row[longest + 1];
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      bool const same = lower_ascii(a[i - 1]) == lower_ascii(b[j - 1]);
      std::size_t const replaced = diagonal + (same ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row[b.size()];
}

SLUICE_DECL std::string quoted_for_message(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::string_view shown = text.substr(0, longest);
  if (shown.size() < text.size())
    while (!shown.empty() && (text[shown.size()] & '\xc0') == '\x80') shown.remove_suffix(1);
  std::string out = "\"";
  sluice::detail::append_escaped(out, shown, false);
  std::size_t ignored = 0;
  if (check_text(shown, ignored) == fault::not_utf8) {
    // Bytes of another encoding would make the whole message unreadable.
    out = "\"";
    for (char const c : shown) out += static_cast<signed char>(c) < 0x20 ? '?' : c;
  }
  out += '"';
  if (shown.size() < text.size()) out += "... (" + std::to_string(text.size()) + " bytes)";
  return out;
}

SLUICE_DECL std::string expected_of(column_info const& column) {
  switch (column.type) {
    case logical_type::boolean:
      return "true or false";
    case logical_type::integer: {
      std::uint64_t const most =
          ~std::uint64_t{0} >> (64u - column.bits + (column.is_unsigned ? 0 : 1));
      std::string const least = column.is_unsigned ? "0" : "-" + std::to_string(most + 1);
      return "an integer from " + least + " to " + std::to_string(most);
    }
    case logical_type::float32:
    case logical_type::float64:
      return "a number";
    case logical_type::decimal:
      return "a number with at most " + std::to_string(column.precision - column.scale) +
             " digits before and " + std::to_string(column.scale) + " behind the point";
    case logical_type::text:
      return column.max_length == 0
                 ? std::string{"text"}
                 : "text of at most " + std::to_string(column.max_length) + " characters";
    case logical_type::bytes:
      return column.max_length == 0
                 ? std::string{"hexadecimal bytes"}
                 : "at most " + std::to_string(column.max_length) + " hexadecimal bytes";
    case logical_type::date:
      return "a date YYYY-MM-DD from 0001-01-01 to 9999-12-31";
    case logical_type::time:
      return "a time HH:MM[:SS] with at most " + std::to_string(fraction_digits(column.unit)) +
             " digits behind the second";
    case logical_type::timestamp:
      return std::string{column.zone == zone_kind::none
                             ? "a wall clock YYYY-MM-DD HH:MM:SS"
                             : "a moment YYYY-MM-DD HH:MM:SS[Z|+HH:MM]"} +
             " with at most " + std::to_string(fraction_digits(column.unit)) +
             " digits behind the second";
    case logical_type::json:
      return "JSON";
    case logical_type::uuid:
      return "a UUID of 32 hexadecimal digits";
    case logical_type::array:
      return "an array";
    case logical_type::object:
      return "an object";
  }
  return "a value";
}

/// What is wrong, and what to do.
struct fault_words {
  std::string_view what;
  std::string_view remedy;
};

constexpr fault_words words_of(fault f) noexcept {
  switch (f) {
    case fault::none:
    case fault::malformed:
      break;
    case fault::empty:
      return {" (empty)", "fill the cell or make the member std::optional"};
    case fault::out_of_range:
      return {" (out of range)", "correct the cell or widen the member's type"};
    case fault::too_precise:
      return {" (too many digits)", "round it, or give the member a finer unit or scale"};
    case fault::too_long:
      return {" (too long)", "shorten the cell or raise the limit"};
    case fault::has_zone:
      return {
          " (names a zone)",
          "make the member sluice::timestamp<unit, sluice::utc> or <unit, sluice::with_offset>"};
    case fault::nul:
      return {" (contains NUL)", "remove the byte"};
    case fault::not_utf8:
      return {" (not UTF-8)", "convert the file, e.g. 'iconv -f ISO-8859-1 -t UTF-8'"};
    case fault::unnamed:
      return {" (no such enumerator)", "correct the cell or add it to sluice::enumeration"};
    case fault::cell_limit:
      return {" (over csv_options::max_cell_bytes)", "shorten the cell or raise the limit"};
    case fault::misquoted:
      return {" (text behind the closing quote)", "double each quote inside a quoted cell"};
  }
  return {"", "correct the cell or make the member text"};
}

SLUICE_DECL std::string csv_reader::where(std::uint64_t line) const {
  return scanner_->input().name() + ":" + std::to_string(line);
}

SLUICE_DECL sluice::error csv_reader::bad_cell(std::size_t column, fault f) {
  column_info const& info = columns_[column];
  bool const hidden = info.pii || info.secret;
  fault_words const words = words_of(f);
  std::string text = where(scanner_->line_of(places_[column])) + ": column " +
                     quoted_for_message(names_[column]) + " holds ";
  text += hidden ? "[redacted]" : quoted_for_message(this->text(column).text);
  text += words.what;
  text += ", expected " +
          (f == fault::unnamed ? std::string{"the name of an enumerator"} : expected_of(info)) +
          "; ";
  text += words.remedy;
  return {errc::invalid_input, std::move(text)};
}

SLUICE_DECL sluice::error csv_reader::wrong_width() const {
  std::uint64_t const first = scanner_->first_line();
  std::uint64_t const last = scanner_->next_line() - 1;
  std::string text = where(first) + ": the record has " + std::to_string(scanner_->count()) +
                     " cells, expected " + std::to_string(width_);
  if (last > first)
    text += "; it reaches to line " + std::to_string(last) + ", is a quote missing?";
  else
    text += "; quote cells that contain the delimiter";
  return {errc::invalid_input, std::move(text)};
}

SLUICE_DECL sluice::error csv_reader::too_large() const {
  return {errc::invalid_input,
          where(scanner_->first_line()) + ": the record, up to line " +
              std::to_string(scanner_->next_line() - 1) + ", is longer than " +
              std::to_string(options_.max_record_bytes) +
              " bytes; is a quote missing? Else raise csv_options::max_record_bytes"};
}

SLUICE_DECL sluice::error csv_reader::unclosed() const {
  return {errc::invalid_input,
          where(scanner_->first_line()) +
              ": a quote of the record is never closed, the file ends in "
              "line " +
              std::to_string(scanner_->next_line()) + "; close the quote or fetch the file again"};
}

SLUICE_DECL sluice::error csv_reader::too_few(position wanted) const {
  return {errc::invalid_input,
          scanner_->input().name() + " has " + std::to_string(next_) + " records, fewer than " +
              std::to_string(wanted) + "; it is not the file that was read before"};
}

SLUICE_DECL sluice::error csv_reader::missing_column(std::string_view wanted,
                                                     std::vector<std::string> const& found) const {
  constexpr std::size_t most_listed = 20;
  std::string text = where(scanner_->first_line()) + ": no column " + quoted_for_message(wanted);
  auto const nearest = std::min_element(
      found.begin(), found.end(), [wanted](std::string const& a, std::string const& b) {
        return edit_distance(a, wanted) < edit_distance(b, wanted);
      });
  text += ", the nearest is " + quoted_for_message(*nearest);
  if (found.size() == 1)
    for (char const other : {',', ';', '\t', '|'})
      if (other != options_.delimiter && nearest->find(other) != std::string::npos)
        return {errc::invalid_configuration,
                text + "; the header is a single column, set csv_options::delimiter to '" +
                    (other == '\t' ? std::string{"\\t"} : std::string{other}) + "'"};
  text +=
      "; correct the header or declare sluice::source::header<\"...\"> for the column. There are ";
  for (std::size_t i = 0; i < std::min(found.size(), most_listed); ++i)
    text += (i == 0 ? "" : ", ") + quoted_for_message(found[i]);
  if (found.size() > most_listed)
    text += " and " + std::to_string(found.size() - most_listed) + " more";
  return {errc::invalid_input, std::move(text)};
}

/// The record as one JSON object, for the dead letters.
SLUICE_DECL void csv_reader::render_raw() {
  raw_record_ = "{";
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    raw_record_ += i == 0 ? "\"" : ",\"";
    sluice::detail::append_escaped(raw_record_, columns_[i].name, true);
    raw_record_ += "\":";
    cell_text const cell = text(i);
    std::size_t ignored = 0;
    if (columns_[i].pii || columns_[i].secret) {
      raw_record_ += "\"[redacted]\"";
    } else if (cell.null) {
      raw_record_ += "null";
    } else if (check_text(cell.text, ignored) == fault::not_utf8) {
      raw_record_ += "\"[not UTF-8]\"";
    } else {
      raw_record_ += '"';
      sluice::detail::append_escaped(raw_record_, cell.text, true);
      raw_record_ += '"';
    }
  }
  raw_record_ += '}';
}

}  // namespace sluice::inline v0::source::detail

#endif  // SLUICE_SOURCE_IMPL_CSV_ERRORS_IPP
