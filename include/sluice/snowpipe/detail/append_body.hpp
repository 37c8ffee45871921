#ifndef SLUICE_SNOWPIPE_DETAIL_APPEND_BODY_HPP
#define SLUICE_SNOWPIPE_DETAIL_APPEND_BODY_HPP

/// \file
/// What appends to named and elastic channels share. For bodies only.

#include <sluice/config.hpp>
#include <sluice/encode/payload.hpp>
#include <sluice/result.hpp>
#include <sluice/snowpipe/ingest.hpp>
#include <sluice/snowpipe/streaming_config.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::snowpipe::detail {

/// The request that carries `p`, without its target.
inline ingest_call append_body(payload const& p) {
  ingest_call call;
  call.body = p.body;
  call.content_type = "application/x-ndjson";
  if (p.compression != codec::none) call.content_encoding = name_of(p.compression);
  call.label = "append";
  call.appends = true;
  return call;
}

inline error body_too_large(payload const& p) {
  return error{sluice::errc::payload_too_large,
               "an append of " + std::to_string(p.body.size()) +
                   " bytes is more than the service takes (" +
                   std::to_string(streaming_limits::body_bytes) + ')'};
}

/// Before anything is sent.
inline result<void> check_body(payload const& p) {
  if (p.body.size() > streaming_limits::body_bytes) return body_too_large(p);
  return success;
}

/// The error of an append whose retries are used up.
inline error without_answer(error why, bool left_open) {
  if (left_open) {
    error e{sluice::errc::outcome_unknown, "an append had no answer: " + why.message};
    e.service_code = why.service_code;
    return e;
  }
  // Nobody refused these rows.
  if (why.code != make_error_code(errc::login_refused)) why.kind = disposition::retryable;
  return why;
}

}  // namespace sluice::inline v0::snowpipe::detail

#endif  // SLUICE_SNOWPIPE_DETAIL_APPEND_BODY_HPP
