#ifndef SLUICE_SNOWPIPE_PROTOCOL_HPP
#define SLUICE_SNOWPIPE_PROTOCOL_HPP

/// \file
/// Reading the replies of Snowpipe Streaming. Pure functions over bytes from outside: lenient about
/// what they do not know, bounded in depth and size, never a crash.
/// Source: "Snowpipe Streaming REST API endpoints", read 2026, and what public clients observe;
/// where both differ, both forms are read.

#include <sluice/auth/bearer_source.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/snowpipe/error.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::inline v0::snowpipe {

/// What a channel says about itself.
struct channel_status {
  std::string code;                      ///< channel_status_code
  std::optional<std::string> committed;  ///< last committed offset token; null and "" are nothing
  /// The counters run over the life of the channel. Nothing: the reply has no such number; one of
  /// them it has.
  std::optional<std::uint64_t> rows_inserted;
  std::optional<std::uint64_t> rows_refused;
  std::string last_error_bound;  ///< the last bad row is at or before this offset token
  std::string last_error_message;

  /// Anything else asks for a reopen.
  [[nodiscard]] bool healthy() const noexcept {
    return code == "SUCCESS" || code == "ACTIVE" || code == "0";
  }
};

struct open_reply {
  std::string continuation;
  channel_status status;
};

/// The bare host name that discovery answers, also inside JSON or quotes: lower case, underscores
/// as hyphens, with port where one is named.
/// Errors of all functions here: sluice::errc::malformed_reply (retryable), naming what is wrong
/// but no value.
[[nodiscard]] SLUICE_DECL result<std::string> parse_hostname(std::string_view body);

/// A token, bare or inside JSON. Its end is the `exp` of the JWT that it is; if it is none,
/// `login_limits::scoped_token_life` from `now`.
[[nodiscard]] SLUICE_DECL result<bearer_grant> parse_scoped_token(
    std::string_view body, std::chrono::system_clock::time_point now);

/// A status without a number of rows, inserted or refused, is none: nobody could say of committed
/// rows that they are written.
[[nodiscard]] SLUICE_DECL result<open_reply> parse_open_reply(std::string_view body);

/// The next continuation token.
[[nodiscard]] SLUICE_DECL result<std::string> parse_append_reply(std::string_view body);

/// Whether this is the answer to an elastic append: any JSON object. A proxy's page with status 200
/// says nothing of the rows. Error: sluice::errc::malformed_reply (retryable).
[[nodiscard]] SLUICE_DECL result<void> check_elastic_reply(std::string_view body);

/// The status of `channel`; nothing if the service does not know it.
[[nodiscard]] SLUICE_DECL result<std::optional<channel_status>> parse_status_reply(
    std::string_view body, std::string_view channel);

/// Code and message of an error answer; empty for plain text and HTML.
[[nodiscard]] SLUICE_DECL refusal parse_refusal(std::string_view body);

/// The requests that differ in what an answer means.
enum class operation : std::uint8_t { login, open, append, elastic_append, status, drop };

/// What to do with an answer.
enum class outcome : std::uint8_t {
  success,
  renew,        ///< the token is refused: get a new one, then send the same request
  retry,        ///< send the same request after a back-off
  throttled,    ///< the same, when the service says
  reopen,       ///< the channel's continuation is dead: open it again
  moved,        ///< the pipe is served elsewhere: find the host again, then reopen
  uncommitted,  ///< a guarded open or drop is refused: rows are not committed yet
  too_large,    ///< the body is over the service's limit
  failed        ///< an answer for good
};

/// The fate of an answer: by the code first, the HTTP status second. Pure.
[[nodiscard]] SLUICE_DECL outcome classify(operation what,
                                           int status,
                                           std::string_view code) noexcept;

}  // namespace sluice::inline v0::snowpipe

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowpipe/impl/protocol.ipp>
#endif

#endif  // SLUICE_SNOWPIPE_PROTOCOL_HPP
