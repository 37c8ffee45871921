#ifndef SLUICE_SANDBOX_SQL_IMPL_PIPE_SESSION_IPP
#define SLUICE_SANDBOX_SQL_IMPL_PIPE_SESSION_IPP

#include <sluice/sandbox/sql/detail/pipe_rows.hpp>
#include <sluice/sandbox/sql/impl/path_pattern.ipp>
#include <sluice/sandbox/sql/impl/pipe_rows.ipp>
#include <sluice/sandbox/sql/pipe_session.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

namespace sluice::inline v0::sandbox::sql {

namespace detail::pipe_session_impl {

constexpr std::string_view default_suffix = "-STREAMING";

/// Two tables of one shape take the same rows.
inline std::string shape_of(table_info const& table) {
  std::string out;
  for (auto const& c : table.columns) {
    out += fmt::format("{} {}{}{};",
                       quoted(c.name),
                       type_text(c.type),
                       c.nullable ? "" : " NOT NULL",
                       c.default_text.empty() ? "" : " DEFAULT " + c.default_text);
  }
  return out;
}

inline pipe_description describe(catalogue const& objects, pipe_info const& pipe) {
  pipe_description out;
  out.id = pipe.id;
  out.database = pipe.name.database;
  out.schema = pipe.name.schema;
  out.name = pipe.name.name;
  out.table = pipe.table.name;
  out.table_text = pipe.table.text();
  out.copy = pipe.copy;
  out.streaming = pipe.streaming;
  out.paused = pipe.paused;
  if (!pipe.streaming) out.location = parse_pipe_copy(pipe.copy).location;
  if (auto const table = objects.table(pipe.table)) {
    out.table_exists = true;
    out.table_id = table->id;
    out.shape = shape_of(*table);
  }
  return out;
}

class transaction final : public pipe_transaction {
 public:
  transaction(session::impl& session, running const& now, connection& db)
      : session_(session), now_(now), db_(db) {}

  rowset_outcome load(pipe_description const& pipe,
                      std::string_view ndjson,
                      rowset_origin const& origin,
                      row_spoiler const& spoil) override {
    auto& to = targets_[pipe.id];
    if (!to.rows) {
      auto const& objects = session_.account.catalogue;
      to.pipe = objects.pipe({pipe.database, pipe.schema, pipe.name});
      if (!to.pipe || to.pipe->id != pipe.id) throw pipe_gone("pipe is gone");
      to.table = objects.table(to.pipe->table);
      if (!to.table) throw pipe_gone("table is gone");
      try {
        to.rows = std::make_unique<pipe_rows>(session_, now_, db_, *to.pipe, *to.table);
      } catch (sql_error const& e) {
        throw pipe_gone(e.what_failed().message);
      }
    }
    return to.rows->load(ndjson, origin, spoil);
  }

  std::vector<std::vector<stored>> run(std::string_view sql,
                                       std::vector<stored> const& parameters) override {
    auto statement = db_.prepare(sql);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      auto const index = static_cast<int>(i) + 1;
      if (auto const* n = std::get_if<std::int64_t>(&parameters[i])) {
        statement.bind(index, *n);
      } else if (auto const* text = std::get_if<std::string>(&parameters[i])) {
        statement.bind(index, std::string_view(*text));
      } else {
        statement.bind(index, value{});
      }
    }
    std::vector<std::vector<stored>> out;
    while (statement.step()) {
      auto& row = out.emplace_back();
      for (int i = 0; i < statement.columns(); ++i) {
        auto const v = statement.column(i);
        if (v.is_null()) {
          row.emplace_back();
        } else if (v.is == value::form::integer) {
          row.emplace_back(v.integer);
        } else {
          row.emplace_back(std::string(v.bytes));
        }
      }
    }
    return out;
  }

 private:
  struct target {
    pipe_ptr pipe;
    table_ptr table;
    std::unique_ptr<pipe_rows> rows;
  };

  session::impl& session_;
  running const& now_;
  connection& db_;
  std::map<std::int64_t, target> targets_;
};

}  // namespace detail::pipe_session_impl

struct pipe_session::impl {
  impl(database& d, session_options given)
      : owner(d), account(d.self()), options(given), session(d, std::move(given)) {}

  static void write(session::impl& s,
                    bool ddl,
                    std::function<void(pipe_transaction&)> const& body) {
    std::lock_guard const lock(s.mutex);
    statement_request const request;
    detail::statement const none;
    detail::running const now{request, none, make_query_id(), s.parameters};
    try {
      s.write(now, ddl, [&](detail::connection& db) {
        detail::pipe_session_impl::transaction open(s, now, db);
        body(open);
      });
    } catch (detail::sql_error const& e) {
      throw std::runtime_error(e.what_failed().code + ": " + e.what_failed().message);
    }
  }

  std::variant<pipe_description, pipe_absence> find(detail::full_name const& name,
                                                    std::optional<detail::full_name> of_table) {
    auto& objects = account.catalogue;
    if (!objects.has_database(name.database)) return pipe_absence::no_database;
    if (!objects.has_schema(name.database, name.schema)) return pipe_absence::no_schema;
    if (auto const pipe = objects.pipe(name))
      return detail::pipe_session_impl::describe(objects, *pipe);
    if (!of_table) return pipe_absence::no_pipe;
    if (!objects.table(*of_table)) return pipe_absence::no_table;
    make_default(name, *of_table);
    auto const made = objects.pipe(name);
    if (!made) return pipe_absence::no_table;
    return detail::pipe_session_impl::describe(objects, *made);
  }

  void make_default(detail::full_name const& name, detail::full_name const& of_table) {
    auto& s = session.self();
    std::lock_guard const lock(s.mutex);
    statement_request const request;
    detail::statement const none;
    detail::running const now{request, none, make_query_id(), s.parameters};
    s.write(now, true, [&](detail::connection& db) {
      if (account.catalogue.pipe(name) || !account.catalogue.table(of_table)) return;
      auto pipe = std::make_shared<detail::pipe_info>();
      pipe->id = account.catalogue.next_id();
      pipe->name = name;
      pipe->table = of_table;
      pipe->created = account.now_seconds();
      account.catalogue.put(db, detail::pipe_ptr(std::move(pipe)));
    });
  }

  database& owner;
  database::impl& account;
  session_options options;
  sql::session session;
};

pipe_session::pipe_session(database& db, session_options options)
    : impl_(std::make_unique<impl>(db, std::move(options))) {}

pipe_session::~pipe_session() = default;

std::variant<pipe_description, pipe_absence> pipe_session::find(std::string const& database,
                                                                std::string const& schema,
                                                                std::string const& name) {
  std::optional<detail::full_name> of_table;
  if (name.ends_with(detail::pipe_session_impl::default_suffix)) {
    of_table = {database,
                schema,
                name.substr(0, name.size() - detail::pipe_session_impl::default_suffix.size())};
  }
  return impl_->find({database, schema, name}, std::move(of_table));
}

std::variant<pipe_description, pipe_absence> pipe_session::find_for_table(
    std::string const& database, std::string const& schema, std::string const& table) {
  return impl_->find(
      {database, schema, table + std::string(detail::pipe_session_impl::default_suffix)},
      detail::full_name{database, schema, table});
}

void pipe_session::write(std::function<void(pipe_transaction&)> const& body) {
  impl::write(impl_->session.self(), false, body);
}

void pipe_session::empty_tables() {
  write([this](pipe_transaction& to) {
    for (auto const& [name, table] : impl_->account.catalogue.objects().tables) {
      to.run("DELETE FROM " + detail::quoted(table->physical), {});
    }
    to.run("DELETE FROM _sluice_loads", {});
    to.run("DELETE FROM _sluice_row_errors", {});
  });
  std::lock_guard const lock(impl_->account.errors_mutex);
  impl_->account.recent_errors.clear();
}

bool pipe_session::matches(pipe_description const& pipe, std::string_view path) const {
  auto const copy = detail::parse_pipe_copy(pipe.copy);
  auto const given = std::find_if(
      copy.options.begin(), copy.options.end(), [](auto const& o) { return o.name == "PATTERN"; });
  if (given == copy.options.end()) return true;
  // PATTERN is about the whole path in the stage.
  auto const slash = copy.location.find('/');
  auto whole = slash == std::string::npos ? std::string() : copy.location.substr(slash + 1);
  return detail::path_pattern(detail::option_string(*given)).matches(whole.append(path));
}

outcome pipe_session::execute(
    pipe_description const& pipe,
    std::string text,
    std::function<void(pipe_transaction&, outcome const&)> const& record) {
  auto options = impl_->options;
  options.database = detail::quoted(pipe.database);
  options.schema = detail::quoted(pipe.schema);
  sql::session one(impl_->owner, std::move(options));
  auto& s = one.self();
  s.in_transaction = true;  // ends with the commit, or with the session
  s.loading_pipe = {pipe.database, pipe.schema, pipe.name};
  statement_request request;
  request.text = std::move(text);
  auto done = one.execute(std::move(request));
  auto const* failed = std::get_if<failure>(&done);
  if (failed != nullptr && failed->code == detail::waited_too_long) return done;
  impl::write(s, false, [&](pipe_transaction& to) { record(to, done); });
  s.commit();
  return done;
}

std::string stored_name(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return detail::to_upper(text);
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    out += text[i];
    if (text[i] == '"') ++i;
  }
  return out;
}

}  // namespace sluice::inline v0::sandbox::sql

#endif  // SLUICE_SANDBOX_SQL_IMPL_PIPE_SESSION_IPP
