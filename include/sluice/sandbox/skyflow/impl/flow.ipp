#ifndef SLUICE_SANDBOX_SKYFLOW_IMPL_FLOW_IPP
#define SLUICE_SANDBOX_SKYFLOW_IMPL_FLOW_IPP

#include <sluice/sandbox/skyflow/impl/inserts.ipp>
#include <sluice/sandbox/skyflow/impl/reads.ipp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice::inline v0::sandbox::skyflow::detail {

/// One reply of a bulk call, an item for each record.
struct flow_reply {
  bool code_null = false;  ///< the fault of that name is at work
  bool failed = false;
  std::vector<std::string> items{};

  std::string code(int status) const { return code_null ? "null" : std::to_string(status); }

  void add(std::string item) { items.push_back(std::move(item)); }

  int status() const { return failed ? 207 : 200; }
};

namespace flow_impl {

using sandbox::detail::json_text;

/// What a record shares with its call: a table and how to upsert.
struct target {
  table_info const* table = nullptr;
  std::vector<std::size_t> upsert;
  bool replace = false;
};

inline void read_upsert(json_value const& object, target& into) {
  auto const* upsert = object.find("upsert");
  if (upsert == nullptr) return;
  allow_keys(*upsert, {"uniqueColumns", "updateType"});
  for (auto const& name : texts_of(*upsert, "uniqueColumns")) {
    into.upsert.push_back(into.table->unique_column(name));
  }
  auto const type = text_of(*upsert, "updateType");
  if (!type.empty() && type != "UPDATE" && type != "REPLACE") {
    refuse_argument("updateType is neither UPDATE nor REPLACE");
  }
  into.replace = type == "REPLACE";
}

/// From the call or from the record, not from both.
inline std::string table_name(json_value const& body, json_value const& entry) {
  auto const common = text_of(body, "tableName");
  auto const own = text_of(entry, "tableName");
  if (!common.empty() && !own.empty()) {
    refuse_argument("tableName is given for the call and in a record");
  }
  if (common.empty() && own.empty()) refuse_argument("tableName is missing");
  return common.empty() ? own : common;
}

/// Tokens by column as plain values: a value is a token or a list of one {token, tokenGroupName}.
inline json_value plain_tokens(json_value const& tokens, table_info const& t) {
  if (!tokens.is_object()) refuse_argument("tokens is no object");
  json_value out = tokens;
  for (std::size_t i = 0; i < out.items.size(); ++i) {
    if (!out.items[i].is_array()) continue;
    if (out.items[i].items.size() != 1) {
      refuse_argument("column " + out.keys[i] + " takes the token of one token group");
    }
    json_value const entry = out.items[i].items.front();
    allow_keys(entry, {"token", "tokenGroupName"});
    auto const group = text_of(entry, "tokenGroupName");
    auto const at = t.find(out.keys[i]);
    if (at && !group.empty() && group != t.columns[*at].token_group) {
      refuse_argument("column " + out.keys[i] + " has no token group " + group);
    }
    out.items[i] = {};
    out.items[i].is = json_value::form::string;
    out.items[i].text = required_text(entry, "token");
  }
  return out;
}

inline std::string grouped_tokens(table_info const& t, record const& r) {
  std::string out;
  for (std::size_t i = 0; i < r.tokens.size(); ++i) {
    if (r.tokens[i].empty()) continue;
    out.push_back(out.empty() ? '{' : ',');
    out += fmt::format(R"({}:[{{"token":{},"tokenGroupName":{}}}])",
                       json_text(t.columns[i].def.name),
                       json_text(r.tokens[i]),
                       json_text(t.columns[i].token_group));
  }
  return out.empty() ? "null" : out + '}';
}

inline std::string failed_record(flow_reply const& reply,
                                 std::string_view id,
                                 std::string_view table,
                                 api_error const& e) {
  return fmt::format(R"({{"skyflowID":{},"tableName":{},"httpCode":{},"error":{}}})",
                     id.empty() ? "null" : json_text(id),
                     table.empty() ? "null" : json_text(table),
                     reply.code(e.status),
                     json_text(e.message));
}

inline std::string stored_record(flow_reply const& reply,
                                 table_info const& t,
                                 record const& r,
                                 bool tokens_null) {
  return fmt::format(R"({{"skyflowID":"{}","tableName":{},"httpCode":{},"error":null,"tokens":{},)"
                     R"("data":null,"hashedData":null}})",
                     r.skyflow_id,
                     json_text(t.name),
                     reply.code(200),
                     tokens_null ? "null" : grouped_tokens(t, r));
}

/// The row that holds these unique values.
inline std::optional<record> row_of(vault_store::work& w,
                                    table_info const& t,
                                    json_value const& unique) {
  allow_keys(unique, {"data"});
  auto const* data = unique.find("data");
  if (data == nullptr || !data->is_object() || data->items.empty()) {
    refuse_argument("uniqueValues holds no data");
  }
  auto const column = t.unique_column(data->keys.front());
  auto found = w.rows_where(t, column, data->items.front().text);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

}  // namespace flow_impl

http_response vault_service::flow(call& c) {
  auto const body = parse_object(c.body);
  c.note.vault = required_text(body, "vaultID");
  auto const& v = store_.find(c.note.vault);
  admit(c.note.vault);
  if (c.path[1] == "query") {
    allow_keys(body, {"vaultID", "query"});
    return reply_json(200, R"({"records":)" + query_records(c, v, body) + R"(,"metadata":{}})");
  }
  auto const& name = c.path[2];
  if (c.path[1] == "vaults") return flow_metrics(c, v);
  if (c.path[1] == "records") {
    if (name == "insert") return flow_insert(c, v, body);
    if (name == "get") return flow_get(c, v, body);
    return name == "update" ? flow_update(c, v, body) : flow_delete(c, v, body);
  }
  if (name == "detokenize") return flow_detokenize(c, v, body);
  if (name == "tokenize" || name == "get") return flow_tokenize(c, v, body);
  if (name == "delete") return flow_delete_tokens(c, v, body);
  refuse_unknown("there is no POST " + c.request.path);
}

http_response vault_service::flow_insert(call& c, vault_info const& v, json_value const& body) {
  using namespace flow_impl;
  allow_keys(body, {"vaultID", "tableName", "records", "upsert"});
  c.note.table = text_of(body, "tableName");
  auto const& records = records_of(c, body, "records");
  insert_faults(c, records);
  c.partial = c.gate.hit("vault_partial");
  std::optional<target> common;
  if (!c.note.table.empty()) {
    common.emplace().table = &v.table(c.note.table);
    read_upsert(body, *common);
  }
  flow_reply reply{.code_null = c.gate.hit("vault_code_null").has_value()};
  vault_store::work w(store_);
  for (std::size_t i = 0; i < records.items.size(); ++i) {
    auto const& entry = records.items[i];
    w.begin_part();
    try {
      if (auto const fault = partial_fault(c, i)) throw *fault;
      allow_keys(entry, {"data", "tokens", "tableName", "upsert"});
      target own;
      own.table = &v.table(table_name(body, entry));
      read_upsert(entry, own);
      if (body.find("upsert") != nullptr && entry.find("upsert") != nullptr) {
        refuse_argument("upsert is given for the call and in a record");
      }
      auto const& chosen = common && entry.find("upsert") == nullptr ? *common : own;
      record_input input;
      input.fields = entry.find("data");
      input.byot = byot_mode::enable;
      input.upsert = chosen.upsert;
      input.replace = chosen.replace;
      json_value tokens;
      if (auto const* given = entry.find("tokens")) {
        tokens = plain_tokens(*given, *chosen.table);
        input.tokens = &tokens;
      }
      auto const r = w.insert(v, *chosen.table, input);
      w.keep_part();
      reply.add(stored_record(reply, *chosen.table, r, c.tokens_null));
    } catch (api_error const& e) {
      w.undo_part();
      reply.failed = true;
      reply.add(failed_record(reply, {}, c.note.table, e));
    }
  }
  w.commit();
  return reply_json(reply.status(), R"({"records":)" + list_of(c, std::move(reply.items)) + '}');
}

http_response vault_service::flow_get(call& c, vault_info const& v, json_value const& body) {
  using namespace flow_impl;
  allow_keys(body,
             {"vaultID",
              "tableName",
              "skyflowIDs",
              "columns",
              "columnRedactions",
              "uniqueValues",
              "limit",
              "offset",
              "records"});
  auto const number = [](json_value const& object, std::string_view key, std::uint64_t absent) {
    auto const* value = object.find(key);
    if (value == nullptr) return absent;
    auto const n = sandbox::detail::to_integer(value->text);
    if (!n || *n < 0) refuse_argument(fmt::format("{} is no number from 0", key));
    return static_cast<std::uint64_t>(*n);
  };
  flow_reply reply{.code_null = c.gate.hit("vault_code_null").has_value()};
  vault_store::work w(store_);
  auto const one_table = [&](json_value const& wanted) {
    auto const& t = v.table(required_text(wanted, "tableName"));
    auto const columns = reads_impl::columns_of(t, texts_of(wanted, "columns"));
    std::map<std::string, std::string> redactions;
    if (auto const* list = wanted.find("columnRedactions")) {
      for (auto const& entry : list->items) {
        redactions[required_text(entry, "columnName")] = text_of(entry, "redaction");
      }
    }
    auto const shown = [&](record const& r) {
      std::string data;
      for (auto const at : columns) {
        auto const& column = t.columns[at];
        if (!data.empty()) data += ',';
        data += json_text(column.def.name) + ':';
        append_shown(
            data, column, r.values[at], parse_redaction(redactions[column.def.name], column));
      }
      reply.add(fmt::format(
          R"({{"skyflowID":"{}","tableName":{},"httpCode":{},"error":null,"data":{{{}}},"tokens":{}}})",
          r.skyflow_id,
          json_text(t.name),
          reply.code(200),
          data,
          grouped_tokens(t, r)));
    };
    auto const missing = [&](std::string_view id) {
      reply.failed = true;
      reply.add(failed_record(reply, id, t.name, {404, grpc::not_found, "No Records Found"}));
    };
    auto const ids = texts_of(wanted, "skyflowIDs");
    for (auto const& id : ids) {
      auto const r = w.row(t, id);
      r ? shown(*r) : missing(id);
    }
    auto const* unique = wanted.find("uniqueValues");
    if (unique != nullptr) {
      for (auto const& values : unique->items) {
        auto const r = row_of(w, t, values);
        r ? shown(*r) : missing({});
      }
    }
    if (ids.empty() && unique == nullptr) {
      auto const limit =
          std::min<std::uint64_t>(number(wanted, "limit", configured_.get_limit), 1'000);
      for (auto const& r : w.rows(t, number(wanted, "offset", 0), limit, false)) shown(r);
    }
  };
  if (body.find("records") != nullptr) {
    for (auto const& wanted : records_of(c, body, "records").items) one_table(wanted);
  } else {
    c.note.table = text_of(body, "tableName");
    one_table(body);
  }
  if (reply.items.empty()) refuse_unknown("No Records Found");
  return reply_json(reply.status(), R"({"records":)" + list_of(c, std::move(reply.items)) + '}');
}

http_response vault_service::flow_update(call& c, vault_info const& v, json_value const& body) {
  using namespace flow_impl;
  allow_keys(body, {"vaultID", "tableName", "records"});
  c.note.table = text_of(body, "tableName");
  auto const& records = records_of(c, body, "records");
  c.partial = c.gate.hit("vault_partial");
  flow_reply reply{.code_null = c.gate.hit("vault_code_null").has_value()};
  vault_store::work w(store_);
  for (std::size_t i = 0; i < records.items.size(); ++i) {
    auto const& entry = records.items[i];
    w.begin_part();
    try {
      if (auto const fault = partial_fault(c, i)) throw *fault;
      allow_keys(entry, {"skyflowID", "tableName", "data", "tokens"});
      auto const& t = v.table(table_name(body, entry));
      record_input input;
      input.fields = entry.find("data");
      input.byot = byot_mode::enable;
      json_value tokens;
      if (auto const* given = entry.find("tokens")) {
        tokens = plain_tokens(*given, t);
        input.tokens = &tokens;
      }
      auto const r = w.update(v, t, required_text(entry, "skyflowID"), input);
      w.keep_part();
      reply.add(stored_record(reply, t, r, false));
    } catch (api_error const& e) {
      w.undo_part();
      reply.failed = true;
      auto const* id = entry.find("skyflowID");
      reply.add(failed_record(reply, id != nullptr ? id->text : "", c.note.table, e));
    }
  }
  w.commit();
  return reply_json(reply.status(), R"({"records":)" + list_of(c, std::move(reply.items)) + '}');
}

http_response vault_service::flow_delete(call& c, vault_info const& v, json_value const& body) {
  using namespace flow_impl;
  allow_keys(body, {"vaultID", "tableName", "skyflowIDs", "uniqueValues"});
  c.note.table = required_text(body, "tableName");
  auto const& t = v.table(c.note.table);
  flow_reply reply{.code_null = c.gate.hit("vault_code_null").has_value()};
  vault_store::work w(store_);
  auto const erase = [&](std::string const& id) {
    bool const gone = !id.empty() && w.erase(v, t, id);
    reply.failed = reply.failed || !gone;
    reply.add(fmt::format(R"({{"skyflowID":{},"error":{},"httpCode":{}}})",
                          id.empty() ? "null" : json_text(id),
                          gone ? "null" : json_text("No Records Found"),
                          reply.code(gone ? 200 : 404)));
  };
  if (body.find("skyflowIDs") != nullptr) {
    (void)records_of(c, body, "skyflowIDs");
    for (auto const& id : texts_of(body, "skyflowIDs")) erase(id);
  } else {
    for (auto const& values : records_of(c, body, "uniqueValues").items) {
      auto const r = row_of(w, t, values);
      erase(r ? r->skyflow_id : std::string{});
    }
  }
  w.commit();
  return reply_json(reply.status(), R"({"records":)" + list_of(c, std::move(reply.items)) + '}');
}

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_IMPL_FLOW_IPP
