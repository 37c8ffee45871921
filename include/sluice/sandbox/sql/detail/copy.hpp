#ifndef SLUICE_SANDBOX_SQL_DETAIL_COPY_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_COPY_HPP

/// \file
/// COPY INTO <table>: which files, into which columns, and what becomes of errors.

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/detail/csv_reader.hpp>
#include <sluice/sandbox/sql/detail/format_options.hpp>
#include <sluice/sandbox/sql/detail/json_reader.hpp>
#include <sluice/sandbox/sql/detail/session_impl.hpp>
#include <sluice/sandbox/sql/detail/translate.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::sandbox::sql::detail {

class row_writer;

/// One row of COPY's answer, and of the load metadata.
struct file_outcome {
  std::string file;  ///< as shown
  stored_file stored;
  std::string status;  ///< LOADED, PARTIALLY_LOADED, LOAD_FAILED, LOAD_SKIPPED
  std::int64_t rows_parsed = 0;
  std::int64_t rows_loaded = 0;
  std::int64_t error_limit = 1;
  std::int64_t errors_seen = 0;
  std::optional<load_error> first_error;
};

/// Ends the reading of one file early.
struct stop_file {};

/// Loads the files of one COPY statement.
class copier {
 public:
  copier(session::impl& session,
         running const& now,
         connection& db,
         copy_statement const& s,
         table_info const& table);
  ~copier();

  void run();

  std::vector<file_outcome> outcomes;
  std::vector<load_error> errors;  ///< bounded
  row_set preview;                 ///< VALIDATION_MODE = RETURN_<n>_ROWS

  copy_options const& options() const { return options_; }

 private:
  // copy.ipp
  file_format effective_format() const;
  void choose_columns();
  std::vector<std::pair<stored_file, std::string_view>> select_files();
  std::string_view reason_to_skip(stored_file const& f);
  bool filled_before(std::int64_t ms);
  std::string shown(std::string const& key) const;
  void load(stored_file const& f);
  void record(file_outcome const& o);

  // copy_rows.ipp
  void load_csv(byte_source& input, file_outcome& o);
  void load_json(byte_source& input, file_outcome& o);
  void match_header(csv_record const& header);
  void csv_row(csv_record const& record, file_outcome& o);
  void json_row(json_record const& record, file_outcome& o);
  void put(std::size_t target, value const& v);
  void put_csv_fields(csv_record const& record);
  void put_transformed(file_outcome const& o);
  void finish_row(file_outcome& o);
  void row_failed(file_outcome& o,
                  failure const& f,
                  std::int64_t line,
                  std::int64_t character,
                  std::int64_t offset,
                  std::string category,
                  std::int64_t row_line,
                  std::string_view raw);
  std::string column_label(std::size_t target) const;
  [[noreturn]] void abort(load_error const& e) const;

  session::impl& session_;
  running const& now_;
  connection& db_;
  copy_statement const& statement_;
  table_info const& table_;
  copy_options options_;
  session::impl::located_stage stage_;
  file_format format_;
  translator translate_;
  std::vector<std::size_t> targets_;
  owned_row defaults_;
  std::unique_ptr<row_writer> writer_;
  std::vector<prepared> items_;  ///< of a transformation, one statement each
  std::vector<sql_type> item_types_;
  std::vector<int> header_;  ///< PARSE_HEADER: field index per target, -1: none
  std::vector<std::string> scratch_;
  std::vector<std::string> field_text_;
  owned_row preview_row_;
  std::size_t current_ = 0;  ///< target being converted, for error messages
  bool validating_ = false;
  std::optional<std::int64_t> filled_ms_;  ///< of the table's first load, once it was asked for
};

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_COPY_HPP
