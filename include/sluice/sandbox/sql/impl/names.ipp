#ifndef SLUICE_SANDBOX_SQL_IMPL_NAMES_IPP
#define SLUICE_SANDBOX_SQL_IMPL_NAMES_IPP

#include <sluice/sandbox/sql/detail/lexer.hpp>
#include <sluice/sandbox/sql/detail/parser.hpp>
#include <sluice/sandbox/sql/detail/session_impl.hpp>

#include <fmt/format.h>

namespace sluice::inline v0::sandbox::sql {

using detail::full_name;

full_name session::impl::resolve(detail::object_name const& name) const {
  full_name out;
  auto const n = name.parts.size();
  out.name = name.parts[n - 1];
  out.database = n == 3 ? name.parts[0] : context.database;
  out.schema = n >= 2 ? name.parts[n - 2] : context.schema;
  if (out.database.empty()) detail::fail_no_database();
  if (out.schema.empty()) detail::fail_no_schema();
  if (!account.catalogue.has_database(out.database))
    detail::fail_missing("Database", detail::quote_if_needed(out.database));
  if (!account.catalogue.has_schema(out.database, out.schema)) {
    detail::fail_missing("Schema", full_name{out.database, out.schema, {}}.text());
  }
  return out;
}

std::pair<std::string, std::string> session::impl::resolve_schema(
    detail::object_name const& name) const {
  if (name.parts.size() > 2) detail::fail_syntax(name.at, name.parts.back());
  auto database = name.parts.size() == 2 ? name.parts[0] : context.database;
  if (database.empty()) detail::fail_no_database();
  if (!account.catalogue.has_database(database))
    detail::fail_missing("Database", detail::quote_if_needed(database));
  return {database, name.parts.back()};
}

detail::table_ptr session::impl::find_table(full_name const& name) const {
  auto const own = temporary.tables.find(name);
  return own != temporary.tables.end() ? own->second : account.catalogue.table(name);
}

detail::table_ptr session::impl::table(detail::object_name const& name) const {
  auto const full = resolve(name);
  auto t = find_table(full);
  if (!t) detail::fail_missing("Table", full.text());
  return t;
}

void session::impl::need_warehouse() const {
  if (context.warehouse.empty()) {
    detail::fail("000606",
                 "57P03",
                 "No active warehouse selected in the current session. Select an active warehouse "
                 "with the 'use warehouse' "
                 "command.");
  }
}

std::vector<detail::option> session::impl::named_format(std::string const& name) const {
  auto const full = resolve(detail::parse_name_text(name));
  auto const own = temporary.formats.find(full);
  auto const f = own != temporary.formats.end() ? own->second : account.catalogue.format(full);
  if (!f) detail::fail_missing("File format", full.text());
  return f->options;
}

/// Splits "@name/path" where the name may be quoted and dotted; `/` inside quotes belongs to it.
inline std::pair<std::string, std::string> split_stage(std::string_view reference) {
  bool quoted = false;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    if (reference[i] == '"') quoted = !quoted;
    if (reference[i] == '/' && !quoted)
      return {std::string(reference.substr(0, i)), std::string(reference.substr(i + 1))};
  }
  return {std::string(reference), {}};
}

session::impl::located_stage session::impl::locate(std::string const& reference) const {
  auto [name, path] = split_stage(std::string_view(reference).substr(1));
  located_stage out;
  out.at.path = path;
  if (name == "~") {
    out.at.prefix = fmt::format("users/{}/", options.user.empty() ? "NOBODY" : options.user);
    return out;
  }
  // A table stage: the percent sign stands before the last part.
  auto const percent = name.find('%');
  bool in_quotes = false;
  for (std::size_t i = 0; i < percent && i < name.size(); ++i) in_quotes ^= name[i] == '"';
  if (percent != std::string::npos && !in_quotes) {
    auto text = name;
    text.erase(percent, 1);
    auto const t = table(detail::parse_name_text(text));
    out.at.prefix = fmt::format("tables/{}/", t->id);
    out.table_stage = true;
    return out;
  }
  auto const full = resolve(detail::parse_name_text(name));
  auto const own = temporary.stages.find(full);
  auto const s = own != temporary.stages.end() ? own->second : account.catalogue.stage(full);
  if (!s) detail::fail_missing("Stage", full.text());
  out.at.prefix = s->prefix;
  out.at.display = detail::to_lower(full.name) + '/';
  out.at.encryption = s->encryption;
  out.file_format = s->file_format;
  return out;
}

}  // namespace sluice::inline v0::sandbox::sql

#endif  // SLUICE_SANDBOX_SQL_IMPL_NAMES_IPP
