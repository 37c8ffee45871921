#ifndef SLUICE_SOURCE_DETAIL_CELL_REPORT_HPP
#define SLUICE_SOURCE_DETAIL_CELL_REPORT_HPP

/// \file
/// What sources say about cells that they cannot read.

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/schema/column_table.hpp>
#include <sluice/source/detail/parse_cell.hpp>

#include <string>
#include <string_view>

namespace sluice::inline v0::source::detail {

/// `text` in quotes, at most 40 bytes of it, control characters written as \xNN.
[[nodiscard]] SLUICE_DECL std::string quoted_for_message(std::string_view text);

/// "an integer from -128 to 127", "a date (YYYY-MM-DD)", ...
[[nodiscard]] SLUICE_DECL std::string expected_of(column_info const& column);

/// `<where>: column "NAME" holds "x" (out of range), expected an integer ...; <remedy>`, without
/// the value if the column is pii or secret. `name`: what the source calls the column.
[[nodiscard]] SLUICE_DECL sluice::error bad_cell_error(std::string_view where,
                                                       std::string_view name,
                                                       column_info const& column,
                                                       std::string_view text,
                                                       fault f);

/// Adds `"NAME":"text"` to an object that begins with '{', for the dead letters; columns marked pii
/// or secret read "[redacted]".
SLUICE_DECL void append_raw_cell(std::string& object,
                                 column_info const& column,
                                 cell_text const& cell);

}  // namespace sluice::inline v0::source::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/source/impl/cell_report.ipp>
#endif

#endif  // SLUICE_SOURCE_DETAIL_CELL_REPORT_HPP
