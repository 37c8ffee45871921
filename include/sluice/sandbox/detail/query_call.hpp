#ifndef SLUICE_SANDBOX_DETAIL_QUERY_CALL_HPP
#define SLUICE_SANDBOX_DETAIL_QUERY_CALL_HPP

#include <sluice/sandbox/detail/snowflake_service.hpp>

#include <boost/json.hpp>

namespace sluice::inline v0::sandbox::detail {

/// One query request, parsed, with what faults have decided about it.
struct snowflake_service::query_call {
  std::shared_ptr<driver_session> session;
  std::string request_id;
  sql::statement_request statement;
  statement_kind kind;
  bool async = false;
  // Faults that act while the statement executes.
  std::chrono::milliseconds slow{0};
  std::optional<std::chrono::milliseconds> serialised;
  bool zero_files = false;
  bool files_remain = false;
  bool foreign_file = false;
  bool not_ready = false;
  bool locked_out = false;
};

namespace service_impl {

namespace json = boost::json;

/// The member as text; numbers and booleans are not text.
inline std::string text_member(json::object const& o, char const* name) {
  auto const* value = o.if_contains(name);
  return value != nullptr && value->is_string() ? json::value_to<std::string>(*value)
                                                : std::string{};
}

inline bool flag_member(json::object const& o, char const* name) {
  auto const* value = o.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

inline std::map<std::string, sql::parameter_value> parameter_members(json::object const& o,
                                                                     char const* name) {
  std::map<std::string, sql::parameter_value> out;
  auto const* members = o.if_contains(name);
  if (members == nullptr || !members->is_object()) return out;
  for (auto const& [key, value] : members->get_object()) {
    if (value.is_bool()) {
      out.emplace(key, value.get_bool());
    } else if (value.is_string()) {
      out.emplace(key, json::value_to<std::string>(value));
    } else if (value.is_int64() || value.is_uint64()) {
      out.emplace(key, value.to_number<std::int64_t>());
    } else if (value.is_double()) {
      out.emplace(key, std::to_string(value.get_double()));
    }
  }
  return out;
}

/// A request body as an object; nothing if it is none. An empty body is an empty object.
inline std::optional<json::object> parse_object(std::string_view text) {
  if (text.empty()) return json::object{};
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error || !value.is_object()) return std::nullopt;
  return value.get_object();
}

/// An envelope as a reply, its code noted for the log.
inline http_response reply(std::string envelope, std::string code = {}) {
  http_response out = json_response(200, std::move(envelope));
  out.code = std::move(code);
  return out;
}

}  // namespace service_impl

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_QUERY_CALL_HPP
