#ifndef SLUICE_SOURCE_CSV_OPTIONS_HPP
#define SLUICE_SOURCE_CSV_OPTIONS_HPP

#include <sluice/config.hpp>
#include <sluice/ledger/position.hpp>
#include <sluice/units.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace sluice::inline v0::source {

/// How a CSV file is written and how it is read.
struct csv_options {
  char delimiter = ',';
  char quote = '"';
  bool header = true;  ///< the first record names the columns; false: they stand in schema order
  std::optional<std::string> null_marker = {};  ///< an unquoted cell with this text is null, too
  std::size_t max_record_bytes = 32_MiB;        ///< longer records are bad; 1 KiB to 1 GiB
  std::size_t max_cell_bytes = 16_MiB;          ///< longer cells are bad
};

/// A place in a CSV file from which reading can continue.
struct csv_mark {
  sluice::position next = 0;      ///< ordinal of the next record
  std::uint64_t byte_offset = 0;  ///< where it begins, in the uncompressed bytes
  std::uint64_t line = 1;         ///< the physical line in which it begins

  friend bool operator==(csv_mark const&, csv_mark const&) = default;
};

}  // namespace sluice::inline v0::source

#endif  // SLUICE_SOURCE_CSV_OPTIONS_HPP
