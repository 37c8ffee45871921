#ifndef SLUICE_SANDBOX_SKYFLOW_IMPL_FLOW_TOKENS_IPP
#define SLUICE_SANDBOX_SKYFLOW_IMPL_FLOW_TOKENS_IPP

#include <sluice/sandbox/skyflow/impl/flow.ipp>

#include <fmt/format.h>

namespace sluice::inline v0::sandbox::skyflow::detail {

namespace flow_impl {

struct column_place {
  table_info const* table = nullptr;
  column_info const* column = nullptr;
};

/// The first column whose tokens belong to the group.
inline column_place column_of_group(vault_info const& v, std::string_view group) {
  for (auto const& [name, t] : v.tables) {
    for (auto const& c : t.columns) {
      if (c.def.tokens != token_policy::none && c.token_group == group) return {&t, &c};
    }
  }
  refuse_argument(fmt::format("token group {} was not found", group));
}

}  // namespace flow_impl

http_response vault_service::flow_detokenize(call& c, vault_info const& v, json_value const& body) {
  using namespace flow_impl;
  allow_keys(body, {"vaultID", "tokens", "tokenGroupRedactions"});
  (void)records_of(c, body, "tokens");
  auto const tokens = texts_of(body, "tokens");
  std::map<std::string, std::string> redactions;
  if (auto const* list = body.find("tokenGroupRedactions")) {
    for (auto const& entry : list->items) {
      redactions[required_text(entry, "tokenGroupName")] = text_of(entry, "redaction");
    }
  }
  c.partial = c.gate.hit("vault_partial");
  flow_reply reply{.code_null = c.gate.hit("vault_code_null").has_value()};
  vault_store::work w(store_);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    try {
      if (auto const fault = partial_fault(c, i)) throw *fault;
      auto const found = w.token(v, who_.data_token(tokens[i]));
      if (!found) refuse_unknown("Token not found for " + tokens[i]);
      auto const& t = v.table(found->table);
      auto const& column = t.columns[t.find(found->column).value()];
      auto const how = parse_redaction(redactions[column.token_group], column);
      reply.add(fmt::format(R"({{"token":{},"value":{},"tokenGroupName":{},"error":null,)"
                            R"("httpCode":{},"metadata":{{"tableName":{},"columnName":{}}}}})",
                            json_text(tokens[i]),
                            json_text(shown_text(column, found->plain, how)),
                            json_text(column.token_group),
                            reply.code(200),
                            json_text(t.name),
                            json_text(column.def.name)));
    } catch (api_error const& e) {
      reply.failed = true;
      reply.add(fmt::format(R"({{"token":{},"value":null,"tokenGroupName":null,"error":{},)"
                            R"("httpCode":{},"metadata":null}})",
                            json_text(tokens[i]),
                            json_text(e.message),
                            reply.code(e.status)));
    }
  }
  return reply_json(reply.status(), R"({"response":)" + list_of(c, std::move(reply.items)) + '}');
}

http_response vault_service::flow_tokenize(call& c, vault_info const& v, json_value const& body) {
  using namespace flow_impl;
  allow_keys(body, {"vaultID", "data"});
  flow_reply reply{.code_null = c.gate.hit("vault_code_null").has_value()};
  vault_store::work w(store_);
  for (auto const& entry : records_of(c, body, "data").items) {
    allow_keys(entry, {"value", "tokenGroupNames", "token"});
    auto const* value = entry.find("value");
    if (value == nullptr) refuse_argument("value is missing");
    auto const groups = texts_of(entry, "tokenGroupNames");
    if (groups.empty()) refuse_argument("tokenGroupNames is missing or empty");
    auto const own = text_of(entry, "token");
    std::string made;
    for (auto const& group : groups) {
      made += made.empty() ? "" : ",";
      w.begin_part();
      try {
        auto const [t, column] = column_of_group(v, group);
        auto const stored = checked_value(*column, *value, configured_.max_unique_length);
        auto const token = w.take_token(v, *t, *column, stored, own);
        w.keep_part();
        made += fmt::format(R"({{"tokenGroupName":{},"token":{},"error":null,"httpCode":{}}})",
                            json_text(group),
                            json_text(token),
                            reply.code(200));
      } catch (api_error const& e) {
        w.undo_part();
        reply.failed = true;
        made += fmt::format(R"({{"tokenGroupName":{},"token":null,"error":{},"httpCode":{}}})",
                            json_text(group),
                            json_text(e.message),
                            reply.code(e.status));
      }
    }
    std::string item = R"({"value":)";
    append_json(item, *value);
    reply.add(item + R"(,"tokens":[)" + made + "]}");
  }
  w.commit();
  return reply_json(reply.status(), R"({"response":)" + list_of(c, std::move(reply.items)) + '}');
}

http_response vault_service::flow_delete_tokens(call& c,
                                                vault_info const& v,
                                                json_value const& body) {
  using namespace flow_impl;
  allow_keys(body, {"vaultID", "tokens"});
  (void)records_of(c, body, "tokens");
  flow_reply reply{.code_null = c.gate.hit("vault_code_null").has_value()};
  vault_store::work w(store_);
  for (auto const& token : texts_of(body, "tokens")) {
    bool const gone = w.erase_token(v, token);
    reply.failed = reply.failed || !gone;
    reply.add(fmt::format(R"({{"value":{},"error":{},"httpCode":{}}})",
                          json_text(token),
                          gone ? "null" : json_text("Token not found for " + token),
                          reply.code(gone ? 200 : 404)));
  }
  w.commit();
  return reply_json(reply.status(), R"({"tokens":)" + list_of(c, std::move(reply.items)) + '}');
}

http_response vault_service::flow_metrics(call& c, vault_info const& v) {
  counters n;
  {
    vault_store::work w(store_);
    w.count(n);
  }
  std::string tables;
  for (auto const& [name, t] : v.tables) {
    if (!tables.empty()) tables.push_back(',');
    tables += flow_impl::json_text(name) + ':' + std::to_string(n.rows[v.def.id + '/' + name]);
  }
  c.note.records = v.tables.size();
  return reply_json(200, R"({"data":{"tables":{)" + tables + R"(}},"error":{}})");
}

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_IMPL_FLOW_TOKENS_IPP
