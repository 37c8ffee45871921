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

/// An error that says nothing against the rows: they are undelivered, not refused.
inline error not_about_rows(error why) {
  if (why.code != sluice::errc::cancelled) why.kind = disposition::retryable;
  return why;
}

/// What an answer for good says of the rows: only a malformed request is their fault.
inline error answered(ingest_answer const& a) {
  error why = service_error("append", a.status, a.why);
  if (why.code == make_error_code(errc::request_refused)) return why;
  return not_about_rows(std::move(why));
}

/// The error of an append of which an attempt had no answer; `why` is what ended it.
inline error maybe_taken(error why) {
  if (why.code == sluice::errc::outcome_unknown) return why;
  error e{sluice::errc::outcome_unknown, "an append had no answer: " + why.message};
  e.service_code = std::move(why.service_code);
  return e;
}

}  // namespace sluice::inline v0::snowpipe::detail

#endif  // SLUICE_SNOWPIPE_DETAIL_APPEND_BODY_HPP
