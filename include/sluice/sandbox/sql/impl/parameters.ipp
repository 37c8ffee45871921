#ifndef SLUICE_SANDBOX_SQL_IMPL_PARAMETERS_IPP
#define SLUICE_SANDBOX_SQL_IMPL_PARAMETERS_IPP

#include <sluice/sandbox/sql/detail/session_impl.hpp>

namespace sluice::inline v0::sandbox::sql::detail {

void set_known_parameters(std::map<std::string, parameter_value>& p) {
  auto const text = [&](char const* name, char const* v) { p[name] = std::string(v); };
  p["AUTOCOMMIT"] = true;
  p["ABORT_DETACHED_QUERY"] = false;
  p["CLIENT_SESSION_KEEP_ALIVE"] = false;
  p["CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY"] = std::int64_t{3600};
  p["CLIENT_STAGE_ARRAY_BINDING_THRESHOLD"] = std::int64_t{65280};
  p["CLIENT_PREFETCH_THREADS"] = std::int64_t{4};
  p["CLIENT_RESULT_CHUNK_SIZE"] = std::int64_t{160};
  p["CLIENT_MEMORY_LIMIT"] = std::int64_t{1536};
  p["CLIENT_TIMESTAMP_TYPE_MAPPING"] = std::string("TIMESTAMP_LTZ");
  p["CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX"] = false;
  p["CLIENT_RESULT_COLUMN_CASE_INSENSITIVE"] = false;
  p["CLIENT_TELEMETRY_ENABLED"] = false;
  p["CLIENT_CONSENT_CACHE_ID_TOKEN"] = false;
  p["CLIENT_REQUEST_MFA_TOKEN"] = false;
  p["CLIENT_STORE_TEMPORARY_CREDENTIAL"] = false;
  p["CLIENT_ENCRYPTION_KEY_SIZE"] = std::int64_t{128};
  p["CLIENT_VALIDATE_DEFAULT_PARAMETERS"] = false;
  p["ENABLE_STAGE_S3_PRIVATELINK_FOR_US_EAST_1"] = false;
  p["ERROR_ON_NONDETERMINISTIC_UPDATE"] = false;
  p["JSON_INDENT"] = std::int64_t{2};
  p["LOCK_TIMEOUT"] = std::int64_t{43200};
  p["MULTI_STATEMENT_COUNT"] = std::int64_t{1};
  p["QUERY_CONTEXT_CACHE_SIZE"] = std::int64_t{5};
  p["QUOTED_IDENTIFIERS_IGNORE_CASE"] = false;
  p["ROWS_PER_RESULTSET"] = std::int64_t{0};
  p["STATEMENT_TIMEOUT_IN_SECONDS"] = std::int64_t{172800};
  p["STATEMENT_QUEUED_TIMEOUT_IN_SECONDS"] = std::int64_t{0};
  p["STRICT_JSON_OUTPUT"] = false;
  p["TRANSACTION_ABORT_ON_ERROR"] = false;
  p["USE_CACHED_RESULT"] = true;
  p["WEEK_OF_YEAR_POLICY"] = std::int64_t{0};
  p["WEEK_START"] = std::int64_t{0};
  for (auto const name : {"BINARY_INPUT_FORMAT", "BINARY_OUTPUT_FORMAT"}) text(name, "HEX");
  for (auto const name : {"DATE_INPUT_FORMAT", "TIME_INPUT_FORMAT", "TIMESTAMP_INPUT_FORMAT"})
    text(name, "AUTO");
  for (auto const name : {"QUERY_TAG",
                          "SERVICE_NAME",
                          "TIMESTAMP_NTZ_OUTPUT_FORMAT",
                          "TIMESTAMP_LTZ_OUTPUT_FORMAT",
                          "TIMESTAMP_TZ_OUTPUT_FORMAT"}) {
    text(name, "");
  }
  text("DATE_OUTPUT_FORMAT", "YYYY-MM-DD");
  text("TIME_OUTPUT_FORMAT", "HH24:MI:SS");
  text("TIMESTAMP_OUTPUT_FORMAT", "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM");
  text("TIMESTAMP_TYPE_MAPPING", "TIMESTAMP_NTZ");
  text("TIMEZONE", "Etc/UTC");
  text("TRANSACTION_DEFAULT_ISOLATION_LEVEL", "READ COMMITTED");
  for (auto const client :
       {"GO", "PYTHON_CONNECTOR", "JDBC", "C_API", "ODBC", "DOTNET", "NODE", "SQL_API"}) {
    p[std::string(client) + "_QUERY_RESULT_FORMAT"] = std::string("JSON");
  }
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_PARAMETERS_IPP
