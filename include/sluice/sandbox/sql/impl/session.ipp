#ifndef SLUICE_SANDBOX_SQL_IMPL_SESSION_IPP
#define SLUICE_SANDBOX_SQL_IMPL_SESSION_IPP

#include <sluice/sandbox/sql/detail/lexer.hpp>
#include <sluice/sandbox/sql/detail/parser.hpp>
#include <sluice/sandbox/sql/detail/session_impl.hpp>
#include <sluice/sandbox/sql/detail/translate.hpp>
#include <sluice/sandbox/sql/engine.hpp>

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <random>
#include <type_traits>
#include <utility>

namespace sluice::inline v0::sandbox::sql {

std::string make_query_id() {
  static std::atomic<std::uint64_t> next{1};
  static std::uint64_t const run = std::random_device{}();
  auto const n = next.fetch_add(1);
  return fmt::format("01c2{:04x}-{:04x}-{:04x}-0000-{:012x}",
                     run & 0xffff,
                     run >> 16 & 0xffff,
                     n >> 32 & 0xffff,
                     n & 0xffffffff);
}

namespace detail {

/// How many results of one session RESULT_SCAN can still name, and how large they may be.
inline constexpr std::size_t remembered_results = 16;
inline constexpr std::size_t remembered_rows = 100'000;

inline placeholder_types types_of(std::map<std::string, binding> const& bindings) {
  placeholder_types out;
  for (auto const& [name, b] : bindings) {
    auto type = type_of_binding(b.type);
    if (type.is == kind::number) {
      for (auto const& v : b.values) {
        auto const point = v ? v->find('.') : std::string::npos;
        if (point == std::string::npos) continue;
        type.scale = std::max(type.scale,
                              static_cast<int>(std::min<std::size_t>(v->size() - point - 1, 37)));
      }
    }
    out.emplace(name, type);
  }
  return out;
}

/// Binds row `row` of the bindings to ?1, ?2, ... in the order of `types`; `scratch` keeps the
/// bytes.
inline void bind_row(prepared& statement,
                     std::map<std::string, binding> const& bindings,
                     placeholder_types const& types,
                     std::size_t row,
                     input_formats const& formats,
                     std::vector<std::string>& scratch) {
  int index = 0;
  scratch.resize(bindings.size() * 2);
  auto const known = statement.parameters();
  for (auto const& [name, b] : bindings) {
    if (++index > known) return;
    auto const& text = b.values[b.array ? row : 0];
    auto& first = scratch[static_cast<std::size_t>(index - 1) * 2];
    auto& second = scratch[static_cast<std::size_t>(index - 1) * 2 + 1];
    auto const bound = from_binding(b.type, text, formats, first);
    statement.bind(index, convert(bound.v, bound.type, types.at(name), formats, second));
  }
}

}  // namespace detail

session::session(database& db, session_options given)
    : impl_(std::make_unique<impl>(db.self(), std::move(given))) {}

session::~session() = default;

outcome session::execute(statement_request request) {
  return impl_->execute(std::move(request));
}

session_context session::context() const {
  std::lock_guard const lock(impl_->context_mutex);
  return impl_->context;
}

std::vector<std::pair<std::string, parameter_value>> session::parameters() const {
  std::lock_guard const lock(impl_->context_mutex);
  return {impl_->parameters.begin(), impl_->parameters.end()};
}

outcome session::impl::execute(statement_request request) {
  std::lock_guard const lock(mutex);
  auto query_id = request.query_id.empty() ? make_query_id() : request.query_id;
  auto const failed = [&](detail::sql_error const& e) {
    auto f = e.what_failed();
    f.query_id = query_id;
    return f;
  };
  try {
    auto const lookup = [&](std::string const& name) -> std::optional<std::string> {
      auto const b = request.bindings.find(name);
      if (b == request.bindings.end() || b->second.values.empty()) return std::nullopt;
      return b->second.values.front();
    };
    auto const statements = detail::parse_statements(request.text, lookup);
    auto merged = parameters;
    for (auto const& [name, v] : request.parameters) merged[detail::to_upper(name)] = v;
    auto const count = [&]() -> std::int64_t {
      auto const& v = merged["MULTI_STATEMENT_COUNT"];
      if (auto const* n = std::get_if<std::int64_t>(&v)) return *n;
      if (auto const* s = std::get_if<std::string>(&v))
        return s->empty() ? 1 : std::atoll(s->c_str());
      return 1;
    }();
    if (count != 0 && count != static_cast<std::int64_t>(statements.size())) {
      detail::fail(
          "000008",
          "0A000",
          fmt::format("Actual statement count {} did not match the desired statement count {}.",
                      statements.size(),
                      count));
    }
    for (auto const& [name, b] : request.bindings) {
      if (b.values.empty())
        detail::fail("002049",
                     "42601",
                     fmt::format("SQL compilation error:\nBind variable :{} has no value.", name));
      if (b.array && b.values.size() != request.bindings.begin()->second.values.size()) {
        detail::fail("100132", "22000", "Array binds of one statement must have equal lengths.");
      }
    }
    if (statements.size() == 1) {
      auto out = run({request, statements.front(), query_id, merged});
      last_query_id = query_id;
      return out;
    }
    multi_result all;
    all.query_id = query_id;
    for (auto const& s : statements) {
      auto const child_id = make_query_id();
      try {
        auto out = run({request, s, child_id, merged});
        if (!std::holds_alternative<result_set>(out))
          detail::fail_unsupported("PUT or GET in a multi-statement request");
        all.children.emplace_back(std::get<result_set>(std::move(out)));
        last_query_id = child_id;
      } catch (detail::sql_error const& e) {
        auto f = e.what_failed();
        f.query_id = child_id;
        all.children.emplace_back(std::move(f));
        return all;
      }
    }
    return all;
  } catch (detail::sql_error const& e) {
    return failed(e);
  } catch (file_error const& e) {
    return failure{.code = "091016",
                   .sql_state = "22000",
                   .message = "Remote file error: " + e.reason(),
                   .query_id = query_id};
  } catch (std::exception const& e) {
    return failure{.code = "000603",
                   .sql_state = "XX000",
                   .message = fmt::format("SQL execution internal error: {}", e.what()),
                   .query_id = query_id};
  }
}

/// DDL: commits the open transaction. Temporary stages and formats live in the session alone.
inline bool changes_definitions(detail::statement_body const& body) {
  using namespace detail;
  if (auto const* c = std::get_if<create_statement>(&body)) {
    return !c->temporary || c->kind == object_kind::table;
  }
  return std::holds_alternative<drop_statement>(body) ||
         std::holds_alternative<alter_table_statement>(body) ||
         std::holds_alternative<alter_pipe_statement>(body);
}

inline bool changes_rows(detail::statement_body const& body) {
  using namespace detail;
  return std::holds_alternative<insert_statement>(body) ||
         std::holds_alternative<update_statement>(body) ||
         std::holds_alternative<delete_statement>(body) ||
         std::holds_alternative<truncate_statement>(body) ||
         std::holds_alternative<copy_statement>(body);
}

outcome session::impl::run(detail::running const& now) {
  using namespace detail;
  if (now.request.cancel.stop_requested()) fail_cancelled();
  auto const& body = now.parsed.body;
  if (now.request.describe_only) {
    bool const reads = std::holds_alternative<select_statement>(body) ||
                       std::holds_alternative<show_statement>(body) ||
                       std::holds_alternative<describe_statement>(body) ||
                       std::holds_alternative<list_statement>(body);
    if (!reads) {
      result_set out;
      out.query_id = now.query_id;
      out.number_of_binds = now.parsed.placeholders;
      auto const* i = std::get_if<insert_statement>(&body);
      if (i != nullptr) table(i->table);  // an unknown table is an error here as well
      out.array_bind_supported = i != nullptr && i->rows.size() == 1 && now.parsed.placeholders > 0;
      out.statement_type_id = i != nullptr ? statement_type::insert : statement_type::ddl;
      out.columns.push_back(wire_column("status", sql_type::text(), true));
      return out;
    }
  }
  // A statement that changes something looks its objects up under the gate: what it finds stays so
  // until it is done, whatever other sessions create, alter or drop.
  bool const ddl = changes_definitions(body);
  bool const gated = ddl || changes_rows(body);
  auto const leave = [&] {
    if (gated && holds_writer() && !in_transaction) rollback();
  };
  if (ddl) commit();
  if (gated) begin_write(now.request.cancel);
  try {
    auto out = dispatch(now);
    leave();
    return out;
  } catch (...) {
    leave();
    throw;
  }
}

outcome session::impl::dispatch(detail::running const& now) {
  using namespace detail;
  auto const& body = now.parsed.body;
  return std::visit(
      [&](auto const& s) -> outcome {
        using type = std::decay_t<decltype(s)>;
        if constexpr (std::is_same_v<type, select_statement>) return select(now, s);
        if constexpr (std::is_same_v<type, insert_statement>) return insert(now, s);
        if constexpr (std::is_same_v<type, update_statement>) return update(now, s);
        if constexpr (std::is_same_v<type, delete_statement>) return remove_rows(now, s);
        if constexpr (std::is_same_v<type, truncate_statement>) return truncate(now, s);
        if constexpr (std::is_same_v<type, create_statement>) return create(now, s);
        if constexpr (std::is_same_v<type, drop_statement>) return drop(now, s);
        if constexpr (std::is_same_v<type, alter_table_statement>) return alter_table(now, s);
        if constexpr (std::is_same_v<type, alter_pipe_statement>) return alter_pipe(now, s);
        if constexpr (std::is_same_v<type, alter_session_statement>) return alter_session(now, s);
        if constexpr (std::is_same_v<type, use_statement>) return use(now, s);
        if constexpr (std::is_same_v<type, show_statement>) return show(now, s);
        if constexpr (std::is_same_v<type, describe_statement>) return describe(now, s);
        if constexpr (std::is_same_v<type, copy_statement>) return copy(now, s);
        if constexpr (std::is_same_v<type, list_statement>) return list(now, s);
        if constexpr (std::is_same_v<type, transfer_statement>) return transfer_files(now, s);
        if constexpr (std::is_same_v<type, transaction_statement>) return transact(now, s);
      },
      body);
}

/// SELECT SYSTEM$WAIT(n [, unit]) waits; it is what drivers' users test long statements with.
inline std::optional<std::chrono::milliseconds> wait_of(detail::query const& q) {
  if (q.cores.size() != 1 || q.cores[0].items.size() != 1 || !q.cores[0].from.empty())
    return std::nullopt;
  auto const& e = q.cores[0].items[0].value;
  if (e.is != detail::expr::op::function || e.text != "SYSTEM$WAIT" || e.args.empty())
    return std::nullopt;
  auto const n = std::strtod(e.args[0].text.c_str(), nullptr);
  auto const unit = e.args.size() > 1 ? detail::to_upper(e.args[1].text) : std::string("SECONDS");
  double const scale = unit == "MILLISECONDS" ? 1 : unit == "MINUTES" ? 60'000 : 1000;
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(n * scale, 86'400'000.0)));
}

result_set session::impl::select(detail::running const& now, detail::select_statement const& s) {
  using namespace detail;
  row_set rows;
  if (auto const wait = wait_of(*s.body)) {
    std::mutex m;
    std::condition_variable_any over;
    std::unique_lock lock(m);
    if (!now.request.describe_only)
      over.wait_for(lock, now.request.cancel, *wait, [] { return false; });
    if (now.request.cancel.stop_requested()) fail_cancelled();
    rows.columns.push_back({"SYSTEM$WAIT", sql_type::text(), true, {}});
    owned_value v;
    v.is = value::form::text;
    v.bytes = fmt::format("waited {} milliseconds", wait->count());
    rows.rows.push_back({v});
    return rows_of(now, statement_type::select, rows);
  }
  auto const types = types_of(now.request.bindings);
  read(now, [&](connection& db) {
    translator t(*this, db, now, types);
    auto const q = t.statement(*s.body);
    rows.columns = q.columns;
    auto statement = db.prepare(q.sql);
    if (now.request.describe_only) return;
    std::vector<std::string> scratch;
    bind_row(statement, now.request.bindings, types, 0, db.context().formats, scratch);
    while (statement.step()) {
      auto& row = rows.rows.emplace_back();
      row.reserve(rows.columns.size());
      for (std::size_t i = 0; i < rows.columns.size(); ++i)
        row.emplace_back(statement.column(static_cast<int>(i)));
    }
  });
  auto out = rows_of(now, statement_type::select, rows);
  if (!now.request.describe_only) remember(now.query_id, std::move(rows));
  return out;
}

result_set session::impl::rows_of(detail::running const& now,
                                  std::int64_t type,
                                  detail::row_set const& rows) const {
  result_set out;
  out.query_id = now.query_id;
  out.statement_type_id = type;
  out.number_of_binds = now.parsed.placeholders;
  for (auto const& c : rows.columns) {
    auto w = detail::wire_column(c.name, c.type, c.nullable);
    w.database = c.table.database;
    w.schema = c.table.schema;
    w.table = c.table.name;
    out.columns.push_back(std::move(w));
  }
  if (now.request.describe_only) return out;
  out.rows.reserve(rows.rows.size());
  for (auto const& r : rows.rows) {
    auto& line = out.rows.emplace_back();
    line.reserve(r.size());
    for (std::size_t i = 0; i < r.size(); ++i)
      line.push_back(detail::to_cell(r[i].view(), rows.columns[i].type));
  }
  return out;
}

result_set session::impl::status(detail::running const& now,
                                 std::int64_t type,
                                 std::string text) const {
  result_set out;
  out.query_id = now.query_id;
  out.statement_type_id = type;
  out.number_of_binds = now.parsed.placeholders;
  out.columns.push_back(detail::wire_column("status", detail::sql_type::text(), true));
  out.rows.push_back({std::move(text)});
  return out;
}

void session::impl::remember(std::string const& query_id, detail::row_set rows) {
  if (rows.rows.size() > detail::remembered_rows) return;
  results[query_id] = {std::make_shared<detail::row_set const>(std::move(rows)), account.now_ms()};
  result_order.push_back(query_id);
  if (result_order.size() > detail::remembered_results) {
    results.erase(result_order.front());
    result_order.pop_front();
  }
}

parameter_value session::impl::parameter(std::string const& name,
                                         detail::running const* now) const {
  auto const& from = now != nullptr ? now->parameters : parameters;
  auto const found = from.find(name);
  return found == from.end() ? parameter_value(std::string()) : found->second;
}

inline std::string parameter_text(parameter_value const& v) {
  if (auto const* b = std::get_if<bool>(&v)) return *b ? "true" : "false";
  if (auto const* n = std::get_if<std::int64_t>(&v)) return std::to_string(*n);
  return std::get<std::string>(v);
}

detail::input_formats session::impl::formats(
    std::map<std::string, parameter_value> const& given) const {
  detail::input_formats out;
  auto const text = [&](char const* name) {
    auto const found = given.find(name);
    return found == given.end() ? std::string() : parameter_text(found->second);
  };
  auto const pattern = [&](char const* name) -> std::shared_ptr<detail::datetime_pattern const> {
    auto const t = text(name);
    if (t.empty() || detail::equals_ignoring_case(t, "AUTO")) return nullptr;
    return std::make_shared<detail::datetime_pattern const>(t);
  };
  out.date = pattern("DATE_INPUT_FORMAT");
  out.time = pattern("TIME_INPUT_FORMAT");
  out.timestamp = pattern("TIMESTAMP_INPUT_FORMAT");
  auto const binary = detail::to_upper(text("BINARY_INPUT_FORMAT"));
  out.binary = binary == "BASE64"                      ? detail::binary_format::base64
               : binary == "UTF8" || binary == "UTF-8" ? detail::binary_format::utf8
                                                       : detail::binary_format::hex;
  if (auto zone = detail::time_zone::find(text("TIMEZONE"))) out.zone = std::move(zone);
  return out;
}

}  // namespace sluice::inline v0::sandbox::sql

#endif  // SLUICE_SANDBOX_SQL_IMPL_SESSION_IPP
