#ifndef SLUICE_SANDBOX_SQL_DETAIL_PIPE_ROWS_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_PIPE_ROWS_HPP

/// \file
/// Rows that are sent to a pipe, line by line into its table.

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/detail/session_impl.hpp>
#include <sluice/sandbox/sql/detail/translate.hpp>
#include <sluice/sandbox/sql/pipe_session.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::inline v0::sandbox::sql::detail {

class row_writer;

/// One normalised JSON value as the column of a pipe that maps by name takes it.
/// \throws sql_error with the row error
value piped_value(std::string_view json,
                  sql_type const& to,
                  input_formats const& formats,
                  std::string& scratch);

/// Bytes are base64 in default pipes, and in the account's format (hex) in others; times without
/// a zone are read in the account's default zone.
input_formats pipe_formats(bool default_pipe);

/// Loads rowsets of one pipe within one transaction.
class pipe_rows {
 public:
  /// \throws sql_error if the COPY does not fit the table
  pipe_rows(session::impl& session,
            running const& now,
            connection& db,
            pipe_info const& pipe,
            table_info const& table);
  ~pipe_rows();

  rowset_outcome load(std::string_view ndjson,
                      rowset_origin const& origin,
                      row_spoiler const& spoil);

 private:
  enum class mapping { exact_first, sensitive, insensitive, transform };

  void choose_columns();
  void put_line(std::string_view line);
  void put_members(std::string_view object);
  std::optional<std::size_t> column_of(std::string_view key) const;
  void log_error(row_problem const& problem, std::string_view line, rowset_origin const& origin);

  session::impl& session_;
  running const& now_;
  connection& db_;
  pipe_info const& pipe_;
  table_info const& table_;
  mapping mapping_ = mapping::exact_first;
  input_formats formats_;
  translator translate_;
  owned_row defaults_;
  std::unique_ptr<row_writer> writer_;
  std::vector<std::size_t> targets_;
  std::vector<prepared> items_;
  std::vector<sql_type> item_types_;
  std::vector<std::string> scratch_;
  std::vector<std::string> text_;
  std::vector<char> given_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::unordered_map<std::string, std::size_t> by_upper_;
  std::size_t current_ = 0;  ///< column in work, for messages; columns.size(): the row as a whole
  std::string normalised_;
};

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_PIPE_ROWS_HPP
