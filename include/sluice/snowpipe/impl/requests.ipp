#ifndef SLUICE_SNOWPIPE_IMPL_REQUESTS_IPP
#define SLUICE_SNOWPIPE_IMPL_REQUESTS_IPP

#include <sluice/ext/detail/json_reader.hpp>
#include <sluice/snowpipe/requests.hpp>
#include <sluice/transport/url.hpp>

#include <algorithm>

namespace sluice::inline v0::snowpipe {

namespace detail {

/// Whether SQL and paths take the name without quotes.
inline bool is_plain_name(std::string_view name) {
  auto const plain = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '-';
  };
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
         std::all_of(name.begin(), name.end(), plain);
}

/// Everything before the pipe or the table.
inline std::string pipe_parent(pipe_path const& at, std::string_view root) {
  std::string text{root};
  text += "/databases/" + path_segment(at.database) + "/schemas/" + path_segment(at.schema);
  return text;
}

}  // namespace detail

SLUICE_DECL pipe_path pipe_of(streaming_config const& c, streaming_names const& n) {
  return {c.connection.database, c.connection.schema, n.own_pipe ? c.pipe : c.table + "-STREAMING"};
}

SLUICE_DECL result<void> check_pipe(streaming_config const& c, streaming_names const& n) {
  auto const bad = [](std::string_view what) {
    return error{sluice::errc::invalid_configuration, "snowpipe::streaming: " + std::string{what}};
  };
  if (c.table.empty()) return bad("no table is named; set config.table");
  if (c.connection.database.empty() || c.connection.schema.empty())
    return bad("no database or schema is named; set both in config.connection");
  if (n.own_pipe == c.pipe.empty())
    return bad(n.own_pipe ? "the option pipe<> needs config.pipe"
                          : "config.pipe is set, but the destination lacks the option pipe<>");
  for (std::string const& name : {c.connection.database, c.connection.schema, c.table, c.pipe})
    if (name.size() > streaming_limits::identifier_bytes)
      return bad("a name has more than 255 bytes, which no object has");
  return success;
}

SLUICE_DECL std::string path_segment(std::string_view name) {
  if (detail::is_plain_name(name)) return percent_encode(name);
  std::string quoted = "\"";
  for (char const c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return percent_encode(quoted + '"');
}

SLUICE_DECL std::string channel_path(pipe_path const& at, std::string_view channel) {
  return detail::pipe_parent(at, "/v2/streaming") + "/pipes/" + path_segment(at.pipe) +
         "/channels/" + path_segment(channel);
}

SLUICE_DECL std::string append_path(pipe_path const& at, std::string_view channel) {
  return detail::pipe_parent(at, "/v2/streaming/data") + "/pipes/" + path_segment(at.pipe) +
         "/channels/" + path_segment(channel) + "/rows";
}

SLUICE_DECL std::string elastic_path(pipe_path const& at, std::string_view table) {
  return detail::pipe_parent(at, "/v2/streaming/data") + "/tables/" + path_segment(table) + "/rows";
}

SLUICE_DECL std::string status_path(pipe_path const& at) {
  return detail::pipe_parent(at, "/v2/streaming") + "/pipes/" + path_segment(at.pipe) +
         ":bulk-channel-status";
}

SLUICE_DECL std::string append_query(append_marks const& marks) {
  return "continuationToken=" + percent_encode(marks.continuation) +
         "&startOffsetToken=" + percent_encode(marks.first_token) +
         "&endOffsetToken=" + percent_encode(marks.last_token) +
         "&requestId=" + percent_encode(marks.request_id);
}

SLUICE_DECL std::string guard_body(bool guarded) {
  return guarded ? R"({"fail_on_uncommitted_rows":true})" : "{}";
}

SLUICE_DECL std::string status_body(std::string_view channel) {
  namespace json = boost::json;
  json::object body;
  body["channel_names"] = json::array{json::string{channel.data(), channel.size()}};
  return json::serialize(body);
}

SLUICE_DECL std::string exchange_form(std::string_view ingest_host, std::string_view role) {
  std::string scope;
  if (!role.empty()) scope.append("session:role:").append(role).append(" ");
  scope += ingest_host;
  return "grant_type=" + percent_encode("urn:ietf:params:oauth:grant-type:jwt-bearer") +
         "&scope=" + percent_encode(scope);
}

}  // namespace sluice::inline v0::snowpipe

#endif  // SLUICE_SNOWPIPE_IMPL_REQUESTS_IPP
