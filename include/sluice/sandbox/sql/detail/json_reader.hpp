#ifndef SLUICE_SANDBOX_SQL_DETAIL_JSON_READER_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_JSON_READER_HPP

/// \file
/// JSON files as COPY reads them: one value after another (NDJSON or pretty-printed), or one array
/// whose elements are the records.

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/detail/csv_reader.hpp>
#include <sluice/sandbox/sql/detail/file_input.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::sandbox::sql::detail {

struct json_record {
  std::string_view raw;  ///< as in the file; valid until the next call
  std::string value;     ///< normalised
  std::int64_t line = 0;
  std::int64_t byte_offset = 0;
  std::optional<record_problem> problem;
};

class json_reader {
 public:
  json_reader(byte_source& source, file_format const& format);
  /// False at the end. After a record that cannot be parsed, reading goes on at the next line.
  bool next(json_record& record);

 private:
  bool fill();
  bool skip_space();
  void consume(std::size_t n);

  byte_source& source_;
  file_format const& format_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool exhausted_ = false;
  bool started_ = false;
  bool in_array_ = false;
  std::int64_t line_ = 1;
  std::int64_t consumed_ = 0;
};

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_JSON_READER_HPP
