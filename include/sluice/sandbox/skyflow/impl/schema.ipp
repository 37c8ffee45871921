#ifndef SLUICE_SANDBOX_SKYFLOW_IMPL_SCHEMA_IPP
#define SLUICE_SANDBOX_SKYFLOW_IMPL_SCHEMA_IPP

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/replies.hpp>
#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/skyflow/detail/api_error.hpp>
#include <sluice/sandbox/skyflow/detail/schema.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <limits>

namespace sluice::inline v0::sandbox::skyflow::detail {

namespace schema_impl {

inline std::optional<pattern> compiled(std::string const& expression) {
  if (expression.empty()) return std::nullopt;
  return pattern(expression);
}

inline bool deterministic(token_policy policy) {
  return policy == token_policy::deterministic_uuid || policy == token_policy::deterministic_fpt;
}

inline std::string_view value_type(column const& c) {
  if (c.is_array) return "ARRAY";
  if (c.datatype == "DT_INT32") return "INTEGER";
  if (c.datatype == "DT_FLOAT32") return "FLOAT";
  if (c.datatype == "DT_BOOL") return "BOOL";
  if (c.datatype == "DT_DATE") return "DATE";
  if (c.datatype == "DT_DATETIME") return "DATETIME";
  return "STRING";
}

[[noreturn]] inline void wrong_type(column_info const& column) {
  refuse_argument(fmt::format("Insert failed. Column {} expects {}{}.",
                              column.def.name,
                              column.def.is_array ? "an array of " : "",
                              column.def.datatype));
}

inline std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

inline pattern const& shape_of(std::string_view datatype) {
  static pattern const date("^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$");
  static pattern const time("^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?$");
  static pattern const both(
      "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]"
      "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:?[0-9]{2})?$");
  return datatype == "DT_DATE" ? date : datatype == "DT_TIME" ? time : both;
}

inline std::string checked_text(column_info const& column, json_value const& value) {
  if (!value.is_string()) wrong_type(column);
  if (value.text.find('\0') != std::string::npos) {
    refuse_argument("Insert failed. Column " + column.def.name + " holds a NUL character.");
  }
  if (column.def.datatype != "DT_STRING" && !shape_of(column.def.datatype).matches(value.text)) {
    wrong_type(column);
  }
  if (column.regular && !column.regular->matches(value.text)) {
    refuse_argument("Insert failed. The value of column " + column.def.name +
                    " does not match its regular expression.");
  }
  return value.text;
}

inline cell checked_scalar(column_info const& column, json_value const& value) {
  auto const& type = column.def.datatype;
  using form = json_value::form;
  if (type == "DT_INT32") {
    auto const number =
        value.is == form::integer ? sandbox::detail::to_integer(value.text) : std::nullopt;
    using limits = std::numeric_limits<std::int32_t>;
    if (!number || *number < limits::min() || *number > limits::max()) wrong_type(column);
    return *number;
  }
  if (type == "DT_FLOAT32") {
    if (value.is != form::integer && value.is != form::real) wrong_type(column);
    return std::strtod(value.text.c_str(), nullptr);
  }
  if (type == "DT_BOOL") {
    if (value.is != form::boolean) wrong_type(column);
    return std::int64_t{value.flag};
  }
  if (type == "DT_FILE") {
    refuse_argument("Insert failed. Column " + column.def.name + " takes files, not values.");
  }
  return checked_text(column, value);
}

/// Another character of the same kind.
inline char substitute(char c) {
  auto const draw = static_cast<unsigned char>(sandbox::detail::random_bytes(1).front());
  if (c >= '0' && c <= '9') return static_cast<char>('0' + draw % 10);
  if (c >= 'a' && c <= 'z') return static_cast<char>('a' + draw % 26);
  if (c >= 'A' && c <= 'Z') return static_cast<char>('A' + draw % 26);
  return c;
}

inline std::string format_preserving(column_info const& column, std::string_view plain) {
  std::string out(plain);
  for (char& c : out) c = substitute(c);
  auto const kept = column.format ? column.format->find(plain) : std::nullopt;
  for (std::size_t group = 1; kept && group < kept->size(); ++group) {
    auto const [begin, end] = (*kept)[group];
    std::copy(plain.begin() + static_cast<std::ptrdiff_t>(begin),
              plain.begin() + static_cast<std::ptrdiff_t>(end),
              out.begin() + static_cast<std::ptrdiff_t>(begin));
  }
  return out;
}

inline std::string masked(column_info const& column, std::string_view plain) {
  if (!column.mask) return std::string(characters(plain), '*');
  return column.mask->replaced(plain, column.def.mask_replace);
}

constexpr std::string_view redacted_text = "*REDACTED*";

}  // namespace schema_impl

std::string ordered_uuid() {
  static std::atomic<std::uint64_t> next{
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                     std::chrono::system_clock::now().time_since_epoch())
                                     .count())};
  auto const number = next.fetch_add(1);
  std::string out = sandbox::detail::random_uuid();
  auto const front = fmt::format("{:012x}", number & 0xFFFF'FFFF'FFFF);
  out.replace(0, 8, front, 0, 8);
  out.replace(9, 4, front, 8, 4);
  return out;
}

std::string quoted_name(std::string_view name) {
  return '"' + std::string(name) + '"';  // names hold no quote, see parse_vault
}

column_info::column_info(column const& c, std::string const& table_name)
    : def(c),
      scope(c.column_group.empty() ? table_name + '.' + c.name : c.column_group),
      deterministic(schema_impl::deterministic(c.tokens)),
      value_type(schema_impl::value_type(c)),
      token_group(deterministic ? "deterministic_" : "nondeterministic_"),
      regular(schema_impl::compiled(c.regular_exp)),
      token_regular(schema_impl::compiled(c.token_regular_exp)),
      format(schema_impl::compiled(c.format_preserving_regex)),
      mask(schema_impl::compiled(c.mask_find)) {
  token_group += c.column_group.empty() ? sandbox::detail::lower(value_type) : c.column_group;
}

table_info::table_info(skyflow::table const& t, std::string const& vault_id)
    : name(t.name), stored_as(quoted_name("skyflow." + vault_id + '.' + t.name)) {
  std::string names = "skyflow_id";
  std::string marks = "?";
  for (auto const& c : t.columns) {
    columns.emplace_back(c, t.name);
    names += ',' + quoted_name(c.name) + ',' + quoted_name(c.name + ".token");
    marks += ",?,?";
  }
  for (auto const& c : columns) {
    twin_sql.push_back(
        fmt::format("SELECT skyflow_id FROM {} WHERE {}=?", stored_as, quoted_name(c.def.name)));
  }
  insert_sql = fmt::format("INSERT INTO {}({}) VALUES({})", stored_as, names, marks);
  select_sql = fmt::format("SELECT {} FROM {}", names, stored_as);
}

std::optional<std::size_t> table_info::find(std::string_view column_name) const noexcept {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].def.name == column_name) return i;
  }
  return std::nullopt;
}

std::size_t table_info::unique_column(std::string_view column_name) const {
  auto const at = find(column_name);
  if (!at) {
    refuse_argument(fmt::format("Column {} is invalid. Specify a valid column.", column_name));
  }
  if (!columns[*at].def.unique) {
    refuse_argument(fmt::format("Column {} is not unique.", column_name));
  }
  return *at;
}

vault_info::vault_info(vault const& v)
    : def(v), tokens(quoted_name("skyflow." + v.id + ".tokens")) {
  for (auto const& t : v.tables) tables.emplace(t.name, table_info(t, v.id));
  holder_sql = fmt::format("SELECT value FROM {} WHERE token=?", tokens);
  issued_sql = fmt::format("SELECT token FROM {} WHERE scope=? AND value=? AND rows > 0", tokens);
  use_sql = fmt::format("UPDATE {} SET rows = rows + 1 WHERE token=?", tokens);
  add_sql = fmt::format("INSERT INTO {} VALUES(?,?,?,?,?,1,?)", tokens);
}

table_info const& vault_info::table(std::string_view name) const {
  auto const found = tables.find(name);
  if (found == tables.end()) {
    refuse_unknown(fmt::format("Object Name {} was not found for Vault {}", name, def.id));
  }
  return found->second;
}

cell checked_value(column_info const& column,
                   json_value const& value,
                   std::size_t max_unique_length) {
  using namespace schema_impl;
  if (value.is_null()) return {};
  if (!column.def.is_array) {
    cell out = checked_scalar(column, value);
    auto const* text = std::get_if<std::string>(&out);
    if (text != nullptr && column.def.unique && characters(*text) > max_unique_length) {
      refuse_argument("token insertion error");
    }
    return out;
  }
  if (!value.is_array()) wrong_type(column);
  for (auto const& item : value.items) (void)checked_scalar(column, item);
  std::string text;
  append_json(text, value);
  return text;
}

std::string plain_text(column_info const& column, cell const& value) {
  if (auto const* text = std::get_if<std::string>(&value)) return *text;
  if (auto const* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  auto const* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) return {};
  if (column.def.datatype == "DT_BOOL") return *number != 0 ? "true" : "false";
  return std::to_string(*number);
}

std::string shown_text(column_info const& column, std::string_view plain, redaction how) {
  if (how == redaction::plain_text) return std::string(plain);
  if (how == redaction::redact) return std::string(schema_impl::redacted_text);
  return schema_impl::masked(column, plain);
}

void append_shown(std::string& out, column_info const& column, cell const& value, redaction how) {
  if (is_null(value)) {
    out += "null";
    return;
  }
  bool const text = std::holds_alternative<std::string>(value) && !column.def.is_array;
  if (how == redaction::plain_text && !text) {
    out += plain_text(column, value);
    return;
  }
  sandbox::detail::append_json(out, shown_text(column, plain_text(column, value), how));
}

redaction parse_redaction(std::string_view text, column_info const& column) {
  if (text.empty() || text == "DEFAULT") return column.def.shown;
  if (text == "REDACTED") return redaction::redact;
  if (text == "MASKED") return redaction::mask;
  if (text == "PLAIN_TEXT") return redaction::plain_text;
  refuse_argument(fmt::format("unknown redaction {}", text));
}

std::string make_token(column_info const& column, std::string_view plain) {
  bool const formatted = column.def.tokens == token_policy::deterministic_fpt ||
                         column.def.tokens == token_policy::format_preserving;
  return formatted ? schema_impl::format_preserving(column, plain) : ordered_uuid();
}

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_IMPL_SCHEMA_IPP
