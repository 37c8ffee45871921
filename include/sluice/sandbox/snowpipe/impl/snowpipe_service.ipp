#ifndef SLUICE_SANDBOX_SNOWPIPE_IMPL_SNOWPIPE_SERVICE_IPP
#define SLUICE_SANDBOX_SNOWPIPE_IMPL_SNOWPIPE_SERVICE_IPP

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/login.hpp>
#include <sluice/sandbox/detail/replies.hpp>
#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/snowpipe/detail/error.hpp>
#include <sluice/sandbox/snowpipe/detail/snowpipe_service.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace sluice::inline v0::sandbox::snowpipe {

namespace service_impl {

using detail::http_response;
using detail::json_text;

constexpr std::string_view jwt_grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// What official SDKs ask for with a programmatic access token.
constexpr std::string_view exchange_grant = "urn:ietf:params:oauth:grant-type:token-exchange";
/// Loopback's other name, where a pipe goes when it fails over.
constexpr std::string_view other_ingest_host = "localhost";

inline http_response plain(int status, std::string body) {
  http_response out;
  out.status = status;
  out.headers.emplace_back("Content-Type", "text/plain");
  out.body = std::move(body);
  return out;
}

/// The token of `Authorization: Bearer <token>`.
inline std::string_view bearer(detail::http_request const& request) {
  auto const header = request.header("authorization");
  constexpr std::string_view scheme = "bearer ";
  if (header.size() <= scheme.size() ||
      !detail::same_text(header.substr(0, scheme.size()), scheme)) {
    return {};
  }
  return detail::trimmed(header.substr(scheme.size()));
}

/// A form's fields; `+` is a space.
inline detail::name_values parse_form(std::string_view body) {
  std::string text(detail::trimmed(body));
  std::replace(text.begin(), text.end(), '+', ' ');
  return detail::parse_query(text);
}

inline std::string_view field(detail::name_values const& form, std::string_view name) {
  auto const found = std::find_if(
      form.begin(), form.end(), [&](auto const& entry) { return entry.first == name; });
  return found == form.end() ? std::string_view{} : std::string_view(found->second);
}

/// The host of `[session:role:R ]host[:port]`.
inline std::string host_of(std::string_view scope) {
  scope = detail::trimmed(scope);
  auto const space = scope.rfind(' ');
  if (space != std::string_view::npos) scope.remove_prefix(space + 1);
  return detail::lower(scope.substr(0, scope.find(':')));
}

inline bool is_ingest(operation what) {
  return what == operation::open || what == operation::append || what == operation::drop ||
         what == operation::bulk_status || what == operation::pipe_info ||
         what == operation::elastic;
}

inline bool is_file_call(operation what) {
  return what == operation::insert_files || what == operation::insert_report ||
         what == operation::load_history;
}

inline std::vector<std::string> kinds_of(operation what) {
  std::vector<std::string> out{"any", "snowpipe"};
  if (what != operation::unknown) out.emplace_back(kind_of(what));
  return out;
}

}  // namespace service_impl

snowpipe_service::snowpipe_service(detail::service& s, sql::database& db)
    : service_(s),
      options_(s.configured.snowpipe),
      pipes_(db,
             {.user = "SNOWPIPE",
              .role = s.configured.role,
              .database = s.configured.database,
              .schema = s.configured.schema,
              .warehouse = s.configured.warehouse,
              .session_id = 0,
              .parameters = {}}) {
  std::string key;
  pipes_.write([&](sql::pipe_transaction& to) {
    to.run("CREATE TABLE IF NOT EXISTS _sluice_streaming (name TEXT PRIMARY KEY, value TEXT)", {});
    auto const kept = to.run("SELECT value FROM _sluice_streaming WHERE name = 'key'", {});
    if (!kept.empty()) {
      key = std::get<std::string>(kept[0][0]);
      return;
    }
    key = detail::random_hex(32);
    to.run("INSERT INTO _sluice_streaming VALUES ('key', ?1)", {key});
  });
  tokens_ = std::make_unique<scoped_tokens>("scoped " + key);
  channels_ = std::make_unique<channel_table>(s, pipes_, "continuation " + key);
  files_ = std::make_unique<file_pipes>(s, pipes_);
}

void snowpipe_service::stop() {
  files_->stop();
  channels_->stop();
}

void snowpipe_service::reset() {
  channels_->reset();
  files_->reset();
}

void snowpipe_service::fail_over() {
  ++failovers_;
}

std::string snowpipe_service::ingest_host() const {
  auto const& first = options_.ingest_host;
  return failovers_ % 2 != 0 ? std::string(service_impl::other_ingest_host) : first;
}

detail::head_verdict snowpipe_service::on_head(detail::http_request const& head) {
  detail::head_verdict out;
  auto const to = find_route(head.method, head.path);
  detail::fault_gate gate(service_, service_impl::kinds_of(to.what), {to.channel});
  gate.apply_to_head(out);
  out.faults = gate.fired();
  return out;
}

void snowpipe_service::on_broken(detail::http_request const& head,
                                 detail::head_verdict const& verdict) {
  auto record = detail::describe(service_, "snowpipe", head);
  record.kinds = service_impl::kinds_of(find_route(head.method, head.path).what);
  record.body_bytes = head.body.size();
  record.faults = verdict.faults;
  service_.log.add(std::move(record));
}

detail::http_response snowpipe_service::on_request(detail::http_request& request,
                                                   detail::connection& peer) {
  auto record = detail::describe(service_, "snowpipe", request);
  record.body_bytes = request.body.size();
  auto const to = find_route(request.method, request.path);
  detail::fault_gate gate(service_, service_impl::kinds_of(to.what), {to.channel});
  auto reply = gate.around(request, peer, [&] {
    try {
      return dispatch(request, request.body, to, gate);
    } catch (std::exception const& e) {
      // Somebody else's transaction holds the rows, or SQLite failed.
      return error(503, "SERVICE_UNAVAILABLE", e.what());
    }
  });
  reply.headers.emplace_back("Server", "SF-LB-T1");
  reply.headers.emplace_back("X-Envoy-Upstream-Service-Time", "1");
  reply.send.chunked = options_.chunked_replies && !reply.send.stream_bytes;
  record.kinds = gate.kinds();
  record.faults = gate.fired();
  record.status = detail::logged_status(reply);
  record.code = reply.code;
  service_.log.add(std::move(record));
  return reply;
}

detail::http_response snowpipe_service::dispatch(detail::http_request const& request,
                                                 std::string_view body,
                                                 route const& to,
                                                 detail::fault_gate& gate) {
  using namespace service_impl;
  if (to.what == operation::unknown) return error(404, "404", "There is no such endpoint.");
  if (to.wrong_method) return error(405, "405", "The method does not fit the endpoint.");
  if (options_.accept_required && !request.has_header("accept")) {
    return error(400, "391902", "Unsupported Accept header null is specified.");
  }
  bool const by_account =
      to.what == operation::hostname || to.what == operation::exchange || is_file_call(to.what);
  if (by_account && gate.hit("login_token_expired")) {
    return error(401, "394301", "The token has expired.");
  }
  if (to.what == operation::hostname) return hostname(request);
  if (to.what == operation::exchange) return exchange(request, body);
  if (to.what == operation::telemetry) {  // official SDKs report on themselves
    return detail::json_response(200, R"({"data":"ok","success":true})");
  }
  if (is_file_call(to.what)) {
    detail::refusal why;
    auto const kind = request.has_header("x-snowflake-authorization-token-type")
                          ? request.header("x-snowflake-authorization-token-type")
                          : std::string_view("KEYPAIR_JWT");
    if (account_user(bearer(request), kind, why).empty()) return error(401, why.code, why.message);
    auto const pipe = pipe_of(to);
    auto const* found = std::get_if<sql::pipe_description>(&pipe);
    if (found == nullptr || found->streaming) {
      return error(404, "390404", "The pipe does not exist or is not authorized.");
    }
    if (to.what == operation::insert_files) return files_->insert_files(*found, request, body);
    if (to.what == operation::insert_report) return files_->insert_report(*found, request);
    return files_->load_history(*found, request);
  }
  if (gate.hit("pipe_failed_over")) fail_over();
  if (auto refusal = unauthorised(request, gate)) return *std::move(refusal);
  switch (to.what) {
    case operation::open:
      return open(body, to, gate);
    case operation::append:
      return append(request, body, to, gate);
    case operation::drop:
      return drop(body, to);
    case operation::bulk_status:
      return bulk_status(body, to);
    case operation::pipe_info:
      return pipe_info(to);
    default:
      return elastic(request, body, to);
  }
}

std::string snowpipe_service::account_user(std::string_view token,
                                           std::string_view kind,
                                           detail::refusal& why) {
  if (token.empty()) {
    why = {"390101", "Authorization header not found in the request data."};
    return {};
  }
  detail::login_attempt attempt;
  attempt.token = token;
  std::string const named = detail::upper(kind);
  attempt.authenticator = named == "KEYPAIR_JWT" ? "SNOWFLAKE_JWT" : named;
  if (named != "KEYPAIR_JWT" && named != "OAUTH" && named != "PROGRAMMATIC_ACCESS_TOKEN") {
    why = {"390303", "X-Snowflake-Authorization-Token-Type names no kind of token."};
    return {};
  }
  for (auto const& account : service_.configured.accounts) {
    attempt.account = account;
    auto const verdict = detail::verify_login(attempt, service_.configured, service_.clock.now());
    if (!verdict.user.empty()) return verdict.user;
    why = verdict.refused;
  }
  // Whatever is wrong with a JWT, the service says no more than this.
  if (named == "KEYPAIR_JWT") why.code = "390144";
  return {};
}

namespace service_impl {

/// The kind that a request says, or the one that its token looks like.
inline std::string_view token_kind(detail::http_request const& request, options const& configured) {
  constexpr auto header = "x-snowflake-authorization-token-type";
  if (request.has_header(header)) return request.header(header);
  auto const token = bearer(request);
  auto const among = [&](std::vector<std::string> user::*tokens) {
    return std::any_of(configured.users.begin(), configured.users.end(), [&](user const& u) {
      return std::find((u.*tokens).begin(), (u.*tokens).end(), token) != (u.*tokens).end();
    });
  };
  if (among(&user::oauth_tokens)) return "OAUTH";
  if (among(&user::access_tokens)) return "PROGRAMMATIC_ACCESS_TOKEN";
  return "KEYPAIR_JWT";
}

}  // namespace service_impl

detail::http_response snowpipe_service::hostname(detail::http_request const& request) {
  using namespace service_impl;
  detail::refusal why;
  if (account_user(bearer(request), token_kind(request, service_.configured), why).empty()) {
    return error(401, why.code, why.message);
  }
  std::string name = ingest_host();
  if (options_.ingest_host_with_port) name += ':' + std::to_string(service_.where.ingest_port);
  if (options_.hostname_form == reply_form::plain) return plain(200, name);
  return detail::json_response(200, fmt::format(R"({{"hostname":{}}})", json_text(name)));
}

detail::http_response snowpipe_service::exchange(detail::http_request const& request,
                                                 std::string_view body) {
  using namespace service_impl;
  if (!detail::lower(request.header("content-type"))
           .starts_with("application/x-www-form-urlencoded")) {
    return error(400, "390142", "The content type must be application/x-www-form-urlencoded.");
  }
  auto const form = parse_form(body);
  auto const grant = field(form, "grant_type");
  bool const access_token =
      grant == exchange_grant && field(form, "subject_token_type") == "programmatic_access_token";
  if (grant != jwt_grant && !access_token) {
    return error(400, "390142", "grant_type is missing or not supported.");
  }
  // The credential stands in the header, or as a JWT in the form.
  bool const in_form = !request.has_header("authorization");
  auto const credential = in_form ? field(form, "assertion") : bearer(request);
  std::string_view const kind = access_token ? "PROGRAMMATIC_ACCESS_TOKEN"
                                : in_form    ? "KEYPAIR_JWT"
                                             : token_kind(request, service_.configured);
  detail::refusal why;
  auto const user = account_user(credential, kind, why);
  if (user.empty()) return error(401, why.code, why.message);
  auto token = tokens_->issue(
      user, host_of(field(form, "scope")), service_.clock.now(), options_.scoped_token_validity);
  if (options_.token_form == reply_form::plain) return plain(200, std::move(token));
  return detail::json_response(200, fmt::format(R"({{"token":{}}})", json_text(token)));
}

/// What every call on the ingest host needs: a scoped token for this host, and a host that is
/// still in charge.
std::optional<detail::http_response> snowpipe_service::unauthorised(
    detail::http_request const& request, detail::fault_gate& gate) {
  using namespace service_impl;
  auto const host = host_of(request.header("host"));
  if (failovers_ != 0 && host != detail::lower(ingest_host())) return plain(410, "Gone");
  auto const token = bearer(request);
  if (token.empty()) {
    return error(401, "390101", "Authorization header not found in the request data.");
  }
  if (gate.hit("scoped_tokens_expired")) tokens_->revoke_all();
  auto const verdict = tokens_->verify(token, service_.clock.now());
  if (verdict.user.empty()) return error(401, "390303", verdict.message);
  if (verdict.scope.find('_') != std::string::npos) {
    return error(500, "390000", "Internal error.");  // a host name whose underscores stayed
  }
  if (!verdict.scope.empty() && verdict.scope != host) {
    return error(401, "390303", "The scoped token is for another host.");
  }
  return std::nullopt;
}

detail::http_response snowpipe_service::control(detail::http_request const& request) {
  using namespace service_impl;
  constexpr std::string_view prefix = "/streaming/";
  std::string_view const call = std::string_view(request.path).substr(prefix.size());
  bool const post = request.method == "POST";
  auto const done = [](bool found) {
    return found ? detail::json_response(200, "{}\n")
                 : detail::json_response(404, "{\"error\":\"there is no such channel\"}\n");
  };
  if (post && call == "commit") {
    commit_now();
    files_->load_now();
    return done(true);
  }
  if (post && call == "reset") {
    reset();
    return done(true);
  }
  if (post && call == "revoke") {
    revoke_tokens();
    return done(true);
  }
  if (post && call == "fail-over") {
    fail_over();
    return done(true);
  }
  if (post && call == "invalidate") {
    auto const code = request.parameter("code");
    return done(
        invalidate(request.parameter("channel"), code.empty() ? channels_impl::must_reopen : code));
  }
  if (post && call == "expire") return done(expire_channel(request.parameter("channel")));
  if (!post && call == "counts") {
    auto const c = counts();
    return detail::json_response(
        200,
        fmt::format(R"({{"accepted":{},"committed":{},"discarded":{},"uncommitted":{},)"
                    R"("replays_swallowed":{},"tokens_reused_with_other_body":{},)"
                    R"("stale_tokens":{},"throttled":{}}})"
                    "\n",
                    c.rowsets_accepted,
                    c.rowsets_committed,
                    c.rowsets_discarded,
                    uncommitted(),
                    c.replays_swallowed,
                    c.tokens_reused_with_other_body,
                    c.stale_tokens,
                    c.throttled));
  }
  if (!post && call == "rowsets") {
    std::string out = "[";
    for (auto const& r : committed()) {
      if (out.size() > 1) out += ",\n";
      out += fmt::format(
          R"({{"pipe":{},"channel":{},"client_sequencer":{},"row_sequencer":{},"offset_lower":{},)"
          R"("offset_upper":{},"rows_parsed":{},"rows_inserted":{},"first_row":{},"last_row":{},)"
          R"("committed_ms":{}}})",
          json_text(r.pipe),
          json_text(r.channel),
          r.client_sequencer,
          r.row_sequencer,
          json_text(r.offset_lower),
          json_text(r.offset_upper),
          r.rows_parsed,
          r.rows_inserted,
          r.first_row,
          r.last_row,
          r.committed_ms);
    }
    return detail::json_response(200, out + "]\n");
  }
  return detail::json_response(
      404,
      "{\"error\":\"/streaming has GET counts and rowsets, POST commit, reset, revoke, fail-over, "
      "invalidate?channel=&code= and expire?channel=\"}\n");
}

}  // namespace sluice::inline v0::sandbox::snowpipe

#endif  // SLUICE_SANDBOX_SNOWPIPE_IMPL_SNOWPIPE_SERVICE_IPP
