#ifndef SLUICE_SNOWFLAKE_IMPL_ERROR_IPP
#define SLUICE_SNOWFLAKE_IMPL_ERROR_IPP

#include <sluice/destination/detail/hide_quoted.hpp>
#include <sluice/snowflake/error.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::snowflake {

namespace detail {

class snowflake_error_category final : public std::error_category {
 public:
  [[nodiscard]] char const* name() const noexcept override { return "snowflake"; }

  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::ok:
        return "success";
      case errc::login_refused:
        return "login refused";
      case errc::session_lost:
        return "session lost";
      case errc::throttled:
        return "too many requests";
      case errc::statement_failed:
        return "statement failed";
      case errc::object_missing:
        return "object missing or not authorised";
      case errc::bad_rows:
        return "rows cannot be loaded";
      case errc::statement_cancelled:
        return "statement cancelled";
      case errc::still_running:
        return "statement still running";
      case errc::copy_unreconciled:
        return "COPY result does not account for every row";
      case errc::stage_not_supported:
        return "stage not supported";
      case errc::malformed_encryption:
        return "encryption material cannot be used";
      case errc::service_failure:
        return "failure inside the service";
    }
    return "unknown error";
  }
};

struct known_code {
  std::uint32_t code;
  errc meaning;
  disposition kind;
  std::string_view remedy;
};

inline constexpr std::string_view login_again = "the session could not be kept; log in again";
inline constexpr std::string_view check_grant =
    "check the spelling, the database and schema, and that the role has been granted the privilege";
inline constexpr std::string_view check_jwt =
    "check that RSA_PUBLIC_KEY of the user belongs to the private key and that the clock is right";
inline constexpr std::string_view check_row =
    "see the row's dead letter, or load with on_error::continue_() to keep the other rows";

inline constexpr std::array known_codes{
    known_code{604,
               errc::statement_cancelled,
               disposition::permanent,
               "it was cancelled by a timeout or by somebody else"},
    known_code{605, errc::statement_cancelled, disposition::permanent, "it is not running"},
    known_code{606,
               errc::object_missing,
               disposition::permanent,
               "no warehouse is active: name one in the connection or give the user a default"},
    known_code{612, errc::statement_failed, disposition::permanent, "its result is not kept"},
    known_code{625,
               errc::throttled,
               disposition::throttled,
               "another transaction holds the table: end it, or run fewer COPY statements at once"},
    known_code{904,
               errc::statement_failed,
               disposition::permanent,
               "a column of the record is not in the table: compare the schema with DESC TABLE"},
    known_code{1003, errc::statement_failed, disposition::permanent, "the SQL text is not valid"},
    known_code{2003, errc::object_missing, disposition::permanent, check_grant},
    known_code{2019,
               errc::statement_failed,
               disposition::permanent,
               "load this format by column name (match_by_column_name)"},
    known_code{2043, errc::object_missing, disposition::permanent, check_grant},
    known_code{3001, errc::object_missing, disposition::permanent, check_grant},
    known_code{90105,
               errc::object_missing,
               disposition::permanent,
               "no database is current: name one in the connection"},
    known_code{90106,
               errc::object_missing,
               disposition::permanent,
               "no schema is current: name one in the connection"},
    known_code{91016,
               errc::statement_failed,
               disposition::permanent,
               "a staged file is missing: do not remove files of a running load"},
    known_code{333333, errc::still_running, disposition::retryable, "poll for the result"},
    known_code{333334, errc::still_running, disposition::retryable, "poll for the result"},
    known_code{390100,
               errc::login_refused,
               disposition::permanent,
               "check the user name and the password"},
    known_code{390104, errc::session_lost, disposition::permanent, login_again},
    known_code{390110, errc::session_lost, disposition::permanent, login_again},
    known_code{390111, errc::session_lost, disposition::permanent, login_again},
    known_code{390112, errc::session_lost, disposition::permanent, login_again},
    known_code{390113, errc::session_lost, disposition::permanent, login_again},
    known_code{390114, errc::session_lost, disposition::permanent, login_again},
    known_code{390115, errc::session_lost, disposition::permanent, login_again},
    known_code{390144, errc::login_refused, disposition::permanent, check_jwt},
    known_code{390189,
               errc::login_refused,
               disposition::permanent,
               "the role does not exist or is not granted to the user"},
    known_code{390201, errc::login_refused, disposition::permanent, check_grant},
    known_code{390301, errc::login_refused, disposition::permanent, "get a fresh OAuth token"},
    known_code{390303, errc::login_refused, disposition::permanent, "get a fresh OAuth token"},
    known_code{390318, errc::login_refused, disposition::permanent, "get a fresh OAuth token"},
    known_code{390422,
               errc::login_refused,
               disposition::permanent,
               "a network policy refuses this address"},
    known_code{390505, errc::throttled, disposition::throttled, "send fewer requests"},
    known_code{394300, errc::login_refused, disposition::permanent, check_jwt},
    known_code{394301, errc::login_refused, disposition::permanent, check_jwt},
    known_code{394302, errc::login_refused, disposition::permanent, check_jwt},
    known_code{394303, errc::login_refused, disposition::permanent, check_jwt},
    known_code{394304, errc::login_refused, disposition::permanent, check_jwt},
    known_code{394305, errc::login_refused, disposition::permanent, check_jwt},
    known_code{394306, errc::login_refused, disposition::permanent, check_jwt},
    known_code{394400,
               errc::login_refused,
               disposition::permanent,
               "make a fresh programmatic access token; the user needs a network policy for it"}};

static_assert(std::is_sorted(known_codes.begin(),
                             known_codes.end(),
                             [](known_code const& a, known_code const& b) {
                               return a.code < b.code;
                             }));

/// Codes have six digits; anything longer is none of ours.
constexpr std::uint32_t code_number(std::string_view code) noexcept {
  if (code.empty() || code.size() > 9) return 0;
  std::uint32_t number = 0;
  for (char const c : code) {
    if (c < '0' || c > '9') return 0;
    number = number * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return number;
}

}  // namespace detail

SLUICE_DECL std::error_category const& snowflake_category() noexcept {
  static detail::snowflake_error_category const category;
  return category;
}

SLUICE_DECL std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), snowflake_category()};
}

SLUICE_DECL code_meaning meaning_of(std::string_view code, std::string_view sql_state) noexcept {
  std::uint32_t const number = detail::code_number(code);
  auto const* const found =
      std::lower_bound(detail::known_codes.begin(),
                       detail::known_codes.end(),
                       number,
                       [](detail::known_code const& k, std::uint32_t n) { return k.code < n; });
  if (found != detail::known_codes.end() && found->code == number)
    return {found->meaning, found->kind, found->remedy};
  // 100000 to 100999 are what the file scanner and the casts of COPY report.
  if ((number >= 100'000 && number < 101'000) || sql_state.starts_with("22"))
    return {errc::bad_rows, disposition::permanent, detail::check_row};
  if (number >= 390'100 && number < 390'500)
    return {errc::login_refused, disposition::permanent, "check the credential and the account"};
  if (sql_state.starts_with("42"))
    return {errc::statement_failed, disposition::permanent, detail::check_grant};
  return {errc::statement_failed, disposition::permanent, "see the service's query history"};
}

SLUICE_DECL std::string without_values(std::string_view message) {
  return sluice::detail::hide_quoted(message);
}

SLUICE_DECL error service_error(std::string_view doing, refusal const& why) {
  code_meaning const meaning = meaning_of(why.code, why.sql_state);
  // The service's words are outside text: one line, bounded.
  constexpr std::size_t longest = 2'000;
  std::string words = meaning.code == errc::bad_rows
                          ? sluice::detail::hide_quoted(why.message, longest)
                          : why.message.substr(0, longest);
  for (char& c : words)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  std::string text{doing};
  text += ": ";
  text += words.empty() ? "the service gave no reason" : words;
  text += "; ";
  text += meaning.remedy;
  error e{make_error_code(meaning.code), meaning.kind, std::move(text)};
  e.service_code = why.code;
  e.request_id = why.query_id;
  return e;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_ERROR_IPP
