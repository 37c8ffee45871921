#ifndef SLUICE_SANDBOX_SKYFLOW_IMPL_VAULT_FAULTS_IPP
#define SLUICE_SANDBOX_SKYFLOW_IMPL_VAULT_FAULTS_IPP

#include <sluice/sandbox/skyflow/detail/vault_service.hpp>

#include <fmt/format.h>

#include <array>
#include <ctime>

namespace sluice::inline v0::sandbox::skyflow::detail {

namespace faults_impl {

inline http_response plain(int status, std::string type, std::string body) {
  http_response out;
  out.status = status;
  if (!type.empty()) out.headers.emplace_back("Content-Type", std::move(type));
  out.body = std::move(body);
  return out;
}

/// As HTTP writes dates.
inline std::string http_date(std::chrono::system_clock::time_point when) {
  std::time_t const seconds = std::chrono::system_clock::to_time_t(when);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  constexpr std::array<char const*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<char const*, 12> months{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     days[static_cast<std::size_t>(parts.tm_wday)],
                     parts.tm_mday,
                     months[static_cast<std::size_t>(parts.tm_mon)],
                     parts.tm_year + 1900,
                     parts.tm_hour,
                     parts.tm_min,
                     parts.tm_sec);
}

inline http_response throttled(std::string header, std::string value) {
  auto out = reply_error({429, grpc::resource_exhausted, "too many requests"});
  if (!header.empty()) out.headers.emplace_back(std::move(header), std::move(value));
  return out;
}

/// The first string that holds the marker.
inline std::string const* poisoned(json_value const& value, std::string_view marker) {
  if (value.is_string() && value.text.find(marker) != std::string::npos) return &value.text;
  for (auto const& item : value.items) {
    if (auto const* found = poisoned(item, marker)) return found;
  }
  return nullptr;
}

}  // namespace faults_impl

std::optional<http_response> vault_service::refused_by_fault(call& c) {
  using namespace faults_impl;
  auto& gate = c.gate;
  auto const bearer = credentials::bearer(c.request.header("authorization"));
  if (gate.kinds().back() != "vault_token") {
    // The request itself then finds its token refused.
    if (gate.hit("vault_token_expired")) who_.expire(bearer);
    if (gate.hit("vault_token_revoked")) who_.revoke(bearer);
    if (gate.hit("vault_forbidden")) {
      return reply_error({403, grpc::permission_denied, "the role may not do this"});
    }
    if (gate.hit("vault_table_dropped")) {
      return reply_error({404,
                          grpc::not_found,
                          fmt::format("Object Name {} was not found for Vault {}",
                                      c.path.size() > 3 ? c.path[3] : "",
                                      c.path.size() > 2 ? c.path[2] : "")});
    }
  }
  if (auto const status = gate.hit("vault_error")) {
    int const code = static_cast<int>(*status);
    return reply_error({code, grpc_of(code), "injected"});
  }
  if (auto const status = gate.hit("vault_error_empty")) {
    return plain(static_cast<int>(*status), "", "");
  }
  if (auto const status = gate.hit("vault_error_html")) {
    return plain(static_cast<int>(*status),
                 "text/html",
                 "<html><body><h1>The upstream server did not answer</h1></body></html>");
  }
  if (auto const status = gate.hit("vault_error_text")) {
    int const code = static_cast<int>(*status);
    return plain(code, "text/plain; charset=utf-8", envelope({code, grpc_of(code), "injected"}));
  }
  auto const now = service_.clock.now();
  if (auto const seconds = gate.hit("vault_throttle_date")) {
    return throttled("Retry-After", http_date(now + std::chrono::seconds(*seconds)));
  }
  if (auto const ms = gate.hit("vault_throttle_ms")) {
    return throttled("retry-after-ms", std::to_string(*ms));
  }
  if (auto const seconds = gate.hit("vault_throttle_reset")) {
    auto const then = std::chrono::system_clock::to_time_t(now + std::chrono::seconds(*seconds));
    return throttled("X-RateLimit-Reset", std::to_string(then));
  }
  if (gate.hit("vault_throttle_bare")) return throttled("", "");
  return std::nullopt;
}

void vault_service::insert_faults(call& c, json_value const& records) {
  using namespace faults_impl;
  auto const poison = c.gate.hit("vault_poison", [&](std::string_view marker) {
    return poisoned(records, marker) != nullptr;
  });
  if (poison) {
    refuse_argument(poison->value != 0 ? "Insert failed. The value " +
                                             *poisoned(records, poison->text) + " is invalid."
                                       : std::string("Insert failed. A value is invalid."));
  }
  if (auto const status = c.gate.hit("vault_conflict")) {
    bool const as_409 = *status == 409;
    refuse(as_409 ? 409 : 400,
           as_409 ? grpc::already_exists : grpc::failed_precondition,
           "Error Inserting Records due to unique constraint violation");
  }
  if (c.gate.hit("vault_echo")) {
    std::string message = "Insert failed. Request ";
    append_json(message, records);
    refuse_argument(message + " of " + std::string(c.request.header("authorization")));
  }
  c.tokens_null = c.gate.hit("vault_tokens_null").has_value();
}

std::optional<api_error> vault_service::partial_fault(call const& c, std::size_t index) const {
  constexpr std::array<int, 4> statuses{400, 409, 429, 500};
  if (!c.partial || *c.partial < 1) return std::nullopt;
  auto const n = static_cast<std::size_t>(*c.partial);
  if ((index + 1) % n != 0) return std::nullopt;
  int const status = statuses[((index + 1) / n - 1) % statuses.size()];
  return api_error{status, grpc_of(status), "injected"};
}

std::string vault_service::list_of(call& c, std::vector<std::string> items) {
  c.note.records = items.size();
  if (c.gate.hit("vault_item_missing") && !items.empty()) items.pop_back();
  if (c.gate.hit("vault_item_extra") && !items.empty()) items.push_back(items.back());
  if (c.gate.hit("vault_items_reordered") && items.size() > 1)
    std::swap(items.front(), items.back());
  c.extra_fields = c.gate.hit("vault_extra_fields").has_value();
  std::string out = "[";
  for (auto const& item : items) {
    if (out.size() > 1) out.push_back(',');
    if (c.extra_fields && item.starts_with("{\"")) {
      out += R"({"notInAnyDocument":{"a":[1,null]},)" + item.substr(1);
    } else {
      out += item;
    }
  }
  return out + ']';
}

void vault_service::reply_faults(call& c, http_response& reply) {
  if (c.extra_fields && reply.body.starts_with("{\"")) {
    reply.body = R"({"neitherIsThis":[true],)" + reply.body.substr(1);
  }
  if (reply.status == 200 && c.gate.hit("vault_reply_created")) reply.status = 201;
  if (reply.status == 200 && c.gate.hit("vault_empty_reply")) reply.body.clear();
  if (c.request.http2 && c.gate.hit("vault_stream_error"))
    reply.send.reset_stream = sandbox::detail::stream_error::internal;
}

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_IMPL_VAULT_FAULTS_IPP
