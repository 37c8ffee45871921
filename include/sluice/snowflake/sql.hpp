#ifndef SLUICE_SNOWFLAKE_SQL_HPP
#define SLUICE_SNOWFLAKE_SQL_HPP

/// \file
/// The SQL texts of a load. Every name is quoted and every text is a literal, so nothing that a
/// caller configures can change the meaning of a statement.

#include <sluice/config.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/schema/column_table.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::snowflake {

/// `"name"`, with quotes inside doubled: keeps case and takes any character.
[[nodiscard]] SLUICE_DECL std::string quote_identifier(std::string_view name);

/// `'text'`, with quotes doubled and backslashes escaped: a backslash escapes inside Snowflake's
/// string literals.
[[nodiscard]] SLUICE_DECL std::string quote_literal(std::string_view text);

/// A table or stage, in stored spelling. Empty database or schema: the session's.
struct object_name {
  std::string database;
  std::string schema;
  std::string name;

  /// `"DB"."SCHEMA"."NAME"`.
  [[nodiscard]] SLUICE_DECL std::string quoted() const;
};

/// What COPY does with bad rows. Source: "COPY INTO <table>", copy options, read 2026.
class on_error {
 public:
  /// Nothing of a statement is loaded if one row is bad. The loader then finds the bad rows and
  /// loads the others, so that a good row is loaded exactly once.
  [[nodiscard]] static constexpr on_error abort() noexcept { return {kind::abort, 0}; }

  /// Good rows are loaded, bad ones are reported.
  [[nodiscard]] static constexpr on_error continue_() noexcept { return {kind::continue_, 0}; }

  /// A file with a bad row is not loaded at all.
  [[nodiscard]] static constexpr on_error skip_file() noexcept { return {kind::skip_file, 0}; }

  /// A file with `rows` bad rows or more is not loaded. Precondition: `rows >= 1`.
  [[nodiscard]] static constexpr on_error skip_file_after(std::uint32_t rows) noexcept {
    return {kind::skip_file_rows, rows};
  }

  /// A file with more than `percent` per cent of bad rows is not loaded. Precondition: <= 100.
  [[nodiscard]] static constexpr on_error skip_file_percent(std::uint32_t percent) noexcept {
    return {kind::skip_file_percent, percent};
  }

  constexpr on_error() noexcept = default;

  [[nodiscard]] constexpr bool aborts() const noexcept { return kind_ == kind::abort; }

  [[nodiscard]] constexpr bool skips_files() const noexcept {
    return kind_ != kind::abort && kind_ != kind::continue_;
  }

  /// The value of ON_ERROR, e.g. `'SKIP_FILE_5%'`.
  [[nodiscard]] SLUICE_DECL std::string text() const;

  friend constexpr bool operator==(on_error, on_error) = default;

 private:
  enum class kind : std::uint8_t { abort, continue_, skip_file, skip_file_rows, skip_file_percent };

  constexpr on_error(kind k, std::uint32_t n) noexcept : kind_{k}, number_{n} {}

  kind kind_ = kind::abort;
  std::uint32_t number_ = 0;
};

/// How the values of a file find their columns.
enum class column_match : std::uint8_t {
  position,         ///< by order; the statement lists the record's columns
  case_sensitive,   ///< by name
  case_insensitive  ///< by name, in any case
};

/// Copy options, in the words of "COPY INTO <table>".
struct copy_options {
  snowflake::on_error on_error = snowflake::on_error::abort();
  /// Absent: by position for CSV without header, else by name in exact case.
  std::optional<column_match> match_by_column_name = {};
  /// Loads files again that the table's load metadata knows: this doubles rows. Only for repairs.
  bool force = false;
  /// Cuts text that is too long for its column instead of refusing the row.
  bool truncate_columns = false;
  /// Replaces invalid UTF-8 instead of refusing the row.
  bool replace_invalid_characters = false;
};

/// Everything one COPY needs.
struct copy_statement {
  object_name table;
  column_table columns;
  std::string location;  ///< `@~/sluice/run/`, not yet a literal; ends with '/'
  std::vector<std::string> files;
  format_description format;
  codec compression = codec::none;
  copy_options options;
  bool validate_only = false;  ///< VALIDATION_MODE = RETURN_ALL_ERRORS: loads nothing
};

/// The way of matching that `o` and `f` come to.
[[nodiscard]] SLUICE_DECL column_match match_for(copy_options const& o,
                                                 format_description const& f) noexcept;

/// `("A", "B")`.
[[nodiscard]] SLUICE_DECL std::string column_list(column_table columns);

/// `INSERT INTO <table> ("A", "B") VALUES (?, ?)`.
[[nodiscard]] SLUICE_DECL std::string insert_text(object_name const& table, column_table columns);

/// `(TYPE = CSV COMPRESSION = GZIP ...)`: says in full how the encoder writes, so that no default
/// of an account or a stage can change the meaning of the bytes.
/// Source: "CREATE FILE FORMAT", format type options, read 2026.
[[nodiscard]] SLUICE_DECL std::string file_format(format_description const& f,
                                                  codec compression,
                                                  copy_options const& options);

[[nodiscard]] SLUICE_DECL std::string copy_text(copy_statement const& s);

/// `PUT 'file:///sluice/<name>' '@...' ...`: the file is never read from disk, the statement only
/// asks where to write.
[[nodiscard]] SLUICE_DECL std::string put_text(std::string_view location, codec compression);

/// `GET '@...' 'file:///sluice/' PATTERN = '...'`: nothing is written to disk, the statement only
/// asks where to read `file` of `location`.
[[nodiscard]] SLUICE_DECL std::string get_text(std::string_view location, std::string const& file);

/// All errors of one COPY, by its query id.
[[nodiscard]] SLUICE_DECL std::string validate_text(object_name const& table,
                                                    std::string_view query_id);

/// What became of the files whose path contains `directory`, as far back as `history`.
[[nodiscard]] SLUICE_DECL std::string copy_history_text(object_name const& table,
                                                        std::string_view directory,
                                                        std::chrono::days history);

[[nodiscard]] SLUICE_DECL std::string list_text(std::string_view location);

/// Removes `files` of `location`.
[[nodiscard]] SLUICE_DECL std::string remove_text(std::string_view location,
                                                  std::span<std::string const> files);

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/sql.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_SQL_HPP
