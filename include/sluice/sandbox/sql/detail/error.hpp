#ifndef SLUICE_SANDBOX_SQL_DETAIL_ERROR_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_ERROR_HPP

/// \file
/// The one exception of the engine, and the service's refusals by name.
/// Codes and texts: protocol notes, section 5.10, and messages quoted in driver issues.

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/result.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::sandbox::sql::detail {

/// Carries a `failure` from where it is found to `session::execute`, which returns it.
class sql_error : public std::runtime_error {
 public:
  explicit sql_error(failure f) : std::runtime_error(f.message), failure_(std::move(f)) {}

  failure const& what_failed() const noexcept { return failure_; }

 private:
  failure failure_;
};

/// The code of a statement that another session's transaction kept waiting too long.
inline constexpr std::string_view waited_too_long = "000625";

/// A position in the SQL text: line from 1, column from 0.
struct position {
  int line = -1;
  int pos = -1;
};

[[noreturn]] void fail(std::string_view code, std::string_view state, std::string message);
[[noreturn]] void fail_at(position at,
                          std::string_view code,
                          std::string_view state,
                          std::string message);

[[noreturn]] void fail_syntax(position at, std::string_view unexpected);        // 001003
[[noreturn]] void fail_unsupported(std::string_view feature);                   // 000002
[[noreturn]] void fail_invalid_identifier(position at, std::string_view name);  // 000904
/// `kind` as the service writes it ("Table", "Stage", "Schema", ...); name fully qualified.
[[noreturn]] void fail_missing(std::string_view kind, std::string_view name);           // 002003
[[noreturn]] void fail_exists(std::string_view kind, std::string_view name);            // 002002
[[noreturn]] void fail_invalid_value(std::string_view value, std::string_view option);  // 001006
[[noreturn]] void fail_no_database();                                                   // 090105
[[noreturn]] void fail_no_schema();                                                     // 090106
[[noreturn]] void fail_cancelled();                                                     // 000604

[[noreturn]] void fail_number(std::string_view text);        // 100038 / 22018
[[noreturn]] void fail_number_range(std::string_view text);  // 100038 / 22003
[[noreturn]] void fail_boolean(std::string_view text);       // 100037
[[noreturn]] void fail_date(std::string_view text);          // 100040
[[noreturn]] void fail_time(std::string_view text);          // 100108
[[noreturn]] void fail_timestamp(std::string_view text);     // 100035
[[noreturn]] void fail_binary(std::string_view text);        // 100115
[[noreturn]] void fail_too_long(std::string_view text);      // 100078
[[noreturn]] void fail_null(std::string_view column);        // 100072
[[noreturn]] void fail_json(std::string_view reason);        // 100069
[[noreturn]] void fail_utf8(std::string_view text);          // 100144

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_ERROR_HPP
