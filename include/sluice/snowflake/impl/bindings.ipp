#ifndef SLUICE_SNOWFLAKE_IMPL_BINDINGS_IPP
#define SLUICE_SNOWFLAKE_IMPL_BINDINGS_IPP

#include <sluice/encode/detail/text_scan.hpp>
#include <sluice/snowflake/bindings.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::snowflake {

namespace detail {

inline error not_rows_of_the_record() {
  return {sluice::errc::invalid_input, "the body is not CSV with one field per column"};
}

/// Adds one row to the arrays of its columns.
inline bool add_row(std::string_view line,
                    format_description const& shape,
                    std::vector<std::string>& arrays,
                    sluice::detail::csv_field& field) {
  sluice::detail::csv_fields fields{line, shape};
  for (std::string& array : arrays) {
    if (!fields.next(field)) return false;
    if (!array.empty()) array += ',';
    if (field.null)
      array += "null";
    else
      sluice::detail::append_json_string(array, field.text);
  }
  return !fields.next(field);
}

}  // namespace detail

SLUICE_DECL result<std::string> bindings_of(chunk_list const& body,
                                            std::uint64_t rows,
                                            format_description const& shape,
                                            column_table columns) {
  std::vector<std::string> arrays(columns.size());
  sluice::detail::csv_field field;
  std::uint64_t found = 0;
  bool header = shape.header;
  for (chunk const& part : body) {
    sluice::detail::csv_lines lines{part.bytes(), shape.quote};
    std::string_view line;
    while (lines.next(line)) {
      if (header) {
        header = false;
        continue;
      }
      if (!detail::add_row(line, shape, arrays, field)) return detail::not_rows_of_the_record();
      ++found;
    }
    if (lines.position() != part.bytes().data() + part.size())
      return detail::not_rows_of_the_record();
  }
  if (found != rows) return detail::not_rows_of_the_record();

  std::string all = "{";
  for (std::size_t i = 0; i != columns.size(); ++i) {
    if (i != 0) all += ',';
    all += '"' + std::to_string(i + 1) + "\":{\"type\":\"";
    all += binding_type(columns[i]);
    all += "\",\"value\":[";
    all += arrays[i];
    all += "]}";
    // Freed one by one, so that the values are not in memory twice.
    arrays[i] = {};
  }
  return all += '}';
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_BINDINGS_IPP
