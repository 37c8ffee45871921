#ifndef SLUICE_SANDBOX_REQUEST_LOG_HPP
#define SLUICE_SANDBOX_REQUEST_LOG_HPP

#include <sluice/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::sandbox {

/// What one request looked like and how it was answered.
struct request_record {
  std::uint64_t number = 0;                      ///< from 1, in order of arrival of the header
  std::chrono::system_clock::time_point time{};  ///< of arrival, by the service's clock
  std::chrono::steady_clock::time_point arrived{};
  std::chrono::microseconds took{0};  ///< from arrival until the log heard of it
  std::string endpoint;               ///< "account", "stage", "snowpipe" or "vault"
  bool http2 = false;                 ///< else HTTP/1.1
  std::string method;
  std::string path;                          ///< without the query string
  std::map<std::string, std::string> query;  ///< decoded; retryCount, retry, ... among them
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case, as sent
  /// `requestId` or `request_id`, empty if absent; of a vault the reply's `x-request-id`.
  std::string request_id;
  std::string request_guid;        ///< `request_guid`, empty if absent
  bool marked_replay = false;      ///< `retryCount` of at least 1, or `retry=true`
  std::vector<std::string> kinds;  ///< fault kinds that this request belongs to
  std::string sql;                 ///< statement text of a query request, else empty
  std::uint64_t body_bytes = 0;    ///< as received, before decompression
  int status = 0;                  ///< HTTP status; 0: no reply was sent
  std::string code;  ///< `code` of the reply's envelope, the S3 or the gRPC error code
  std::vector<std::string> faults;  ///< faults that fired on this request

  /// The first header of this lower-case name, or an empty text.
  std::string_view header(std::string_view name) const;
};

/// The requests that the servers have answered, oldest first. Holds the last 100,000.
///
/// Thread safety: every member may be called from any thread at any time.
class request_log {
 public:
  request_log();
  ~request_log();
  request_log(request_log const&) = delete;
  request_log& operator=(request_log const&) = delete;

  /// A copy of everything recorded; requests that are still being answered are not in it.
  std::vector<request_record> all() const;
  /// Those that belong to one kind, see `fault_kinds()`.
  std::vector<request_record> of(std::string_view kind) const;
  std::size_t count(std::string_view kind) const;
  void clear();

  /// How often the statement sent under this request id has been executed: 1 for a correct client,
  /// however many attempts it made.
  std::uint64_t executions(std::string_view request_id) const;

  /// The same for every request id, with the statement's text.
  struct execution {
    std::string request_id;
    std::string sql;
    std::uint64_t count = 0;
  };

  std::vector<execution> executions() const;

  /// Used by the servers.
  void add(request_record record);
  void count_execution(std::string_view request_id, std::string_view sql);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::inline v0::sandbox

#endif  // SLUICE_SANDBOX_REQUEST_LOG_HPP
