#ifndef SLUICE_SNOWPIPE_IMPL_INGEST_IPP
#define SLUICE_SNOWPIPE_IMPL_INGEST_IPP

#include <sluice/snowpipe/ingest.hpp>
#include <sluice/snowpipe/requests.hpp>
#include <sluice/transport/retry.hpp>
#include <sluice/version.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sluice::inline v0::snowpipe {

namespace detail {

/// A reply of one of this service's control requests fits many times.
inline constexpr std::uint64_t longest_reply = 1u << 20;

inline error bad_option(std::string_view what) {
  return error{sluice::errc::invalid_configuration, "snowpipe: " + std::string{what}};
}

struct token_type {
  std::string_view operator()(key_pair const&) const noexcept { return "KEYPAIR_JWT"; }

  std::string_view operator()(oauth const&) const noexcept { return "OAUTH"; }

  std::string_view operator()(programmatic_access_token const&) const noexcept {
    return "PROGRAMMATIC_ACCESS_TOKEN";
  }

  template<class Other>
  std::string_view operator()(Other const&) const noexcept {
    return {};
  }
};

inline result<void> is_host(std::string_view body) {
  auto const parsed = parse_hostname(body);
  if (!parsed) return parsed.error();
  return success;
}

inline result<void> is_token(std::string_view body) {
  auto const parsed = parse_scoped_token(body, {});
  if (!parsed) return parsed.error();
  return success;
}

inline result<void> check_answer(operation what, std::string const& body) {
  if (what == operation::append) {
    auto const parsed = parse_append_reply(body);
    if (!parsed) return parsed.error();
  } else if (what == operation::open) {
    auto const parsed = parse_open_reply(body);
    if (!parsed) return parsed.error();
  } else if (what == operation::elastic_append) {
    return check_elastic_reply(body);
  }
  return success;
}

/// The last two labels of a host: what hosts of one service have in common.
inline std::string_view domain_of(std::string_view host) noexcept {
  std::size_t dot = host.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return host;
  dot = host.rfind('.', dot - 1);
  return dot == std::string_view::npos ? host : host.substr(dot + 1);
}

inline bool is_application(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != '(' && c != ')' && c != '\\';
  });
}

}  // namespace detail

/// One attempt of a request to the control host, for `retry`.
struct ingest::login_attempt {
  ingest& on;
  request const& what;
  std::string_view label;
  reply_check readable;
  bool& refreshed;

  task<std::string> operator()(std::size_t n) const { return on.login_once(*this, n); }
};

SLUICE_DECL ingest::ingest(transport& t, connection c, logger log, load_metrics* metrics)
    : transport_{t},
      connection_{std::move(c)},
      log_{std::move(log)},
      requests_{log_, "snowpipe", metrics},
      account_token_{t, login_limits::jwt_life},
      scoped_tokens_{t, [this] { return fetch(); }} {}

SLUICE_DECL void ingest::moved() noexcept {
  ingest_origin_.clear();
}

SLUICE_DECL result<void> ingest::read_connection() {
  if (!control_origin_.empty()) return success;
  if (result<void> usable = validate(connection_.auth); !usable) return usable;
  if (std::holds_alternative<user_password>(connection_.auth))
    return detail::bad_option(
        "passwords are not accepted for streaming; set connection.auth to key_pair, oauth or "
        "programmatic_access_token");
  if (std::holds_alternative<key_pair>(connection_.auth) && connection_.user.empty())
    return detail::bad_option("a key pair needs its user; set connection.user");
  if (connection_.protocol != "https" && connection_.protocol != "http")
    return detail::bad_option("connection.protocol must be https");
  if (connection_.account.empty())
    return detail::bad_option("no account is named; set connection.account (\"myorg-acct\")");
  if (!detail::is_application(connection_.application))
    return detail::bad_option(
        "connection.application must be 1 to 64 visible ASCII characters without ( ) and \\");
  result<snowflake_account> account = parse_account(connection_.account, connection_.region);
  if (!account) return std::move(account).error();
  for (std::string const& warning : account->warnings) log_.warning("snowpipe", warning);
  if (auto const* const key = std::get_if<key_pair>(&connection_.auth); key != nullptr)
    for (std::string const& warning : key->warnings()) log_.warning("snowpipe", warning);
  account_ = *std::move(account);
  control_origin_ =
      connection_.protocol + "://" + (connection_.host.empty() ? account_.host : connection_.host);
  if (connection_.port != 0) control_origin_ += ':' + std::to_string(connection_.port);
  return success;
}

/// The scoped token goes to this host, so it must belong to the account's service: where the
/// account's own host is used, to the same domain. A host that the program names is its own choice.
SLUICE_DECL result<void> ingest::take_host(std::string const& named) {
  result<std::string> host = parse_hostname(named);
  if (!host) return std::move(host).error();
  std::size_t const colon = host->find(':');
  host_ = host->substr(0, colon);
  bool const chosen = !connection_.host.empty() || !connection_.ingest_host.empty();
  if (!chosen && detail::domain_of(host_) != detail::domain_of(account_.host))
    return error{make_error_code(errc::login_refused),
                 disposition::permanent,
                 "the ingest host that the account names is not in the account's domain; check "
                 "that no proxy answers, or name it in connection.ingest_host"};
  ingest_origin_ = connection_.protocol + "://" + *host;
  if (colon == std::string::npos && connection_.port != 0)
    ingest_origin_ += ':' + std::to_string(connection_.port);
  return success;
}

SLUICE_DECL task<void> ingest::authorize(request& r) {
  result<secret> token =
      co_await account_token_.current(connection_.auth, account_, connection_.user);
  if (!token) co_return std::move(token).error();
  std::string value = "Bearer ";
  value += token->expose();
  std::erase_if(r.headers, [](header const& h) { return h.name == "Authorization"; });
  r.headers.push_back({"Authorization", std::move(value)});
  co_return success;
}

SLUICE_DECL task<response> ingest::send(request r, bool& left_open) {
  r.observer = requests_.observer();
  result<response> got = co_await transport_.perform(std::move(r));
  left_open = left_open || (!got && !never_sent(got.error()));
  co_return got;
}

SLUICE_DECL task<response> ingest::perform_at_control(request r, bool& left_open) {
  result<void> readable = read_connection();
  if (!readable) co_return std::move(readable).error();
  r.url = control_origin_ + r.url;
  r.limits = connection_.limits;
  r.headers.push_back({"X-Snowflake-Authorization-Token-Type",
                       std::string{std::visit(detail::token_type{}, connection_.auth)}});
  result<void> authorized = co_await authorize(r);
  if (!authorized) co_return std::move(authorized).error();
  result<response> got = co_await send(std::move(r), left_open);
  co_return got;
}

SLUICE_DECL task<std::string> ingest::login_once(login_attempt const& attempt, std::size_t n) {
  request signed_one = attempt.what;
  signed_one.attempt = n;
  result<void> authorized = co_await authorize(signed_one);
  if (!authorized) co_return std::move(authorized).error();
  bool left_open = false;  // a login may be repeated whatever came of it
  result<response> got = co_await send(std::move(signed_one), left_open);
  if (!got) co_return std::move(got).error();
  if (got->status == 200) {
    result<void> good = attempt.readable(got->body);
    if (good) co_return std::move(got->body);
    wipe(got->body);
    co_return std::move(good).error();
  }
  refusal const why = parse_refusal(got->body);
  wipe(got->body);
  error e = service_error(attempt.label, got->status, why);
  switch (classify(operation::login, got->status, why.code)) {
    case outcome::throttled:
    case outcome::retry: {
      error const by_status = status_error(attempt.label, *got, transport_.system_now());
      e.kind = by_status.kind == disposition::permanent ? disposition::retryable : by_status.kind;
      e.retry_after = by_status.retry_after;
      break;
    }
    case outcome::renew: {
      e.kind = disposition::permanent;
      if (std::exchange(attempt.refreshed, true)) break;
      // The next attempt comes with another token, where there is one.
      result<bool> renewed = co_await account_token_.renew(connection_.auth);
      if (!renewed) co_return std::move(renewed).error();
      if (*renewed) e.kind = disposition::retryable;
      break;
    }
    default:
      e.kind = disposition::permanent;
  }
  co_return e;
}

SLUICE_DECL task<std::string> ingest::login_request(request r,
                                                    std::string label,
                                                    reply_check readable) {
  bool refreshed = false;
  r.limits = connection_.limits;
  r.max_reply_bytes = detail::longest_reply;
  r.headers.push_back({"Accept", "application/json"});
  r.headers.push_back({"X-Snowflake-Authorization-Token-Type",
                       std::string{std::visit(detail::token_type{}, connection_.auth)}});
  result<std::string> body =
      co_await sluice::retry(transport_,
                             connection_.login_retry,
                             label,
                             login_attempt{*this, r, label, readable, refreshed},
                             requests_.observer());
  co_return body;
}

SLUICE_DECL task<void> ingest::find_host() {
  std::string named = connection_.ingest_host;
  if (named.empty()) {
    request find;
    find.url = control_origin_ + "/v2/streaming/hostname";
    find.label = "ingest host";
    result<std::string> body =
        co_await login_request(std::move(find), "ingest host", &detail::is_host);
    if (!body) co_return std::move(body).error();
    named = *std::move(body);
  }
  result<void> taken = take_host(named);
  if (!taken) co_return std::move(taken).error();
  log_.info("snowpipe", "the ingest host is " + host_);
  co_return success;
}

/// A token for the host, which is found where it is not known.
SLUICE_DECL task<bearer_grant> ingest::fetch() {
  result<void> readable = read_connection();
  if (!readable) co_return std::move(readable).error();
  if (ingest_origin_.empty()) {
    if (connection_.role.empty())
      log_.warning("snowpipe",
                   "no role is named, so the user's default role decides what may be written; set "
                   "connection.role");
    result<void> found = co_await find_host();
    if (!found) co_return std::move(found).error();
  }
  request exchange;
  exchange.method = http_method::post;
  exchange.url = control_origin_ + "/oauth/token";
  exchange.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
  exchange.body = chunk_list{exchange_form(host_, connection_.role)};
  exchange.label = "token exchange";
  result<std::string> body =
      co_await login_request(std::move(exchange), "token exchange", &detail::is_token);
  if (!body) co_return std::move(body).error();
  result<bearer_grant> got = parse_scoped_token(*body, transport_.system_now());
  wipe(*body);
  if (got) log_.debug("snowpipe", "got a token for the ingest host");
  co_return got;
}

/// A token for a host that is known.
SLUICE_DECL task<bearer> ingest::ready() {
  result<bearer> who = co_await scoped_tokens_.current();
  while (who && ingest_origin_.empty()) {
    result<void> renewed = co_await scoped_tokens_.renew(who->generation);
    if (!renewed) co_return std::move(renewed).error();
    who = co_await scoped_tokens_.current();
  }
  co_return who;
}

SLUICE_DECL task<void> ingest::open() {
  result<bearer> who = co_await ready();
  if (!who) co_return std::move(who).error();
  co_return success;
}

SLUICE_DECL request ingest::make_request(ingest_call const& c, bearer const& who) const {
  request r;
  r.method = c.method;
  r.url = ingest_origin_ + c.target;
  r.headers = {{"Accept", "application/json"},
               {"User-Agent", "sluice/" SLUICE_VERSION " (app=" + connection_.application + ")"}};
  std::string value = "Bearer ";
  value += who.token.expose();
  r.headers.push_back({"Authorization", std::move(value)});
  if (!c.content_type.empty()) r.headers.push_back({"Content-Type", std::string{c.content_type}});
  if (!c.content_encoding.empty())
    r.headers.push_back({"Content-Encoding", std::string{c.content_encoding}});
  r.body = c.body;
  r.limits = c.appends ? connection_.append_limits : connection_.limits;
  r.max_reply_bytes = detail::longest_reply;
  r.label = c.label;
  r.attempt = c.attempt;
  return r;
}

SLUICE_DECL task<response> ingest::perform(ingest_call const& c, bool& left_open) {
  for (bool renewed = false;; renewed = true) {
    result<bearer> who = co_await ready();
    if (!who) co_return std::move(who).error();
    result<response> got = co_await send(make_request(c, *who), left_open);
    if (!got) {
      // A host whose name is gone may have moved.
      if (got.error().code == sluice::errc::name_resolution) moved();
      co_return got;
    }
    bool const token_refused = got->status == 401 || got->status == 403;
    if (!token_refused || renewed) co_return got;
    log_.info("snowpipe", "the service refuses the token; getting another one");
    result<void> renewal = co_await scoped_tokens_.renew(who->generation);
    if (!renewal) co_return std::move(renewal).error();
  }
}

SLUICE_DECL task<ingest_answer> ingest::ask(operation what, ingest_call const& c, bool& left_open) {
  result<response> got = co_await perform(c, left_open);
  if (!got) co_return std::move(got).error();
  ingest_answer a;
  a.status = got->status;
  if (got->status != 200 && got->status != 201) a.why = parse_refusal(got->body);
  a.what = classify(what, a.status, a.why.code);
  if (a.what == outcome::success) {
    result<void> good = detail::check_answer(what, got->body);
    if (!good) {
      left_open = true;
      co_return std::move(good).error();
    }
    a.body = std::move(got->body);
    co_return a;
  }
  if (a.what == outcome::retry || a.what == outcome::throttled) {
    // A refusal for the sake of the rate is an answer; anything else may hide a success.
    left_open = left_open || a.status != 429;
    error const by_status = status_error(c.label, *got, transport_.system_now());
    error e = service_error(c.label, a.status, a.why);
    e.kind = by_status.kind == disposition::permanent ? disposition::retryable : by_status.kind;
    e.retry_after = by_status.retry_after;
    co_return e;
  }
  if (a.what == outcome::renew) {
    error e = service_error(c.label, a.status, a.why);
    e.kind = disposition::permanent;
    co_return e;
  }
  co_return a;
}

}  // namespace sluice::inline v0::snowpipe

#endif  // SLUICE_SNOWPIPE_IMPL_INGEST_IPP
