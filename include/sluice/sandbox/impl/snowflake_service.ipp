#ifndef SLUICE_SANDBOX_IMPL_SNOWFLAKE_SERVICE_IPP
#define SLUICE_SANDBOX_IMPL_SNOWFLAKE_SERVICE_IPP

#include <sluice/sandbox/detail/codec.hpp>
#include <sluice/sandbox/detail/query_call.hpp>
#include <sluice/sandbox/detail/replies.hpp>
#include <sluice/sandbox/detail/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice::inline v0::sandbox::detail {

namespace service_impl {

inline http_response refuse(refusal const& why, int status = 200) {
  http_response out = json_response(status, failure_envelope(why.code, why.message));
  out.code = why.code;
  return out;
}

inline http_response malformed(std::string_view what) {
  return refuse(
      {"390142", fmt::format("Incoming request does not contain a valid payload: {}", what)}, 400);
}

/// Kinds that follow from method and path alone.
inline std::vector<std::string> kinds_of(http_request const& request) {
  std::vector<std::string> out{"any", "account"};
  std::string_view const path = request.path;
  bool const get = request.method == "GET";
  if (path == "/session/v1/login-request") out.emplace_back("login");
  if (path == "/queries/v1/query-request") out.emplace_back("query");
  if (path == "/session/token-request") out.emplace_back("renew");
  if (path == "/session/heartbeat") out.emplace_back("heartbeat");
  if (path == "/session") out.emplace_back("logout");
  if (path.ends_with("/abort-request")) out.emplace_back("abort");
  if (path.starts_with("/monitoring/queries/")) out.emplace_back("monitoring");
  if (get && path.starts_with("/queries/") && path.ends_with("/result")) out.emplace_back("poll");
  return out;
}

/// `/queries/<id>/result` and its like: the id.
inline std::string_view query_id_of(std::string_view path,
                                    std::string_view prefix,
                                    std::string_view suffix) {
  if (!path.starts_with(prefix) || !path.ends_with(suffix) ||
      path.size() < prefix.size() + suffix.size()) {
    return {};
  }
  std::string_view id = path.substr(prefix.size(), path.size() - prefix.size() - suffix.size());
  // snowflake-connector-python 5.2 asks for /monitoring/queries//<id>.
  while (id.starts_with('/')) id.remove_prefix(1);
  return id;
}

}  // namespace service_impl

head_verdict snowflake_service::on_head(http_request const& head) {
  head_verdict out;
  fault_gate gate(service_, service_impl::kinds_of(head));
  gate.apply_to_head(out);
  out.faults = gate.fired();
  return out;
}

void snowflake_service::on_broken(http_request const& head, head_verdict const& verdict) {
  request_record record = describe(service_, "account", head);
  record.kinds = service_impl::kinds_of(head);
  record.body_bytes = head.body.size();
  record.faults = verdict.faults;
  service_.log.add(std::move(record));
}

http_response snowflake_service::on_request(http_request& request, connection& peer) {
  using namespace service_impl;
  constexpr std::uint64_t largest_body = std::uint64_t{1} << 30;
  request_record record = describe(service_, "account", request);
  record.body_bytes = request.body.size();
  std::optional<std::string> body = std::move(request.body);
  if (same_text(request.header("content-encoding"), "gzip")) body = gunzip(*body, largest_body);

  auto kinds = kinds_of(request);
  if (body && request.path == "/queries/v1/query-request") {
    if (auto const parsed = parse_object(*body)) {
      record.sql = text_member(*parsed, "sqlText");
      kinds.push_back(classify_statement(record.sql).name);
    }
  }
  fault_gate gate(service_, std::move(kinds));
  http_response reply = gate.around(request, peer, [&] {
    return body ? dispatch(request, *body, gate, peer) : malformed("the body is not gzip");
  });
  record.kinds = gate.kinds();
  record.faults = gate.fired();
  record.status = logged_status(reply);
  record.code = reply.code;
  service_.log.add(std::move(record));
  return reply;
}

http_response snowflake_service::dispatch(http_request const& request,
                                          std::string_view body,
                                          fault_gate& gate,
                                          connection& /*peer*/) {
  using namespace service_impl;
  std::string_view const path = request.path;
  bool const post = request.method == "POST";
  bool const get = request.method == "GET";
  if (post && path == "/session/v1/login-request") return login(request, body, gate);
  if (post && path == "/session/token-request") return renew(request, body, gate);
  if (post && path == "/queries/v1/query-request") return query(request, body, gate);
  if (post && path == "/queries/v1/abort-request") return abort(request, body, gate);
  if (post && path == "/session") return logout(request, gate);
  if (post && path.starts_with("/queries/") && path.ends_with("/abort-request")) {
    return abort_by_query(request, gate);
  }
  if (get && path.starts_with("/queries/") && path.ends_with("/result")) return poll(request, gate);
  if (get && path.starts_with("/monitoring/queries/")) return monitoring(request, gate);
  if (post && (path == "/session/heartbeat" || path.starts_with("/telemetry/send"))) {
    http_response refused;
    if (!authorised(request, gate, refused)) return refused;
    return reply(success_envelope("null"));
  }
  return json_response(404, R"({"code":"404","message":"no such endpoint","success":false})");
}

std::shared_ptr<driver_session> snowflake_service::authorised(http_request const& request,
                                                              fault_gate& gate,
                                                              http_response& refused) {
  auto const header = request.header("authorization");
  auto [session, why] = sessions_.find(header);
  if (session && gate.hit("session_expired")) {
    sessions_.expire(header);
    session = nullptr;
    why = session_expired();
  }
  bool const as_status = session && gate.hit("session_expired_401");
  if (as_status) {
    sessions_.expire(header);
    session = nullptr;
    why = session_expired();
  }
  if (session && gate.hit("session_gone")) {
    statements_.cancel_session(session->id);
    sessions_.close(header);
    session = nullptr;
    why = session_gone();
  }
  if (!session) refused = service_impl::refuse(why, as_status ? 401 : 200);
  return session;
}

http_response snowflake_service::login(http_request const& request,
                                       std::string_view body,
                                       fault_gate& gate) {
  using namespace service_impl;
  auto const parsed = parse_object(body);
  auto const* data_value = parsed ? parsed->if_contains("data") : nullptr;
  if (data_value == nullptr || !data_value->is_object()) return malformed("no data object");
  auto const& data = data_value->get_object();
  login_attempt const attempt{.account = text_member(data, "ACCOUNT_NAME"),
                              .login_name = text_member(data, "LOGIN_NAME"),
                              .authenticator = text_member(data, "AUTHENTICATOR"),
                              .password = text_member(data, "PASSWORD"),
                              .token = text_member(data, "TOKEN")};
  auto const& accounts = service_.configured.accounts;
  bool const known = std::any_of(accounts.begin(), accounts.end(), [&](std::string const& name) {
    return normalised_account(name) == normalised_account(attempt.account);
  });
  if (!known) {
    return refuse({"390144", fmt::format("Account {} does not exist here.", attempt.account)}, 403);
  }
  if (!attempt.token.empty() && gate.hit("login_token_expired")) {
    std::string const method = upper(attempt.authenticator);
    if (method == "OAUTH") return refuse({"390318", "OAuth access token expired."});
    if (method == "SNOWFLAKE_JWT") return refuse({"394301", "JWT token has expired."});
    return refuse({"394400", "Programmatic access token has expired."});
  }
  login_verdict const verdict = verify_login(attempt, service_.configured, service_.clock.now());
  if (verdict.user.empty()) return refuse(verdict.refused);

  auto const or_default = [&](char const* name, std::string const& fallback) {
    auto const given = request.parameter(name);
    return given.empty() ? fallback : std::string(given);
  };
  auto const session = std::make_shared<driver_session>();
  session->id = sessions_.next_id();
  session->user = verdict.user;
  if (auto const* wishes = data.if_contains("CLIENT_CAPABILITIES"); wishes && wishes->is_object()) {
    session->smk_id_as_string = flag_member(wishes->get_object(), "SMK_ID_AS_STRING");
  }
  sql::session_options wanted{.user = verdict.user,
                              .role = or_default("roleName", service_.configured.role),
                              .database = or_default("databaseName", service_.configured.database),
                              .schema = or_default("schemaName", service_.configured.schema),
                              .warehouse = or_default("warehouse", service_.configured.warehouse),
                              .session_id = session->id,
                              .parameters = parameter_members(data, "SESSION_PARAMETERS")};
  wanted.parameters.try_emplace("CLIENT_STAGE_ARRAY_BINDING_THRESHOLD",
                                service_.configured.bind_stage_threshold);
  auto const validate = wanted.parameters.find("CLIENT_VALIDATE_DEFAULT_PARAMETERS");
  bool const strict = validate != wanted.parameters.end() &&
                      (validate->second == sql::parameter_value(true) ||
                       validate->second == sql::parameter_value(std::string("true")));
  session->engine = std::make_unique<sql::session>(db_, wanted);
  auto const context = session->engine->context();
  bool const complete =
      !context.database.empty() && !context.schema.empty() && !context.warehouse.empty();
  if (strict && !complete) {
    return refuse(
        {"390201",
         "The requested database, schema or warehouse does not exist or not authorized."});
  }
  parameter_list parameters = session->engine->parameters();
  auto const add = [&](char const* name, sql::parameter_value value) {
    auto const found = std::find_if(
        parameters.begin(), parameters.end(), [&](auto const& p) { return p.first == name; });
    if (found == parameters.end()) parameters.emplace_back(name, std::move(value));
  };
  add("CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", service_.configured.bind_stage_threshold);
  add("CLIENT_PREFETCH_THREADS", std::int64_t{4});
  add("CLIENT_SESSION_KEEP_ALIVE", false);
  add("CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY", std::int64_t{3600});
  add("CLIENT_TELEMETRY_ENABLED", false);
  add("QUERY_CONTEXT_CACHE_SIZE", std::int64_t{5});
  add("SERVICE_NAME", std::string{});
  for (auto const& [name, value] : parameters) session->told.insert_or_assign(name, value);

  token_pair const tokens = sessions_.open(session);
  auto const or_null = [](std::string const& text) {
    return text.empty() ? "null" : json_text(text);
  };
  std::string const reply_data = fmt::format(
      R"({{"masterToken":{},"token":{},"validityInSeconds":{},"masterValidityInSeconds":{},)"
      R"("displayUserName":{},"serverVersion":"10.20.0","firstLogin":false,"remMeToken":null,)"
      R"("remMeValidityInSeconds":0,"healthCheckInterval":45,"newClientForUpgrade":null,)"
      R"("sessionId":{},"parameters":{},"sessionInfo":{{"databaseName":{},"schemaName":{},)"
      R"("warehouseName":{},"roleName":{}}},"idToken":null,"idTokenValidityInSeconds":0,)"
      R"("responseData":null,"mfaToken":null,"mfaTokenValidityInSeconds":0}})",
      json_text(tokens.master_token),
      json_text(tokens.session_token),
      service_.configured.session_validity.count(),
      service_.configured.master_validity.count(),
      json_text(session->user),
      session->id,
      parameters_json(parameters),
      or_null(context.database),
      or_null(context.schema),
      or_null(context.warehouse),
      or_null(context.role));
  return reply(success_envelope(reply_data));
}

http_response snowflake_service::renew(http_request const& request,
                                       std::string_view body,
                                       fault_gate& gate) {
  using namespace service_impl;
  auto const parsed = parse_object(body);
  if (!parsed) return malformed("not a JSON object");
  if (text_member(*parsed, "requestType") != "RENEW") return malformed("requestType is not RENEW");
  if (gate.hit("master_expired")) {
    if (auto const ended = sessions_.close(request.header("authorization"))) {
      statements_.cancel_session(ended->id);
    }
    return refuse(
        {"390114", "Authentication token has expired. The user must authenticate again."});
  }
  auto const renewal =
      sessions_.renew(request.header("authorization"), text_member(*parsed, "oldSessionToken"));
  if (!renewal.tokens) return refuse(renewal.refused);
  return reply(success_envelope(fmt::format(
      R"({{"sessionToken":{},"validityInSecondsST":{},"masterToken":{},"validityInSecondsMT":{},)"
      R"("sessionId":{}}})",
      json_text(renewal.tokens->session_token),
      service_.configured.session_validity.count(),
      json_text(renewal.tokens->master_token),
      service_.configured.master_validity.count(),
      renewal.session_id)));
}

http_response snowflake_service::logout(http_request const& request, fault_gate& gate) {
  using namespace service_impl;
  if (request.parameter("delete") != "true") return malformed("delete=true is missing");
  if (gate.hit("hang_on_logout")) {
    http_response out;
    out.send.hang = true;
    return out;
  }
  http_response refused;
  auto const session = authorised(request, gate, refused);
  if (!session) return refused;
  statements_.cancel_session(session->id);
  sessions_.close(request.header("authorization"));
  return reply(success_envelope("null"));
}

http_response snowflake_service::abort(http_request const& request,
                                       std::string_view body,
                                       fault_gate& gate) {
  using namespace service_impl;
  http_response refused;
  if (!authorised(request, gate, refused)) return refused;
  auto const parsed = parse_object(body);
  if (!parsed || text_member(*parsed, "requestId").empty()) return malformed("no requestId");
  return cancel(statements_.by_request(text_member(*parsed, "requestId")), gate);
}

http_response snowflake_service::abort_by_query(http_request const& request, fault_gate& gate) {
  http_response refused;
  if (!authorised(request, gate, refused)) return refused;
  auto const id = service_impl::query_id_of(request.path, "/queries/", "/abort-request");
  return cancel(statements_.by_query(id), gate);
}

http_response snowflake_service::cancel(std::shared_ptr<statement_run> const& run,
                                        fault_gate& gate) {
  using namespace service_impl;
  bool running = false;
  if (run) {
    std::lock_guard const lock(run->guard);
    running = !run->finished;
  }
  if (!running || gate.hit("abort_unknown")) {
    return refuse({"000605", "Identified SQL statement is not currently executing."});
  }
  run->cancel.request_stop();
  return reply(success_envelope("null"));
}

http_response snowflake_service::monitoring(http_request const& request, fault_gate& gate) {
  using namespace service_impl;
  http_response refused;
  if (!authorised(request, gate, refused)) return refused;
  auto const run = statements_.by_query(query_id_of(request.path, "/monitoring/queries/", ""));
  if (!run) return reply(success_envelope(R"({"queries":[]})"));
  std::lock_guard const lock(run->guard);
  bool const done = run->finished && run->polls_to_go == 0;
  std::string_view status = "RUNNING";
  if (done) {
    status = run->error_code.empty() ? "SUCCESS" : "FAILED_WITH_ERROR";
    if (run->error_code == "000604") status = "ABORTED";
  }
  auto const ms = [](auto when) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
  };
  auto const end = done ? run->ended : service_.clock.now();
  return reply(success_envelope(fmt::format(
      R"({{"queries":[{{"id":{},"status":"{}","state":"{}","errorCode":{},"errorMessage":{},)"
      R"("sqlText":{},"startTime":{},"endTime":{},"totalDuration":{},"sessionId":{},)"
      R"("warehouseName":{}}}]}})",
      json_text(run->query_id),
      status,
      status,
      run->error_code.empty() ? "null" : json_text(run->error_code),
      run->error_code.empty() ? "null" : json_text(run->error_message),
      json_text(run->sql),
      ms(run->started),
      done ? ms(run->ended) : 0,
      ms(end) - ms(run->started),
      run->session_id,
      json_text(service_.configured.warehouse))));
}

void snowflake_service::stop() {
  statements_.stop();
  sessions_.clear();
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_SNOWFLAKE_SERVICE_IPP
