#ifndef SLUICE_SANDBOX_SQL_IMPL_TRANSLATE_EXPR_IPP
#define SLUICE_SANDBOX_SQL_IMPL_TRANSLATE_EXPR_IPP

#include <sluice/sandbox/sql/detail/lexer.hpp>
#include <sluice/sandbox/sql/detail/translate.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::inline v0::sandbox::sql::detail {

inline typed of_type(std::string sql, sql_type const& type, bool nullable = true) {
  typed t;
  t.sql = std::move(sql);
  t.type = type;
  t.nullable = nullable;
  return t;
}

/// Aggregation and grouping follow from the operands.
typed translator::merged(typed out, std::initializer_list<typed const*> from) const {
  bool nullable = false;
  for (auto const* t : from) {
    out.aggregate = out.aggregate || t->aggregate;
    if (out.ungrouped.empty()) out.ungrouped = t->ungrouped;
    nullable = nullable || t->nullable;
  }
  out.nullable = nullable;
  return out;
}

typed cast_to(typed const& e, sql_type const& to, bool attempt) {
  if (e.type == to && to.is != kind::text) return e;
  if (e.type.is == kind::text && to.is == kind::text && to.length >= e.type.length) return e;
  if (e.type.is == kind::number && to.is == kind::number && e.type.scale == to.scale &&
      to.precision >= e.type.precision && (stored_as_double(e.type) == stored_as_double(to))) {
    auto out = e;
    out.type = to;
    return out;
  }
  auto out = e;
  out.column.clear();
  if (e.type.is == kind::null) {
    out.sql = "NULL";
  } else {
    out.sql = fmt::format(
        "{}({}, {}, {})", attempt ? "sf_try_cast" : "sf_cast", e.sql, pack(e.type), pack(to));
  }
  out.type = to;
  out.nullable = e.nullable || attempt;
  return out;
}

sql_type common_type(sql_type const& a, sql_type const& b) {
  if (a == b) return a;
  if (a.is == kind::null) return b;
  if (b.is == kind::null) return a;
  if (a.is == kind::number && b.is == kind::number) {
    int const scale = std::max(a.scale, b.scale);
    int const whole = std::max(a.precision - a.scale, b.precision - b.scale);
    return sql_type::number(std::min(type_limits::max_precision, whole + scale), scale);
  }
  if (a.is == kind::text && b.is == kind::text) return sql_type::text(std::max(a.length, b.length));
  if (a.is == kind::binary && b.is == kind::binary)
    return sql_type::binary(std::max(a.length, b.length));
  if (a.is == b.is) {
    auto out = a;
    out.scale = std::max(a.scale, b.scale);
    return out;
  }
  auto const either = [&](kind k) { return a.is == k || b.is == k; };
  auto const other_than = [&](kind k) { return a.is == k ? b : a; };
  if (either(kind::variant)) return other_than(kind::variant);
  if (either(kind::text)) {
    auto const other = other_than(kind::text);
    // Text meets a number: as many fraction digits as a comparison with real data needs.
    if (other.is == kind::number) return sql_type::number(38, std::max(other.scale, 5));
    return other;
  }
  if (either(kind::real) && (either(kind::number) || either(kind::boolean)))
    return sql_type::of(kind::real);
  if (either(kind::boolean) && either(kind::number)) return sql_type::of(kind::boolean);
  if ((is_timestamp(a.is) || a.is == kind::date) && (is_timestamp(b.is) || b.is == kind::date)) {
    if (either(kind::timestamp_tz)) return sql_type::of(kind::timestamp_tz);
    if (either(kind::timestamp_ltz)) return sql_type::of(kind::timestamp_ltz);
    return sql_type::of(kind::timestamp_ntz);
  }
  fail("002035",
       "42601",
       fmt::format(
           "SQL compilation error:\nCan not convert parameter of type [{}] into expected type [{}]",
           type_text(b),
           type_text(a)));
}

std::string orderable(typed const& e) {
  if (may_be_decimal_text(e.type) || e.type.is == kind::timestamp_tz) {
    return fmt::format("sf_key({}, {})", e.sql, pack(e.type));
  }
  return e.sql;
}

std::string translator::assigned(typed const& e, sql_type const& to) {
  return fmt::format("sf_cast({}, {}, {})", e.sql, pack(e.type), pack(to));
}

source_columns translator::columns_of(table_info const& table, std::string const& alias) {
  source_columns out;
  out.alias = table.name.name;
  out.table = table.name;
  for (auto const& c : table.columns) {
    out.columns.push_back({.name = c.name,
                           .sql = (alias.empty() ? "" : alias + '.') + quoted(c.physical),
                           .type = c.type,
                           .nullable = c.nullable});
  }
  return out;
}

inline typed number_literal(std::string const& text) {
  auto const exponent = text.find_first_of("eE");
  if (exponent != std::string::npos)
    return of_type("CAST(" + text + " AS REAL)", sql_type::of(kind::real), false);
  auto const point = text.find('.');
  std::string_view digits = text;
  if (digits.starts_with('-')) digits.remove_prefix(1);
  int const scale = point == std::string::npos
                        ? 0
                        : static_cast<int>(std::min<std::size_t>(text.size() - point - 1, 37));
  auto whole = digits.substr(0, digits.find('.'));
  while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
  int const precision = std::max(
      1,
      static_cast<int>(whole == "0" && scale > 0 ? 0 : std::min<std::size_t>(whole.size(), 99)) +
          scale);
  if (precision > type_limits::max_precision) {
    return of_type("CAST(" + text + " AS REAL)", sql_type::of(kind::real), false);
  }
  auto const type = sql_type::number(precision, scale);
  bool overflow = false;
  auto const n = parse_decimal(text, 38, scale, overflow);
  std::string scratch;
  auto const v = store_number(n.value_or(0), type, scratch);
  std::string sql;
  if (v.is == value::form::integer) {
    sql = std::to_string(v.integer);
    if (v.integer == std::numeric_limits<std::int64_t>::min()) sql = "(-9223372036854775807 - 1)";
  } else if (v.is == value::form::real) {
    append_decimal(sql, n.value_or(0), scale);
  } else {
    sql = sqlite_string(v.bytes);
  }
  return of_type(std::move(sql), type, false);
}

typed translator::emit(expr const& e, scope const& in) {
  auto answer = [&]() -> typed {
    switch (e.is) {
      case expr::op::null:
        return of_type("NULL", {});
      case expr::op::boolean:
        return of_type(e.text, sql_type::of(kind::boolean), false);
      case expr::op::number:
        return number_literal(e.text);
      case expr::op::string: {
        if (e.text.find('\0') != std::string::npos) {
          std::string hex;
          append_hex(hex, e.text);
          return of_type("CAST(X'" + hex + "' AS TEXT)",
                         sql_type::text(std::max<std::int64_t>(count_characters(e.text), 1)),
                         false);
        }
        return of_type(sqlite_string(e.text),
                       sql_type::text(std::max<std::int64_t>(count_characters(e.text), 1)),
                       false);
      }
      case expr::op::column:
        return column(e, in);
      case expr::op::star:
        fail_syntax(e.at, "*");
      case expr::op::placeholder:
        return placeholder(e);
      case expr::op::position: {
        auto const n = e.text.size() > 5 ? 0 : std::stoi(e.text);
        for (auto const* s = &in; s != nullptr; s = s->outer) {
          if (s->row_fields > 0) {
            if (n < 1 || n > s->row_fields) return of_type("NULL", s->row_field_type);
            return of_type("?" + std::to_string(n), s->row_field_type);
          }
          for (auto const& source : s->sources) {
            if (n >= 1 && n <= static_cast<int>(source.columns.size())) {
              auto const& c = source.columns[static_cast<std::size_t>(n - 1)];
              auto t = of_type(c.sql, c.type, c.nullable);
              t.ungrouped = c.name;
              return t;
            }
          }
        }
        fail_invalid_identifier(e.at, "$" + e.text);
      }
      case expr::op::negate: {
        auto a = emit(e.args[0], in);
        if (a.type.is == kind::text || a.type.is == kind::variant)
          a = cast_to(a, sql_type::number(38, 5));
        if (a.type.is == kind::real) return merged(of_type("(-" + a.sql + ")", a.type), {&a});
        if (a.type.is != kind::number && a.type.is != kind::null) {
          fail("001007",
               "22023",
               fmt::format("SQL compilation error:\ninvalid type [{}] for parameter 'NEGATE'",
                           type_text(a.type)));
        }
        return arithmetic("-", of_type("0", sql_type::number(1, 0), false), a);
      }
      case expr::op::logical_not: {
        auto a = cast_to(emit(e.args[0], in), sql_type::of(kind::boolean));
        return merged(of_type("(NOT " + a.sql + ")", a.type), {&a});
      }
      case expr::op::binary:
        return binary(e, in);
      case expr::op::distinct_from: {
        auto a = emit(e.args[0], in), b = emit(e.args[1], in);
        auto const t = common_type(a.type, b.type);
        a = cast_to(a, t);
        b = cast_to(b, t);
        auto out =
            merged(of_type(fmt::format("({} IS {} {})", a.sql, e.negated ? "" : "NOT", b.sql),
                           sql_type::of(kind::boolean)),
                   {&a, &b});
        out.nullable = false;
        return out;
      }
      case expr::op::cast: {
        auto a = emit(e.args[0], in);
        if (e.flag && a.type.is != kind::text && a.type.is != kind::null) {
          fail("001065",
               "22023",
               fmt::format("SQL compilation error:\nFunction TRY_CAST cannot be used with "
                           "arguments of types {} and {}",
                           type_text(a.type),
                           type_text(e.type)));
        }
        return cast_to(a, e.type, e.flag);
      }
      case expr::op::function:
        return function(e, in);
      case expr::op::choice:
        return choice(e, in);
      case expr::op::in_list: {
        auto a = emit(e.args[0], in);
        typed result = of_type("0", sql_type::of(kind::boolean), false);
        std::string sql;
        for (std::size_t i = 1; i < e.args.size(); ++i) {
          auto one = comparison("=", a, emit(e.args[i], in));
          sql += (sql.empty() ? "" : " OR ") + one.sql;
          result = merged(result, {&result, &one});
        }
        result.sql = fmt::format("({}({}))", e.negated ? "NOT " : "", sql);
        return result;
      }
      case expr::op::in_query: {
        auto a = emit(e.args[0], in);
        auto q = translate(*e.sub, &in);
        if (q.columns.size() != 1)
          fail_at(e.at,
                  "001047",
                  "42601",
                  "SQL compilation error:\nSubquery of IN must have one column.");
        auto const t = common_type(a.type, q.columns[0].type);
        auto left = cast_to(a, t);
        auto inner = cast_to(of_type("c1", q.columns[0].type), t);
        return merged(of_type(fmt::format("({} {}IN (SELECT {} FROM ({})))",
                                          left.sql,
                                          e.negated ? "NOT " : "",
                                          inner.sql,
                                          q.sql),
                              sql_type::of(kind::boolean)),
                      {&left, &inner});
      }
      case expr::op::exists:
        return of_type(
            "(EXISTS (" + translate(*e.sub, &in).sql + "))", sql_type::of(kind::boolean), false);
      case expr::op::subquery: {
        auto q = translate(*e.sub, &in);
        if (q.columns.size() != 1)
          fail_at(e.at,
                  "001047",
                  "42601",
                  "SQL compilation error:\nScalar subquery must have one column.");
        return of_type("(" + q.sql + ")", q.columns[0].type);
      }
      case expr::op::between: {
        auto a = emit(e.args[0], in);
        auto low = comparison(">=", a, emit(e.args[1], in)),
             high = comparison("<=", a, emit(e.args[2], in));
        return merged(
            of_type(fmt::format("({}({} AND {}))", e.negated ? "NOT " : "", low.sql, high.sql),
                    low.type),
            {&low, &high});
      }
      case expr::op::like: {
        if (e.text == "rlike") fail_unsupported("RLIKE");
        auto a = cast_to(emit(e.args[0], in), sql_type::text()),
             p = cast_to(emit(e.args[1], in), sql_type::text());
        auto escape = e.args.size() > 2 ? emit(e.args[2], in).sql : "NULL";
        return merged(of_type(fmt::format("({}sf_like({}, {}, {}, {}))",
                                          e.negated ? "NOT " : "",
                                          a.sql,
                                          p.sql,
                                          escape,
                                          e.text == "ilike" ? 1 : 0),
                              sql_type::of(kind::boolean)),
                      {&a, &p});
      }
      case expr::op::is_null: {
        auto a = emit(e.args[0], in);
        auto out = merged(of_type(fmt::format("({} IS {}NULL)", a.sql, e.negated ? "NOT " : ""),
                                  sql_type::of(kind::boolean)),
                          {&a});
        out.nullable = false;
        return out;
      }
      case expr::op::is_true: {
        auto a = cast_to(emit(e.args[0], in), sql_type::of(kind::boolean));
        auto out = merged(
            of_type(fmt::format("({} IS {}{})", a.sql, e.negated ? "NOT " : "", e.text), a.type),
            {&a});
        out.nullable = false;
        return out;
      }
      case expr::op::path:
      case expr::op::element: {
        auto a = emit(e.args[0], in);
        if (!is_semi_structured(a.type.is)) {
          fail("001007",
               "22023",
               fmt::format("SQL compilation error:\ninvalid type [{}] for parameter 'GET_PATH'",
                           type_text(a.type)));
        }
        if (e.is == expr::op::path) {
          auto out = merged(of_type(fmt::format("sf_path({}, {})", a.sql, sqlite_string(e.text)),
                                    sql_type::of(kind::variant)),
                            {&a});
          out.nullable = true;
          return out;
        }
        auto i = emit(e.args[1], in);
        auto out = merged(
            of_type(fmt::format("sf_path({}, {})", a.sql, i.sql), sql_type::of(kind::variant)),
            {&a, &i});
        out.nullable = true;
        return out;
      }
    }
    fail_syntax(e.at, e.text);
  }();
  if (!answer.ungrouped.empty() &&
      std::find(in.group_by.begin(), in.group_by.end(), answer.sql) != in.group_by.end()) {
    answer.ungrouped.clear();
  }
  return answer;
}

typed translator::column(expr const& e, scope const& in) {
  auto const& name = e.names.back();
  for (auto const* s = &in; s != nullptr; s = s->outer) {
    source_columns::column const* found = nullptr;
    source_columns const* owner = nullptr;
    for (auto const& source : s->sources) {
      if (e.names.size() >= 2 && source.alias != e.names[e.names.size() - 2]) continue;
      if (e.names.size() >= 3 && source.table.schema != e.names[e.names.size() - 3]) continue;
      if (e.names.size() == 4 && source.table.database != e.names[0]) continue;
      for (auto const& c : source.columns) {
        if (c.name != name || (c.hidden && e.names.size() == 1)) continue;
        if (found != nullptr) {
          fail_at(e.at,
                  "002028",
                  "42601",
                  fmt::format("SQL compilation error:\nambiguous column name '{}'", name));
        }
        found = &c;
        owner = &source;
      }
    }
    if (found != nullptr) {
      auto t = of_type(found->sql, found->type, found->nullable);
      t.table = owner->table;
      t.column = found->name;
      if (s == &in) t.ungrouped = fmt::format("{}.{}", owner->alias, name);
      return t;
    }
    if (e.names.size() == 1 && s->items != nullptr &&
        std::find(s->expanding.begin(), s->expanding.end(), name) == s->expanding.end()) {
      for (auto const& item : *s->items) {
        if (item.alias != name) continue;
        scope inner = *s;
        inner.expanding.push_back(name);
        return emit(item.value, inner);
      }
    }
  }
  fail_invalid_identifier(e.at, fmt::format("{}", fmt::join(e.names, ".")));
}

typed translator::placeholder(expr const& e) {
  auto const type = placeholders_.find(e.text);
  if (type == placeholders_.end()) {
    if (now_.request.describe_only) return of_type("NULL", sql_type::text());
    fail_at(e.at,
            "002049",
            "42601",
            fmt::format(
                "SQL compilation error: error line {} at position {}\nBind variable :{} not set.",
                e.at.line,
                e.at.pos,
                e.text));
  }
  return of_type("?" + std::to_string(std::distance(placeholders_.begin(), type) + 1),
                 type->second);
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_TRANSLATE_EXPR_IPP
