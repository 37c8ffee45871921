#ifndef SLUICE_SANDBOX_SKYFLOW_IMPL_VAULT_ROWS_IPP
#define SLUICE_SANDBOX_SKYFLOW_IMPL_VAULT_ROWS_IPP

#include <sluice/sandbox/skyflow/detail/api_error.hpp>
#include <sluice/sandbox/skyflow/detail/vault_store.hpp>
#include <sluice/sandbox/skyflow/impl/vault_store.ipp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice::inline v0::sandbox::skyflow::detail {

namespace rows_impl {

using store_impl::cursor;

[[noreturn]] inline void conflict(options const& configured, std::string message) {
  bool const as_409 = configured.conflict_status == 409;
  refuse(as_409 ? 409 : 400,
         as_409 ? grpc::already_exists : grpc::failed_precondition,
         std::move(message));
}

[[noreturn]] inline void invalid_column(std::string const& name) {
  refuse_argument(
      fmt::format("Insert failed. Column {} is invalid. Specify a valid column.", name));
}

/// The caller's token as text; empty if none is given.
inline std::string own_token(column_info const& column, json_value const& value) {
  using form = json_value::form;
  if (value.is == form::null) return {};
  if (value.is == form::array || value.is == form::object) {
    refuse_argument("The token of column " + column.def.name + " is no scalar.");
  }
  std::string text = value.is == form::boolean ? (value.flag ? "true" : "false") : value.text;
  if (text.empty()) refuse_argument("The token of column " + column.def.name + " is empty.");
  if (text.find('\0') != std::string::npos) {
    refuse_argument("The token of column " + column.def.name + " holds a NUL character.");
  }
  if (column.token_regular && !column.token_regular->matches(text)) {
    refuse_argument("The token of column " + column.def.name + " does not have its format.");
  }
  return text;
}

/// Tokens by column, checked against the mode.
inline std::vector<std::string> own_tokens(table_info const& t,
                                           record_input const& input,
                                           std::vector<bool> const& given) {
  std::vector<std::string> out(t.columns.size());
  bool const some = input.tokens != nullptr && !input.tokens->items.empty();
  if (input.tokens != nullptr && !input.tokens->is_object()) {
    refuse_argument("tokens is no object");
  }
  if (input.byot == byot_mode::disable && some) {
    refuse_argument("Tokens are not accepted: byot is DISABLE.");
  }
  for (std::size_t i = 0; some && i < input.tokens->keys.size(); ++i) {
    auto const at = t.find(input.tokens->keys[i]);
    if (!at) invalid_column(input.tokens->keys[i]);
    if (!given[*at]) {
      refuse_argument("A token is given for column " + input.tokens->keys[i] + ", but no value.");
    }
    out[*at] = own_token(t.columns[*at], input.tokens->items[i]);
  }
  if (input.byot == byot_mode::enable_strict) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (given[i] && out[i].empty()) {
        refuse_argument("byot is ENABLE_STRICT, and column " + t.columns[i].def.name +
                        " has no token.");
      }
    }
  }
  return out;
}

}  // namespace rows_impl

record vault_store::work::insert(vault_info const& v,
                                 table_info const& t,
                                 record_input const& input) {
  using namespace rows_impl;
  if (input.fields == nullptr || !input.fields->is_object()) refuse_argument("fields is no object");
  std::vector<cell> values(t.columns.size());
  std::vector<bool> given(t.columns.size());
  for (std::size_t i = 0; i < input.fields->keys.size(); ++i) {
    auto const at = t.find(input.fields->keys[i]);
    if (!at) invalid_column(input.fields->keys[i]);
    given[*at] = true;
    values[*at] =
        checked_value(t.columns[*at], input.fields->items[i], store_.configured_.max_unique_length);
  }
  auto const own = own_tokens(t, input, given);
  for (std::size_t const unique : input.upsert) {
    if (is_null(values[unique])) {
      refuse_argument("Column " + t.columns[unique].def.name +
                      " is used by upsert and has no value.");
    }
    auto found = rows_where(t, unique, plain_text(t.columns[unique], values[unique]));
    if (found.empty()) continue;
    return changed(v, t, std::move(found.front()), input, given, std::move(values), own);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (t.columns[i].def.not_null && is_null(values[i])) {
      refuse_argument("Insert failed. Column " + t.columns[i].def.name + " may not be null.");
    }
  }
  forbid_duplicates(t, values, {});
  record out;
  out.skyflow_id = ordered_uuid();
  for (std::size_t i = 0; i < values.size(); ++i) {
    out.tokens.push_back(take_token(v, t, t.columns[i], values[i], own[i]));
  }
  out.values = std::move(values);
  cursor row(cached(t.insert_sql));
  row.bind(std::string_view(out.skyflow_id));
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    row.bind(out.values[i]);
    out.tokens[i].empty() ? row.bind_null() : row.bind(std::string_view(out.tokens[i]));
  }
  row.step();
  return out;
}

record vault_store::work::update(vault_info const& v,
                                 table_info const& t,
                                 std::string_view skyflow_id,
                                 record_input const& input) {
  using namespace rows_impl;
  if (input.fields == nullptr || !input.fields->is_object()) refuse_argument("fields is no object");
  auto old = row(t, skyflow_id);
  if (!old) refuse_unknown("No Records Found");
  std::vector<cell> values(t.columns.size());
  std::vector<bool> given(t.columns.size());
  for (std::size_t i = 0; i < input.fields->keys.size(); ++i) {
    auto const at = t.find(input.fields->keys[i]);
    if (!at) invalid_column(input.fields->keys[i]);
    given[*at] = true;
    values[*at] =
        checked_value(t.columns[*at], input.fields->items[i], store_.configured_.max_unique_length);
  }
  auto const own = own_tokens(t, input, given);
  return changed(v, t, std::move(*old), input, given, std::move(values), own);
}

record vault_store::work::changed(vault_info const& v,
                                  table_info const& t,
                                  record old,
                                  record_input const& input,
                                  std::vector<bool> const& given,
                                  std::vector<cell> values,
                                  std::vector<std::string> const& own_tokens) {
  using namespace rows_impl;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!given[i] && !input.replace) values[i] = old.values[i];
    if (t.columns[i].def.not_null && is_null(values[i])) {
      refuse_argument("Update failed. Column " + t.columns[i].def.name + " may not be null.");
    }
  }
  forbid_duplicates(t, values, old.skyflow_id);
  std::string assignments;
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto const& c = t.columns[i];
    assignments += fmt::format("{}{}=?,{}=?",
                               i > 0 ? "," : "",
                               quoted_name(c.def.name),
                               quoted_name(c.def.name + ".token"));
    bool const same_token = own_tokens[i].empty() || own_tokens[i] == old.tokens[i];
    if (values[i] == old.values[i] && same_token) continue;
    release_token(v, old.tokens[i]);
    old.tokens[i] = take_token(v, t, c, values[i], own_tokens[i]);
  }
  old.values = std::move(values);
  cursor row(cached(fmt::format("UPDATE {} SET {} WHERE skyflow_id=?", t.stored_as, assignments)));
  for (std::size_t i = 0; i < old.values.size(); ++i) {
    row.bind(old.values[i]);
    old.tokens[i].empty() ? row.bind_null() : row.bind(std::string_view(old.tokens[i]));
  }
  row.bind(std::string_view(old.skyflow_id)).step();
  return old;
}

bool vault_store::work::erase(vault_info const& v,
                              table_info const& t,
                              std::string_view skyflow_id) {
  auto const old = row(t, skyflow_id);
  if (!old) return false;
  for (auto const& token : old->tokens) release_token(v, token);
  rows_impl::cursor(cached(fmt::format("DELETE FROM {} WHERE skyflow_id=?", t.stored_as)))
      .bind(skyflow_id)
      .step();
  return true;
}

std::uint64_t vault_store::work::erase_all(vault_info const& v, table_info const& t) {
  for (auto const& c : t.columns) {
    db_->execute(
        fmt::format("UPDATE {0} SET rows = rows - gone.n FROM (SELECT {1} AS t, COUNT(*) AS n FROM "
                    "{2} WHERE {1} IS NOT NULL GROUP BY {1}) AS gone WHERE token = gone.t",
                    v.tokens,
                    quoted_name(c.def.name + ".token"),
                    t.stored_as));
  }
  if (!store_.configured_.reserve_deleted_tokens) {
    db_->execute(fmt::format("DELETE FROM {} WHERE rows < 1", v.tokens));
  }
  db_->execute("DELETE FROM " + t.stored_as);
  return static_cast<std::uint64_t>(db_->changes());
}

std::optional<record> vault_store::work::row(table_info const& t, std::string_view skyflow_id) {
  rows_impl::cursor found(cached(t.select_sql + " WHERE skyflow_id=?"));
  found.bind(skyflow_id);
  if (!found.step()) return std::nullopt;
  return store_impl::read_record(found);
}

std::vector<record> vault_store::work::rows_where(table_info const& t,
                                                  std::size_t column,
                                                  std::string_view plain) {
  std::string const name = quoted_name(t.columns[column].def.name);
  bool const boolean = t.columns[column].def.datatype == "DT_BOOL";
  rows_impl::cursor found(cached(t.select_sql + " WHERE " + name + "=?"));
  // Text compares equal to a number of a numeric column: SQLite applies the column's affinity.
  found.bind(!boolean ? plain : plain == "true" ? std::string_view("1") : std::string_view("0"));
  std::vector<record> out;
  while (found.step()) out.push_back(store_impl::read_record(found));
  return out;
}

std::vector<record> vault_store::work::rows(table_info const& t,
                                            std::uint64_t offset,
                                            std::uint64_t limit,
                                            bool descending) {
  rows_impl::cursor found(cached(fmt::format(
      "{} ORDER BY rowid {} LIMIT ? OFFSET ?", t.select_sql, descending ? "DESC" : "ASC")));
  found.bind(static_cast<std::int64_t>(limit)).bind(static_cast<std::int64_t>(offset));
  std::vector<record> out;
  while (found.step()) out.push_back(store_impl::read_record(found));
  return out;
}

void vault_store::work::forbid_duplicates(table_info const& t,
                                          std::vector<cell> const& values,
                                          std::string_view own_id) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!t.columns[i].def.unique || is_null(values[i])) continue;
    rows_impl::cursor other(cached(t.twin_sql[i]));
    other.bind(values[i]);
    if (other.step() && other.text(0) != own_id) {
      rows_impl::conflict(store_.configured_,
                          "Error Inserting Records due to unique constraint violation");
    }
  }
}

std::string vault_store::work::take_token(vault_info const& v,
                                          table_info const& t,
                                          column_info const& c,
                                          cell const& value,
                                          std::string_view own) {
  using namespace rows_impl;
  if (is_null(value) || (own.empty() && c.def.tokens == token_policy::none)) return {};
  std::string const plain = plain_text(c, value);
  std::string const known = c.deterministic ? issued(v, c.scope, plain).value_or("") : "";
  std::string token(own.empty() ? std::string_view(known) : own);
  if (token.empty()) token = make_token(c, plain);
  if (!own.empty() && !known.empty() && known != own && !store_.configured_.allow_second_token) {
    conflict(store_.configured_, "The value of column " + c.def.name + " has another token.");
  }
  constexpr int most_meetings = 20;
  for (int met = 0;;) {
    cursor holder(cached(v.holder_sql));
    holder.bind(std::string_view(token));
    if (!holder.step()) break;
    bool const same = holder.text(0) == plain;
    if (own.empty() && token != known) {
      // Format-preserving tokens may meet, and short ones run out.
      token = ++met < most_meetings ? make_token(c, plain) : ordered_uuid();
      continue;
    }
    if (!same) {
      conflict(store_.configured_,
               "The token of column " + c.def.name + " belongs to another value.");
    }
    if (!own.empty() && store_.configured_.refuse_repeated_pair) {
      conflict(store_.configured_, "The token of column " + c.def.name + " exists.");
    }
    cursor(cached(v.use_sql)).bind(std::string_view(token)).step();
    return token;
  }
  auto const expires =
      c.def.tokens == token_policy::transient_uuid
          ? cell(store_.now_ms() +
                 std::chrono::duration_cast<std::chrono::milliseconds>(c.def.ttl).count())
          : cell();
  cursor(cached(v.add_sql))
      .bind(std::string_view(token))
      .bind(std::string_view(plain))
      .bind(std::string_view(t.name))
      .bind(std::string_view(c.def.name))
      .bind(c.deterministic ? cell(c.scope) : cell())
      .bind(expires)
      .step();
  return token;
}

void vault_store::work::release_token(vault_info const& v, std::string const& token) {
  if (token.empty()) return;
  rows_impl::cursor(cached(fmt::format("UPDATE {} SET rows = rows - 1 WHERE token=?", v.tokens)))
      .bind(std::string_view(token))
      .step();
  if (store_.configured_.reserve_deleted_tokens) return;
  rows_impl::cursor(cached(fmt::format("DELETE FROM {} WHERE token=? AND rows < 1", v.tokens)))
      .bind(std::string_view(token))
      .step();
}

std::optional<stored_token> vault_store::work::token(vault_info const& v, std::string_view token) {
  rows_impl::cursor found(cached(
      fmt::format("SELECT value, \"table\", \"column\" FROM {} WHERE token=? AND rows > 0 AND "
                  "(expires_ms IS NULL OR expires_ms > ?)",
                  v.tokens)));
  found.bind(token).bind(store_.now_ms());
  if (!found.step()) return std::nullopt;
  return stored_token{found.text(0), found.text(1), found.text(2)};
}

std::optional<std::string> vault_store::work::issued(vault_info const& v,
                                                     std::string_view scope,
                                                     std::string_view plain) {
  rows_impl::cursor found(cached(v.issued_sql));
  found.bind(scope).bind(plain);
  if (!found.step()) return std::nullopt;
  return found.text(0);
}

bool vault_store::work::erase_token(vault_info const& v, std::string_view token) {
  rows_impl::cursor(cached(fmt::format("DELETE FROM {} WHERE token=? AND rows > 0", v.tokens)))
      .bind(token)
      .step();
  return db_->changes() > 0;
}

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_IMPL_VAULT_ROWS_IPP
