#ifndef SLUICE_SANDBOX_SQL_RESULT_HPP
#define SLUICE_SANDBOX_SQL_RESULT_HPP

/// \file
/// What a statement of the Snowflake sandbox answers: rows, a file transfer, several results, or a
/// failure. Plain data; nothing here depends on HTTP or on SQLite.

#include <sluice/config.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sluice::inline v0::sandbox::sql {

/// One cell in the text form of a JSON rowset; no value is SQL NULL.
///
/// fixed: decimal text with the scale applied; real: shortest text, `NaN`, `inf`, `-inf`; boolean:
/// `1`/`0`; date: days since 1970-01-01; time, timestamp_ntz, timestamp_ltz: seconds with `scale`
/// fraction digits; timestamp_tz: the same, a space, offset minutes + 1440; binary: upper-case hex;
/// variant, object, array: JSON text.
using cell = std::optional<std::string>;

/// One entry of `rowtype`.
struct column {
  std::string name;
  std::string database;  ///< empty unless the column comes straight from a table
  std::string schema;    ///< as `database`
  std::string table;     ///< as `database`
  std::string type;      ///< fixed, real, text, boolean, date, time, timestamp_ntz,
                         ///< timestamp_ltz, timestamp_tz, variant, object, array, binary
  bool nullable = true;
  std::optional<int> precision;             ///< fixed, time and timestamps
  std::optional<int> scale;                 ///< fixed, time and timestamps
  std::optional<std::int64_t> length;       ///< text: characters; binary: bytes
  std::optional<std::int64_t> byte_length;  ///< text and binary: bytes
};

/// Rows changed by a statement, as `data.stats` reports them.
struct dml_stats {
  std::int64_t inserted = 0;
  std::int64_t updated = 0;
  std::int64_t deleted = 0;
  std::int64_t duplicates = 0;
};

/// `statementTypeId` values that the engine answers with.
namespace statement_type {
inline constexpr std::int64_t select = 0x1000;
inline constexpr std::int64_t insert = 0x3100;
inline constexpr std::int64_t update = 0x3200;
inline constexpr std::int64_t remove_rows = 0x3300;
inline constexpr std::int64_t copy = 0x3600;
inline constexpr std::int64_t syscmd = 0x4000;
inline constexpr std::int64_t alter_session = 0x4100;
inline constexpr std::int64_t use = 0x4300;
inline constexpr std::int64_t show = 0x4400;
inline constexpr std::int64_t describe = 0x4500;
inline constexpr std::int64_t list = 0x4701;
inline constexpr std::int64_t transaction = 0x5000;
inline constexpr std::int64_t commit = 0x5100;
inline constexpr std::int64_t ddl = 0x6000;
inline constexpr std::int64_t get = 0x7101;
inline constexpr std::int64_t put = 0x7102;
inline constexpr std::int64_t remove_files = 0x7103;
inline constexpr std::int64_t multi = 0xA000;
}  // namespace statement_type

/// A successful statement. With `describe_only` the rows are absent.
struct result_set {
  std::string query_id = {};
  std::int64_t statement_type_id = 0;
  std::vector<column> columns;
  std::vector<std::vector<cell>> rows;
  std::optional<dml_stats> stats;     ///< set for DML and COPY
  int number_of_binds = 0;            ///< placeholders found in the statement
  bool array_bind_supported = false;  ///< true for `INSERT ... VALUES (?, ...)`
};

/// A statement refused or failed, with the service's code, SQLSTATE and message.
struct failure {
  std::string code;       ///< six digits, e.g. "001003"
  std::string sql_state;  ///< five characters, e.g. "42000"
  std::string message;    ///< for people; several lines for COPY
  int line = -1;          ///< 1-based position in the SQL text, -1 where it has none
  int pos = -1;           ///< 0-based column in that line, -1 where it has none
  std::string query_id = {};
};

/// How the files of a stage are protected.
enum class stage_encryption {
  snowflake_full,  ///< the client encrypts (SNOWFLAKE_FULL, the default)
  snowflake_sse    ///< the service encrypts alone (SNOWFLAKE_SSE): clients upload plain bytes
};

/// A place in a stage, resolved: stage file keys are `prefix + path + name`.
struct stage_location {
  std::string display;  ///< as LIST and COPY show it: "mystage/"; "" for @~ and @%table
  std::string prefix;   ///< unique key prefix of the stage, ends in '/': "stages/6f1c.../"
  std::string path;     ///< what follows the stage name, verbatim, no leading '/': "load/42/"
  stage_encryption encryption = stage_encryption::snowflake_full;
};

/// One stage file named by a GET.
struct transfer_file {
  std::string key;        ///< key in the file store
  std::string name;       ///< relative to `stage.prefix + stage.path`
  std::int64_t size = 0;  ///< stored bytes
};

/// A parsed PUT or GET: nothing was moved; the client does that with what the HTTP layer answers.
struct transfer {
  enum class direction { upload, download };
  std::string query_id = {};
  direction command = direction::upload;
  std::string local;  ///< PUT: source pattern without `file://`; GET: target directory
  stage_location stage;
  int parallel = 4;
  bool auto_compress = true;                       ///< PUT only
  std::string source_compression = "auto_detect";  ///< PUT only, lower case
  bool overwrite = false;                          ///< PUT only
  std::vector<transfer_file> files;                ///< GET only; empty if nothing matched
};

/// Results of a multi-statement request, in order. If a child failed, it is the last one.
struct multi_result {
  using child = std::variant<result_set, failure>;
  std::string query_id = {};
  std::vector<child> children;
};

/// What `session::execute` answers.
using outcome = std::variant<result_set, transfer, multi_result, failure>;

}  // namespace sluice::inline v0::sandbox::sql

#endif  // SLUICE_SANDBOX_SQL_RESULT_HPP
