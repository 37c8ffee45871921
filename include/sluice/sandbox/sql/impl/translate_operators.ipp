#ifndef SLUICE_SANDBOX_SQL_IMPL_TRANSLATE_OPERATORS_IPP
#define SLUICE_SANDBOX_SQL_IMPL_TRANSLATE_OPERATORS_IPP

#include <sluice/sandbox/sql/impl/translate_expr.ipp>

namespace sluice::inline v0::sandbox::sql::detail {

typed translator::binary(expr const& e, scope const& in) {
  auto a = emit(e.args[0], in), b = emit(e.args[1], in);
  if (e.text == "and" || e.text == "or") {
    auto const boolean = sql_type::of(kind::boolean);
    a = cast_to(a, boolean);
    b = cast_to(b, boolean);
    return merged(
        of_type(fmt::format("({} {} {})", a.sql, e.text == "and" ? "AND" : "OR", b.sql), boolean),
        {&a, &b});
  }
  if (e.text == "||") {
    if (a.type.is == kind::binary && b.type.is == kind::binary) {
      return merged(
          of_type(fmt::format("CAST({} || {} AS BLOB)", a.sql, b.sql), sql_type::binary()),
          {&a, &b});
    }
    a = cast_to(a, sql_type::text());
    b = cast_to(b, sql_type::text());
    auto const length = std::min(a.type.length + b.type.length, type_limits::max_text_length);
    return merged(of_type(fmt::format("({} || {})", a.sql, b.sql), sql_type::text(length)),
                  {&a, &b});
  }
  if (e.text == "+" || e.text == "-" || e.text == "*" || e.text == "/" || e.text == "%")
    return arithmetic(e.text, a, b);
  return comparison(e.text, a, b);
}

typed translator::comparison(std::string const& op, typed a, typed b) {
  auto t = common_type(a.type, b.type);
  bool const equality = op == "=" || op == "<>";
  auto const both_numbers = a.type.is == kind::number && b.type.is == kind::number;
  std::string sql;
  if (both_numbers) {
    bool const text = may_be_decimal_text(a.type) || may_be_decimal_text(b.type);
    bool const same_form = !text || (a.type.scale == 0 && b.type.scale == 0) || a.type == b.type;
    if (text && !(equality && same_form)) {
      sql = fmt::format(
          "(sf_key({}, {}) {} sf_key({}, {}))", a.sql, pack(a.type), op, b.sql, pack(b.type));
    } else {
      sql = fmt::format("({} {} {})", a.sql, op, b.sql);
    }
    return merged(of_type(sql, sql_type::of(kind::boolean)), {&a, &b});
  }
  if (is_timestamp(t.is) || t.is == kind::time) t.scale = type_limits::max_fraction_digits;
  if (t.is == kind::text) t = sql_type::text(type_limits::max_text_length);
  a = cast_to(a, t);
  b = cast_to(b, t);
  return merged(of_type(fmt::format("({} {} {})", orderable(a), op, orderable(b)),
                        sql_type::of(kind::boolean)),
                {&a, &b});
}

typed translator::arithmetic(std::string const& op, typed a, typed b) {
  auto const numeric = [&](typed& t) {
    if (t.type.is == kind::null) t = cast_to(t, sql_type::number(38, 0));
    if (t.type.is == kind::text || t.type.is == kind::variant)
      t = cast_to(t, sql_type::number(38, 5));
    if (t.type.is == kind::boolean) t = cast_to(t, sql_type::number(1, 0));
  };
  if ((a.type.is == kind::date && b.type.is == kind::number) ||
      (a.type.is == kind::date && b.type.is == kind::date)) {
    auto const date = pack(a.type);
    if (b.type.is == kind::date && op == "-") {
      return merged(
          of_type(fmt::format("sf_datediff('DAY', {}, {}, {}, {})", b.sql, date, a.sql, date),
                  sql_type::number(9, 0)),
          {&a, &b});
    }
    if (op == "+" || op == "-") {
      return merged(of_type(fmt::format("sf_dateadd('DAY', {}({}), {}, {}, {})",
                                        op == "-" ? "-" : "",
                                        b.sql,
                                        a.sql,
                                        date,
                                        date),
                            a.type),
                    {&a, &b});
    }
  }
  numeric(a);
  numeric(b);
  bool const real = a.type.is == kind::real || b.type.is == kind::real;
  if ((a.type.is != kind::number && a.type.is != kind::real) ||
      (b.type.is != kind::number && b.type.is != kind::real)) {
    auto const& wrong = a.type.is != kind::number && a.type.is != kind::real ? a : b;
    fail("001007",
         "22023",
         fmt::format("SQL compilation error:\ninvalid type [{}] for parameter '{}'",
                     type_text(wrong.type),
                     op));
  }
  if (real) {
    a = cast_to(a, sql_type::of(kind::real));
    b = cast_to(b, sql_type::of(kind::real));
    auto const sql = op == "%" ? fmt::format("mod({}, {})", a.sql, b.sql)
                               : fmt::format("({} {} {})", a.sql, op, b.sql);
    return merged(of_type(sql, sql_type::of(kind::real)), {&a, &b});
  }
  // "Arithmetic operators", scale and precision of the output.
  int const s1 = a.type.scale, s2 = b.type.scale, l1 = a.type.precision - s1,
            l2 = b.type.precision - s2;
  int whole = 0, scale = 0;
  if (op == "*") {
    scale = std::min(s1 + s2, std::max({s1, s2, 12}));
    whole = l1 + l2;
  } else if (op == "/") {
    scale = std::max(s1, std::min(s1 + 6, 12));
    whole = l1 + s2;
  } else {
    scale = std::max(s1, s2);
    whole = std::max(l1, l2) + (op == "%" ? 0 : 1);
  }
  scale = std::min(scale, 37);
  auto const type =
      sql_type::number(std::clamp(whole + scale, 1, type_limits::max_precision), scale);
  return merged(of_type(fmt::format("sf_arith('{}', {}, {}, {}, {}, {})",
                                    op,
                                    a.sql,
                                    pack(a.type),
                                    b.sql,
                                    pack(b.type),
                                    pack(type)),
                        type),
                {&a, &b});
}

typed translator::choice(expr const& e, scope const& in) {
  std::vector<typed> conditions, values;
  std::optional<typed> operand;
  std::size_t i = 0;
  if (e.flag) operand = emit(e.args[i++], in);
  while (i + 1 < e.args.size()) {
    auto when = emit(e.args[i], in);
    conditions.push_back(operand ? comparison("=", *operand, when)
                                 : cast_to(when, sql_type::of(kind::boolean)));
    values.push_back(emit(e.args[i + 1], in));
    i += 2;
  }
  bool const has_else = i < e.args.size();
  if (has_else) values.push_back(emit(e.args[i], in));
  sql_type type;
  for (auto const& v : values) type = common_type(type, v.type);
  typed out = of_type("(CASE", type);
  bool nullable = !has_else;
  for (std::size_t n = 0; n < conditions.size(); ++n) {
    out.sql += fmt::format(" WHEN {} THEN {}", conditions[n].sql, cast_to(values[n], type).sql);
    out = merged(out, {&out, &conditions[n], &values[n]});
    nullable = nullable || values[n].nullable;
  }
  if (has_else) {
    out.sql += " ELSE " + cast_to(values.back(), type).sql;
    out = merged(out, {&out, &values.back()});
    nullable = nullable || values.back().nullable;
  }
  out.sql += " END)";
  out.nullable = nullable;
  return out;
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_TRANSLATE_OPERATORS_IPP
