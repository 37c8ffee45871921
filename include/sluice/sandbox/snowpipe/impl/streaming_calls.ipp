#ifndef SLUICE_SANDBOX_SNOWPIPE_IMPL_STREAMING_CALLS_IPP
#define SLUICE_SANDBOX_SNOWPIPE_IMPL_STREAMING_CALLS_IPP

#include <sluice/sandbox/snowpipe/detail/body.hpp>
#include <sluice/sandbox/snowpipe/impl/file_pipes.ipp>
#include <sluice/sandbox/snowpipe/impl/snowpipe_service.ipp>

#include <boost/json.hpp>
#include <fmt/format.h>

#include <utility>

namespace sluice::inline v0::sandbox::snowpipe {

namespace service_impl {

namespace json = boost::json;

constexpr std::size_t longest_pipe_key = 32;

inline http_response absent(sql::pipe_absence why) {
  switch (why) {
    case sql::pipe_absence::no_database:
      return error(404,
                   "ERR_DATABASE_DOES_NOT_EXIST_OR_NOT_AUTHORIZED",
                   "The database does not exist or is not authorized.");
    case sql::pipe_absence::no_schema:
      return error(404,
                   "ERR_SCHEMA_DOES_NOT_EXIST_OR_NOT_AUTHORIZED",
                   "The schema does not exist or is not authorized.");
    case sql::pipe_absence::no_table:
      return error(404,
                   "ERR_TABLE_DOES_NOT_EXIST_NOT_AUTHORIZED",
                   "The table does not exist or is not authorized.");
    case sql::pipe_absence::no_pipe:
      break;
  }
  return error(404,
               "ERR_PIPE_DOES_NOT_EXIST_OR_NOT_AUTHORIZED",
               "The pipe does not exist or is not authorized.");
}

/// A body that is an object or absent.
inline std::optional<json::object> object_of(std::string_view body) {
  if (detail::trimmed(body).empty()) return json::object{};
  boost::system::error_code wrong;
  auto const value = json::parse(body, wrong);
  if (wrong || !value.is_object()) return std::nullopt;
  return value.get_object();
}

/// The options of open and drop; false if a member has the wrong type.
inline bool read_options(json::object const& o,
                         std::optional<std::string>& offset_token,
                         bool& guarded) {
  if (auto const* token = o.if_contains("offset_token"); token != nullptr && !token->is_null()) {
    if (!token->is_string()) return false;
    offset_token = json::value_to<std::string>(*token);
  }
  if (auto const* flag = o.if_contains("fail_on_uncommitted_rows")) {
    if (!flag->is_bool()) return false;
    guarded = flag->get_bool();
  }
  return true;
}

inline http_response malformed(std::string_view what) {
  return error(400, "INVALID_DATA_FORMAT", what);
}

inline std::string or_null(std::optional<std::string> const& text) {
  return text ? json_text(*text) : std::string("null");
}

inline std::string status_json(channel_view const& c,
                               snowpipe_options const& o,
                               std::string_view error_counter_name) {
  auto const token =
      c.offset_token ? json_text(*c.offset_token) : (o.empty_offset_token ? "\"\"" : "null");
  std::string error_time = "null";
  if (c.last_error_ms != 0) {
    error_time = o.error_time_as_text ? json_text(files_impl::iso_time(c.last_error_ms))
                                      : std::to_string(c.last_error_ms);
  }
  return fmt::format(
      R"({{"database_name":{},"schema_name":{},"pipe_name":{},"channel_name":{},)"
      R"("channel_status_code":{},"last_committed_offset_token":{},"created_on_ms":{},)"
      R"("rows_inserted":{},"rows_parsed":{},"{}":{},"last_error_offset_upper_bound":{},)"
      R"("last_error_message":{},"last_error_timestamp":{},)"
      R"("snowflake_avg_processing_latency_ms":{}}})",
      json_text(c.pipe.database),
      json_text(c.pipe.schema),
      json_text(c.pipe.name),
      json_text(c.name),
      json_text(c.status_code),
      token,
      c.created_ms,
      c.rows_inserted,
      c.rows_parsed,
      error_counter_name,
      c.rows_errors,
      or_null(c.last_error_offset),
      or_null(c.last_error_message),
      error_time,
      c.latency_ms);
}

}  // namespace service_impl

snowpipe_service::names snowpipe_service::names_of(route const& to) {
  return {sql::stored_name(to.database), sql::stored_name(to.schema), sql::stored_name(to.pipe)};
}

found_pipe snowpipe_service::pipe_of(route const& to) {
  auto const [database, schema, pipe] = names_of(to);
  if (to.table.empty()) return pipes_.find(database, schema, pipe);
  return pipes_.find_for_table(database, schema, sql::stored_name(to.table));
}

detail::http_response snowpipe_service::open(std::string_view body,
                                             route const& to,
                                             detail::fault_gate& gate) {
  using namespace service_impl;
  auto const options = object_of(body);
  channel_table::open_request request;
  request.name = to.channel;
  if (!options || !read_options(*options, request.offset_token, request.guarded)) {
    return malformed(
        "The body must be an object with offset_token (string) and "
        "fail_on_uncommitted_rows (boolean) at most.");
  }
  if (to.channel.empty()) return malformed("The channel has no name.");
  auto const pipe = pipe_of(to);
  if (auto const* why = std::get_if<sql::pipe_absence>(&pipe)) return absent(*why);
  auto const& found = std::get<sql::pipe_description>(pipe);
  if (!found.table_exists) return absent(sql::pipe_absence::no_table);
  if (!found.streaming) return absent(sql::pipe_absence::no_pipe);
  if (request.guarded && gate.hit("open_refused")) {
    return error(channels_impl::uncommitted_data());
  }
  auto const done = channels_->open(found, request);
  if (auto const* why = std::get_if<refused>(&done)) return error(*why);
  auto const& opened = std::get<channel_table::opened>(done);
  return detail::json_response(
      200,
      fmt::format(R"({{"next_continuation_token":{},"channel_status":{}}})",
                  json_text(opened.continuation),
                  status_json(opened.status, options_, "rows_error_count")));
}

std::variant<std::string, detail::http_response> snowpipe_service::decoded(
    detail::http_request const& request, std::string_view body) const {
  using namespace service_impl;
  auto const type = detail::lower(request.header("content-type"));
  if (!type.starts_with("application/x-ndjson")) {
    return error(415, "415", "The content type must be application/x-ndjson.");
  }
  auto const oversize = [&](std::string_view what) {
    return error(options_.oversize_status, "REQUEST_TOO_LARGE", what);
  };
  if (body.size() > options_.max_body_bytes) {
    return oversize(fmt::format("The request body exceeds {} bytes.", options_.max_body_bytes));
  }
  std::string lines;
  switch (
      decode_body(request.header("content-encoding"), body, options_.max_decoded_bytes, lines)) {
    case decoding::unknown_coding:
      return error(415, "415", "The content encoding must be gzip or zstd.");
    case decoding::damaged:
      return malformed("The body does not have the content encoding that its header says.");
    case decoding::too_large:
      return oversize("The decompressed body is too large.");
    case decoding::done:
      break;
  }
  if (lines.empty()) return malformed("The body has no rows.");
  return lines;
}

detail::http_response snowpipe_service::append(detail::http_request const& request,
                                               std::string_view body,
                                               route const& to,
                                               detail::fault_gate& gate) {
  using namespace service_impl;
  if (request.parameter("continuationToken").empty()) {
    return malformed("continuationToken is missing.");
  }
  auto lines = decoded(request, body);
  if (auto* why = std::get_if<http_response>(&lines)) return std::move(*why);
  if (gate.hit("channel_gone")) channels_->expire(to.channel);
  if (gate.hit("pipe_stale")) {
    channels_->invalidate(to.channel, channels_impl::must_reopen);
    return error(503, "STALE_PIPE_CACHE", "The pipe was replaced. Please reopen the channel.");
  }
  channel_table::append_request rows;
  rows.name = to.channel;
  rows.continuation = request.parameter("continuationToken");
  rows.offset_lower = request.parameter("startOffsetToken");
  if (request.has_parameter("endOffsetToken")) {
    rows.offset_upper = request.parameter("endOffsetToken");
  } else if (request.has_parameter("offsetToken")) {
    rows.offset_upper = request.parameter("offsetToken");
  }
  rows.lines = std::get<std::string>(std::move(lines));
  auto const done = channels_->append(pipe_of(to), names_of(to), std::move(rows), gate);
  if (auto const* why = std::get_if<refused>(&done)) return error(*why);
  return detail::json_response(
      200,
      fmt::format(R"({{"next_continuation_token":{}}})", json_text(std::get<std::string>(done))));
}

detail::http_response snowpipe_service::drop(std::string_view body, route const& to) {
  using namespace service_impl;
  auto const options = object_of(body);
  std::optional<std::string> unused;
  bool guarded = false;
  if (!options || !read_options(*options, unused, guarded)) {
    return malformed("The body must be an object with fail_on_uncommitted_rows at most.");
  }
  auto const pipe = pipe_of(to);
  if (auto const* why = std::get_if<sql::pipe_absence>(&pipe)) return absent(*why);
  if (auto const why =
          channels_->drop(std::get<sql::pipe_description>(pipe), to.channel, guarded)) {
    return error(*why);
  }
  return detail::json_response(200, "{}");
}

detail::http_response snowpipe_service::bulk_status(std::string_view body, route const& to) {
  using namespace service_impl;
  auto const options = object_of(body);
  auto const* list = options ? options->if_contains("channel_names") : nullptr;
  if (list == nullptr || !list->is_array()) return malformed("channel_names must be a list.");
  auto const pipe = pipe_of(to);
  if (auto const* why = std::get_if<sql::pipe_absence>(&pipe);
      why != nullptr && !channels_->knows(names_of(to))) {
    return absent(*why);
  }
  std::string_view const counter = options_.bulk_error_counter == error_counter::rows_errors
                                       ? "rows_errors"
                                       : "rows_error_count";
  std::string out;
  for (auto const& entry : list->get_array()) {
    if (!entry.is_string()) return malformed("channel_names must be a list of strings.");
    auto const name = json::value_to<std::string>(entry);
    auto const* found = std::get_if<sql::pipe_description>(&pipe);
    auto const status = name == commits_impl::elastic_name && found != nullptr
                            ? std::optional(channels_->elastic_status(*found))
                            : channels_->status(pipe, names_of(to), name);
    if (!status) continue;
    if (!out.empty()) out += ',';
    out += json_text(name) + ':' + status_json(*status, options_, counter);
  }
  return detail::json_response(200, R"({"channel_statuses":{)" + out + "}}");
}

/// What official SDKs ask before anything else. Numbers fit 16 bits and the key has 32 bytes, as
/// those clients want it; the stage is for their file mode, which the sandbox does not serve.
detail::http_response snowpipe_service::pipe_info(route const& to) {
  using namespace service_impl;
  auto const pipe = pipe_of(to);
  if (auto const* why = std::get_if<sql::pipe_absence>(&pipe)) return absent(*why);
  auto const& found = std::get<sql::pipe_description>(pipe);
  auto const expiry = std::chrono::duration_cast<std::chrono::milliseconds>(
                          service_.clock.now().time_since_epoch() + std::chrono::hours(1))
                          .count();
  constexpr auto parameters =
      R"({"max_client_lag_seconds":1,"rowset_flush_threshold_kb":1024,)"
      R"("max_buffered_kb_for_rowset_mode":10240,"rowset_threshold_lookback_seconds":60,)"
      R"("rowset_threshold_ewma_weight":50,"target_file_size_compressed_mb":16,)"
      R"("cpu_throttle_high_watermark_percent":90,"cpu_throttle_low_watermark_percent":50,)"
      R"("mem_throttle_high_watermark_percent":90,"mem_throttle_low_watermark_percent":50})";
  auto const key = detail::base64(
      detail::sha256("pipe key " + std::to_string(found.id)).substr(0, longest_pipe_key));
  auto const stage = fmt::format(
      R"({{"expiry_time_ms":{},"location_type":"S3","location":"sluice-stage/streaming/",)"
      R"("use_s3_regional_url":false,"region":{},"storage_account":"","storage_endpoint":"",)"
      R"("bucket_name":"sluice-stage","path_prefix":"streaming/","creds":{{"AWS_KEY_ID":"none",)"
      R"("AWS_SECRET_KEY":"none","AWS_TOKEN":"none"}},"parameters":{}}})",
      expiry,
      json_text(service_.configured.region),
      parameters);
  return detail::json_response(
      200,
      fmt::format(
          R"({{"database":{},"schema":{},"pipe":{},"owner":{},"valid":true,)"
          R"("rowset_stage_location":{},"durable_stage_location":{},"encryption_info":{{)"
          R"("pipe_key":{},"pipe_key_id":"{}","diversifier":"sluice"}},"parameter_overrides":{}}})",
          json_text(found.database),
          json_text(found.schema),
          json_text(found.name),
          json_text(service_.configured.role),
          stage,
          stage,
          json_text(key),
          found.id,
          parameters));
}

detail::http_response snowpipe_service::elastic(detail::http_request const& request,
                                                std::string_view body,
                                                route const& to) {
  using namespace service_impl;
  for (auto const* token :
       {"offsetToken", "startOffsetToken", "endOffsetToken", "continuationToken"}) {
    if (request.has_parameter(token)) {
      return malformed(fmt::format("An elastic append takes no {}.", token));
    }
  }
  auto lines = decoded(request, body);
  if (auto* why = std::get_if<http_response>(&lines)) return std::move(*why);
  auto const pipe = pipe_of(to);
  if (auto const* why = std::get_if<sql::pipe_absence>(&pipe)) return absent(*why);
  auto const& found = std::get<sql::pipe_description>(pipe);
  if (!found.table_exists) return absent(sql::pipe_absence::no_table);
  if (!found.streaming) return absent(sql::pipe_absence::no_pipe);
  channels_->append_elastic(found, std::get<std::string>(std::move(lines)));
  // Official SDKs use the form by pipe and insist on a token there.
  return detail::json_response(200,
                               to.table.empty() ? R"({"message":"OK","next_continuation_token":""})"
                                                : R"({"message":"OK"})");
}

}  // namespace sluice::inline v0::sandbox::snowpipe

#endif  // SLUICE_SANDBOX_SNOWPIPE_IMPL_STREAMING_CALLS_IPP
