#ifndef SLUICE_SOURCE_DETAIL_CELL_VISITOR_HPP
#define SLUICE_SOURCE_DETAIL_CELL_VISITOR_HPP

#include <sluice/config.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/source/detail/parse_cell.hpp>
#include <sluice/source/header.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace sluice::inline v0::source::detail {

template<class Record, class... Columns>
consteval std::array<std::string_view, sizeof...(Columns)> headers_from(
    columns<Record, Columns...> const*) {
  return {sluice::detail::header_of(static_cast<Columns const*>(nullptr))...};
}

/// What sources call the columns of `Record`.
template<class Record>
inline constexpr auto headers_of = headers_from(static_cast<schema<Record>*>(nullptr));

/// Converts the cells of one record until one is bad; one object per record. `Reader` has
/// `text(column)` and `check_cell(column, text)`.
template<class Record, class Reader>
struct cell_visitor {
  Reader& reader;
  std::size_t column = 0;
  fault found = fault::none;

  template<class Column, class T>
  void operator()(T& value) {
    if (found != fault::none) return;
    cell_text const cell = reader.text(column);
    found = reader.check_cell(column, cell);
    if (found == fault::none) {
      constexpr auto info =
          sluice::detail::describe_column<Record>(static_cast<Column const*>(nullptr));
      found = parse_cell(cell, info.max_length, value);
    }
    if (found == fault::none) ++column;
  }
};

}  // namespace sluice::inline v0::source::detail

#endif  // SLUICE_SOURCE_DETAIL_CELL_VISITOR_HPP
