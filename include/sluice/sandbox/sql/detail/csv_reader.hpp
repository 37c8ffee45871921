#ifndef SLUICE_SANDBOX_SQL_DETAIL_CSV_READER_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_CSV_READER_HPP

/// \file
/// CSV as COPY reads it, with every option of the file format.

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/detail/file_input.hpp>
#include <sluice/sandbox/sql/detail/format_options.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::sandbox::sql::detail {

struct csv_limits {
  /// Bytes of one record: a VARIANT or VARCHAR value's maximum, and what surrounds it.
  static constexpr std::size_t max_record_bytes = std::size_t{192} << 20;
};

/// What is wrong with a record's structure.
struct record_problem {
  std::string code;
  std::string message;
  std::size_t column = 0;  ///< 0-based index of the field
  std::size_t offset = 0;  ///< of the place in the record's bytes
};

struct csv_record {
  struct field {
    std::size_t begin = 0;
    std::size_t size = 0;
    bool unescaped = false;  ///< bytes lie in `arena`, else in `raw`
    bool enclosed = false;
    std::size_t at = 0;  ///< where the field starts in `raw`
  };

  std::string_view raw;  ///< without the record delimiter; valid until the next call
  std::vector<field> fields;
  std::string arena;
  std::int64_t line = 0;         ///< of its first byte, from 1
  std::int64_t byte_offset = 0;  ///< in the decompressed file
  std::optional<record_problem> problem;

  std::string_view text(std::size_t i) const {
    auto const& f = fields[i];
    return (f.unescaped ? std::string_view(arena) : raw).substr(f.begin, f.size);
  }

  /// NULL_IF and EMPTY_FIELD_AS_NULL applied.
  bool is_null(std::size_t i, file_format const& format) const;
};

class csv_reader {
 public:
  csv_reader(byte_source& source, file_format const& format);

  /// False at the end of the file. A record that is wrong in itself has a `problem`; reading goes
  /// on behind it.
  bool next(csv_record& record);

  /// Skips one record as PARSE_HEADER and SKIP_HEADER do; false at the end.
  bool skip_line();

 private:
  bool fill();
  bool parse(csv_record& record, bool at_end);
  std::size_t delimiter_at(std::size_t i) const;
  std::size_t newline_at(std::size_t i, bool at_end, bool& more) const;
  std::size_t take_enclosed(csv_record& record, std::size_t i, bool& more, bool at_end);
  void resynchronize(std::size_t from, std::size_t& end, std::size_t& next, bool at_end);
  void finish(csv_record& record, std::size_t begin, std::size_t end, std::size_t next);

  byte_source& source_;
  file_format const& format_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool exhausted_ = false;
  std::int64_t line_ = 1;
  std::int64_t consumed_ = 0;
  std::array<bool, 256> special_{};
};

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_CSV_READER_HPP
