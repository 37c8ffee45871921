#ifndef SLUICE_SANDBOX_IMPL_FAULT_CATALOGUE_IPP
#define SLUICE_SANDBOX_IMPL_FAULT_CATALOGUE_IPP

#include <sluice/sandbox/fault.hpp>

namespace sluice::inline v0::sandbox {

std::vector<fault_description> fault_names() {
  return {
      {"abort_unknown", "a cancel request is answered 000605, the statement runs on", "", 0},
      {"broken_pipe", "an upload's connection resets in mid-body", "bytes read before it", 65'536},
      {"clock_skew", "the service's clock jumps by this much and stays there", "seconds", 3'600},
      {"commit_reply_lost", "COMMIT takes effect, its reply is lost", "", 0},
      {"complete_error_in_200", "CompleteMultipartUpload answers 200 with an <Error> body", "", 0},
      {"complete_reply_lost", "CompleteMultipartUpload takes effect, its reply is lost", "", 0},
      {"copy_burst_serialised",
       "COPY statements run one after another, each held this long",
       "milliseconds",
       200},
      {"copy_files_remain",
       "COPY loads all files but the last and says so in its rows only",
       "",
       0},
      {"copy_reply_lost", "COPY takes effect, its reply is lost", "", 0},
      {"copy_zero_files", "COPY loads nothing and succeeds with 0 files processed", "", 0},
      {"execute_twice",
       "a statement takes effect, its reply is lost, and its replay executes it again",
       "",
       0},
      {"hang_on_logout", "the logout request is never answered", "", 0},
      {"insert_reply_lost", "INSERT takes effect, its reply is lost", "", 0},
      {"login_token_expired", "a JWT, OAuth or access token is refused as expired", "", 0},
      {"master_expired", "a renewal is answered 390114: only a new login helps", "", 0},
      {"query_in_progress", "a statement answers 333333 and so do this many polls", "polls", 2},
      {"query_in_progress_async", "as query_in_progress, with code 333334", "polls", 2},
      {"session_expired", "a session token expires: 390112 until it is renewed", "", 0},
      {"session_expired_401", "as session_expired, but the reply is HTTP 401", "", 0},
      {"session_gone", "the session is lost with all it held: 390111", "", 0},
      {"slow_down", "the S3 double answers 503 SlowDown", "", 0},
      {"stage_credentials_expired",
       "stage credentials expire: ExpiredToken until PUT is run again",
       "",
       0},
      {"stage_path_shared",
       "before a COPY, another job's file appears under the stage path it reads from",
       "",
       0},
      {"stage_redirect", "the S3 double answers 307 to its other port", "", 0},
      {"statement_slow",
       "a statement takes this long before it executes, unless it is cancelled",
       "milliseconds",
       1'000},
      {"table_not_ready",
       "a statement on a table is answered 002003, as just after its creation",
       "",
       0},
      {"table_not_ready_500", "a statement on a table is answered HTTP 500", "", 0},
      {"upload_corrupted", "a stored object has one byte changed", "", 0},
      {"upload_lost", "an upload is answered 200 and the object is not there", "", 0},
  };
}

std::vector<fault_description> fault_kinds() {
  return {
      {"any", "every request to account host and stage", "", 0},
      {"account", "every request to the account host", "", 0},
      {"login", "login-request", "", 0},
      {"query", "query-request, any statement", "", 0},
      {"put", "query-request with PUT", "", 0},
      {"get", "query-request with GET", "", 0},
      {"copy", "query-request with COPY INTO", "", 0},
      {"insert", "query-request with INSERT", "", 0},
      {"select", "query-request with SELECT or WITH", "", 0},
      {"ddl", "query-request with CREATE, ALTER, DROP or TRUNCATE", "", 0},
      {"transaction", "query-request with BEGIN, COMMIT or ROLLBACK", "", 0},
      {"statement", "query-request with any other statement", "", 0},
      {"poll", "fetching a result by query id", "", 0},
      {"renew", "token-request", "", 0},
      {"heartbeat", "heartbeat", "", 0},
      {"logout", "session?delete=true", "", 0},
      {"abort", "cancelling a statement", "", 0},
      {"monitoring", "status of a query", "", 0},
      {"stage", "every request to the S3 double", "", 0},
      {"head_object", "HEAD of an object", "", 0},
      {"upload", "PUT of a whole object", "", 0},
      {"upload_start", "CreateMultipartUpload", "", 0},
      {"upload_part", "UploadPart", "", 0},
      {"complete", "CompleteMultipartUpload", "", 0},
      {"abort_upload", "AbortMultipartUpload", "", 0},
      {"download", "GET of an object", "", 0},
      {"chunk", "GET of a result chunk", "", 0},
  };
}

std::vector<fault_description> fault_actions() {
  return {
      {"delay", "waits before it executes", "milliseconds", 500},
      {"drop_reply", "executes, then the connection resets without a reply", "", 0},
      {"drop_request", "the connection resets before anything executes", "", 0},
      {"duplicate", "executes twice, as if a proxy had repeated the request", "", 0},
      {"garbage_reply", "executes, then replies 200 with text that is no JSON and no XML", "", 0},
      {"hang", "never executes and never replies", "", 0},
      {"hang_reply", "executes, then never replies", "", 0},
      {"html_reply", "does not execute, replies 200 with a proxy's HTML page", "", 0},
      {"huge_reply", "executes, then replies with this much junk", "bytes", std::int64_t{1} << 31},
      {"redirect", "does not execute, replies 307 to the other port of the host", "", 0},
      {"reset_body",
       "the connection resets while the request body arrives",
       "bytes read before it",
       1'024},
      {"slow_body", "the request body is read no faster than this", "bytes per second", 65'536},
      {"slow_reply", "the reply's body drips out at this rate", "bytes per second", 1'024},
      {"status", "does not execute, replies with this HTTP status", "status", 503},
      {"status_after", "executes, then replies with this HTTP status", "status", 503},
      {"throttle", "does not execute, replies 429 with Retry-After", "seconds", 1},
      {"truncate_reply",
       "executes, then the connection ends after half of the reply's body",
       "bytes sent instead of half",
       -1},
  };
}

}  // namespace sluice::inline v0::sandbox

#endif  // SLUICE_SANDBOX_IMPL_FAULT_CATALOGUE_IPP
