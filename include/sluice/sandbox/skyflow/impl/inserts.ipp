#ifndef SLUICE_SANDBOX_SKYFLOW_IMPL_INSERTS_IPP
#define SLUICE_SANDBOX_SKYFLOW_IMPL_INSERTS_IPP

#include <sluice/sandbox/detail/replies.hpp>
#include <sluice/sandbox/skyflow/detail/vault_service.hpp>
#include <sluice/sandbox/sql/detail/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice::inline v0::sandbox::skyflow::detail {

namespace inserts_impl {

using sandbox::detail::json_text;

inline byot_mode byot_of(json_value const& body) {
  auto const text = text_of(body, "byot");
  if (text.empty() || text == "DISABLE") return byot_mode::disable;
  if (text == "ENABLE") return byot_mode::enable;
  if (text == "ENABLE_STRICT") return byot_mode::enable_strict;
  refuse_argument("byot is none of DISABLE, ENABLE and ENABLE_STRICT");
}

inline std::vector<std::size_t> upsert_of(json_value const& object, table_info const& t) {
  auto const name = text_of(object, "upsert");
  if (name.empty()) return {};
  return {t.unique_column(name)};
}

inline void require_homogeneous(std::vector<json_value> const& records) {
  auto const keys = [](json_value const& record) {
    auto const* fields = record.find("fields");
    auto out = fields != nullptr ? fields->keys : std::vector<std::string>{};
    std::sort(out.begin(), out.end());
    return out;
  };
  for (auto const& record : records) {
    if (keys(record) != keys(records.front())) {
      refuse_argument("homogeneous is true, and the records differ in their columns");
    }
  }
}

inline std::string item(int status, std::string_view body) {
  return fmt::format(R"({{"Status":{},"Body":{}}})", status, body);
}

inline std::string failed_item(api_error const& e) {
  return item(e.status, fmt::format(R"({{"error":{}}})", json_text(e.message)));
}

/// Runs one record's part of the work; what it throws undoes that part alone.
template<class Act>
std::string apart(vault_store::work& w, Act const& act) {
  w.begin_part();
  try {
    auto out = act();
    w.keep_part();
    return out;
  } catch (api_error const& e) {
    w.undo_part();
    return failed_item(e);
  } catch (sql::detail::sql_error const& e) {
    w.undo_part();
    return failed_item({500, grpc::internal, e.what_failed().message});
  }
}

}  // namespace inserts_impl

json_value const& vault_service::records_of(call& c,
                                            json_value const& body,
                                            std::string_view key) const {
  auto const* records = body.find(key);
  if (records == nullptr || !records->is_array() || records->items.empty()) {
    refuse_argument(fmt::format("{} is missing, no array or empty", key));
  }
  if (records->items.size() > configured_.max_records) {
    bool const as_413 = configured_.too_many_records_status == 413;
    refuse(as_413 ? 413 : 400,
           grpc::invalid_argument,
           fmt::format("{} holds {} items, more than {}",
                       key,
                       records->items.size(),
                       configured_.max_records));
  }
  c.note.records = records->items.size();
  return *records;
}

std::string vault_service::tokens_json(call const& c,
                                       table_info const& t,
                                       record const& r,
                                       bool wanted) const {
  if (!wanted || c.tokens_null) return "null";
  std::string out;
  for (std::size_t i = 0; i < r.tokens.size(); ++i) {
    if (r.tokens[i].empty()) continue;
    out.push_back(out.empty() ? '{' : ',');
    out +=
        inserts_impl::json_text(t.columns[i].def.name) + ':' + inserts_impl::json_text(r.tokens[i]);
  }
  return out.empty() ? "null" : out + '}';
}

http_response vault_service::insert(call& c) {
  using namespace inserts_impl;
  auto const& v = store_.find(c.note.vault);
  auto const& t = v.table(c.note.table);
  auto const body = parse_object(c.body);
  allow_keys(
      body,
      {"records", "tokenization", "upsert", "homogeneous", "byot", "quorum", "continueOnError"});
  auto const& records = records_of(c, body, "records");
  bool const tokenization = flag_of(body, "tokenization");
  bool const homogeneous = flag_of(body, "homogeneous");
  bool const continue_on_error = flag_of(body, "continueOnError");
  (void)flag_of(body, "quorum");
  record_input input;
  input.byot = byot_of(body);
  input.upsert = upsert_of(body, t);
  if (homogeneous && !input.upsert.empty()) {
    refuse_argument("homogeneous and upsert exclude each other");
  }
  if (homogeneous) require_homogeneous(records.items);
  insert_faults(c, records);

  bool const one_by_one =
      continue_on_error && configured_.continue_on_error != table_continue::ignored;
  if (one_by_one) c.partial = c.gate.hit("vault_partial");
  std::vector<std::string> items;
  bool failed = false;
  vault_store::work w(store_);
  auto const stored = [&](json_value const& entry) {
    allow_keys(entry, {"fields", "tokens"});
    input.fields = entry.find("fields");
    input.tokens = entry.find("tokens");
    auto const r = w.insert(v, t, input);
    return fmt::format(
        R"({{"skyflow_id":"{}","tokens":{}}})", r.skyflow_id, tokens_json(c, t, r, tokenization));
  };
  for (std::size_t i = 0; i < records.items.size(); ++i) {
    if (!one_by_one) {
      items.push_back(stored(records.items[i]));
      continue;
    }
    items.push_back(apart(w, [&] {
      if (auto const fault = partial_fault(c, i)) throw *fault;
      return item(200, R"({"records":[)" + stored(records.items[i]) + "]}");
    }));
    failed = failed || !items.back().starts_with(R"({"Status":200)");
  }
  w.commit();
  if (!one_by_one) return reply_json(200, R"({"records":)" + list_of(c, std::move(items)) + '}');
  int const status =
      failed && configured_.continue_on_error == table_continue::multi_status ? 207 : 200;
  return reply_json(
      status,
      fmt::format(R"({{"vaultID":"{}","responses":{}}})", v.def.id, list_of(c, std::move(items))));
}

std::string vault_service::batch_item(
    call& c, vault_store::work& w, vault_info const& v, json_value const& entry, byot_mode byot) {
  using namespace inserts_impl;
  auto const method = text_of(entry, "method");
  if (method.empty() || method == "NONE") return "null";
  auto const& t = v.table(required_text(entry, "tableName"));
  if (method == "GET") {
    auto const r = w.row(t, required_text(entry, "ID"));
    if (!r) refuse_unknown("No Records Found");
    std::vector<std::size_t> columns(t.columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = i;
    return fmt::format(
        R"({{"records":[{{"fields":{},"tokens":null}}]}})",
        fields_json(t, *r, columns, text_of(entry, "redaction"), flag_of(entry, "tokenization")));
  }
  if (method == "DELETE") {
    auto const id = required_text(entry, "ID");
    if (!w.erase(v, t, id)) refuse_unknown("No Records Found");
    return fmt::format(R"({{"records":[{{"skyflow_id":{},"deleted":true}}]}})", json_text(id));
  }
  record_input input;
  input.byot = byot;
  input.fields = entry.find("fields");
  input.tokens = entry.find("tokens");
  if (method == "POST") input.upsert = upsert_of(entry, t);
  auto const r =
      method == "POST" ? w.insert(v, t, input) : w.update(v, t, required_text(entry, "ID"), input);
  return fmt::format(R"({{"records":[{{"skyflow_id":"{}","tokens":{}}}]}})",
                     r.skyflow_id,
                     tokens_json(c, t, r, flag_of(entry, "tokenization")));
}

http_response vault_service::batch(call& c) {
  using namespace inserts_impl;
  auto const& v = store_.find(c.note.vault);
  auto const body = parse_object(c.body);
  allow_keys(body, {"records", "continueOnError", "byot"});
  auto const& records = records_of(c, body, "records");
  auto const byot = byot_of(body);
  bool const continue_on_error = flag_of(body, "continueOnError");
  for (auto const& entry : records.items) {
    allow_keys(entry,
               {"method",
                "tableName",
                "fields",
                "tokens",
                "tokenization",
                "upsert",
                "ID",
                "batchID",
                "redaction",
                "downloadURL",
                "quorum"});
    auto const method = text_of(entry, "method");
    constexpr std::array<std::string_view, 6> known{"", "NONE", "POST", "PUT", "GET", "DELETE"};
    if (std::find(known.begin(), known.end(), method) == known.end()) {
      refuse_argument("method is none of NONE, POST, PUT, GET and DELETE");
    }
    (void)text_of(entry, "batchID");
  }
  insert_faults(c, records);
  if (continue_on_error) c.partial = c.gate.hit("vault_partial");
  std::vector<std::string> items;
  // In request order, so that records of one batchID are in order, too.
  vault_store::work w(store_);
  for (std::size_t i = 0; i < records.items.size(); ++i) {
    auto const& entry = records.items[i];
    if (!continue_on_error) {
      items.push_back(batch_item(c, w, v, entry, byot));
      continue;
    }
    items.push_back(apart(w, [&] {
      if (auto const fault = partial_fault(c, i)) throw *fault;
      return item(200, batch_item(c, w, v, entry, byot));
    }));
  }
  w.commit();
  return reply_json(
      200,
      fmt::format(R"({{"vaultID":"{}","responses":{}}})", v.def.id, list_of(c, std::move(items))));
}

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_IMPL_INSERTS_IPP
