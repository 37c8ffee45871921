#ifndef SLUICE_SANDBOX_DETAIL_REPLIES_HPP
#define SLUICE_SANDBOX_DETAIL_REPLIES_HPP

#include <sluice/sandbox/sql/engine.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::sandbox::detail {

/// Appends a JSON string, quotes included. Bytes that are no UTF-8 become U+FFFD.
void append_json(std::string& out, std::string_view text);
std::string json_text(std::string_view text);

using parameter_list = std::vector<std::pair<std::string, sql::parameter_value>>;

/// `[{"name":..., "value":...}, ...]`
std::string parameters_json(parameter_list const& parameters);

/// `{"success":true, ..., "data":<data>}`; `data` is JSON text.
std::string success_envelope(std::string_view data,
                             std::string_view code = {},
                             std::string_view message = {});
std::string failure_envelope(std::string_view code,
                             std::string_view message,
                             std::string_view data = "null");

/// A chunk of a large result as announced in the reply.
struct announced_chunk {
  std::string url;
  std::size_t rows = 0;
  std::size_t uncompressed_bytes = 0;
  std::size_t compressed_bytes = 0;
};

/// What a result reply holds besides the engine's answer.
struct result_frame {
  sql::session_context context;
  parameter_list changed_parameters;
  std::size_t inline_rows = 0;  ///< rows in the reply itself
  std::vector<announced_chunk> chunks;
  std::vector<std::pair<std::string, std::string>> chunk_headers;
  std::int64_t now_ms = 0;
};

std::string result_envelope(sql::result_set const& result, result_frame const& frame);

/// Rows `[first, last)` as a comma-separated list of arrays without brackets.
std::string rows_json(std::vector<std::vector<sql::cell>> const& rows,
                      std::size_t first,
                      std::size_t last);

/// A result of one text column and one row.
sql::result_set single_text(std::string query_id,
                            std::int64_t statement_type_id,
                            std::string column,
                            std::string text);

std::string failure_reply(sql::failure const& failure);

/// The reply that sends a client polling.
std::string in_progress_reply(std::string_view code, std::string_view query_id);

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_REPLIES_HPP
