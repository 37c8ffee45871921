#ifndef SLUICE_SNOWPIPE_INGEST_HPP
#define SLUICE_SNOWPIPE_INGEST_HPP

#include <sluice/auth/account.hpp>
#include <sluice/auth/account_token.hpp>
#include <sluice/auth/bearer_source.hpp>
#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/destination/request_monitor.hpp>
#include <sluice/observe/log.hpp>
#include <sluice/observe/stats.hpp>
#include <sluice/snowpipe/connection.hpp>
#include <sluice/snowpipe/protocol.hpp>
#include <sluice/transport/message.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::inline v0::snowpipe {

/// One request to the ingest host.
struct ingest_call {
  http_method method = http_method::post;
  std::string target;                  ///< path and query
  chunk_list body = {};                ///< sent again as it is
  std::string_view content_type = {};  ///< empty: no body
  std::string_view content_encoding = {};
  std::string_view label = {};  ///< for metrics and logs; a constant
  std::size_t attempt = 0;      ///< which of its attempts this is, from 1; 0: not said
  bool appends = false;         ///< the time limits of appends count
};

/// What came of one exchange with the ingest host, for good.
struct ingest_answer {
  outcome what = outcome::failed;  ///< never renew, retry or throttled
  int status = 0;
  refusal why = {};
  std::string body = {};  ///< of a success
};

/// The way to the ingest host: finds it, and carries a scoped token on every request.
///
/// The host is asked for once. Tokens are exchanged as `bearer_source` says, each for the host that
/// was found; a token that is refused is replaced once per request. Transport thread only; must
/// outlive its calls.
class ingest {
 public:
  ingest(transport& t, connection c, logger log, load_metrics* metrics);
  ingest(ingest const&) = delete;
  ingest& operator=(ingest const&) = delete;

  /// Finds the host and gets a token.
  /// Errors: sluice::errc::invalid_configuration; errc::login_refused (permanent); transport errors
  /// after the retries of `connection::login_retry`.
  [[nodiscard]] task<void> open();

  /// One attempt, and one more where the token was refused. A reply of any status is a value.
  /// `left_open` becomes true where the request may have been carried out although there is no
  /// reply; what fails before it is sent leaves it as it is.
  /// Errors: those of `open`, of the transport.
  [[nodiscard]] task<response> perform(ingest_call const& c, bool& left_open);

  /// `perform`, with the reply judged. What another attempt may better is an error, retryable or
  /// throttled, as is a success that cannot be read, which leaves open what was done.
  /// Errors: also errc::login_refused (permanent).
  [[nodiscard]] task<ingest_answer> ask(operation what, ingest_call const& c, bool& left_open);

  /// One attempt of a request to the account's own host under the account's credential; `r.url`
  /// is path and query; `left_open` as in `perform`.
  [[nodiscard]] task<response> perform_at_control(request r, bool& left_open);

  /// The service is elsewhere: the next request asks for host and token anew.
  void moved() noexcept;

  /// The owner goes: nothing of it is used any more.
  void detach() noexcept {
    log_ = {};
    requests_.detach();
  }

  /// For `retry` over its calls.
  [[nodiscard]] request_observer* observer() noexcept { return requests_.observer(); }

  [[nodiscard]] connection const& settings() const noexcept { return connection_; }

 private:
  struct login_attempt;
  /// Whether a reply is what it should be.
  using reply_check = result<void> (*)(std::string_view);

  result<void> read_connection();
  result<void> take_host(std::string const& named);
  task<void> find_host();
  task<bearer_grant> fetch();
  task<bearer> ready();
  task<std::string> login_request(request r, std::string label, reply_check readable);
  task<std::string> login_once(login_attempt const& attempt, std::size_t n);
  task<void> authorize(request& r);
  task<response> send(request r, bool& left_open);
  [[nodiscard]] request make_request(ingest_call const& c, bearer const& who) const;

  transport& transport_;
  connection connection_;
  logger log_;
  request_monitor requests_;
  std::string control_origin_;
  snowflake_account account_;
  std::string host_;           ///< of ingest, without port: also the scope of tokens
  std::string ingest_origin_;  ///< empty: not found so far
  account_token account_token_;
  bearer_source scoped_tokens_;
};

}  // namespace sluice::inline v0::snowpipe

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowpipe/impl/ingest.ipp>
#endif

#endif  // SLUICE_SNOWPIPE_INGEST_HPP
