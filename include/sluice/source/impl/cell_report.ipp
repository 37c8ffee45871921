#ifndef SLUICE_SOURCE_IMPL_CELL_REPORT_IPP
#define SLUICE_SOURCE_IMPL_CELL_REPORT_IPP

#include <sluice/observe/log.hpp>
#include <sluice/source/detail/cell_report.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::source::detail {

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

SLUICE_DECL sluice::error bad_cell_error(std::string_view where,
                                         std::string_view name,
                                         column_info const& column,
                                         std::string_view value,
                                         fault f) {
  bool const hidden = column.pii || column.secret;
  fault_words const words = words_of(f);
  std::string text{where};
  text += ": column " + quoted_for_message(name) + " holds ";
  text += hidden ? "[redacted]" : quoted_for_message(value);
  text += words.what;
  text += ", expected " +
          (f == fault::unnamed ? std::string{"the name of an enumerator"} : expected_of(column)) +
          "; ";
  text += words.remedy;
  return {errc::invalid_input, std::move(text)};
}

SLUICE_DECL void append_raw_cell(std::string& object,
                                 column_info const& column,
                                 cell_text const& cell) {
  object += object.size() == 1 ? "\"" : ",\"";
  sluice::detail::append_escaped(object, column.name, true);
  object += "\":";
  std::size_t ignored = 0;
  if (column.pii || column.secret) {
    object += "\"[redacted]\"";
  } else if (cell.null) {
    object += "null";
  } else if (check_text(cell.text, ignored) == fault::not_utf8) {
    object += "\"[not UTF-8]\"";
  } else {
    object += '"';
    sluice::detail::append_escaped(object, cell.text, true);
    object += '"';
  }
}

}  // namespace sluice::inline v0::source::detail

#endif  // SLUICE_SOURCE_IMPL_CELL_REPORT_IPP
