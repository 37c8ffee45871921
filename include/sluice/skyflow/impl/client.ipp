#ifndef SLUICE_SKYFLOW_IMPL_CLIENT_IPP
#define SLUICE_SKYFLOW_IMPL_CLIENT_IPP

/// \file
/// How a client gets an answer: one request, its retries, its bearer token.

#include <sluice/auth/jwt.hpp>
#include <sluice/skyflow/client.hpp>
#include <sluice/transport/retry.hpp>
#include <sluice/transport/url.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sluice::inline v0::skyflow {

namespace detail {

/// The error of a call whose outcome nobody knows.
inline error outcome_unknown(std::string_view label, error why) {
  if (why.code == sluice::errc::outcome_unknown) return why;
  error e{sluice::errc::outcome_unknown,
          std::string{label} +
              ": it may have been carried out although no answer came; look into "
              "the vault before it is sent again, or name a unique column to "
              "upsert by; last error: " +
              (why.message.empty() ? why.code.message() : why.message)};
  e.service_code = std::move(why.service_code);
  e.request_id = std::move(why.request_id);
  return e;
}

/// Whether retries have ended an error that would have been worth another.
inline bool passing(error const& e) noexcept {
  return e.code == sluice::errc::connect || e.code == sluice::errc::name_resolution ||
         e.code == sluice::errc::send_receive || e.code == sluice::errc::timeout ||
         e.code == sluice::errc::malformed_reply || e.code == errc::throttled ||
         e.code == errc::service_failure;
}

// Work for other threads and for retry is given as named types: GCC 12 warns of lambdas in the
// frames of coroutines that are compiled separately (-Wsubobject-linkage).
struct sign_assertion {
  service_account const& account;
  std::chrono::system_clock::time_point now;

  result<secret> operator()() const { return token_request_body(account, now); }
};

struct read_answer {
  call const& of;
  std::string const& body;

  result<void> operator()() const { return of.read(body); }
};

// Reading a reply of this size takes about a millisecond.
inline constexpr std::size_t big_reply = 128u << 10;

// An insert of a thousand records with a few tokens each stays far below.
inline constexpr std::uint64_t longest_reply = 16u << 20;

}  // namespace detail

/// One attempt of a token exchange, for `retry`.
struct client::exchange_attempt {
  client& on;
  service_account const& account;

  task<bearer_grant> operator()(std::size_t n) const { return on.exchange_assertion(account, n); }
};

/// One attempt of a call, for `retry`.
struct client::attempt {
  client& on;
  call& of;
  progress& so_far;

  task<void> operator()(std::size_t n) const { return on.send_once(of, so_far, n); }
};

SLUICE_DECL client::client(transport& t, connection c, logger log, load_metrics* metrics)
    : transport_{t},
      connection_{std::move(c)},
      usable_{validate(connection_)},
      log_{std::move(log)},
      requests_{log_, "skyflow", metrics},
      governor_{t,
                std::clamp<std::size_t>(
                    connection_.requests_at_once, 1, service_limits::requests_at_once),
                connection_.gap},
      bearer_{make_bearer()} {}

SLUICE_DECL bearer_source client::make_bearer() {
  if (auto const* const key = std::get_if<api_key>(&connection_.auth))
    return bearer_source{transport_, key->key};
  if (auto const* const given = std::get_if<bearer_token>(&connection_.auth);
      given != nullptr && !given->refresh)
    return bearer_source{transport_, given->token};
  return bearer_source{transport_, [this] { return fetch(); }};
}

SLUICE_DECL task<bearer_grant> client::fetch() {
  if (auto* const given = std::get_if<bearer_token>(&connection_.auth)) {
    result<bearer_grant> token = co_await fetch_given(*given);
    co_return token;
  }
  auto const& account = std::get<service_account>(connection_.auth);
  for (std::string const& warning : account.warnings) log_.warning("skyflow", warning);
  result<bearer_grant> token = co_await sluice::retry(transport_,
                                                      connection_.retry,
                                                      "token exchange",
                                                      exchange_attempt{*this, account},
                                                      requests_.observer());
  co_return token;
}

SLUICE_DECL task<bearer_grant> client::fetch_given(bearer_token& given) {
  using std::chrono::system_clock;
  if (!given.token.empty()) {
    // The first one is the user's own; the next come from him too.
    secret first = std::exchange(given.token, secret{});
    auto const ends = jwt_expiry(first.expose(), system_clock::time_point::max());
    if (ends > transport_.system_now()) co_return bearer_grant{std::move(first), ends};
  }
  auto const refresh = given.refresh;
  result<secret> fresh = co_await transport_.on_worker(refresh);
  if (!fresh) co_return std::move(fresh).error();
  auto const ends = jwt_expiry(fresh->expose(), system_clock::time_point::max());
  co_return bearer_grant{*std::move(fresh), ends};
}

/// One attempt, with an assertion of its own.
SLUICE_DECL task<bearer_grant> client::exchange_assertion(service_account const& account,
                                                          std::size_t n) {
  result<secret> body =
      co_await transport_.on_worker(detail::sign_assertion{account, transport_.system_now()});
  if (!body) co_return std::move(body).error();
  request r;
  r.method = http_method::post;
  r.url = account.token_uri;
  r.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  r.body = chunk_list{std::string{body->expose()}};
  r.limits = connection_.limits;
  r.max_reply_bytes = 1u << 20;
  r.label = "token exchange";
  r.attempt = n;
  r.observer = requests_.observer();
  result<response> got = co_await transport_.perform(std::move(r));
  if (!got) co_return std::move(got).error();
  refusal const why = parse_refusal(got->status, got->body);
  verdict how = classify(why);
  if (how.what == verdict::kind::done) {
    result<secret> token = parse_token_reply(got->body);
    wipe(got->body);
    if (!token) co_return std::move(token).error();
    auto const ends =
        jwt_expiry(token->expose(), transport_.system_now() + credential_limits::token_life);
    log_.info("skyflow", "got a bearer token");
    co_return bearer_grant{*std::move(token), ends};
  }
  // Whatever is wrong with the assertion: it is the credential that is refused.
  if (how.after == disposition::permanent) how.code = errc::unauthorized;
  error failure = service_error("token exchange", how, why);
  failure.request_id = request_id_of(*got);
  failure.retry_after = wanted_wait(*got, transport_.system_now(), connection_.longest_wait);
  co_return failure;
}

SLUICE_DECL task<void> client::open() {
  if (!usable_) co_return usable_.error();
  result<bearer> who = co_await bearer_.current();
  if (!who) co_return std::move(who).error();
  co_return success;
}

SLUICE_DECL task<void> client::ask(call& what, progress& so_far) {
  if (!usable_) co_return usable_.error();
  if (what.attempts_before != 0) ++so_far.retries;
  result<void> done = co_await sluice::retry(transport_,
                                             connection_.retry,
                                             std::string{what.label},
                                             attempt{*this, what, so_far},
                                             requests_.observer(),
                                             &so_far.retries);
  if (done) co_return success;
  error why = std::move(done).error();
  // A refusal is an answer for the attempts before it too: it speaks of the same records.
  bool const judged = why.code == errc::refused || why.code == sluice::errc::payload_too_large;
  if (what.changes && so_far.unknown && !judged)
    co_return detail::outcome_unknown(what.label, std::move(why));
  // Retries are used up, and nobody refused the request.
  if (detail::passing(why)) why.kind = disposition::retryable;
  co_return why;
}

SLUICE_DECL task<response> client::exchange(call const& what, bearer const& who, std::size_t n) {
  request r;
  r.method = what.method;
  r.url = what.url;
  std::string value = "Bearer ";
  value += who.token.expose();
  r.headers = {{"Authorization", std::move(value)}, {"Accept", "application/json"}};
  if (!what.body.empty()) r.headers.push_back({"Content-Type", "application/json"});
  r.body = what.body;
  r.limits = connection_.limits;
  r.max_reply_bytes = detail::longest_reply;
  r.prefer_http2 = connection_.http2 && what.url.starts_with("https:");
  r.label = what.label;
  r.attempt = what.attempts_before + n;
  r.observer = requests_.observer();
  result<response> got = co_await transport_.perform(std::move(r));
  co_return got;
}

/// Waits for the turn of a request, and says so where that took long.
SLUICE_DECL task<permit> client::admit(std::string_view label) {
  steady_time const asked = transport_.now();
  result<permit> slot = co_await governor_.admit();
  auto const waited = std::chrono::duration_cast<milliseconds>(transport_.now() - asked);
  if (slot && waited.count() > 0 && log_.enabled(log_level::debug))
    log_.debug(
        "skyflow",
        std::string{label} + " has waited " + std::to_string(waited.count()) + " ms for its turn");
  co_return slot;
}

SLUICE_DECL task<void> client::send_once(call& what, progress& so_far, std::size_t n) {
  if (n > 1 && log_.enabled(log_level::warning))
    log_.warning("skyflow", std::string{what.label} + " is repeated");
  for (bool renewed = false;; renewed = true) {
    result<bearer> who = co_await bearer_.current();
    if (!who) co_return std::move(who).error();
    result<permit> slot = co_await admit(what.label);
    if (!slot) co_return std::move(slot).error();
    so_far.was_unknown = so_far.unknown;
    so_far.unknown = true;
    result<response> got = co_await exchange(what, *who, n);
    slot->release();
    if (!got) {
      error why = std::move(got).error();
      if (never_sent(why))
        so_far.unknown = so_far.was_unknown;
      else if (!what.repeatable)
        why = detail::outcome_unknown(what.label, std::move(why));
      co_return why;
    }
    if (got->status != 401) {
      result<void> taken = co_await take(what, so_far, *got);
      co_return taken;
    }
    so_far.unknown = so_far.was_unknown;
    refusal const why = parse_refusal(got->status, got->body);
    verdict const how = classify(why);
    if (renewed) co_return refused(what, how, why, *got);
    result<void> renewal = co_await bearer_.renew(who->generation);
    if (!renewal) {
      // A token that nobody can renew: what the service said of it is the error.
      if (renewal.error().code == sluice::errc::invalid_configuration)
        co_return refused(what, how, why, *got);
      co_return std::move(renewal).error();
    }
    log_.info("skyflow", "the bearer token was refused and has been renewed");
  }
}

SLUICE_DECL task<void> client::take(call& what, progress& so_far, response const& got) {
  using kind = verdict::kind;
  refusal why;
  why.status = got.status;
  verdict how = classify(why);
  if (how.what == kind::done) {
    governor_.went_well();
    so_far.bytes_sent = what.body.size();
    so_far.request_id = request_id_of(got);
    detail::read_answer const read{what, got.body};
    result<void> good;
    if (what.read && got.body.size() < detail::big_reply) {
      good = read();
    } else if (what.read) {
      result<void> elsewhere = co_await transport_.on_worker(read);
      good = std::move(elsewhere);
    }
    if (good) {
      so_far.unknown = so_far.was_unknown;
      co_return success;
    }
    error e = std::move(good).error();
    e.message = std::string{what.label} + ": " + e.message;
    e.request_id = so_far.request_id;
    if (!what.repeatable) co_return detail::outcome_unknown(what.label, std::move(e));
    co_return e;
  }
  why = parse_refusal(got.status, got.body);
  how = classify(why);
  error e = refused(what, how, why, got);
  if (how.after == disposition::throttled) {
    governor_.slow_down(e.retry_after);
    if (log_.enabled(log_level::debug))
      log_.debug("skyflow",
                 "throttled: at most " + std::to_string(governor_.at_once()) +
                     " requests at once, silent for " + std::to_string(e.retry_after.count()) +
                     " ms");
  }
  if (how.what != kind::unknown)
    so_far.unknown = so_far.was_unknown;
  else if (!what.repeatable)
    co_return detail::outcome_unknown(what.label, std::move(e));
  co_return e;
}

SLUICE_DECL error client::refused(call const& what,
                                  verdict const& how,
                                  refusal const& why,
                                  response const& got) {
  error e = service_error(what.label, how, why, what.names);
  if (how.what == verdict::kind::too_large)
    e.code = make_error_code(sluice::errc::payload_too_large);
  e.request_id = request_id_of(got);
  if (how.after != disposition::permanent)
    e.retry_after = wanted_wait(got, transport_.system_now(), connection_.longest_wait);
  return e;
}

}  // namespace sluice::inline v0::skyflow

#endif  // SLUICE_SKYFLOW_IMPL_CLIENT_IPP
