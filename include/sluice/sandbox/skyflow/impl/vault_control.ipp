#ifndef SLUICE_SANDBOX_SKYFLOW_IMPL_VAULT_CONTROL_IPP
#define SLUICE_SANDBOX_SKYFLOW_IMPL_VAULT_CONTROL_IPP

#include <sluice/sandbox/detail/replies.hpp>
#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/skyflow/detail/vault_service.hpp>

#include <fmt/format.h>

#include <cstdlib>

namespace sluice::inline v0::sandbox::skyflow::detail {

namespace control_impl {

using sandbox::detail::json_text;

inline std::string map_json(std::map<std::string, std::uint64_t> const& values) {
  std::string out = "{";
  for (auto const& [key, value] : values) {
    if (out.size() > 1) out.push_back(',');
    out += json_text(key) + ':' + std::to_string(value);
  }
  return out + '}';
}

inline std::string to_json(counters const& n) {
  return fmt::format(
      R"({{"requests":{},"connections":{},"mostRequestsOnAConnection":{},"maxConcurrency":{},)"
      R"("bytesReceived":{},"bytesSent":{},"throttled":{},"tokensIssued":{},"http2Requests":{},)"
      R"("rows":{},"duplicates":{},"tokens":{}}})",
      n.requests,
      n.connections,
      n.most_requests_on_a_connection,
      n.max_concurrency,
      n.bytes_received,
      n.bytes_sent,
      n.throttled,
      n.tokens_issued,
      n.http2_requests,
      map_json(n.rows),
      map_json(n.duplicates),
      map_json(n.tokens));
}

/// A number of any form; nothing changes if the key is absent.
inline void set_number(json_value const& body, std::string_view key, double& target) {
  auto const* value = body.find(key);
  if (value == nullptr) return;
  if (value->is != json_value::form::integer && value->is != json_value::form::real) {
    refuse_argument(fmt::format("{} is no number", key));
  }
  target = std::strtod(value->text.c_str(), nullptr);
}

}  // namespace control_impl

counters vault_service::count() {
  counters out;
  {
    std::lock_guard const lock(guard_);
    out = counted_;
    out.connections = connections_.size();
  }
  out.tokens_issued = who_.issued();
  vault_store::work w(store_);
  w.count(out);
  return out;
}

void vault_service::reset() {
  vault_store::work w(store_);
  w.reset();
  w.commit();
  std::lock_guard const lock(guard_);
  counted_ = {};
  connections_.clear();
  buckets_.clear();
}

http_response vault_service::control(http_request const& request) {
  using namespace control_impl;
  bool const post = request.method == "POST";
  std::string_view path = request.path;
  path.remove_prefix(std::min(path.size(), std::string_view("/skyflow").size()));
  std::string_view const text = sandbox::detail::trimmed(request.body);
  try {
    if (request.method == "GET" && path == "/state")
      return reply_json(200, to_json(count()) + '\n');
    if (request.method == "GET" && path == "/vaults") {
      std::string list;
      for (auto const* v : store_.all()) list += (list.empty() ? "" : ",\n") + to_json(v->def);
      return reply_json(200, '[' + list + "]\n");
    }
    if (post && path == "/vaults") {
      store_.add(parse_vault(text));
      return reply_json(200, "{}\n");
    }
    if (post && path == "/reset") {
      reset();
      return reply_json(200, "{}\n");
    }
    if (post && path == "/tokens") {
      auto const life = sandbox::detail::to_integer(text);
      if (!life) refuse_argument("POST /skyflow/tokens expects seconds of life");
      auto const token = who_.issue("personal", "", std::chrono::seconds(*life));
      return reply_json(200, R"({"accessToken":)" + json_text(token) + "}\n");
    }
    if (post && path == "/revoke") {
      who_.revoke(text);
      return reply_json(200, "{}\n");
    }
    if (post && path == "/expire") {
      who_.expire_all();
      return reply_json(200, "{}\n");
    }
    if (post && path == "/limits") {
      auto const body = parse_object(text);
      allow_keys(body, {"requests_per_second", "burst"});
      std::lock_guard const lock(guard_);
      set_number(body, "requests_per_second", configured_.requests_per_second);
      set_number(body, "burst", configured_.burst);
      buckets_.clear();
      return reply_json(200, "{}\n");
    }
  } catch (api_error const& e) {
    return reply_error(e);
  } catch (std::exception const& e) {
    return reply_error({400, grpc::invalid_argument, e.what()});
  }
  return reply_error(
      {404,
       grpc::not_found,
       "/skyflow has /state, /vaults, /reset, /tokens, /revoke, /expire and /limits"});
}

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_IMPL_VAULT_CONTROL_IPP
