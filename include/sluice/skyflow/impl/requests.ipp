#ifndef SLUICE_SKYFLOW_IMPL_REQUESTS_IPP
#define SLUICE_SKYFLOW_IMPL_REQUESTS_IPP

#include <sluice/encode/detail/text_scan.hpp>
#include <sluice/ext/detail/json_reader.hpp>
#include <sluice/skyflow/requests.hpp>
#include <sluice/transport/url.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::skyflow {

namespace detail {

inline void add_string(std::string& out, std::string_view text) {
  sluice::detail::append_json_string(out, text);
}

inline void add_member(std::string& out, std::string_view name, std::string_view text) {
  if (out.back() != '{') out += ',';
  add_string(out, name);
  out += ':';
  add_string(out, text);
}

/// `"name":["a","b"]`
template<class Texts, class View>
void add_list(std::string& out, std::string_view name, Texts const& texts, View view) {
  if (out.back() != '{') out += ',';
  add_string(out, name);
  out += ":[";
  for (auto const& text : texts) {
    if (out.back() != '[') out += ',';
    add_string(out, view(text));
  }
  out += ']';
}

inline std::string_view view_of_text(std::string const& text) noexcept {
  return text;
}

inline std::string_view view_of_secret(secret const& text) noexcept {
  return text.expose();
}

/// Scheme and host, to be followed by a path.
inline std::string origin_of(connection const& to) {
  std::string url = to.vault_url;
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

inline std::string vault_url(connection const& to) {
  return origin_of(to) + "/v1/vaults/" + percent_encode(to.vault_id);
}

inline std::string table_url(connection const& to, std::string_view table) {
  return vault_url(to) + '/' + percent_encode(table);
}

/// `{"vaultID":"..."`, to be continued.
inline std::string flowvault_body(connection const& to) {
  std::string body = "{";
  add_member(body, "vaultID", to.vault_id);
  return body;
}

inline std::string_view name_of(redaction how) noexcept {
  switch (how) {
    case redaction::by_policy:
      return "DEFAULT";
    case redaction::redacted:
      return "REDACTED";
    case redaction::masked:
      return "MASKED";
    case redaction::plain_text:
      return "PLAIN_TEXT";
  }
  return "DEFAULT";
}

inline std::string_view byot_of(token_mode mode) noexcept {
  return mode == token_mode::strict ? ",\"byot\":\"ENABLE_STRICT\"" : ",\"byot\":\"ENABLE\"";
}

inline constexpr std::string_view record_head = "{\"fields\":";

}  // namespace detail

SLUICE_DECL insert_frame make_insert_frame(connection const& to, insert_options const& options) {
  insert_frame f;
  std::string_view const tokenization = options.return_tokens ? "true" : "false";
  switch (options.endpoint) {
    case insert_endpoint::table:
    case insert_endpoint::table_continue:
      f.url = detail::table_url(to, options.table);
      f.head = "{\"records\":";
      if (options.endpoint == insert_endpoint::table_continue) f.tail = ",\"continueOnError\":true";
      f.tail += ",\"tokenization\":" + std::string{tokenization};
      if (options.tokens != token_mode::none) f.tail += detail::byot_of(options.tokens);
      if (!options.upsert.empty()) detail::add_member(f.tail, "upsert", options.upsert);
      break;
    case insert_endpoint::batch:
      f.url = detail::vault_url(to);
      f.head = "{\"records\":";
      f.record = "{\"method\":\"POST\"";
      detail::add_member(f.record, "tableName", options.table);
      f.record += ",\"tokenization\":" + std::string{tokenization};
      if (!options.upsert.empty()) detail::add_member(f.record, "upsert", options.upsert);
      f.record += ",\"fields\":";
      f.tail = ",\"continueOnError\":true";
      if (options.tokens != token_mode::none) f.tail += detail::byot_of(options.tokens);
      break;
    case insert_endpoint::flowvault:
      f.url = detail::origin_of(to) + "/v2/records/insert";
      f.head = detail::flowvault_body(to);
      detail::add_member(f.head, "tableName", options.table);
      f.head += ",\"records\":";
      f.record = "{\"data\":";
      if (options.upsert.empty()) break;
      f.tail = ",\"upsert\":{\"uniqueColumns\":[";
      detail::add_string(f.tail, options.upsert);
      f.tail += options.matched == on_match::replace ? "],\"updateType\":\"REPLACE\"}"
                                                     : "],\"updateType\":\"UPDATE\"}";
      break;
  }
  f.tail += '}';
  return f;
}

SLUICE_DECL chunk_list insert_body(insert_frame const& frame,
                                   chunk_list const& records,
                                   std::span<std::uint32_t const> rows) {
  chunk_list body;
  if (rows.empty() && frame.record.empty()) {
    body.push_back(chunk{frame.head});
    for (chunk const& part : records) body.push_back(part);
    body.push_back(chunk{frame.tail});
    return body;
  }
  std::string const text = records.joined();
  std::string out = frame.head;
  out.reserve(frame.head.size() + text.size() + frame.tail.size() + 2 +
              (rows.empty() ? text.size() / 64 : rows.size()) * frame.record.size());
  sluice::detail::plain_lines lines{text};
  std::string_view line;
  std::size_t next = 0;
  char separator = '[';
  for (std::uint32_t row = 0; lines.next(line) && (rows.empty() || next != rows.size()); ++row) {
    if (!rows.empty() && rows[next] != row) continue;
    ++next;
    out += std::exchange(separator, ',');
    line.remove_prefix(1);  // the bracket or comma
    if (!frame.record.empty()) {
      out += frame.record;
      line.remove_prefix(std::min(detail::record_head.size(), line.size()));
    }
    out += line;
  }
  if (separator == '[') out += '[';
  out += ']';
  out += frame.tail;
  body.push_back(chunk{std::move(out)});
  return body;
}

SLUICE_DECL std::vector<secret> values_of(chunk_list const& records, std::string_view column) {
  std::string text = records.joined();
  sluice::detail::plain_lines lines{text};
  std::string_view line;
  std::vector<secret> values;
  while (lines.next(line)) {
    std::optional<boost::json::value> const parsed =
        sluice::detail::json_reader::parse_json(line.substr(1));
    boost::json::object const* const record = parsed ? parsed->if_object() : nullptr;
    boost::json::object const* const fields =
        record == nullptr ? nullptr : sluice::detail::json_reader::find_object(*record, "fields");
    std::string value =
        fields == nullptr ? std::string{} : sluice::detail::json_reader::text_at(*fields, column);
    values.push_back(secret::take(value));
  }
  wipe(text);
  return values;
}

SLUICE_DECL read_request make_get(connection const& to, get_request const& what) {
  read_request r;
  if (to.api == vault_api::flowvault) {
    r.url = detail::origin_of(to) + "/v2/records/get";
    r.body = detail::flowvault_body(to);
    detail::add_member(r.body, "tableName", what.table);
    if (!what.ids.empty()) detail::add_list(r.body, "skyflowIDs", what.ids, detail::view_of_text);
    if (what.ids.empty() && !what.column.empty()) {
      r.body += ",\"uniqueValues\":[";
      for (secret const& value : what.values) {
        if (r.body.back() != '[') r.body += ',';
        r.body += "{\"data\":{";
        detail::add_member(r.body, what.column, value.expose());
        r.body += "}}";
      }
      r.body += ']';
    }
    if (!what.fields.empty())
      detail::add_list(r.body, "columns", what.fields, detail::view_of_text);
    if (what.redaction != redaction::by_policy && !what.fields.empty()) {
      r.body += ",\"columnRedactions\":[";
      for (std::string const& field : what.fields) {
        r.body += r.body.back() == '[' ? "{" : ",{";
        detail::add_member(r.body, "columnName", field);
        detail::add_member(r.body, "redaction", detail::name_of(what.redaction));
        r.body += '}';
      }
      r.body += ']';
    }
    r.body += ",\"limit\":" + std::to_string(what.limit) +
              ",\"offset\":" + std::to_string(what.offset) + '}';
    return r;
  }
  r.url = detail::table_url(to, what.table) + "?";
  auto const add = [&](std::string_view name, std::string_view value) {
    if (r.url.back() != '?') r.url += '&';
    r.url += name;
    r.url += '=';
    r.url += percent_encode(value);
  };
  for (std::string const& id : what.ids) add("skyflow_ids", id);
  if (what.ids.empty() && !what.column.empty()) {
    add("column_name", what.column);
    for (secret const& value : what.values) add("column_values", value.expose());
  }
  if (what.tokens)
    add("tokenization", "true");
  else
    add("redaction", detail::name_of(what.redaction));
  for (std::string const& field : what.fields) add("fields", field);
  if (what.ids.empty() && what.column.empty()) {
    add("offset", std::to_string(what.offset));
    add("limit", std::to_string(what.limit));
  }
  return r;
}

SLUICE_DECL read_request make_detokenize(connection const& to,
                                         std::span<secret const> tokens,
                                         redaction how) {
  read_request r;
  if (to.api == vault_api::flowvault) {
    r.url = detail::origin_of(to) + "/v2/tokens/detokenize";
    r.body = detail::flowvault_body(to);
    detail::add_list(r.body, "tokens", tokens, detail::view_of_secret);
    r.body += '}';
    return r;
  }
  r.url = detail::vault_url(to) + "/detokenize";
  r.body = "{\"detokenizationParameters\":[";
  for (secret const& token : tokens) {
    r.body += r.body.back() == '[' ? "{" : ",{";
    detail::add_member(r.body, "token", token.expose());
    detail::add_member(r.body, "redaction", detail::name_of(how));
    r.body += '}';
  }
  r.body += "],\"downloadURL\":false,\"continueOnError\":true}";
  return r;
}

SLUICE_DECL read_request make_query(connection const& to, std::string_view sql) {
  read_request r;
  bool const classic = to.api == vault_api::classic;
  r.url = classic ? detail::vault_url(to) + "/query" : detail::origin_of(to) + "/v2/query";
  r.body = classic ? "{" : detail::flowvault_body(to);
  detail::add_member(r.body, "query", sql);
  r.body += '}';
  return r;
}

SLUICE_DECL read_request make_delete(connection const& to,
                                     std::string_view table,
                                     std::span<std::string const> ids) {
  read_request r;
  if (to.api == vault_api::flowvault) {
    r.url = detail::origin_of(to) + "/v2/records/delete";
    r.body = detail::flowvault_body(to);
    detail::add_member(r.body, "tableName", table);
    detail::add_list(r.body, "skyflowIDs", ids, detail::view_of_text);
  } else {
    r.url = detail::table_url(to, table);
    r.body = "{";
    detail::add_list(r.body, "skyflow_ids", ids, detail::view_of_text);
  }
  r.body += '}';
  return r;
}

}  // namespace sluice::inline v0::skyflow

#endif  // SLUICE_SKYFLOW_IMPL_REQUESTS_IPP
