#ifndef SLUICE_SANDBOX_IMPL_CONTROL_IPP
#define SLUICE_SANDBOX_IMPL_CONTROL_IPP

#include <sluice/sandbox/detail/control.hpp>
#include <sluice/sandbox/detail/replies.hpp>
#include <sluice/sandbox/detail/text.hpp>

#include <fmt/format.h>

#include <stdexcept>

namespace sluice::inline v0::sandbox::detail {

namespace control_impl {

inline http_response refuse(int status, std::string_view why) {
  return json_response(status, fmt::format("{{\"error\":{}}}\n", json_text(why)));
}

inline std::string described(std::vector<fault_description> const& list) {
  std::string out = "[";
  for (auto const& d : list) {
    if (out.size() > 1) out += ",\n";
    out += fmt::format(R"({{"name":{},"effect":{},"value":{},"default":{},"service":{},"text":{},)"
                       R"("defaultText":{}}})",
                       json_text(d.name),
                       json_text(d.effect),
                       json_text(d.value_meaning),
                       d.default_value,
                       json_text(d.service),
                       json_text(d.text_meaning),
                       json_text(d.default_text));
  }
  return out + ']';
}

inline std::string text_list(std::vector<std::string> const& texts) {
  std::string out = "[";
  for (auto const& text : texts) {
    if (out.size() > 1) out.push_back(',');
    append_json(out, text);
  }
  return out + ']';
}

/// Tokens stay out of what scripts print.
inline bool sensitive(std::string_view header) {
  return header == "authorization" || header == "x-amz-security-token";
}

inline std::string to_json(request_record const& r) {
  std::string headers;
  for (auto const& [name, value] : r.headers) {
    if (!headers.empty()) headers.push_back(',');
    headers += json_text(name) + ':' + json_text(sensitive(name) ? "***" : value);
  }
  std::string query;
  for (auto const& [name, value] : r.query) {
    if (!query.empty()) query.push_back(',');
    query += json_text(name) + ':' + json_text(value);
  }
  return fmt::format(
      R"({{"number":{},"endpoint":{},"method":{},"path":{},"query":{{{}}},"headers":{{{}}},)"
      R"("requestId":{},"markedReplay":{},"kinds":{},"sql":{},"bodyBytes":{},"status":{},)"
      R"("code":{},"tookUs":{},"faults":{}}})",
      r.number,
      json_text(r.endpoint),
      json_text(r.method),
      json_text(r.path),
      query,
      headers,
      json_text(r.request_id),
      r.marked_replay,
      text_list(r.kinds),
      json_text(r.sql),
      r.body_bytes,
      r.status,
      json_text(r.code),
      r.took.count(),
      text_list(r.faults));
}

}  // namespace control_impl

head_verdict control_service::on_head(http_request const& /*head*/) {
  return {};
}

void control_service::on_broken(http_request const& /*head*/, head_verdict const& /*verdict*/) {}

http_response control_service::on_request(http_request& request, connection& /*peer*/) {
  using control_impl::refuse;
  std::string_view const path = request.path;
  bool const get = request.method == "GET";
  bool const post = request.method == "POST";
  try {
    for (auto const& [prefix, handler] : attached_) {
      if (path.starts_with(prefix)) return handler(request);
    }
    if (path == "/faults" || path.starts_with("/faults/")) return faults(request);
    if (get && path == "/requests") return requests();
    if (get && path == "/executions") return executions();
    if (get && path == "/catalogue") return catalogue();
    if (post && path == "/sql") return query(request);
    if (post && path == "/reset") {
      reset_();
      return json_response(200, "{}\n");
    }
    if (post && path == "/clock") {
      auto const seconds = to_integer(trimmed(request.body));
      if (!seconds) return refuse(400, "POST /clock expects a number of seconds");
      service_.clock.skew(std::chrono::seconds(*seconds));
      return json_response(200, "{}\n");
    }
    if (post && path == "/expire/sessions") {
      sessions_.expire_all();
      return json_response(200, "{}\n");
    }
    if (post && path == "/expire/masters") {
      sessions_.expire_masters();
      return json_response(200, "{}\n");
    }
    if (post && path == "/expire/stage") {
      credentials_.expire_all();
      return json_response(200, "{}\n");
    }
  } catch (std::exception const& e) {
    return refuse(400, e.what());
  }
  return refuse(404,
                "the control endpoint has /faults, /requests, /executions, /catalogue, /sql, "
                "/clock, /reset, /streaming, /skyflow, /expire/sessions, /expire/masters and "
                "/expire/stage");
}

http_response control_service::faults(http_request const& request) {
  if (request.method == "POST") {
    for (auto const line : split(request.body, '\n')) {
      if (!trimmed(line).empty()) service_.faults.arm(trimmed(line));
    }
  } else if (request.method == "DELETE") {
    constexpr std::string_view prefix = "/faults/";
    if (request.path.size() > prefix.size()) {
      service_.faults.disarm(percent_decoded(request.path.substr(prefix.size())));
    } else {
      service_.faults.clear();
    }
  } else if (request.method != "GET") {
    return control_impl::refuse(405, "/faults knows GET, POST and DELETE");
  }
  std::string out;
  for (auto const& [name, count] : service_.faults.fired()) {
    out += fmt::format("{}:{},\n", json_text(name), count);
  }
  std::string armed;
  for (auto const& a : service_.faults.armed()) {
    if (!armed.empty()) armed += ",\n";
    armed += fmt::format(R"({{"fault":{},"remaining":{}}})",
                         json_text(to_text(a.definition)),
                         a.remaining ? std::to_string(*a.remaining) : "null");
  }
  return json_response(200, "{" + out + "\"armed\":[" + armed + "]}\n");
}

http_response control_service::requests() const {
  std::string out = "[";
  for (auto const& record : service_.log.all()) {
    if (out.size() > 1) out += ",\n";
    out += control_impl::to_json(record);
  }
  return json_response(200, out + "]\n");
}

http_response control_service::executions() const {
  std::string out = "[";
  for (auto const& e : service_.log.executions()) {
    if (out.size() > 1) out += ",\n";
    out += fmt::format(R"({{"requestId":{},"sql":{},"count":{}}})",
                       json_text(e.request_id),
                       json_text(e.sql),
                       e.count);
  }
  return json_response(200, out + "]\n");
}

http_response control_service::query(http_request const& request) const {
  auto const rows = db_.query(request.body);
  return json_response(200, '[' + rows_json(rows, 0, rows.size()) + "]\n");
}

http_response control_service::catalogue() const {
  return json_response(200,
                       fmt::format("{{\"faults\":{},\n\"kinds\":{},\n\"actions\":{}}}\n",
                                   control_impl::described(fault_names()),
                                   control_impl::described(fault_kinds()),
                                   control_impl::described(fault_actions())));
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_CONTROL_IPP
