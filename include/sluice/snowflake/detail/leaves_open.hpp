#ifndef SLUICE_SNOWFLAKE_DETAIL_LEAVES_OPEN_HPP
#define SLUICE_SNOWFLAKE_DETAIL_LEAVES_OPEN_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/snowflake/detail/lock_patience.hpp>
#include <sluice/snowflake/error.hpp>

namespace sluice::inline v0::snowflake::detail {

/// Whether an error leaves open what the service did: it gave no answer.
inline bool leaves_open(error const& e) noexcept {
  // That a lock ended the statement is an answer. "Too many requests" is the end of several
  // attempts, and an earlier one that got no answer may have been carried out.
  if (e.code == make_error_code(errc::throttled)) return !ended_for_lock(e);
  if (e.code.category() != sluice_category()) return e.retryable();
  switch (static_cast<sluice::errc>(e.code.value())) {
    case sluice::errc::send_receive:
    case sluice::errc::timeout:
    case sluice::errc::connect:
    case sluice::errc::name_resolution:
    case sluice::errc::malformed_reply:
    case sluice::errc::reply_too_large:
    case sluice::errc::http_status:
    case sluice::errc::circuit_open:
    case sluice::errc::deadline:
      return true;
    default:
      return e.retryable();
  }
}

}  // namespace sluice::inline v0::snowflake::detail

#endif  // SLUICE_SNOWFLAKE_DETAIL_LEAVES_OPEN_HPP
