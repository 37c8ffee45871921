#ifndef SLUICE_SNOWFLAKE_ERROR_HPP
#define SLUICE_SNOWFLAKE_ERROR_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace sluice::inline v0::snowflake {

/// What Snowflake said, or what a Snowflake session found out. The service's own code and words are
/// in `error::service_code` and `error::message`.
enum class errc : int {
  ok = 0,
  login_refused,         ///< permanent: user, credential, role or account were refused at login
  session_lost,          ///< permanent: the session ended inside a transaction or cannot be renewed
  throttled,             ///< throttled: too many requests, or a lock did not come free
  statement_failed,      ///< permanent: the statement is wrong or not allowed
  object_missing,        ///< permanent: table, stage, schema or warehouse missing or not granted
  bad_rows,              ///< permanent: a row cannot be loaded; COPY loaded nothing
  statement_cancelled,   ///< permanent: the statement was cancelled
  still_running,         ///< retryable: "in progress"; poll for the result
  copy_unreconciled,     ///< permanent: COPY's result does not account for every file or row
  stage_not_supported,   ///< permanent: the stage lies where this client cannot write
  malformed_encryption,  ///< permanent: the stage's encryption material cannot be used
  service_failure        ///< retryable: a failure inside the service
};

/// Category `snowflake`, for `errc`.
SLUICE_DECL std::error_category const& snowflake_category() noexcept;

SLUICE_DECL std::error_code make_error_code(errc code) noexcept;

/// A refusal in the service's words.
struct refusal {
  std::string code;  ///< verbatim
  std::string message;
  std::string sql_state;
  std::string query_id;
};

/// "<doing>: <the service's message>; <what to do about it>", on one line and bounded. Values of
/// rows that the service quotes are left out. `doing` says what failed ("COPY INTO \"T\"").
[[nodiscard]] SLUICE_DECL error service_error(std::string_view doing, refusal const& why);

/// `message` with everything from the first single quote to the last replaced by `'...'`: the
/// service quotes the values of rows there, without escaping the quotes in them.
[[nodiscard]] SLUICE_DECL std::string without_values(std::string_view message);

/// What a service code means for the caller, and the kind of error it is.
/// Source: the codes that the official drivers know (gosnowflake, snowflake-connector-python,
/// libsnowflakeclient) and the "Frequent errors" pages, read 2026.
struct code_meaning {
  errc code = errc::statement_failed;
  disposition kind = disposition::permanent;
  std::string_view remedy;  ///< what to do about it; a constant
};

/// Looks a service code up; leading zeros do not matter. Never fails: unknown codes are
/// `statement_failed`. `sql_state` settles codes that are not in the table (class 22: bad rows).
[[nodiscard]] SLUICE_DECL code_meaning meaning_of(std::string_view code,
                                                  std::string_view sql_state = {}) noexcept;

}  // namespace sluice::inline v0::snowflake

template<>
struct std::is_error_code_enum<sluice::snowflake::errc> : std::true_type {};

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/error.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_ERROR_HPP
