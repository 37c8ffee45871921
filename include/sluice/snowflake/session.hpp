#ifndef SLUICE_SNOWFLAKE_SESSION_HPP
#define SLUICE_SNOWFLAKE_SESSION_HPP

#include <sluice/auth/account.hpp>
#include <sluice/auth/account_token.hpp>
#include <sluice/auth/secret.hpp>
#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/destination/request_monitor.hpp>
#include <sluice/observe/log.hpp>
#include <sluice/observe/stats.hpp>
#include <sluice/snowflake/connection.hpp>
#include <sluice/snowflake/protocol.hpp>
#include <sluice/snowflake/requests.hpp>
#include <sluice/transport/retry.hpp>
#include <sluice/transport/sync.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::inline v0::snowflake {

namespace detail {

/// One logical request, before it is cut into attempts.
struct call {
  request_kind kind = request_kind::statement;
  http_method method = http_method::post;
  std::string url;         ///< without the query string
  std::string context;     ///< further query parameters, `&a=b`
  std::string body;        ///< may hold secrets
  bool gzip = false;       ///< `body` is compressed
  chunk bindings;          ///< of a statement: stands in `body`, which is an object
  std::string request_id;  ///< the same for all attempts: the identity of a statement
  unsigned earlier_attempts = 0;
  std::chrono::system_clock::time_point first_attempt{};
  int last_status = 0;
  bool master_token = false;  ///< for the renewal of tokens
  std::string_view label;
  std::size_t attempts_before = 0;   ///< see `statement`
  std::uint64_t* retries = nullptr;  ///< see `statement`
};

template<class Reply>
struct call_attempt;
struct chunk_attempt;

/// An answer for good to a call.
template<class Reply>
struct answer {
  outcome what = outcome::failed;  ///< success, in_progress, renew, login_again or failed
  Reply reply;
};

}  // namespace detail

/// One SQL statement.
struct statement {
  std::string sql = {};
  /// What errors call it, without values: `COPY INTO "T"`. Empty: the first word of `sql`.
  std::string title = {};
  bool asynchronous = false;  ///< the service answers at once, the result is polled for
  steady_time until = steady_time::max();  ///< then it is cancelled at the service: errc::deadline
  std::string request_id = {};             ///< its identity; empty: a fresh one
  bool replayed = false;                   ///< `request_id` was sent before: never run it again
  parameter_map parameters = {};           ///< session parameters for this statement only
  /// Values of the placeholders, a JSON object: `{"1":{"type":"TEXT","value":"x"}}`; see
  /// `bindings_of` for arrays.
  chunk bindings = {};
  /// Rows that are not inline stay in storage, see `session::fetch`.
  bool leave_chunks = false;
  /// Where to put the service's own words when it refuses the statement: they may quote values of
  /// rows, so errors do not carry them. Null: nowhere. Must outlive the statement.
  std::string* refused_with = nullptr;
  /// Attempts at the same thing under other request ids, for logs and figures.
  std::size_t attempts_before = 0;
  /// Grows with every attempt of a request that repeats an earlier one. Null: nobody counts. Must
  /// outlive the statement.
  std::uint64_t* retries = nullptr;
};

/// A login at Snowflake and the statements under it.
///
/// Keeps itself alive: tokens are renewed when the service says that they have expired, a session
/// that is gone is opened again (unless a transaction was lost with it), and while it is idle it
/// sends heartbeats. Every retry of a statement carries the statement's request id and says that it
/// is a retry, so that the service never runs it twice.
/// Transport thread only; up to any number of statements at once outside a transaction. Shared,
/// because heartbeats and cancellations outlive calls.
class session : public std::enable_shared_from_this<session> {
 public:
  session(transport& t, connection c, logger log = {}, load_metrics* metrics = nullptr);
  session(session const&) = delete;
  session& operator=(session const&) = delete;

  /// Logs in unless that has happened.
  /// Errors: errc::login_refused (permanent), errc::object_missing for a database, schema,
  /// warehouse or role that cannot be used, transport errors after the retries of
  /// `connection::login_retry`.
  [[nodiscard]] task<void> open();

  /// Runs a statement to its end and fetches all of its rows.
  /// Errors: what the service says (errc::statement_failed, ::object_missing, ::bad_rows, ...);
  /// sluice::errc::deadline; transport errors after the retries of `connection::retry`, retryable:
  /// whether the statement ran is then unknown, send it again under the same request id.
  [[nodiscard]] task<statement_reply> execute(statement s);

  /// The rows of `of.chunks[chunk]`, of a result that came with `statement::leave_chunks`. `of`
  /// must outlive the call.
  /// Errors: transport errors after the retries of `connection::retry`; errc::malformed_reply.
  [[nodiscard]] task<result_table> fetch(result_table const& of, std::size_t chunk);

  /// Stops a statement at the service. Success also if it is not running.
  [[nodiscard]] task<void> cancel(std::string request_id, std::string sql);

  /// Logs out, for at most five seconds; an error of that is only logged.
  [[nodiscard]] task<void> close();

  /// Statements under way.
  [[nodiscard]] std::size_t running() const noexcept { return running_; }

  /// What took effect at login; empty names: none.
  [[nodiscard]] std::string const& database() const noexcept { return tokens_.database; }

  [[nodiscard]] std::string const& schema() const noexcept { return tokens_.schema; }

  [[nodiscard]] std::string const& warehouse() const noexcept { return tokens_.warehouse; }

  [[nodiscard]] connection const& settings() const noexcept { return connection_; }

  /// The owner goes: its log and metrics are not used any more, whatever is still under way.
  void detach() noexcept {
    log_ = {};
    requests_.detach();
  }

 private:
  friend class transaction;
  template<class Reply>
  friend struct detail::call_attempt;
  friend struct detail::chunk_attempt;

  result<void> read_account();
  task<void> login();
  task<void> fill_login(detail::call& c);
  task<void> renew(std::uint64_t failed_generation);
  task<void> login_again(std::uint64_t failed_generation);
  task<statement_reply> run(statement const& s);
  task<void> fill_statement(detail::call& c, statement const& s);
  task<statement_reply> poll(statement const& s, statement_reply first);
  task<void> fetch_chunks(result_table& table, std::uint64_t* retries);
  task<void> fetch_chunk(result_chunk const& chunk, result_table& table, std::size_t n);
  task<void> abort(std::string request_id, std::string sql);
  task<void> beat();
  static task<void> heartbeats(transport& t, std::weak_ptr<session> of);
  template<class Reply>
  task<detail::answer<Reply>> ask(detail::call c);
  template<class Reply>
  task<detail::answer<Reply>> attempt(detail::call& c, std::size_t n);

  detail::call poll_call(std::string const& path) const;
  request make_request(detail::call const& c, attempt_marks const& marks);
  void take(token_reply reply);

  transport& transport_;
  connection connection_;
  snowflake_account account_;
  std::string origin_;   ///< scheme, host and port; empty: not read yet
  account_token token_;  ///< for logins
  logger log_;
  request_monitor requests_;
  async_mutex login_lock_;
  token_reply tokens_;
  std::uint64_t generation_ = 0;  ///< of the tokens; 0: not logged in
  std::uint64_t statements_ = 0;
  std::size_t running_ = 0;
  bool in_transaction_ = false;
  bool closed_ = false;
  bool beating_ = false;
};

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/exchange.ipp>
#include <sluice/snowflake/impl/login.ipp>
#include <sluice/snowflake/impl/session.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_SESSION_HPP
