#ifndef SLUICE_SNOWPIPE_ERROR_HPP
#define SLUICE_SNOWPIPE_ERROR_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>

#include <string>
#include <string_view>
#include <system_error>

namespace sluice::inline v0::snowpipe {

/// What Snowpipe said, or what a channel found out. The service's own code is in
/// `error::service_code`.
enum class errc : int {
  ok = 0,
  login_refused,      ///< permanent: the credential, the account or a grant was refused
  object_missing,     ///< permanent: database, schema, table or pipe missing or not granted
  request_refused,    ///< permanent: the request is wrong
  foreign_token,      ///< permanent: the channel's offset token is not of this source
  channel_taken,      ///< permanent: the channel was invalidated again and again: another writer?
  fenced,             ///< permanent: the program does not own the channel any more
  stalled,            ///< permanent: accepted rows are not committed, whatever is tried
  too_many_channels,  ///< permanent: the pipe has all the channels it may have
  service_failure     ///< retryable: a failure inside the service
};

/// Category `snowpipe`, for `errc`.
SLUICE_DECL std::error_category const& snowpipe_category() noexcept;

SLUICE_DECL std::error_code make_error_code(errc code) noexcept;

/// A refusal in the service's words.
struct refusal {
  std::string code;  ///< verbatim; empty where the answer has none
  std::string message;
};

/// The service's words on one line, bounded, with everything from the first single quote to the
/// last left out: values of rows stand there.
[[nodiscard]] SLUICE_DECL std::string plain_words(std::string_view message);

/// "<doing>: <the service's message>; <what to do about it>". `status`: of HTTP.
[[nodiscard]] SLUICE_DECL error service_error(std::string_view doing,
                                              int status,
                                              refusal const& why);

}  // namespace sluice::inline v0::snowpipe

template<>
struct std::is_error_code_enum<sluice::snowpipe::errc> : std::true_type {};

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowpipe/impl/error.ipp>
#endif

#endif  // SLUICE_SNOWPIPE_ERROR_HPP
