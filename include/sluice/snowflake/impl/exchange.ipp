#ifndef SLUICE_SNOWFLAKE_IMPL_EXCHANGE_IPP
#define SLUICE_SNOWFLAKE_IMPL_EXCHANGE_IPP

/// \file
/// How a session gets an answer: one request, its retries and its redirects.

#include <sluice/snowflake/session.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sluice::inline v0::snowflake {

namespace detail {

/// An error of an HTTP status, with what to check at this service.
inline error http_error(std::string_view label,
                        response const& got,
                        std::chrono::system_clock::time_point now) {
  error e = status_error(label, got, now);
  if (got.status == 403 || got.status == 404)
    e.message = std::string{label} + ": HTTP status " + std::to_string(got.status) +
                "; check the account name, its region and the host, and that no network policy or "
                "proxy refuses this address";
  return e;
}

template<class Reply>
result<Reply> parse_reply(std::string_view body) {
  if constexpr (std::is_same_v<Reply, token_reply>)
    return parse_token_reply(body);
  else
    return parse_statement_reply(body);
}

/// Judges a complete HTTP reply: an answer for good, a redirect, or an error to retry. Pure.
template<class Reply>
result<answer<Reply>> judge(request_kind kind,
                            std::string_view label,
                            response const& got,
                            std::chrono::system_clock::time_point now) {
  answer<Reply> a;
  result<Reply> parsed = parse_reply<Reply>(got.body);
  if (parsed) a.reply = *std::move(parsed);
  a.what = classify(kind, got.status, parsed && a.reply.success, a.reply.head.code);
  switch (a.what) {
    case outcome::retry:
      return http_error(label, got, now);
    case outcome::throttled: {
      error e =
          got.status == 200 ? service_error(label, a.reply.head) : http_error(label, got, now);
      e.kind = disposition::throttled;
      return e;
    }
    case outcome::renew:
    case outcome::redirect:
      return a;
    default:
      break;
  }
  // A reply cut short by a proxy: the same request again gives the same answer.
  if (!parsed && got.status == 200) return std::move(parsed).error();
  // A refusal in an envelope is an answer; one without is an error of the way there. So is 403, the
  // answer for accounts that do not exist, whatever its envelope says.
  bool const no_answer = a.reply.head.code.empty() || got.status == 403 || got.status == 404;
  if (a.what == outcome::failed && no_answer) return http_error(label, got, now);
  return a;
}

/// `judge` as work for another thread.
template<class Reply>
struct judgement {
  call const& of;
  response const& got;
  std::chrono::system_clock::time_point now;

  result<answer<Reply>> operator()() const { return judge<Reply>(of.kind, of.label, got, now); }
};

/// Parsing or compressing a body of this size takes about a millisecond.
inline constexpr std::size_t big_body = 128u << 10;

/// The bytes of a call; bindings are sent from where they lie.
inline chunk_list body_of(call const& c) {
  if (c.bindings.size() == 0) return chunk_list{c.body};
  chunk_list body{c.body.substr(0, c.body.size() - 1) + ",\"bindings\":"};
  body.push_back(c.bindings);
  body.push_back(chunk{std::string{"}"}});
  return body;
}

/// One attempt of a call, for `retry`.
template<class Reply>
struct call_attempt {
  session& on;
  call& of;

  task<answer<Reply>> operator()(std::size_t n) const { return on.attempt<Reply>(of, n); }
};

}  // namespace detail

SLUICE_DECL request session::make_request(detail::call const& c, attempt_marks const& marks) {
  request r;
  r.method = c.method;
  r.url = c.url;
  r.url += c.url.find('?') == std::string::npos ? '?' : '&';
  r.url += query_string(marks) + c.context;
  r.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
  if (c.gzip) r.headers.push_back({"Content-Encoding", "gzip"});
  if (c.kind != request_kind::login) {
    secret const& token = c.master_token ? tokens_.tokens.master : tokens_.tokens.session;
    std::string value = "Snowflake Token=\"";
    value += token.expose();
    value += '"';
    r.headers.push_back({"Authorization", std::move(value)});
  }
  if (auto const found = tokens_.parameters.find("SERVICE_NAME");
      found != tokens_.parameters.end() && !found->second.empty())
    r.headers.push_back({"X-Snowflake-Service", found->second});
  r.body = detail::body_of(c);
  r.limits = connection_.limits;
  r.label = c.label;
  r.observer = requests_.observer();
  return r;
}

template<class Reply>
task<detail::answer<Reply>> session::ask(detail::call c) {
  if (c.request_id.empty()) c.request_id = make_uuid();
  c.first_attempt = transport_.system_now();
  if (c.attempts_before != 0 && c.retries != nullptr) ++*c.retries;
  retry_policy const& policy =
      c.kind == request_kind::login ? connection_.login_retry : connection_.retry;
  result<detail::answer<Reply>> a = co_await sluice::retry(transport_,
                                                           policy,
                                                           std::string{c.label},
                                                           detail::call_attempt<Reply>{*this, c},
                                                           requests_.observer(),
                                                           c.retries);
  co_return a;
}

template<class Reply>
task<detail::answer<Reply>> session::attempt(detail::call& c, std::size_t n) {
  if (n > 1 && log_.enabled(log_level::warning))
    log_.warning("snowflake", std::string{c.label} + " is repeated");
  if (c.kind == request_kind::login) {
    // A key pair's token lives for a minute: each attempt signs its own.
    result<void> filled = co_await fill_login(c);
    if (!filled) co_return std::move(filled).error();
  }
  for (int redirects = 0;; ++redirects) {
    std::string const guid = make_uuid();
    attempt_marks marks{c.request_id, guid, 0, c.first_attempt, c.last_status};
    if (c.kind == request_kind::statement) marks.earlier_attempts = c.earlier_attempts++;
    c.last_status = 0;
    request r = make_request(c, marks);
    r.attempt = c.attempts_before + n;
    result<response> got = co_await transport_.perform(std::move(r));
    if (!got) co_return std::move(got).error();
    c.last_status = got->status;
    detail::judgement<Reply> const judge{c, *got, transport_.system_now()};
    result<detail::answer<Reply>> a = detail::answer<Reply>{};
    if (got->body.size() < detail::big_body) {
      a = judge();
    } else {
      result<detail::answer<Reply>> judged = co_await transport_.on_worker(judge);
      a = std::move(judged);
    }
    if (!a || a->what != outcome::redirect) co_return a;
    std::optional<std::string> const target = redirect_target(c.url, got->header_value("location"));
    constexpr int most_redirects = 5;
    if (!target || redirects == most_redirects)
      co_return error{sluice::errc::http_status,
                      std::string{c.label} +
                          ": redirected to a place that is not the account's, "
                          "or too often; check the host and the proxy"};
    // The query string belongs to the request, not to the place.
    c.url = target->substr(0, target->find('?'));
    log_.info("snowflake", "redirected to another host of the account");
  }
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_EXCHANGE_IPP
