#ifndef SLUICE_SANDBOX_SQL_IMPL_TRANSLATE_FUNCTIONS_IPP
#define SLUICE_SANDBOX_SQL_IMPL_TRANSLATE_FUNCTIONS_IPP

#include <sluice/sandbox/sql/impl/translate_expr.ipp>

namespace sluice::inline v0::sandbox::sql::detail {

[[noreturn]] inline void wrong_arguments(std::string const& name, std::size_t given) {
  fail("000938",
       "22023",
       fmt::format("SQL compilation error:\nwrong number of arguments for function [{}], got {}",
                   name,
                   given));
}

inline void need(std::string const& name,
                 std::vector<typed> const& a,
                 std::size_t low,
                 std::size_t high) {
  if (a.size() < low || a.size() > high) wrong_arguments(name, a.size());
}

/// `f(a, b, ...)` with what follows from the arguments.
inline typed call_of(std::string_view f, std::vector<typed> const& a, sql_type const& type) {
  typed out = of_type(std::string(f) + '(', type, false);
  for (auto const& t : a) {
    if (&t != &a.front()) out.sql += ", ";
    out.sql += t.sql;
    out.aggregate = out.aggregate || t.aggregate;
    out.nullable = out.nullable || t.nullable;
    if (out.ungrouped.empty()) out.ungrouped = t.ungrouped;
  }
  out.sql += ')';
  return out;
}

inline typed with_sql(typed out, std::string sql) {
  out.sql = std::move(sql);
  return out;
}

typed translator::function(expr const& e, scope const& in) {
  if (auto out = aggregate(e, in)) return *out;
  if (e.flag) fail_syntax(e.at, "DISTINCT");
  std::vector<typed> a;
  for (auto const& x : e.args) a.push_back(emit(x, in));
  for (auto const family :
       {&translator::text_function, &translator::conditional, &translator::json_function}) {
    if (auto out = (this->*family)(e.text, a)) return *out;
  }
  if (auto out = conversion(e.text, a, e)) return *out;
  if (auto out = number_function(e.text, a, e)) return *out;
  if (auto out = date_function(e.text, a, e)) return *out;
  if (auto out = context_function(e.text, a)) return *out;
  if (e.text == "SEQ1" || e.text == "SEQ2" || e.text == "SEQ4" || e.text == "SEQ8") {
    for (auto const& s : in.sources) {
      for (auto const& c : s.columns) {
        if (c.name == "~SEQ") return of_type(c.sql, sql_type::number(19, 0), false);
      }
    }
    fail_unsupported(e.text + " without GENERATOR");
  }
  fail_at(
      e.at, "002140", "42601", fmt::format("SQL compilation error:\nUnknown function {}", e.text));
}

std::optional<typed> translator::aggregate(expr const& e, scope const& in) {
  auto const& name = e.text;
  static constexpr std::string_view known[] = {
      "COUNT", "SUM", "AVG", "MIN", "MAX", "ANY_VALUE", "COUNT_IF", "LISTAGG"};
  if (std::find(std::begin(known), std::end(known), name) == std::end(known)) return std::nullopt;
  std::string const distinct = e.flag ? "DISTINCT " : "";
  typed out;
  out.aggregate = true;
  if (name == "COUNT") {
    out.type = sql_type::number(18, 0);
    out.nullable = false;
    if (e.args.size() == 1 && e.args[0].is == expr::op::star) {
      out.sql = "COUNT(*)";
    } else {
      if (e.args.size() != 1) fail_unsupported("COUNT of several expressions");
      out.sql = fmt::format("COUNT({}{})", distinct, emit(e.args[0], in).sql);
    }
    return out;
  }
  if (e.args.empty() || e.args.size() > (name == "LISTAGG" ? 2u : 1u))
    wrong_arguments(name, e.args.size());
  auto a = emit(e.args[0], in);
  if (a.aggregate)
    fail_at(
        e.at, "002080", "42601", "SQL compilation error:\nAggregate functions cannot be nested.");
  if (name == "COUNT_IF") {
    out.type = sql_type::number(13, 0);
    out.nullable = false;
    out.sql =
        fmt::format("COUNT(CASE WHEN {} THEN 1 END)", cast_to(a, sql_type::of(kind::boolean)).sql);
  } else if (name == "LISTAGG") {
    out.type = sql_type::text();
    auto const by = e.args.size() == 2 ? emit(e.args[1], in).sql : std::string("''");
    if (e.flag) fail_unsupported("LISTAGG(DISTINCT)");
    out.sql =
        fmt::format("coalesce(group_concat({}, {}), '')", cast_to(a, sql_type::text()).sql, by);
  } else if (name == "SUM" || name == "AVG") {
    if (a.type.is == kind::text || a.type.is == kind::variant)
      a = cast_to(a, sql_type::of(kind::real));
    if (a.type.is == kind::null) a = cast_to(a, sql_type::number(38, 0));
    if (a.type.is == kind::real) {
      out.type = a.type;
      out.sql = fmt::format("{}({}{})", name, distinct, a.sql);
    } else if (a.type.is == kind::number) {
      int const scale = name == "SUM"
                            ? a.type.scale
                            : std::min(37, std::max(a.type.scale, std::min(a.type.scale + 6, 12)));
      out.type = sql_type::number(38, scale);
      auto const arguments = e.flag ? a.sql : fmt::format("{}, {}", a.sql, pack(a.type));
      out.sql = fmt::format("sf_cast(sf_{}({}{}), {}, {})",
                            to_lower(name),
                            distinct,
                            arguments,
                            pack(sql_type::text()),
                            pack(out.type));
    } else {
      fail("001007",
           "22023",
           fmt::format("SQL compilation error:\ninvalid type [{}] for parameter '{}'",
                       type_text(a.type),
                       name));
    }
  } else {
    out.type = a.type;
    if (may_be_decimal_text(a.type) || a.type.is == kind::timestamp_tz) {
      out.sql = fmt::format("sf_{}({}, {})", name == "MAX" ? "max" : "min", a.sql, pack(a.type));
    } else {
      out.sql = fmt::format("{}({})", name == "MAX" ? "MAX" : "MIN", a.sql);
    }
  }
  return out;
}

std::optional<typed> translator::text_function(std::string const& name, std::vector<typed>& a) {
  struct entry {
    std::string_view name, sqlite;
    std::size_t low, high;
    std::string_view arguments;  ///< t(ext), i(nteger) per argument
    char result;                 ///< t(ext), i(nteger), b(oolean)
  };

  static constexpr entry table[] = {{"UPPER", "upper", 1, 1, "t", 't'},
                                    {"LOWER", "lower", 1, 1, "t", 't'},
                                    {"LENGTH", "length", 1, 1, "t", 'i'},
                                    {"LEN", "length", 1, 1, "t", 'i'},
                                    {"SUBSTR", "substr", 2, 3, "tii", 't'},
                                    {"SUBSTRING", "substr", 2, 3, "tii", 't'},
                                    {"TRIM", "trim", 1, 2, "tt", 't'},
                                    {"LTRIM", "ltrim", 1, 2, "tt", 't'},
                                    {"RTRIM", "rtrim", 1, 2, "tt", 't'},
                                    {"SPLIT_PART", "sf_split_part", 3, 3, "tti", 't'},
                                    {"BASE64_ENCODE", "sf_base64", 1, 1, "t", 't'},
                                    {"CHR", "char", 1, 1, "i", 't'},
                                    {"UNICODE", "unicode", 1, 1, "t", 'i'}};
  for (auto const& f : table) {
    if (f.name != name) continue;
    need(name, a, f.low, f.high);
    for (std::size_t i = 0; i < a.size(); ++i) {
      bool const keep =
          a[i].type.is == kind::binary &&
          (f.name.starts_with("LEN") || f.name == "BASE64_ENCODE" || f.name.starts_with("SUBSTR"));
      if (!keep)
        a[i] = cast_to(a[i], f.arguments[i] == 't' ? sql_type::text() : sql_type::number(18, 0));
    }
    if (f.name.starts_with("SUBSTR") && a[1].sql == "0") a[1].sql = "1";
    auto const type = f.result == 't' ? (a[0].type.is == kind::text ? a[0].type : sql_type::text())
                                      : sql_type::number(18, 0);
    return call_of(f.sqlite, a, type);
  }
  auto const texts = [&] {
    for (auto& t : a) t = cast_to(t, sql_type::text());
  };
  if (name == "REPLACE") {
    need(name, a, 2, 3);
    texts();
    if (a.size() == 2) a.push_back(of_type("''", sql_type::text(), false));
    return call_of("replace", a, sql_type::text());
  }
  if (name == "LEFT" || name == "RIGHT") {
    need(name, a, 2, 2);
    auto t = cast_to(a[0], sql_type::text());
    auto const sql =
        name == "LEFT"
            ? fmt::format("substr({}, 1, {})", t.sql, a[1].sql)
            : fmt::format("substr({0}, max(1, length({0}) - {1} + 1), {1})", t.sql, a[1].sql);
    return with_sql(call_of("", a, t.type), sql);
  }
  if (name == "CONCAT") {
    need(name, a, 1, 100);
    texts();
    std::string sql = "(";
    for (auto const& t : a) sql += (sql.size() > 1 ? " || " : "") + t.sql;
    return with_sql(call_of("", a, sql_type::text()), sql + ")");
  }
  if (name == "CONTAINS" || name == "STARTSWITH" || name == "ENDSWITH" || name == "POSITION" ||
      name == "CHARINDEX") {
    need(name, a, 2, 2);
    texts();
    if (name == "POSITION" || name == "CHARINDEX") {
      return with_sql(call_of("", a, sql_type::number(18, 0)),
                      fmt::format("instr({}, {})", a[1].sql, a[0].sql));
    }
    auto const sql =
        name == "CONTAINS" ? fmt::format("(instr({}, {}) > 0)", a[0].sql, a[1].sql)
        : name == "STARTSWITH"
            ? fmt::format("(substr({0}, 1, length({1})) = {1})", a[0].sql, a[1].sql)
            : fmt::format("(substr({0}, length({0}) - length({1}) + 1) = {1})", a[0].sql, a[1].sql);
    return with_sql(call_of("", a, sql_type::of(kind::boolean)), sql);
  }
  if (name == "OCTET_LENGTH") {
    need(name, a, 1, 1);
    return with_sql(call_of("", a, sql_type::number(18, 0)),
                    fmt::format("length(CAST({} AS BLOB))", a[0].sql));
  }
  if (name == "REPEAT") {
    need(name, a, 2, 2);
    texts();
    return with_sql(call_of("", a, sql_type::text()),
                    fmt::format("replace(printf('%.*c', min(max({1}, 0), 1000000), 'x'), 'x', {0})",
                                a[0].sql,
                                a[1].sql));
  }
  if (name == "HEX_ENCODE" || name == "TO_HEX") {
    need(name, a, 1, 1);
    return with_sql(call_of("", a, sql_type::text()), fmt::format("hex({})", a[0].sql));
  }
  return std::nullopt;
}

std::optional<typed> translator::conditional(std::string const& name, std::vector<typed>& a) {
  auto const unified = [&](std::size_t from) {
    sql_type t;
    for (auto i = from; i < a.size(); ++i) t = common_type(t, a[i].type);
    for (auto i = from; i < a.size(); ++i) a[i] = cast_to(a[i], t);
    return t;
  };
  if (name == "COALESCE" || name == "NVL" || name == "IFNULL") {
    need(name, a, name == "COALESCE" ? 1 : 2, name == "COALESCE" ? 1000 : 2);
    auto const t = unified(0);
    bool const nullable =
        std::all_of(a.begin(), a.end(), [](typed const& x) { return x.nullable; });
    auto out = a.size() == 1 ? a[0] : call_of("coalesce", a, t);
    out.nullable = nullable;
    return out;
  }
  if (name == "NULLIF") {
    need(name, a, 2, 2);
    auto const equal = comparison("=", a[0], a[1]);
    auto out = with_sql(call_of("", a, a[0].type),
                        fmt::format("(CASE WHEN {} THEN NULL ELSE {} END)", equal.sql, a[0].sql));
    out.nullable = true;
    return out;
  }
  if (name == "IFF" || name == "NVL2") {
    need(name, a, 3, 3);
    auto const t = unified(1);
    auto const condition =
        name == "IFF" ? cast_to(a[0], sql_type::of(kind::boolean)).sql : a[0].sql + " IS NOT NULL";
    return with_sql(
        call_of("", a, t),
        fmt::format("(CASE WHEN {} THEN {} ELSE {} END)", condition, a[1].sql, a[2].sql));
  }
  if (name == "ZEROIFNULL") {
    need(name, a, 1, 1);
    auto out = with_sql(call_of("", a, a[0].type), fmt::format("coalesce({}, 0)", a[0].sql));
    out.nullable = false;
    return out;
  }
  if (name == "EQUAL_NULL") {
    need(name, a, 2, 2);
    unified(0);
    return with_sql(call_of("", a, sql_type::of(kind::boolean)),
                    fmt::format("({} IS {})", a[0].sql, a[1].sql));
  }
  if (name == "GREATEST" || name == "LEAST") {
    need(name, a, 1, 100);
    auto const t = unified(0);
    if (may_be_decimal_text(t)) fail_unsupported(name + " of wide decimals");
    return a.size() == 1 ? a[0] : call_of(name == "GREATEST" ? "max" : "min", a, t);
  }
  return std::nullopt;
}

std::optional<typed> translator::json_function(std::string const& name, std::vector<typed>& a) {
  auto const variant = sql_type::of(kind::variant);
  if (name == "PARSE_JSON" || name == "TRY_PARSE_JSON") {
    need(name, a, 1, 1);
    a[0] = cast_to(a[0], sql_type::text());
    auto out = call_of(name == "PARSE_JSON" ? "sf_parse_json" : "sf_try_parse_json", a, variant);
    out.nullable = true;
    return out;
  }
  if (name == "TO_JSON") {
    need(name, a, 1, 1);
    return with_sql(call_of("", a, sql_type::text()), a[0].sql);
  }
  if (name == "TYPEOF") {
    need(name, a, 1, 1);
    return call_of("sf_json_type", a, sql_type::text());
  }
  if (name == "ARRAY_SIZE") {
    need(name, a, 1, 1);
    auto out = call_of("sf_array_size", a, sql_type::number(9, 0));
    out.nullable = true;
    return out;
  }
  if (name == "GET" || name == "GET_PATH") {
    need(name, a, 2, 2);
    auto out = call_of("sf_path", a, variant);
    out.nullable = true;
    return out;
  }
  if (name == "IS_NULL_VALUE") {
    need(name, a, 1, 1);
    return with_sql(call_of("", a, sql_type::of(kind::boolean)),
                    fmt::format("({} = 'null')", a[0].sql));
  }
  if (name == "STRIP_NULL_VALUE") {
    need(name, a, 1, 1);
    return with_sql(call_of("", a, variant), fmt::format("nullif({}, 'null')", a[0].sql));
  }
  if (name == "ARRAY_CONSTRUCT" || name == "OBJECT_CONSTRUCT") {
    bool const object = name.starts_with('O');
    if (object && a.size() % 2 != 0) wrong_arguments(name, a.size());
    std::vector<typed> all = {of_type(object ? "'{'" : "'['", sql_type::text(), false)};
    for (std::size_t i = 0; i < a.size(); ++i) {
      bool const key = object && i % 2 == 0;
      all.push_back(
          key ? cast_to(a[i], sql_type::text())
              : with_sql(a[i], fmt::format("sf_json({}, {})", a[i].sql, pack(a[i].type))));
    }
    return call_of("sf_construct", all, sql_type::of(object ? kind::object : kind::array));
  }
  return std::nullopt;
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_TRANSLATE_FUNCTIONS_IPP
