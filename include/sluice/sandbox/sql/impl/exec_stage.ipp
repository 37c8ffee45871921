#ifndef SLUICE_SANDBOX_SQL_IMPL_EXEC_STAGE_IPP
#define SLUICE_SANDBOX_SQL_IMPL_EXEC_STAGE_IPP

#include <sluice/sandbox/sql/detail/retention.hpp>
#include <sluice/sandbox/sql/impl/copy.ipp>

#include <array>
#include <charconv>
#include <ctime>

namespace sluice::inline v0::sandbox::sql {

namespace detail {

/// Adds cells of made-up rows: text, or NULL.
class row_builder {
 public:
  explicit row_builder(row_set& rows) : row_(rows.rows.emplace_back()) {}

  row_builder& text(std::string_view t) {
    row_.emplace_back(value::of_text(t));
    return *this;
  }

  row_builder& number(std::int64_t n) {
    row_.emplace_back(value::of_integer(n));
    return *this;
  }

  row_builder& null() {
    row_.emplace_back();
    return *this;
  }

 private:
  owned_row& row_;
};

inline void text_columns(row_set& out, std::initializer_list<char const*> names) {
  for (auto const* n : names) out.columns.push_back({n, sql_type::text(), true, {}});
}

/// "Thu, 1 Jan 2026 10:00:00 GMT", as LIST shows times.
inline std::string http_date(std::chrono::system_clock::time_point t) {
  static constexpr std::array<std::string_view, 12> months = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  static constexpr std::array<std::string_view, 7> days = {
      "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  auto const seconds = std::chrono::floor<std::chrono::seconds>(t.time_since_epoch()).count();
  auto const day = seconds / 86400 - (seconds % 86400 < 0);
  auto const clock = seconds - day * 86400;
  auto const c = civil_from_days(day);
  return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} GMT",
                     days[static_cast<std::size_t>(((day % 7) + 7) % 7)],
                     c.day,
                     months[static_cast<std::size_t>(c.month - 1)],
                     c.year,
                     clock / 3600,
                     clock / 60 % 60,
                     clock % 60);
}

}  // namespace detail

outcome session::impl::list(detail::running const& now, detail::list_statement const& s) {
  using namespace detail;
  auto const at = locate(s.location).at;
  std::optional<path_pattern> pattern;
  if (!s.pattern.empty()) pattern.emplace(s.pattern);
  row_set out;
  if (s.remove) {
    text_columns(out, {"name", "result"});
  } else {
    out.columns = {{"name", sql_type::text(), true, {}},
                   {"size", sql_type::number(38, 0), true, {}},
                   {"md5", sql_type::text(), true, {}},
                   {"last_modified", sql_type::text(), true, {}}};
  }
  for (auto const& f : account.store.list(at.prefix + at.path)) {
    auto const path = f.key.substr(at.prefix.size());
    if (pattern && !pattern->matches(path)) continue;
    if (s.remove) {
      if (now.request.describe_only || !account.store.remove(f.key)) continue;
      row_builder(out).text(at.display + path).text("removed");
    } else {
      row_builder(out)
          .text(at.display + path)
          .number(f.size)
          .text(f.etag)
          .text(http_date(f.last_modified));
    }
  }
  auto reply = rows_of(now, s.remove ? statement_type::remove_files : statement_type::list, out);
  if (!now.request.describe_only) remember(now.query_id, std::move(out));
  return reply;
}

outcome session::impl::transfer_files(detail::running const& now,
                                      detail::transfer_statement const& s) {
  using namespace detail;
  transfer out;
  out.query_id = now.query_id;
  out.command = s.upload ? transfer::direction::upload : transfer::direction::download;
  out.local = s.local;
  out.stage = locate(s.location).at;
  // The place is a directory for both commands.
  if (s.upload && !out.stage.path.empty() && !out.stage.path.ends_with('/')) out.stage.path += '/';
  std::optional<path_pattern> pattern;
  for (auto const& o : s.options) {
    if (o.name == "PARALLEL") {
      auto const text = option_string(o);
      auto const [end, error] =
          std::from_chars(text.data(), text.data() + text.size(), out.parallel);
      if (error != std::errc{} || end != text.data() + text.size() || out.parallel < 1 ||
          out.parallel > 99)
        fail_invalid_value(text, o.name);
    } else if (s.upload && o.name == "AUTO_COMPRESS") {
      out.auto_compress = option_bool(o);
    } else if (s.upload && o.name == "OVERWRITE") {
      out.overwrite = option_bool(o);
    } else if (s.upload && o.name == "SOURCE_COMPRESSION") {
      static constexpr std::string_view known[] = {
          "AUTO_DETECT", "GZIP", "BZ2", "BROTLI", "ZSTD", "DEFLATE", "RAW_DEFLATE", "NONE"};
      auto const text = to_upper(option_string(o));
      if (std::find(std::begin(known), std::end(known), text) == std::end(known))
        fail_invalid_value(text, o.name);
      out.source_compression = to_lower(text);
    } else if (!s.upload && o.name == "PATTERN") {
      pattern.emplace(option_string(o));
    } else {
      fail_syntax(o.at, o.name);
    }
  }
  if (s.upload) return out;
  for (auto const& f : account.store.list(out.stage.prefix + out.stage.path)) {
    if (pattern && !pattern->matches(f.key.substr(out.stage.prefix.size()))) continue;
    out.files.push_back(
        {f.key, f.key.substr(out.stage.prefix.size() + out.stage.path.size()), f.size});
  }
  return out;
}

detail::row_set session::impl::staged_rows(detail::stage_source const& s,
                                           detail::running const& now) {
  using namespace detail;
  auto const at = locate(s.stage);
  auto options_given = at.file_format;
  if (!s.file_format.empty())
    options_given = {option{"FORMAT_NAME", {option_value::is::string, s.file_format, {}, {}}, {}}};
  file_format base;
  base.inputs = formats(now.parameters);
  auto const format = parse_file_format(resolved_format(*this, options_given), base);
  std::optional<path_pattern> pattern;
  if (!s.pattern.empty()) pattern.emplace(s.pattern);
  row_set out;
  std::size_t width = 1;
  for (auto const& f : account.store.list(at.at.prefix + at.at.path)) {
    if (pattern && !pattern->matches(f.key.substr(at.at.prefix.size()))) continue;
    file_input input(
        account.store.open(f.key, at.at.encryption == stage_encryption::snowflake_full),
        format.packed);
    if (format.type == file_type::json) {
      json_reader reader(input, format);
      json_record record;
      while (reader.next(record)) {
        if (record.problem) fail(record.problem->code, "22000", record.problem->message);
        row_builder(out).text(record.value);
      }
      continue;
    }
    csv_reader reader(input, format);
    csv_record record;
    for (std::int64_t n = 0; n < format.skip_header && reader.skip_line(); ++n) {
    }
    while (reader.next(record)) {
      if (record.problem) fail(record.problem->code, "22000", record.problem->message);
      auto& row = out.rows.emplace_back();
      for (std::size_t i = 0; i < record.fields.size(); ++i)
        row.emplace_back(record.is_null(i, format) ? value{} : value::of_text(record.text(i)));
      width = std::max(width, record.fields.size());
    }
  }
  for (auto& row : out.rows) row.resize(width);
  auto const type = format.type == file_type::json ? sql_type::of(kind::variant) : sql_type::text();
  for (std::size_t i = 1; i <= width; ++i)
    out.columns.push_back({fmt::format("${}", i), type, true, {}});
  return out;
}

detail::row_set session::impl::validate(detail::table_function const& f,
                                        detail::running const& now) {
  using namespace detail;
  static_cast<void>(now);
  if (f.arguments.size() != 2 || f.arguments[0].second.is != expr::op::column) {
    fail("000938",
         "22023",
         "SQL compilation error:\nVALIDATE needs a table name and JOB_ID => '<query id>'");
  }
  object_name name;
  name.parts = f.arguments[0].second.names;
  auto const t = table(name);
  auto const& [argument, e] = f.arguments[1];
  if ((!argument.empty() && argument != "JOB_ID") || e.is != expr::op::string)
    fail_syntax(e.at, argument);
  auto const id = e.text == "_last" ? last_copy_id : e.text;
  auto const remembered = account.now_ms() - retention::load_metadata.count();
  std::lock_guard const lock(account.errors_mutex);
  for (auto const& kept : account.recent_errors) {
    if (kept.query_id == id && kept.table_id == t->id && kept.loaded_ms >= remembered)
      return error_rows(kept.errors, true);
  }
  fail("002018",
       "02000",
       fmt::format("SQL compilation error:\nInvalid argument [We couldn't find a copy for this "
                   "table which occurred during "
                   "this session ] for table function. Table function argument is required to be a "
                   "constant. ({})",
                   id));
}

}  // namespace sluice::inline v0::sandbox::sql

#endif  // SLUICE_SANDBOX_SQL_IMPL_EXEC_STAGE_IPP
