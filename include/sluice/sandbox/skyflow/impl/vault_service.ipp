#ifndef SLUICE_SANDBOX_SKYFLOW_IMPL_VAULT_SERVICE_IPP
#define SLUICE_SANDBOX_SKYFLOW_IMPL_VAULT_SERVICE_IPP

#include <sluice/sandbox/detail/codec.hpp>
#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/skyflow/detail/vault_service.hpp>
#include <sluice/sandbox/sql/detail/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sluice::inline v0::sandbox::skyflow::detail {

namespace vault_impl {

namespace net = sandbox::detail;

constexpr std::string_view request_id = "x-request-id";

/// The parts after the leading slash; a doubled slash is an empty part, which no route has.
inline std::vector<std::string> segments(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  std::vector<std::string> out;
  for (auto const part : net::split(path, '/')) out.push_back(net::percent_decoded(part));
  return out;
}

inline bool is_v1_call(std::vector<std::string> const& path, std::size_t segments) {
  return path.size() == segments && path[0] == "v1" && path[1] == "vaults";
}

inline bool is_token_call(std::string_view method, std::string_view path) {
  return method == "POST" && path == "/v1/auth/sa/oauth/token";
}

/// The kind of request as faults name it; empty: no such route.
inline std::string_view kind_of(std::string_view method, std::vector<std::string> const& path) {
  if (std::find(path.begin(), path.end(), "") != path.end()) return "";
  bool const post = method == "POST";
  if (path.size() == 3 && post && path[0] == "v2") {
    if (path[1] == "records") {
      if (path[2] == "insert") return "flow_insert";
      if (path[2] == "get" || path[2] == "update" || path[2] == "delete") return "flow_records";
    }
    if (path[1] == "tokens") return "flow_tokens";
    if (path[1] == "vaults" && path[2] == "metrics") return "flow_query";
  }
  if (path.size() == 2 && post && path[0] == "v2" && path[1] == "query") return "flow_query";
  if (is_v1_call(path, 3)) return post ? "vault_batch" : "";
  if (is_v1_call(path, 4)) {
    if (post && path[3] == "detokenize") return "vault_detokenize";
    if (post && path[3] == "tokenize") return "vault_tokenize";
    if (post && path[3] == "query") return "vault_query";
    if (post) return "vault_insert";
    if (method == "GET") return "vault_get";
    if (method == "DELETE") return "vault_delete";
  }
  if (is_v1_call(path, 5)) {
    if (method == "GET") return "vault_get";
    if (method == "PUT") return "vault_update";
    if (method == "DELETE") return "vault_delete";
  }
  return "";
}

inline std::vector<std::string> kinds_of(http_request const& request) {
  std::vector<std::string> out{"any", "vault"};
  auto const kind = is_token_call(request.method, request.path)
                        ? "vault_token"
                        : kind_of(request.method, segments(request.path));
  if (!kind.empty()) out.emplace_back(kind);
  return out;
}

/// What a fault may be limited to: the route, the table if the path names one, and both.
inline std::vector<std::string> subjects_of(http_request const& request) {
  auto const kinds = kinds_of(request);
  if (kinds.back() == "vault") return {};
  std::vector<std::string> out{kinds.back()};
  auto const path = segments(request.path);
  bool const names_table = kinds.back() == "vault_insert" || kinds.back() == "vault_get" ||
                           kinds.back() == "vault_update" || kinds.back() == "vault_delete";
  if (names_table) {
    out.push_back(path[3]);
    out.push_back(kinds.back() + '/' + path[3]);
  }
  return out;
}

inline http_response injected(int status) {
  return reply_error({status, grpc_of(status), "injected"});
}

inline bool wants_gzip(http_request const& request) {
  auto const accepted = net::lower(request.header("accept-encoding"));
  for (auto part : net::split(accepted, ',')) {
    part = net::trimmed(part);
    if (part == "gzip") return true;
    if (part.starts_with("gzip;"))
      return part.find("q=0") == std::string_view::npos ||
             part.find("q=0.") != std::string_view::npos;
  }
  return false;
}

}  // namespace vault_impl

vault_service::vault_service(sandbox::detail::service& s,
                             sql::database& db,
                             options const& configured)
    : service_(s),
      configured_(configured),
      who_(configured_, s.clock),
      store_(db, configured_, s.clock) {}

sandbox::detail::head_verdict vault_service::on_head(http_request const& head) {
  sandbox::detail::head_verdict out;
  fault_gate gate(service_, vault_impl::kinds_of(head), vault_impl::subjects_of(head));
  gate.apply_to_head(out);
  if (head.http2) {
    if (gate.hit("vault_go_away")) out.reply.emplace().send.go_away = true;
    if (gate.hit("vault_stream_refused"))
      out.reply.emplace().send.reset_stream = sandbox::detail::stream_error::refused;
  }
  out.faults = gate.fired();
  auto const length = sandbox::detail::to_integer(head.header("content-length")).value_or(0);
  if (!out.reply && static_cast<std::uint64_t>(length) > configured_.max_request_bytes) {
    out.reply = unreadable(413, "request body too large");
    on_broken(head, out);
  }
  return out;
}

std::uint32_t vault_service::most_streams() {
  return service_.faults.fire("vault_one_stream") ? 1 : http_handler::most_streams();
}

void vault_service::on_broken(http_request const& head,
                              sandbox::detail::head_verdict const& verdict) {
  auto record = describe(service_, "vault", head);
  record.kinds = vault_impl::kinds_of(head);
  record.body_bytes = head.body.size();
  record.faults = verdict.faults;
  if (verdict.reply) record.status = sandbox::detail::logged_status(*verdict.reply);
  service_.log.add(std::move(record));
}

http_response vault_service::unreadable(int status, std::string_view why) {
  auto reply = reply_error({status, grpc_of(status), std::string(why)});
  reply.headers.emplace_back(vault_impl::request_id, sandbox::detail::random_uuid());
  return reply;
}

http_response vault_service::on_request(http_request& request, sandbox::detail::connection& peer) {
  using namespace vault_impl;
  auto record = describe(service_, "vault", request);
  record.body_bytes = request.body.size();
  {
    std::lock_guard const lock(guard_);
    ++counted_.requests;
    if (request.http2) ++counted_.http2_requests;
    counted_.bytes_received += request.body.size();
    counted_.max_concurrency = std::max(counted_.max_concurrency, ++in_flight_);
    auto& served = ++connections_[peer.number()];
    counted_.most_requests_on_a_connection =
        std::max(counted_.most_requests_on_a_connection, served);
  }
  fault_gate gate(service_, kinds_of(request), subjects_of(request), &injected);
  std::string id;
  http_response reply = gate.around(request, peer, [&] {
    call c{.request = request, .gate = gate, .path = segments(request.path), .body = request.body};
    c.note.connection = peer.number();
    auto out = dispatch(c);
    id = c.note.request_id;
    return out;
  });
  if (id.empty()) id = sandbox::detail::random_uuid();
  if (auto const bytes = gate.hit("vault_long_request_id")) {
    id.assign(static_cast<std::size_t>(*bytes), 'r');
  }
  reply.headers.emplace_back(request_id, id);
  record.request_id = id;
  record.kinds = gate.kinds();
  record.faults = gate.fired();
  record.status = sandbox::detail::logged_status(reply);
  record.code = reply.code;
  service_.log.add(std::move(record));
  std::lock_guard const lock(guard_);
  --in_flight_;
  counted_.bytes_sent += reply.content().size();
  return reply;
}

http_response vault_service::dispatch(call& c) {
  c.note.request_id = sandbox::detail::random_uuid();
  http_response reply;
  try {
    if (auto refused = refused_by_fault(c)) {
      reply = *std::move(refused);
    } else {
      reply = route(c);
      reply_faults(c, reply);
    }
  } catch (api_error const& e) {
    reply = reply_error(e);
    if (e.rate_limited) limited(reply);
  } catch (std::exception const& e) {
    reply = reply_error({500, grpc::internal, e.what()});
  }
  bool const v2 = !c.path.empty() && c.path.front() == "v2";
  if (v2 && reply.status >= 400) {
    reply.headers.emplace_back("error-from-client", reply.status < 500 ? "true" : "false");
  }
  settle(c, reply);
  return reply;
}

void vault_service::limited(http_response& reply) {
  std::lock_guard const lock(guard_);
  ++counted_.throttled;
  if (!configured_.retry_after) return;
  auto const wait = std::ceil(1 / configured_.requests_per_second);
  reply.headers.emplace_back("Retry-After", std::to_string(static_cast<std::int64_t>(wait)));
}

void vault_service::settle(call const& c, http_response& reply) {
  if (vault_impl::wants_gzip(c.request) && !reply.body.empty()) {
    reply.body = sandbox::detail::gzip(reply.body);
    reply.headers.emplace_back("Content-Encoding", "gzip");
    reply.headers.emplace_back("Vary", "Accept-Encoding");
  }
  auto note = c.note;
  note.method = c.request.method;
  note.route = c.gate.kinds().back();
  note.status = reply.status;
  note.bytes_received = c.request.body.size();
  note.bytes_sent = reply.body.size();
  try {
    vault_store::work w(store_);
    w.note(note);
    w.commit();
  } catch (api_error const&) {
    // The server is going down, or somebody keeps the database locked: the reply goes out all the
    // same.
  } catch (sql::detail::sql_error const&) {
  }
}

http_response vault_service::route(call& c) {
  using namespace vault_impl;
  auto const& request = c.request;
  if (is_token_call(request.method, request.path)) {
    return reply_json(200, who_.exchange(c.body));
  }
  who_.verify(request.header("authorization"));
  auto const kind = kind_of(request.method, c.path);
  if (kind.empty()) {
    refuse(404, grpc::not_found, "there is no " + request.method + ' ' + request.path);
  }
  if (kind.starts_with("flow_")) return flow(c);
  c.note.vault = c.path[2];
  (void)store_.find(c.note.vault);
  admit(c.note.vault);
  if (kind == "vault_batch") return batch(c);
  if (kind == "vault_detokenize") return detokenize(c);
  if (kind == "vault_tokenize") return tokenize(c);
  if (kind == "vault_query") return query(c);
  c.note.table = c.path[3];
  if (kind == "vault_insert") return insert(c);
  if (kind == "vault_update") return update_row(c);
  bool const one = c.path.size() == 5;
  if (kind == "vault_get") return one ? get_row(c) : get_rows(c);
  return one ? delete_row(c) : delete_rows(c);
}

void vault_service::admit(std::string const& vault_id) {
  std::lock_guard const lock(guard_);
  double const rate = configured_.requests_per_second;
  if (rate <= 0) return;
  double const burst = std::max(configured_.burst, 1.0);
  auto const now = service_.clock.now();
  auto const [entry, fresh] = buckets_.try_emplace(vault_id, bucket{burst, now});
  auto& b = entry->second;
  double const passed = std::chrono::duration<double>(now - b.filled).count();
  b.level = std::min(burst, b.level + std::max(passed, 0.0) * rate);
  b.filled = now;
  if (b.level < 1) throw api_error{429, grpc::resource_exhausted, "rate limit exceeded", true};
  b.level -= 1;
}

http_response reply_json(int status, std::string body) {
  return sandbox::detail::json_response(status, std::move(body));
}

http_response reply_error(api_error const& error) {
  auto reply = reply_json(error.status, envelope(error));
  reply.code = std::to_string(static_cast<int>(error.code));
  return reply;
}

json_value parse_object(std::string_view body) {
  auto value = parse_json(body);
  if (!value.is_object()) refuse_argument("the body is no JSON object");
  return value;
}

void allow_keys(json_value const& object, std::initializer_list<std::string_view> keys) {
  if (!object.is_object()) refuse_argument("an object is expected");
  for (auto const& key : object.keys) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      refuse_argument(fmt::format("Invalid field present in JSON {}", key));
    }
  }
}

bool flag_of(json_value const& object, std::string_view key) {
  auto const* value = object.find(key);
  if (value == nullptr) return false;
  if (value->is != json_value::form::boolean) refuse_argument(fmt::format("{} is no boolean", key));
  return value->flag;
}

std::string text_of(json_value const& object, std::string_view key) {
  auto const* value = object.find(key);
  if (value == nullptr) return {};
  if (!value->is_string()) refuse_argument(fmt::format("{} is no string", key));
  return value->text;
}

std::string required_text(json_value const& object, std::string_view key) {
  auto text = text_of(object, key);
  if (text.empty()) refuse_argument(fmt::format("{} is missing", key));
  return text;
}

std::vector<std::string> texts_of(json_value const& object, std::string_view key) {
  std::vector<std::string> out;
  auto const* value = object.find(key);
  if (value == nullptr) return out;
  if (!value->is_array()) refuse_argument(fmt::format("{} is no array", key));
  for (auto const& item : value->items) {
    if (!item.is_string())
      refuse_argument(fmt::format("{} holds something else than strings", key));
    out.push_back(item.text);
  }
  return out;
}

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_IMPL_VAULT_SERVICE_IPP
