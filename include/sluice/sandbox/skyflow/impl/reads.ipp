#ifndef SLUICE_SANDBOX_SKYFLOW_IMPL_READS_IPP
#define SLUICE_SANDBOX_SKYFLOW_IMPL_READS_IPP

#include <sluice/sandbox/detail/replies.hpp>
#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/skyflow/detail/vault_service.hpp>
#include <sluice/sandbox/skyflow/impl/inserts.ipp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace sluice::inline v0::sandbox::skyflow::detail {

namespace reads_impl {

using sandbox::detail::json_text;

/// The query string as forms write it: a plus is a space.
struct parameters {
  explicit parameters(http_request const& request) {
    auto const question = request.target.find('?');
    if (question == std::string::npos) return;
    std::string text;
    for (char const c : request.target.substr(question + 1)) {
      c == '+' ? text += "%20" : text += c;
    }
    pairs = sandbox::detail::parse_query(text);
  }

  std::vector<std::string> all(std::string_view name) const {
    std::vector<std::string> out;
    for (auto const& [key, value] : pairs) {
      if (key == name && !value.empty()) out.push_back(value);
    }
    return out;
  }

  /// \throws api_error 400 if it is repeated
  std::string one(std::string_view name) const {
    auto found = all(name);
    if (found.size() > 1) refuse_argument(fmt::format("{} is repeated", name));
    return found.empty() ? std::string{} : std::move(found.front());
  }

  bool flag(std::string_view name) const {
    auto const text = one(name);
    if (text.empty() || text == "false") return false;
    if (text == "true") return true;
    refuse_argument(fmt::format("{} is neither true nor false", name));
  }

  std::uint64_t number(std::string_view name, std::uint64_t absent) const {
    auto const text = one(name);
    if (text.empty()) return absent;
    auto const value = sandbox::detail::to_integer(text);
    if (!value || *value < 0) refuse_argument(fmt::format("{} is no number from 0", name));
    return static_cast<std::uint64_t>(*value);
  }

  sandbox::detail::name_values pairs;
};

inline std::vector<std::size_t> columns_of(table_info const& t,
                                           std::vector<std::string> const& names) {
  std::vector<std::size_t> out;
  if (names.empty()) {
    out.resize(t.columns.size());
    std::iota(out.begin(), out.end(), std::size_t{0});
  }
  for (auto const& name : names) {
    if (name == "skyflow_id") continue;
    auto const at = t.find(name);
    if (!at) refuse_argument(fmt::format("Column {} is invalid. Specify a valid column.", name));
    out.push_back(*at);
  }
  return out;
}

inline bool descending(parameters const& p) {
  auto const order = p.one("order_by");
  if (order.empty() || order == "NONE" || order == "ASCENDING") return false;
  if (order == "DESCENDING") return true;
  refuse_argument("order_by is none of ASCENDING, DESCENDING and NONE");
}

/// What a cell of a query's answer looks like; SQLite has no booleans.
inline void append_cell(std::string& out, cell const& value) {
  if (is_null(value)) {
    out += "null";
  } else if (auto const* text = std::get_if<std::string>(&value)) {
    sandbox::detail::append_json(out, *text);
  } else if (auto const* number = std::get_if<std::int64_t>(&value)) {
    out += std::to_string(*number);
  } else {
    out += fmt::format("{}", std::get<double>(value));
  }
}

}  // namespace reads_impl

std::string vault_service::fields_json(table_info const& t,
                                       record const& r,
                                       std::vector<std::size_t> const& columns,
                                       std::string_view redaction_name,
                                       bool as_tokens) const {
  std::string out = R"({"skyflow_id":")" + r.skyflow_id + '"';
  for (auto const at : columns) {
    auto const& column = t.columns[at];
    if (as_tokens && r.tokens[at].empty()) continue;
    out += ',' + reads_impl::json_text(column.def.name) + ':';
    if (as_tokens) {
      out += reads_impl::json_text(r.tokens[at]);
    } else {
      append_shown(out, column, r.values[at], parse_redaction(redaction_name, column));
    }
  }
  return out + '}';
}

http_response vault_service::get_rows(call& c) {
  using namespace reads_impl;
  auto const& v = store_.find(c.note.vault);
  auto const& t = v.table(c.note.table);
  parameters const p(c.request);
  auto const ids = p.all("skyflow_ids");
  auto const column_name = p.one("column_name");
  auto const column_values = p.all("column_values");
  bool const tokens = p.flag("tokenization");
  (void)p.flag("downloadURL");
  auto const names = p.all("fields");
  auto const columns = columns_of(t, names);
  auto const shown = p.one("redaction");
  if (!ids.empty() && !column_name.empty()) {
    refuse_argument("skyflow_ids and column_name exclude each other");
  }
  if (column_name.empty() != column_values.empty()) {
    refuse_argument("column_name and column_values belong together");
  }
  if (tokens && ids.empty()) refuse_argument("tokenization needs skyflow_ids");
  if (tokens && !shown.empty()) refuse_argument("tokenization and redaction exclude each other");
  for (auto const at : columns) {
    if (tokens && !names.empty() && t.columns[at].def.tokens == token_policy::none) {
      refuse_argument("Column " + t.columns[at].def.name + " is not tokenised.");
    }
  }
  auto limit = p.number("limit", configured_.get_limit);
  if (configured_.clamp_get_limit) limit = std::min<std::uint64_t>(limit, configured_.get_limit);
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  limit = std::min(limit, most);

  std::vector<record> found;
  {
    vault_store::work w(store_);
    for (auto const& id : ids) {
      if (auto r = w.row(t, id)) found.push_back(*std::move(r));
    }
    if (!column_name.empty()) {
      auto const column = t.unique_column(column_name);
      for (auto const& value : column_values) {
        for (auto& r : w.rows_where(t, column, value)) found.push_back(std::move(r));
      }
    }
    if (ids.empty() && column_name.empty()) {
      found = w.rows(t, p.number("offset", 0), limit, descending(p));
    } else if (found.size() > limit) {
      found.resize(static_cast<std::size_t>(limit));
    }
  }
  if (found.empty()) refuse_unknown("No Records Found");
  std::vector<std::string> items;
  for (auto const& r : found) {
    items.push_back(R"({"fields":)" + fields_json(t, r, columns, shown, tokens) +
                    R"(,"tokens":null})");
  }
  return reply_json(200, R"({"records":)" + list_of(c, std::move(items)) + '}');
}

http_response vault_service::get_row(call& c) {
  using namespace reads_impl;
  auto const& t = store_.find(c.note.vault).table(c.note.table);
  parameters const p(c.request);
  std::optional<record> r;
  {
    vault_store::work w(store_);
    r = w.row(t, c.path[4]);
  }
  if (!r) refuse_unknown("No Records Found");
  c.note.records = 1;
  return reply_json(
      200,
      R"({"fields":)" +
          fields_json(
              t, *r, columns_of(t, p.all("fields")), p.one("redaction"), p.flag("tokenization")) +
          '}');
}

http_response vault_service::update_row(call& c) {
  using namespace reads_impl;
  auto const& v = store_.find(c.note.vault);
  auto const& t = v.table(c.note.table);
  auto const body = parse_object(c.body);
  allow_keys(body, {"record", "tokenization", "byot"});
  auto const* entry = body.find("record");
  if (entry == nullptr) refuse_argument("record is missing");
  allow_keys(*entry, {"fields", "tokens"});
  record_input input;
  input.byot = inserts_impl::byot_of(body);
  input.fields = entry->find("fields");
  input.tokens = entry->find("tokens");
  bool const tokenization = flag_of(body, "tokenization");
  vault_store::work w(store_);
  auto const r = w.update(v, t, c.path[4], input);
  w.commit();
  c.note.records = 1;
  return reply_json(
      200,
      fmt::format(R"({{"skyflow_id":"{}","createdTime":"","updatedTime":"","tokens":{}}})",
                  r.skyflow_id,
                  tokens_json(c, t, r, tokenization)));
}

http_response vault_service::delete_row(call& c) {
  auto const& v = store_.find(c.note.vault);
  auto const& t = v.table(c.note.table);
  vault_store::work w(store_);
  if (!w.erase(v, t, c.path[4])) refuse_unknown("No Records Found");
  w.commit();
  c.note.records = 1;
  return reply_json(
      200, fmt::format(R"({{"skyflow_id":{},"deleted":true}})", reads_impl::json_text(c.path[4])));
}

http_response vault_service::delete_rows(call& c) {
  using namespace reads_impl;
  auto const& v = store_.find(c.note.vault);
  auto const& t = v.table(c.note.table);
  auto const body = parse_object(c.body);
  allow_keys(body, {"skyflow_ids"});
  (void)records_of(c, body, "skyflow_ids");
  auto const ids = texts_of(body, "skyflow_ids");
  vault_store::work w(store_);
  if (ids.size() == 1 && ids.front() == "*") {
    if (w.erase_all(v, t) == 0 && configured_.delete_all_of_empty_fails) {
      refuse(500, grpc::internal, "Couldn't load data");
    }
    w.commit();
    return reply_json(200, R"({"RecordIDResponse":["*"]})");
  }
  std::vector<std::string> items;
  for (auto const& id : ids) {
    if (!w.erase(v, t, id)) refuse_unknown("No Records Found");
    items.push_back(json_text(id));
  }
  w.commit();
  return reply_json(200, R"({"RecordIDResponse":)" + list_of(c, std::move(items)) + '}');
}

http_response vault_service::detokenize(call& c) {
  using namespace reads_impl;
  auto const& v = store_.find(c.note.vault);
  auto const body = parse_object(c.body);
  allow_keys(body, {"detokenizationParameters", "downloadURL", "continueOnError"});
  auto const& wanted = records_of(c, body, "detokenizationParameters");
  bool const continue_on_error = flag_of(body, "continueOnError");
  (void)flag_of(body, "downloadURL");
  if (continue_on_error) c.partial = c.gate.hit("vault_partial");
  std::vector<std::string> items;
  std::string unknown;
  std::size_t failures = 0;
  {
    vault_store::work w(store_);
    for (std::size_t i = 0; i < wanted.items.size(); ++i) {
      auto const& entry = wanted.items[i];
      allow_keys(entry, {"token", "redaction"});
      auto const given = required_text(entry, "token");
      auto const shown = text_of(entry, "redaction");
      std::string problem;
      try {
        if (auto const fault = partial_fault(c, i)) throw *fault;
        auto const found = w.token(v, who_.data_token(given));
        if (found) {
          auto const& t = v.table(found->table);
          auto const& column = t.columns[t.find(found->column).value()];
          items.push_back(fmt::format(
              R"({{"token":{},"valueType":"{}","value":{},"error":null}})",
              json_text(given),
              column.value_type,
              json_text(shown_text(column, found->plain, parse_redaction(shown, column)))));
          continue;
        }
        unknown += (unknown.empty() ? "" : ", ") + given;
        problem = "Token not found for " + given;
      } catch (api_error const& e) {
        if (!continue_on_error) throw;
        problem = e.message;
      }
      ++failures;
      items.push_back(fmt::format(R"({{"token":{},"valueType":"NONE","value":"","error":{}}})",
                                  json_text(given),
                                  json_text(problem)));
    }
  }
  bool const all = failures == items.size() && configured_.detokenize_all_failed_404;
  if (failures > 0 && (!continue_on_error || all)) {
    refuse_unknown(fmt::format("Token{} not found for {}", failures > 1 ? "s" : "", unknown));
  }
  return reply_json(failures > 0 ? configured_.detokenize_partial_status : 200,
                    R"({"records":)" + list_of(c, std::move(items)) + '}');
}

http_response vault_service::tokenize(call& c) {
  using namespace reads_impl;
  auto const& v = store_.find(c.note.vault);
  auto const body = parse_object(c.body);
  allow_keys(body, {"tokenizationParameters"});
  auto const& wanted = records_of(c, body, "tokenizationParameters");
  std::vector<std::string> items;
  vault_store::work w(store_);
  for (auto const& entry : wanted.items) {
    allow_keys(entry, {"value", "columnGroup", "table", "column"});
    auto const* value = entry.find("value");
    if (value == nullptr || value->is_array() || value->is_object()) {
      refuse_argument("value is missing or no scalar");
    }
    auto scope = text_of(entry, "columnGroup");
    if (scope.empty()) {
      auto const& t = v.table(required_text(entry, "table"));
      auto const name = required_text(entry, "column");
      auto const at = t.find(name);
      if (!at) refuse_argument(fmt::format("Column {} is invalid. Specify a valid column.", name));
      scope = t.columns[*at].scope;
    }
    std::string plain;
    if (value->is == json_value::form::boolean) {
      plain = value->flag ? "true" : "false";
    } else {
      plain = value->text;
    }
    auto const token = w.issued(v, scope, plain);
    if (!token) {
      refuse_unknown("Tokenize returns previously issued tokens for existing data only.");
    }
    items.push_back(fmt::format(R"({{"token":{}}})", json_text(*token)));
  }
  return reply_json(200, R"({"records":)" + list_of(c, std::move(items)) + '}');
}

std::string vault_service::query_records(call& c, vault_info const& v, json_value const& body) {
  using namespace reads_impl;
  auto const text = required_text(body, "query");
  auto const first = sandbox::detail::upper(sandbox::detail::trimmed(text).substr(0, 6));
  if (first != "SELECT") refuse_argument("only SELECT is supported");
  std::vector<std::vector<cell>> rows;
  std::vector<std::string> names;
  {
    vault_store::work w(store_);
    names = w.query(v, text, configured_.get_limit, rows);
  }
  std::vector<std::string> items;
  for (auto const& row : rows) {
    auto& item = items.emplace_back(R"({"fields":{)");
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) item += ',';
      item += json_text(names[i]) + ':';
      append_cell(item, row[i]);
    }
    item += "}}";
  }
  return list_of(c, std::move(items));
}

http_response vault_service::query(call& c) {
  auto const& v = store_.find(c.note.vault);
  auto const body = parse_object(c.body);
  allow_keys(body, {"query"});
  return reply_json(200, R"({"records":)" + query_records(c, v, body) + '}');
}

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_IMPL_READS_IPP
