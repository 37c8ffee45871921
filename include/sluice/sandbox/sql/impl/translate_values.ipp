#ifndef SLUICE_SANDBOX_SQL_IMPL_TRANSLATE_VALUES_IPP
#define SLUICE_SANDBOX_SQL_IMPL_TRANSLATE_VALUES_IPP

#include <sluice/sandbox/sql/impl/translate_functions.ipp>

#include <chrono>

namespace sluice::inline v0::sandbox::sql::detail {

/// A literal integer argument such as a precision.
inline int literal_integer(expr const& e, std::string const& name) {
  if (e.is != expr::op::number || e.text.size() > 3 || e.text.find('.') != std::string::npos) {
    fail("001015",
         "22023",
         fmt::format("SQL compilation error:\nargument of function {} needs to be constant", name));
  }
  return std::stoi(e.text);
}

std::optional<typed> translator::conversion(std::string const& full,
                                            std::vector<typed>& a,
                                            expr const& e) {
  bool const attempt = full.starts_with("TRY_TO_");
  auto const name = attempt ? full.substr(4) : full;
  if (name == "TO_VARCHAR" || name == "TO_CHAR" || name == "TO_TEXT") {
    need(full, a, 1, 2);
    if (a.size() == 1) return cast_to(a[0], sql_type::text());
    if (a[0].type.is != kind::date && a[0].type.is != kind::time && !is_timestamp(a[0].type.is)) {
      fail_unsupported(full + " with a format for " + type_text(a[0].type));
    }
    std::vector<typed> all = {a[0], of_type(std::to_string(pack(a[0].type)), {}, false), a[1]};
    return call_of("sf_format", all, sql_type::text());
  }
  if (name == "TO_NUMBER" || name == "TO_DECIMAL" || name == "TO_NUMERIC") {
    need(full, a, 1, 4);
    std::size_t const first = a.size() > 1 && a[1].type.is == kind::text ? 2 : 1;
    if (first == 2) fail_unsupported(full + " with a format");
    int const precision = a.size() > 1 ? literal_integer(e.args[1], full) : 38;
    int const scale = a.size() > 2 ? literal_integer(e.args[2], full) : 0;
    if (precision < 1 || precision > 38 || scale < 0 || scale > precision)
      fail_invalid_value(e.args[1].text, full);
    return cast_to(a[0], sql_type::number(precision, scale), attempt);
  }
  if (name == "TO_DOUBLE")
    return need(full, a, 1, 1), cast_to(a[0], sql_type::of(kind::real), attempt);
  if (name == "TO_BOOLEAN")
    return need(full, a, 1, 1), cast_to(a[0], sql_type::of(kind::boolean), attempt);
  if (name == "TO_VARIANT") return need(full, a, 1, 1), cast_to(a[0], sql_type::of(kind::variant));
  if (name == "TO_OBJECT") return need(full, a, 1, 1), cast_to(a[0], sql_type::of(kind::object));
  if (name == "TO_ARRAY") return need(full, a, 1, 1), cast_to(a[0], sql_type::of(kind::array));
  std::optional<sql_type> to;
  if (name == "TO_DATE" || name == "DATE") to = sql_type::of(kind::date);
  if (name == "TO_TIME" || name == "TIME") to = sql_type::of(kind::time);
  if (name == "TO_TIMESTAMP" || name == "TO_TIMESTAMP_NTZ") to = sql_type::of(kind::timestamp_ntz);
  if (name == "TO_TIMESTAMP_LTZ") to = sql_type::of(kind::timestamp_ltz);
  if (name == "TO_TIMESTAMP_TZ") to = sql_type::of(kind::timestamp_tz);
  if (name == "TO_BINARY") to = sql_type::binary();
  if (!to) return std::nullopt;
  need(full, a, 1, 2);
  if (to->is != kind::binary && is_timestamp(to->is) && a[0].type.is == kind::number) {
    // A number is an epoch; the second argument is its scale.
    int const scale = a.size() == 2 ? literal_integer(e.args[1], full) : 0;
    if (scale != 0 && scale != 3 && scale != 6 && scale != 9)
      fail_unsupported(full + " with scale " + std::to_string(scale));
    auto t = cast_to(cast_to(a[0], sql_type::number(38, 0)), sql_type::text());
    if (scale == 0) return cast_to(t, *to, attempt);
    auto const tz = pack(sql_type::of(kind::timestamp_ntz));
    auto const whole = fmt::format("sf_cast(CAST({} / {} AS TEXT), {}, {})",
                                   a[0].sql,
                                   static_cast<std::int64_t>(power_of_ten(scale)),
                                   pack(sql_type::text()),
                                   tz);
    return cast_to(with_sql(call_of("", a, sql_type::of(kind::timestamp_ntz)),
                            fmt::format("sf_dateadd('MILLISECOND', {} % {} / {}, {}, {}, {})",
                                        a[0].sql,
                                        static_cast<std::int64_t>(power_of_ten(scale)),
                                        static_cast<std::int64_t>(power_of_ten(scale - 3)),
                                        whole,
                                        tz,
                                        tz)),
                   *to);
  }
  if (a.size() == 1) return cast_to(a[0], *to, attempt);
  std::vector<typed> all = {cast_to(a[0], sql_type::text()),
                            of_type(std::to_string(pack(*to)), {}, false),
                            a[1],
                            of_type(attempt ? "1" : "0", {}, false)};
  return call_of("sf_parse", all, *to);
}

std::optional<typed> translator::number_function(std::string const& name,
                                                 std::vector<typed>& a,
                                                 expr const& e) {
  auto const numeric = [&](typed const& t) {
    if (t.type.is == kind::number || t.type.is == kind::real) return t;
    return cast_to(t, t.type.is == kind::null ? sql_type::number(38, 0) : sql_type::number(38, 5));
  };
  if (name == "ABS" || name == "SIGN") {
    need(name, a, 1, 1);
    auto const t = numeric(a[0]);
    auto const zero = of_type("0", sql_type::number(1, 0), false);
    auto const below = comparison("<", t, zero);
    if (name == "SIGN") {
      auto const above = comparison(">", t, zero);
      return with_sql(
          call_of("", a, sql_type::number(1, 0)),
          fmt::format("(CASE WHEN {} THEN -1 WHEN {} THEN 1 WHEN {} IS NOT NULL THEN 0 END)",
                      below.sql,
                      above.sql,
                      t.sql));
    }
    auto const minus = t.type.is == kind::real ? "(-" + t.sql + ")"
                                               : cast_to(arithmetic("-", zero, t), t.type).sql;
    return with_sql(call_of("", a, t.type),
                    fmt::format("(CASE WHEN {} THEN {} ELSE {} END)", below.sql, minus, t.sql));
  }
  if (name == "ROUND" || name == "FLOOR" || name == "CEIL" || name == "CEILING" ||
      name == "TRUNC" || name == "TRUNCATE") {
    need(name, a, 1, 2);
    if (name == "TRUNC" && a.size() == 2 &&
        (a[0].type.is == kind::date || is_timestamp(a[0].type.is)))
      return std::nullopt;
    auto const t = numeric(a[0]);
    if (t.type.is == kind::real) {
      if (a.size() == 2 && name != "ROUND") fail_unsupported(name + " of FLOAT with digits");
      auto const f = name == "ROUND"            ? "round"
                     : name == "FLOOR"          ? "floor"
                     : name.starts_with("CEIL") ? "ceil"
                                                : "trunc";
      std::vector<typed> all = {t};
      if (a.size() == 2) all.push_back(a[1]);
      return call_of(f, all, t.type);
    }
    int scale = a.size() == 1 ? 0 : t.type.scale;
    if (a.size() == 2 && e.args[1].is == expr::op::number)
      scale = std::clamp(std::stoi(e.args[1].text.substr(0, 4)), 0, t.type.scale);
    auto const type =
        sql_type::number(std::min(38, t.type.precision - t.type.scale + scale + 1), scale);
    char const mode = name == "ROUND"            ? 'r'
                      : name == "FLOOR"          ? 'f'
                      : name.starts_with("CEIL") ? 'c'
                                                 : 't';
    return with_sql(call_of("", a, type),
                    fmt::format("sf_round({}, {}, {}, '{}', {})",
                                t.sql,
                                pack(t.type),
                                a.size() == 2 ? a[1].sql : "0",
                                mode,
                                pack(type)));
  }
  if (name == "MOD") return need(name, a, 2, 2), arithmetic("%", a[0], a[1]);
  if (name == "DIV0") {
    need(name, a, 2, 2);
    auto const zero = comparison("=", a[1], of_type("0", sql_type::number(1, 0), false));
    auto const quotient = arithmetic("/", a[0], a[1]);
    return with_sql(
        quotient,
        fmt::format("(CASE WHEN {} THEN {} ELSE {} END)",
                    zero.sql,
                    cast_to(of_type("0", sql_type::number(1, 0), false), quotient.type).sql,
                    quotient.sql));
  }
  static constexpr std::pair<std::string_view, std::string_view> reals[] = {
      {"SQRT", "sqrt"}, {"POWER", "pow"}, {"POW", "pow"}, {"EXP", "exp"}, {"LN", "ln"}};
  for (auto const& [snowflake, sqlite] : reals) {
    if (name != snowflake) continue;
    for (auto& t : a) t = cast_to(t, sql_type::of(kind::real));
    need(name, a, sqlite == "pow" ? 2 : 1, sqlite == "pow" ? 2 : 1);
    return call_of(sqlite, a, sql_type::of(kind::real));
  }
  return std::nullopt;
}

std::optional<typed> translator::date_function(std::string const& name,
                                               std::vector<typed>& a,
                                               expr const& e) {
  auto const moment_of = [&](typed const& t) {
    bool const fine = t.type.is == kind::date || is_timestamp(t.type.is) || t.type.is == kind::time;
    return fine ? t : cast_to(t, sql_type::of(kind::timestamp_ntz));
  };
  auto const unit_literal = [&](std::size_t i) {
    if (e.args[i].is != expr::op::string) fail_unsupported(name + " with a computed unit");
    return sqlite_string(to_upper(e.args[i].text));
  };
  static constexpr std::string_view parts[] = {"YEAR",
                                               "MONTH",
                                               "DAY",
                                               "HOUR",
                                               "MINUTE",
                                               "SECOND",
                                               "QUARTER",
                                               "DAYOFWEEK",
                                               "DAYOFYEAR",
                                               "DAYOFMONTH"};
  if (std::find(std::begin(parts), std::end(parts), name) != std::end(parts)) {
    need(name, a, 1, 1);
    auto const t = moment_of(a[0]);
    return with_sql(
        call_of("", a, sql_type::number(4, 0)),
        fmt::format(
            "sf_part('{}', {}, {})", name == "DAYOFMONTH" ? "DAY" : name, t.sql, pack(t.type)));
  }
  if (name == "DATE_PART") {
    need(name, a, 2, 2);
    auto const t = moment_of(a[1]);
    return with_sql(call_of("", a, sql_type::number(18, 0)),
                    fmt::format("sf_part({}, {}, {})", unit_literal(0), t.sql, pack(t.type)));
  }
  if (name == "DATE_TRUNC" || name == "TRUNC") {
    need(name, a, 2, 2);
    std::size_t const unit = e.args[0].is == expr::op::string ? 0 : 1;
    auto const t = moment_of(a[1 - unit]);
    return with_sql(call_of("", a, t.type),
                    fmt::format("sf_trunc({}, {}, {})", unit_literal(unit), t.sql, pack(t.type)));
  }
  if (name == "DATEADD" || name == "TIMESTAMPADD") {
    need(name, a, 3, 3);
    auto const t = moment_of(a[2]);
    auto const unit = unit_literal(0);
    bool const day_unit = unit == "'DAY'" || unit == "'MONTH'" || unit == "'YEAR'" ||
                          unit == "'WEEK'" || unit == "'QUARTER'" || unit == "'DAYS'" ||
                          unit == "'MONTHS'" || unit == "'YEARS'" || unit == "'WEEKS'";
    auto const type =
        t.type.is == kind::date && !day_unit ? sql_type::of(kind::timestamp_ntz) : t.type;
    return with_sql(call_of("", a, type),
                    fmt::format("sf_dateadd({}, {}, {}, {}, {})",
                                unit,
                                cast_to(a[1], sql_type::number(18, 0)).sql,
                                t.sql,
                                pack(t.type),
                                pack(type)));
  }
  if (name == "DATEDIFF" || name == "TIMESTAMPDIFF") {
    need(name, a, 3, 3);
    auto const from = moment_of(a[1]), to = moment_of(a[2]);
    return with_sql(call_of("", a, sql_type::number(18, 0)),
                    fmt::format("sf_datediff({}, {}, {}, {}, {})",
                                unit_literal(0),
                                from.sql,
                                pack(from.type),
                                to.sql,
                                pack(to.type)));
  }
  return std::nullopt;
}

std::optional<typed> translator::context_function(std::string const& name,
                                                  std::vector<typed> const& a) {
  auto const text = [](std::string const& s) {
    auto out = of_type(s.empty() ? "NULL" : sqlite_string(s), sql_type::text());
    return out;
  };
  auto const& c = session_.context;
  if (name == "CURRENT_DATABASE") return text(c.database);
  if (name == "CURRENT_SCHEMA") return text(c.schema);
  if (name == "CURRENT_WAREHOUSE") return text(c.warehouse);
  if (name == "CURRENT_ROLE") return text(c.role);
  if (name == "CURRENT_USER") return text(session_.options.user);
  if (name == "CURRENT_ACCOUNT" || name == "CURRENT_ACCOUNT_NAME")
    return text(session_.account.options.account);
  if (name == "CURRENT_ORGANIZATION_NAME") return text("SLUICE");
  if (name == "CURRENT_REGION") return text("AWS_US_WEST_2");
  if (name == "CURRENT_VERSION") return text("10.20.0");
  if (name == "CURRENT_CLIENT") return text("sandbox");
  if (name == "CURRENT_SESSION") return text(std::to_string(session_.options.session_id));
  if (name == "CURRENT_STATEMENT") return text(now_.request.text);
  if (name == "CURRENT_TRANSACTION") return session_.in_transaction ? text("1") : text({});
  if (name == "CURRENT_SCHEMAS") return text(fmt::format("[\"{}.{}\"]", c.database, c.schema));
  if (name == "CURRENT_SECONDARY_ROLES") return text("{\"roles\":\"\",\"value\":\"\"}");
  if (name == "LAST_QUERY_ID") {
    if (!a.empty()) fail_unsupported("LAST_QUERY_ID with an argument");
    return text(session_.last_query_id);
  }
  if (name == "SYSTEM$TYPEOF" && a.size() == 1) return text(type_text(a[0].type));
  auto const now = session_.account.options.now().time_since_epoch();
  auto const seconds = std::chrono::floor<std::chrono::seconds>(now);
  moment m;
  m.seconds = seconds.count();
  m.nanos = static_cast<std::int32_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now - seconds).count());
  m.has_offset = true;
  auto const& zoned = db_.context().formats;
  std::optional<sql_type> type;
  if (name == "CURRENT_TIMESTAMP" || name == "LOCALTIMESTAMP" || name == "GETDATE")
    type = sql_type::of(kind::timestamp_ltz);
  if (name == "SYSDATE") type = sql_type::of(kind::timestamp_ntz);
  if (name == "CURRENT_DATE" || name == "CURRENT_TIME" || name == "LOCALTIME") {
    m.seconds += zoned.zone->offset_at_utc(m.seconds);
    m.has_offset = false;
    type = name == "CURRENT_DATE" ? sql_type::of(kind::date) : sql_type::of(kind::time);
  }
  if (!type) return std::nullopt;
  std::string scratch;
  auto const v = type->is == kind::time ? store_time(m.seconds % 86400, m.nanos, 9, scratch)
                                        : store_moment(m, *type, zoned, scratch);
  return of_type(sqlite_string(v.bytes), *type, false);
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_TRANSLATE_VALUES_IPP
