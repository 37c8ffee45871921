#ifndef SLUICE_SNOWFLAKE_DETAIL_QUERY_BLOCK_HPP
#define SLUICE_SNOWFLAKE_DETAIL_QUERY_BLOCK_HPP

#include <sluice/config.hpp>
#include <sluice/snowflake/protocol.hpp>
#include <sluice/source/detail/parse_cell.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::snowflake::detail {

/// Adds the text of a cell to `out` as people write it: `2001-12-31` for the days of a date,
/// `2001-12-31 23:59:59.5 +02:00` for the seconds of a timestamp, true for 1. `type` is one of
/// `rowtype`. Text that is not of that type is added as it is.
/// Source: the cell encodings that the official drivers read (gosnowflake converter.go,
/// snowflakedb/drivers json_parser.rs), read 2026.
SLUICE_DECL void append_plain(std::string& out, std::string_view type, std::string_view text);

/// Rows of a result as plain text, for the columns that a record wants. Immutable once it is made.
class query_block {
 public:
  query_block() = default;

  /// Column i of the block is column `places[i]` of `rows`.
  query_block(result_table const& rows, std::span<std::size_t const> places);

  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }

  /// Precondition: `row < rows()`, and `column` is one of the places.
  [[nodiscard]] source::detail::cell_text at(std::size_t row, std::size_t column) const noexcept {
    std::size_t const i = row * width_ + column;
    std::size_t const begin = i == 0 ? 0 : ends_[i - 1];
    return {std::string_view{bytes_}.substr(begin, ends_[i] - begin), nulls_[i], true};
  }

 private:
  std::string bytes_;  ///< of all cells, and the slack behind them that parsers may read
  std::vector<std::size_t> ends_;
  std::vector<bool> nulls_;
  std::size_t width_ = 0;
  std::size_t rows_ = 0;
};

}  // namespace sluice::inline v0::snowflake::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/query_block.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_DETAIL_QUERY_BLOCK_HPP
