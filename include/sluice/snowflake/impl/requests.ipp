#ifndef SLUICE_SNOWFLAKE_IMPL_REQUESTS_IPP
#define SLUICE_SNOWFLAKE_IMPL_REQUESTS_IPP

#include <sluice/compress/codec_stream.hpp>
#include <sluice/snowflake/detail/json_reader.hpp>
#include <sluice/snowflake/requests.hpp>
#include <sluice/transport/url.hpp>
#include <sluice/version.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::snowflake {

namespace detail {

inline json::string json_text(std::string_view text) {
  return json::string{text.data(), text.size()};
}

inline json::object json_parameters(parameter_map const& parameters) {
  json::object all;
  for (auto const& [name, value] : parameters) all[name] = json_text(value);
  return all;
}

inline std::int64_t unix_millis(std::chrono::system_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

}  // namespace detail

SLUICE_DECL parameter_map protective_parameters() {
  return {{"AUTOCOMMIT", "true"},
          {"QUOTED_IDENTIFIERS_IGNORE_CASE", "false"},
          {"MULTI_STATEMENT_COUNT", "1"},
          {"TIMEZONE", "UTC"},
          {"DATE_INPUT_FORMAT", "AUTO"},
          {"TIME_INPUT_FORMAT", "AUTO"},
          {"TIMESTAMP_INPUT_FORMAT", "AUTO"},
          {"BINARY_INPUT_FORMAT", "HEX"},
          // Login fails where the database, schema, warehouse or role cannot be used.
          {"CLIENT_VALIDATE_DEFAULT_PARAMETERS", "true"},
          // Which of these applies depends on the client id that the service takes us for.
          {"C_API_QUERY_RESULT_FORMAT", "JSON"},
          {"GO_QUERY_RESULT_FORMAT", "JSON"},
          {"JDBC_QUERY_RESULT_FORMAT", "JSON"},
          {"ODBC_QUERY_RESULT_FORMAT", "JSON"},
          {"PYTHON_CONNECTOR_QUERY_RESULT_FORMAT", "JSON"}};
}

SLUICE_DECL std::string login_body(login_request const& login) {
  detail::json::object data;
  auto const put = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) data[{name.data(), name.size()}] = detail::json_text(value);
  };
  put("ACCOUNT_NAME", login.account);
  put("LOGIN_NAME", login.user);
  put("AUTHENTICATOR", login.authenticator);
  put("PASSWORD", login.password.expose());
  put("TOKEN", login.token.expose());
  put("CLIENT_APP_ID", "sluice");
  // Dotted digits only: anything else turns features of the service off.
  put("CLIENT_APP_VERSION", SLUICE_VERSION);
  data["SVN_REVISION"] = "";
  data["CLIENT_ENVIRONMENT"] = {{"APPLICATION", detail::json_text(login.application)},
                                {"OS", "Linux"}};
  data["CLIENT_CAPABILITIES"] = {{"SMK_ID_AS_STRING", true}};
  data["SESSION_PARAMETERS"] = detail::json_parameters(login.parameters);
  return detail::json::serialize(detail::json::object{{"data", std::move(data)}});
}

SLUICE_DECL std::string login_context(std::string_view database,
                                      std::string_view schema,
                                      std::string_view warehouse,
                                      std::string_view role) {
  std::string text;
  auto const add = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    text += '&';
    text += name;
    text += '=';
    text += percent_encode(value);
  };
  add("databaseName", database);
  add("schemaName", schema);
  add("warehouse", warehouse);
  add("roleName", role);
  return text;
}

SLUICE_DECL std::string renewal_body(secret const& session_token) {
  return detail::json::serialize(detail::json::object{
      {"oldSessionToken", detail::json_text(session_token.expose())}, {"requestType", "RENEW"}});
}

SLUICE_DECL std::string statement_body(std::string_view sql,
                                       std::uint64_t number,
                                       bool asynchronous,
                                       std::chrono::system_clock::time_point now,
                                       parameter_map const& parameters) {
  detail::json::object body;
  body["sqlText"] = detail::json_text(sql);
  body["asyncExec"] = asynchronous;
  body["sequenceId"] = number;
  body["querySubmissionTime"] = detail::unix_millis(now);
  body["isInternal"] = false;
  body["describeOnly"] = false;
  if (!parameters.empty()) body["parameters"] = detail::json_parameters(parameters);
  body["queryContextDTO"] = {{"entries", detail::json::array{}}};
  return detail::json::serialize(body);
}

SLUICE_DECL result<std::string> gzip_body(chunk_list const& body) {
  // A statement goes out once: the quickest level is enough.
  result<std::unique_ptr<codec_stream>> stream =
      open_codec(codec::gzip, level_range(codec::gzip).lowest);
  if (!stream) return std::move(stream).error();
  for (chunk const& piece : body) (*stream)->write(piece);
  result<chunk_list> packed = (*stream)->finish();
  if (!packed) return std::move(packed).error();
  return packed->joined();
}

SLUICE_DECL std::string abort_body(std::string_view sql, std::string_view request_id) {
  return detail::json::serialize(detail::json::object{
      {"sqlText", detail::json_text(sql)}, {"requestId", detail::json_text(request_id)}});
}

SLUICE_DECL std::string query_string(attempt_marks const& marks) {
  std::string text = "requestId=";
  text += marks.request_id;
  text += "&request_guid=";
  text += marks.request_guid;
  if (marks.earlier_attempts == 0) return text;
  text += "&retry=true&clientStartTime=";
  text += std::to_string(detail::unix_millis(marks.first_attempt));
  text += "&retryCount=" + std::to_string(marks.earlier_attempts);
  text += "&retryReason=" + std::to_string(marks.last_status);
  return text;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_REQUESTS_IPP
