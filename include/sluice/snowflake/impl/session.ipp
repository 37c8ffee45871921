#ifndef SLUICE_SNOWFLAKE_IMPL_SESSION_IPP
#define SLUICE_SNOWFLAKE_IMPL_SESSION_IPP

#include <sluice/snowflake/impl/exchange.ipp>
#include <sluice/snowflake/session.hpp>
#include <sluice/transport/group.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::snowflake {

namespace detail {

/// Adds one to a number for as long as it lives.
class counted {
 public:
  explicit counted(std::size_t& n) noexcept : n_{n} { ++n_; }

  counted(counted const&) = delete;
  counted& operator=(counted const&) = delete;

  ~counted() { --n_; }

 private:
  std::size_t& n_;
};

inline std::string title_of(statement const& s) {
  return s.title.empty() ? s.sql.substr(0, s.sql.find_first_of(" \n\t")) : s.title;
}

struct body_pack {
  chunk_list body;

  result<std::string> operator()() { return gzip_body(body); }
};

struct chunk_parse {
  std::string const& body;
  std::uint64_t rows;
  result_table& table;

  result<void> operator()() const { return parse_chunk(body, rows, table); }
};

struct chunk_attempt {
  session& on;
  result_chunk const& chunk;
  result_table& table;

  task<void> operator()(std::size_t n) const { return on.fetch_chunk(chunk, table, n); }
};

}  // namespace detail

SLUICE_DECL session::session(transport& t, connection c, logger log, load_metrics* metrics)
    : transport_{t},
      connection_{std::move(c)},
      token_{t, session_limits::jwt_life},
      log_{std::move(log)},
      requests_{log_, "snowflake", metrics} {}

SLUICE_DECL void session::take(token_reply reply) {
  // A renewal says nothing about names and parameters.
  if (generation_ != 0 && reply.parameters.empty()) {
    tokens_.tokens = std::move(reply.tokens);
  } else {
    tokens_ = std::move(reply);
  }
  ++generation_;
}

SLUICE_DECL task<void> session::open() {
  result<permit> held = co_await login_lock_.lock();
  if (!held) co_return std::move(held).error();
  if (generation_ != 0) co_return success;
  result<void> done = co_await login();
  if (!done) co_return std::move(done).error();
  if (connection_.keep_alive && !beating_) {
    beating_ = true;
    transport_.spawn(heartbeats(transport_, weak_from_this()));
  }
  co_return success;
}

SLUICE_DECL task<void> session::renew(std::uint64_t failed_generation) {
  result<permit> held = co_await login_lock_.lock();
  if (!held) co_return std::move(held).error();
  // Somebody else met the same expired token and was first.
  if (generation_ != failed_generation) co_return success;
  detail::call c;
  c.kind = request_kind::token;
  c.url = origin_ + "/session/token-request";
  c.body = renewal_body(tokens_.tokens.session);
  c.master_token = true;
  c.label = "token renewal";
  result<detail::answer<token_reply>> a = co_await ask<token_reply>(std::move(c));
  if (!a) co_return std::move(a).error();
  if (a->what == outcome::success) {
    take(std::move(a->reply));
    log_.debug("snowflake", "session token renewed");
    co_return success;
  }
  if (a->what != outcome::login_again) co_return service_error("token renewal", a->reply.head);
  if (in_transaction_) co_return service_error("the transaction was lost", a->reply.head);
  result<void> done = co_await login();
  co_return done;
}

SLUICE_DECL task<void> session::login_again(std::uint64_t failed_generation) {
  result<permit> held = co_await login_lock_.lock();
  if (!held) co_return std::move(held).error();
  if (generation_ != failed_generation) co_return success;
  if (in_transaction_)
    co_return error{
        make_error_code(errc::session_lost),
        disposition::permanent,
        "the session ended inside a transaction, which was rolled back; begin it again"};
  log_.info("snowflake", "the session was gone; logging in again");
  result<void> done = co_await login();
  co_return done;
}

SLUICE_DECL task<statement_reply> session::execute(statement s) {
  std::shared_ptr<session> const self = shared_from_this();
  detail::counted const running{running_};
  if (s.request_id.empty()) s.request_id = make_uuid();
  if (s.until == steady_time::max()) {
    result<statement_reply> reply = co_await run(s);
    co_return reply;
  }
  result<statement_reply> reply = co_await with_deadline(transport_, run(s), s.until);
  if (reply || reply.error().code != sluice::errc::deadline) co_return reply;
  // Closing the connection does not stop a statement.
  result<void> stopped = co_await cancel(s.request_id, s.sql);
  if (!stopped) log_.warning("snowflake", "cancelling: " + stopped.error().describe());
  co_return error{sluice::errc::deadline,
                  detail::title_of(s) +
                      ": not finished in the time allowed and cancelled; allow "
                      "more time"};
}

SLUICE_DECL task<statement_reply> session::run(statement const& s) {
  result<void> opened = co_await open();
  if (!opened) co_return std::move(opened).error();
  detail::call c;
  c.url = origin_ + "/queries/v1/query-request";
  result<void> filled = co_await fill_statement(c, s);
  if (!filled) co_return std::move(filled).error();
  c.request_id = s.request_id;
  c.earlier_attempts = s.replayed ? 1 : 0;
  c.label = "statement";
  c.attempts_before = s.attempts_before;
  c.retries = s.retries;
  constexpr int most_polls_at_once = 4;
  std::chrono::milliseconds pause{0};
  int polls = 0;
  // Each round is an answer; a session that expires again and again is not ours to keep.
  for (int renewals = 0; renewals <= 3;) {
    std::uint64_t const used = generation_;
    result<detail::answer<statement_reply>> a = co_await ask<statement_reply>(c);
    if (!a) co_return std::move(a).error();
    switch (a->what) {
      case outcome::in_progress: {
        if (a->reply.poll_path.empty() && c.kind == request_kind::statement)
          co_return service_error(detail::title_of(s), a->reply.head);
        if (!a->reply.poll_path.empty()) c = poll_call(a->reply.poll_path);
        c.retries = s.retries;
        // An attached poll waits at the service itself.
        if (++polls > most_polls_at_once || s.asynchronous)
          pause = std::min<std::chrono::milliseconds>(std::max(pause * 2, connection_.poll_from),
                                                      connection_.poll_to);
        result<void> slept = co_await transport_.sleep_for(pause);
        if (!slept) co_return std::move(slept).error();
        renewals = 0;
        break;
      }
      case outcome::renew:
      case outcome::login_again: {
        ++renewals;
        // The identity stays, so this is a replay: an attempt before it is not carried out twice.
        c.earlier_attempts = std::max(c.earlier_attempts, 1u);
        auto repair = a->what == outcome::renew ? renew(used) : login_again(used);
        result<void> done = co_await std::move(repair);
        if (!done) co_return std::move(done).error();
        break;
      }
      case outcome::success: {
        if (log_.enabled(log_level::debug))
          log_.debug("snowflake", detail::title_of(s) + ": done, query " + a->reply.head.query_id);
        if (a->reply.result_format == "arrow")
          co_return error{make_error_code(errc::statement_failed),
                          disposition::permanent,
                          detail::title_of(s) +
                              ": the service answers in Arrow format; set the "
                              "user's *_QUERY_RESULT_FORMAT parameter to JSON"};
        if (s.leave_chunks) co_return std::move(a->reply);
        result<void> fetched = co_await fetch_chunks(a->reply.table, s.retries);
        if (!fetched) co_return std::move(fetched).error();
        co_return std::move(a->reply);
      }
      default:
        if (s.refused_with != nullptr) *s.refused_with = a->reply.head.message;
        co_return service_error(detail::title_of(s), a->reply.head);
    }
  }
  co_return error{make_error_code(errc::session_lost),
                  disposition::permanent,
                  detail::title_of(s) +
                      ": the session expires as soon as it is renewed; check the "
                      "clocks and the session policy of the account"};
}

SLUICE_DECL task<void> session::fill_statement(detail::call& c, statement const& s) {
  c.body =
      statement_body(s.sql, ++statements_, s.asynchronous, transport_.system_now(), s.parameters);
  c.bindings = s.bindings;
  if (connection_.gzip_from == 0 || c.body.size() + c.bindings.size() < connection_.gzip_from)
    co_return success;
  result<std::string> packed = std::string{};
  detail::body_pack pack{detail::body_of(c)};
  if (pack.body.size() < detail::big_body) {
    packed = pack();
  } else {
    result<std::string> elsewhere = co_await transport_.on_worker(std::move(pack));
    packed = std::move(elsewhere);
  }
  if (!packed) co_return std::move(packed).error();
  c.body = *std::move(packed);
  c.bindings = {};
  c.gzip = true;
  co_return success;
}

SLUICE_DECL detail::call session::poll_call(std::string const& path) const {
  detail::call c;
  c.kind = request_kind::poll;
  c.method = http_method::get;
  c.url = path.starts_with('/') ? origin_ + path : path;
  c.label = "poll";
  return c;
}

SLUICE_DECL task<void> session::fetch_chunks(result_table& table, std::uint64_t* retries) {
  for (result_chunk const& chunk : table.chunks) {
    result<void> fetched = co_await sluice::retry(transport_,
                                                  connection_.retry,
                                                  "result rows",
                                                  detail::chunk_attempt{*this, chunk, table},
                                                  requests_.observer(),
                                                  retries);
    if (!fetched) co_return std::move(fetched).error();
  }
  table.chunks.clear();
  co_return success;
}

SLUICE_DECL task<result_table> session::fetch(result_table const& of, std::size_t chunk) {
  std::shared_ptr<session> const self = shared_from_this();
  result_table part;
  part.columns = of.columns;
  part.types = of.types;
  part.chunk_headers = of.chunk_headers;
  result<void> fetched =
      co_await sluice::retry(transport_,
                             connection_.retry,
                             "result rows",
                             detail::chunk_attempt{*this, of.chunks[chunk], part},
                             requests_.observer());
  if (!fetched) co_return std::move(fetched).error();
  co_return std::move(part);
}

SLUICE_DECL task<void> session::fetch_chunk(result_chunk const& chunk,
                                            result_table& table,
                                            std::size_t n) {
  // Storage refuses a request that carries the session's token.
  request r;
  r.url = chunk.url;
  r.label = "result rows";
  r.limits = connection_.limits;
  r.max_reply_bytes =
      std::clamp(chunk.bytes + chunk.bytes / 8, r.max_reply_bytes, session_limits::chunk_bytes);
  r.attempt = n;
  r.observer = requests_.observer();
  for (auto const& [name, value] : table.chunk_headers) r.headers.push_back({name, value});
  result<response> got = co_await transport_.perform(std::move(r));
  if (!got) co_return std::move(got).error();
  outcome const what = classify(request_kind::chunk, got->status, got->status == 200, "");
  if (what != outcome::success) {
    error e = detail::http_error("result rows", *got, transport_.system_now());
    if (what == outcome::retry) e.kind = disposition::retryable;
    co_return e;
  }
  result<void> parsed =
      co_await transport_.on_worker(detail::chunk_parse{got->body, chunk.row_count, table});
  co_return parsed;
}

SLUICE_DECL task<void> session::cancel(std::string request_id, std::string sql) {
  if (generation_ == 0) co_return success;
  constexpr std::chrono::seconds longest{10};
  result<void> done = co_await with_deadline(
      transport_, abort(std::move(request_id), std::move(sql)), transport_.now() + longest);
  co_return done;
}

SLUICE_DECL task<void> session::abort(std::string request_id, std::string sql) {
  // "Not executing" may mean "not registered yet": look again a few times.
  constexpr int most = 5;
  for (int i = 0; i != most; ++i) {
    detail::call c;
    c.kind = request_kind::poll;
    c.url = origin_ + "/queries/v1/abort-request";
    c.body = abort_body(sql, request_id);
    c.label = "cancel";
    std::uint64_t const used = generation_;
    result<detail::answer<statement_reply>> a = co_await ask<statement_reply>(std::move(c));
    if (!a) co_return std::move(a).error();
    if (a->what == outcome::success) co_return success;
    if (a->what == outcome::renew) {
      result<void> done = co_await renew(used);
      if (!done) co_return std::move(done).error();
    } else if (meaning_of(a->reply.head.code).code != errc::statement_cancelled) {
      co_return service_error("cancel", a->reply.head);
    }
    result<void> slept = co_await transport_.sleep_for(std::chrono::milliseconds{100});
    if (!slept) co_return std::move(slept).error();
  }
  co_return success;
}

SLUICE_DECL task<void> session::heartbeats(transport& t, std::weak_ptr<session> of) {
  for (;;) {
    std::chrono::seconds period{0};
    {
      std::shared_ptr<session> const s = of.lock();
      if (!s || s->closed_) co_return success;
      // A quarter of the master token's life, as the drivers do, at most an hour.
      period = std::clamp<std::chrono::seconds>(s->tokens_.tokens.master_validity / 4,
                                                std::chrono::seconds{1},
                                                std::chrono::seconds{3'600});
    }
    result<void> slept = co_await t.sleep_for(period);
    if (!slept) co_return success;
    std::shared_ptr<session> const s = of.lock();
    if (!s || s->closed_) co_return success;
    result<void> beaten = co_await s->beat();
    if (!beaten) s->log_.warning("snowflake", "heartbeat: " + beaten.error().describe());
  }
}

SLUICE_DECL task<void> session::beat() {
  std::uint64_t const used = generation_;
  detail::call c;
  c.kind = request_kind::poll;
  c.url = origin_ + "/session/heartbeat";
  c.label = "heartbeat";
  result<detail::answer<statement_reply>> a = co_await ask<statement_reply>(std::move(c));
  if (!a) co_return std::move(a).error();
  if (a->what == outcome::success) co_return success;
  if (a->what != outcome::renew) co_return service_error("heartbeat", a->reply.head);
  result<void> done = co_await renew(used);
  co_return done;
}

SLUICE_DECL task<void> session::close() {
  if (closed_ || generation_ == 0) {
    closed_ = true;
    co_return success;
  }
  closed_ = true;
  detail::call c;
  c.kind = request_kind::token;
  c.url = origin_ + "/session?delete=true";
  c.label = "logout";
  constexpr std::chrono::seconds longest{5};
  result<detail::answer<statement_reply>> a = co_await with_deadline(
      transport_, ask<statement_reply>(std::move(c)), transport_.now() + longest);
  if (!a) log_.warning("snowflake", "logout: " + a.error().describe());
  generation_ = 0;
  co_return success;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_SESSION_IPP
