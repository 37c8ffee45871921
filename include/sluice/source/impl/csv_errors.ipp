#ifndef SLUICE_SOURCE_IMPL_CSV_ERRORS_IPP
#define SLUICE_SOURCE_IMPL_CSV_ERRORS_IPP

#include <sluice/meta/edit_distance.hpp>
#include <sluice/source/detail/csv_reader.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::source::detail {

SLUICE_DECL std::string csv_reader::where(std::uint64_t line) const {
  return scanner_->input().name() + ":" + std::to_string(line);
}

SLUICE_DECL sluice::error csv_reader::bad_cell(std::size_t column, fault f) {
  return bad_cell_error(where(scanner_->line_of(places_[column])),
                        names_[column],
                        columns_[column],
                        text(column).text,
                        f);
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
  for (std::size_t i = 0; i < columns_.size(); ++i)
    append_raw_cell(raw_record_, columns_[i], text(i));
  raw_record_ += '}';
}

}  // namespace sluice::inline v0::source::detail

#endif  // SLUICE_SOURCE_IMPL_CSV_ERRORS_IPP
