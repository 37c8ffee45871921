#ifndef SLUICE_SANDBOX_IMPL_REPLIES_IPP
#define SLUICE_SANDBOX_IMPL_REPLIES_IPP

#include <sluice/sandbox/detail/replies.hpp>

#include <fmt/format.h>

#include <iterator>
#include <optional>

namespace sluice::inline v0::sandbox::detail {

namespace replies_impl {

/// Bytes of the UTF-8 sequence at the front of `text`; 0 if there is none.
inline std::size_t sequence_length(std::string_view text) {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  auto const follows = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  unsigned char const first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first < 0xF0) {
    bool const overlong = first == 0xE0 && text.size() > 1 && byte(1) < 0xA0;
    bool const surrogate = first == 0xED && text.size() > 1 && byte(1) >= 0xA0;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first < 0xF5) {
    bool const overlong = first == 0xF0 && text.size() > 1 && byte(1) < 0x90;
    bool const beyond = first == 0xF4 && text.size() > 1 && byte(1) >= 0x90;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

inline std::string number_or_null(std::optional<std::int64_t> value) {
  return value ? std::to_string(*value) : "null";
}

inline std::string text_or_null(std::string_view text) {
  return text.empty() ? "null" : json_text(text);
}

inline void append_column(std::string& out, sql::column const& c) {
  fmt::format_to(std::back_inserter(out),
                 R"({{"name":{},"database":{},"schema":{},"table":{},"type":{},"nullable":{},)"
                 R"("precision":{},"scale":{},"length":{},"byteLength":{},"collation":null,)"
                 R"("fields":null}})",
                 json_text(c.name),
                 json_text(c.database),
                 json_text(c.schema),
                 json_text(c.table),
                 json_text(c.type),
                 c.nullable,
                 number_or_null(c.precision),
                 number_or_null(c.scale),
                 number_or_null(c.length),
                 number_or_null(c.byte_length));
}

inline std::string chunks_json(result_frame const& frame) {
  std::string out = R"(,"chunks":[)";
  for (auto const& chunk : frame.chunks) {
    if (out.back() == '}') out.push_back(',');
    fmt::format_to(std::back_inserter(out),
                   R"({{"url":{},"rowCount":{},"uncompressedSize":{},"compressedSize":{}}})",
                   json_text(chunk.url),
                   chunk.rows,
                   chunk.uncompressed_bytes,
                   chunk.compressed_bytes);
  }
  out += R"(],"chunkHeaders":{)";
  for (auto const& [name, value] : frame.chunk_headers) {
    if (out.back() != '{') out.push_back(',');
    out += json_text(name) + ':' + json_text(value);
  }
  return out + '}';
}

}  // namespace replies_impl

void append_json(std::string& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    char const c = text.front();
    std::size_t const length = replies_impl::sequence_length(text);
    if (length == 0) {
      out += "\\ufffd";
      text.remove_prefix(1);
      continue;
    }
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  out.push_back('"');
}

std::string json_text(std::string_view text) {
  std::string out;
  append_json(out, text);
  return out;
}

std::string parameters_json(parameter_list const& parameters) {
  std::string out = "[";
  for (auto const& [name, value] : parameters) {
    if (out.size() > 1) out.push_back(',');
    std::string text;
    if (auto const* flag = std::get_if<bool>(&value)) {
      text = *flag ? "true" : "false";
    } else if (auto const* number = std::get_if<std::int64_t>(&value)) {
      text = std::to_string(*number);
    } else {
      text = json_text(std::get<std::string>(value));
    }
    out += R"({"name":)" + json_text(name) + R"(,"value":)" + text + '}';
  }
  return out + ']';
}

std::string success_envelope(std::string_view data,
                             std::string_view code,
                             std::string_view message) {
  return fmt::format(R"({{"data":{},"code":{},"message":{},"success":true}})",
                     data,
                     replies_impl::text_or_null(code),
                     replies_impl::text_or_null(message));
}

std::string failure_envelope(std::string_view code,
                             std::string_view message,
                             std::string_view data) {
  return fmt::format(R"({{"data":{},"code":{},"message":{},"success":false}})",
                     data,
                     json_text(code),
                     json_text(message));
}

std::string rows_json(std::vector<std::vector<sql::cell>> const& rows,
                      std::size_t first,
                      std::size_t last) {
  std::string out;
  for (std::size_t i = first; i < last; ++i) {
    if (i != first) out.push_back(',');
    out.push_back('[');
    bool comma = false;
    for (sql::cell const& cell : rows[i]) {
      if (comma) out.push_back(',');
      comma = true;
      if (cell) {
        append_json(out, *cell);
      } else {
        out += "null";
      }
    }
    out.push_back(']');
  }
  return out;
}

std::string result_envelope(sql::result_set const& result, result_frame const& frame) {
  using replies_impl::text_or_null;
  std::string rowtype;
  for (auto const& column : result.columns) {
    if (!rowtype.empty()) rowtype.push_back(',');
    replies_impl::append_column(rowtype, column);
  }
  std::string stats = "null";
  if (result.stats) {
    stats = fmt::format(
        R"({{"numRowsInserted":{},"numRowsUpdated":{},"numRowsDeleted":{},"numDmlDuplicates":{}}})",
        result.stats->inserted,
        result.stats->updated,
        result.stats->deleted,
        result.stats->duplicates);
  }
  std::string data = fmt::format(
      R"({{"parameters":{},"rowtype":[{}],"rowset":[{}],"total":{},"returned":{},)"
      R"("queryId":{},"sqlState":"00000","statementTypeId":{},"queryResultFormat":"json",)"
      R"("databaseProvider":null,"finalDatabaseName":{},"finalSchemaName":{},)"
      R"("finalWarehouseName":{},"finalRoleName":{},"numberOfBinds":{},"arrayBindSupported":{},)"
      R"("version":1,"sendResultTime":{},"queryAbortsAfterSecs":300,"stats":{},)"
      R"("queryContext":{{"entries":[]}})",
      parameters_json(frame.changed_parameters),
      rowtype,
      rows_json(result.rows, 0, frame.inline_rows),
      result.rows.size(),
      result.rows.size(),
      json_text(result.query_id),
      result.statement_type_id,
      text_or_null(frame.context.database),
      text_or_null(frame.context.schema),
      text_or_null(frame.context.warehouse),
      text_or_null(frame.context.role),
      result.number_of_binds,
      result.array_bind_supported,
      frame.now_ms,
      stats);
  if (!frame.chunks.empty()) data += replies_impl::chunks_json(frame);
  return success_envelope(data + '}');
}

sql::result_set single_text(std::string query_id,
                            std::int64_t statement_type_id,
                            std::string column,
                            std::string text) {
  sql::result_set out;
  out.query_id = std::move(query_id);
  out.statement_type_id = statement_type_id;
  auto& only = out.columns.emplace_back();
  only.name = std::move(column);
  only.type = "text";
  out.rows.push_back({sql::cell(std::move(text))});
  return out;
}

std::string failure_reply(sql::failure const& failure) {
  std::string const data = fmt::format(
      R"({{"internalError":false,"errorCode":{},"age":0,"sqlState":{},"queryId":{},"line":{},)"
      R"("pos":{},"type":"COMPILATION"}})",
      json_text(failure.code),
      json_text(failure.sql_state),
      json_text(failure.query_id),
      failure.line,
      failure.pos);
  return failure_envelope(failure.code, failure.message, data);
}

std::string in_progress_reply(std::string_view code, std::string_view query_id) {
  std::string const data = fmt::format(
      R"({{"queryId":{},"getResultUrl":{},"queryAbortsAfterSecs":300,"progressDesc":null}})",
      json_text(query_id),
      json_text(fmt::format("/queries/{}/result", query_id)));
  return success_envelope(data, code, "Query execution in progress.");
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_REPLIES_IPP
