#ifndef SLUICE_SANDBOX_SQL_IMPL_TRANSLATE_QUERY_IPP
#define SLUICE_SANDBOX_SQL_IMPL_TRANSLATE_QUERY_IPP

#include <sluice/sandbox/sql/impl/translate_expr.ipp>

namespace sluice::inline v0::sandbox::sql::detail {

translated translator::translate(query const& q, scope const* outer) {
  auto const saved = with_;
  std::string prefix;
  for (auto const& c : q.with) {
    auto body = translate(*c.body, outer);
    auto const name = "w" + std::to_string(++next_alias_);
    if (!c.columns.empty() && c.columns.size() != body.columns.size()) {
      fail(
          "002018",
          "42601",
          fmt::format("SQL compilation error:\ninvalid number of column aliases for '{}'", c.name));
    }
    for (std::size_t i = 0; i < c.columns.size(); ++i) body.columns[i].name = c.columns[i];
    for (auto& column : body.columns) column.table = {};
    prefix += fmt::format("{}{} AS ({})", prefix.empty() ? "WITH " : ", ", name, body.sql);
    with_[c.name] = {name, body.columns};
  }
  translated out;
  if (q.cores.size() == 1) {
    out = core(q.cores[0], &q, outer);
  } else {
    std::vector<translated> cores;
    for (auto const& c : q.cores) cores.push_back(core(c, nullptr, outer));
    auto columns = cores[0].columns;
    for (auto const& c : cores) {
      if (c.columns.size() != columns.size()) {
        fail("001789",
             "42601",
             fmt::format("SQL compilation error:\ninvalid number of result columns for set "
                         "operator input branches, "
                         "expected {}, got {}",
                         columns.size(),
                         c.columns.size()));
      }
      for (std::size_t i = 0; i < columns.size(); ++i) {
        columns[i].type = common_type(columns[i].type, c.columns[i].type);
        columns[i].nullable = columns[i].nullable || c.columns[i].nullable;
        columns[i].table = {};
      }
    }
    for (std::size_t n = 0; n < cores.size(); ++n) {
      if (n > 0) out.sql += ' ' + q.set_operations[n - 1] + ' ';
      out.sql += "SELECT ";
      for (std::size_t i = 0; i < columns.size(); ++i) {
        auto const name = "c" + std::to_string(i + 1);
        out.sql += (i > 0 ? ", " : "") +
                   cast_to(of_type(name, cores[n].columns[i].type), columns[i].type).sql + " AS " +
                   name;
      }
      out.sql += " FROM (" + cores[n].sql + ")";
    }
    out.columns = std::move(columns);
    if (!q.order_by.empty())
      out.sql = "SELECT * FROM (" + out.sql + ")" + order_by(q, out.columns, nullptr, nullptr, {});
    out.sql += limits(q, outer);
  }
  if (!prefix.empty()) out.sql = prefix + ' ' + out.sql;
  with_ = saved;
  return out;
}

std::vector<select_item> translator::expanded(select_core const& c, scope const& in) {
  std::vector<select_item> out;
  for (auto const& item : c.items) {
    if (item.value.is != expr::op::star) {
      out.push_back(item);
      continue;
    }
    bool found = false;
    for (auto const& s : in.sources) {
      auto const& q = item.value.names;
      if (!q.empty() && s.alias != q.back()) continue;
      if (q.size() > 1 && s.table.schema != q[q.size() - 2]) continue;
      found = true;
      for (auto const& column : s.columns) {
        if ((column.hidden && q.empty()) || column.name.starts_with('~')) continue;
        select_item one;
        one.value.is = expr::op::column;
        one.value.at = item.value.at;
        one.value.names = {column.name};
        if (!s.alias.empty()) one.value.names.insert(one.value.names.begin(), s.alias);
        out.push_back(std::move(one));
      }
    }
    if (!found) {
      if (in.sources.empty()) {
        fail_at(item.value.at,
                "001003",
                "42000",
                "SQL compilation error:\nSELECT with no columns: '*' needs a FROM clause");
      }
      fail_invalid_identifier(item.value.at, fmt::format("{}", fmt::join(item.value.names, ".")));
    }
  }
  return out;
}

inline bool is_ordinal(expr const& e) {
  return e.is == expr::op::number && e.text.size() < 5 &&
         e.text.find_first_not_of("0123456789") == std::string::npos;
}

translated translator::core(select_core const& c, query const* ordering, scope const* outer) {
  scope in;
  in.outer = outer;
  auto const from_sql = c.from.empty() ? std::string() : " FROM " + from(c.from, in);
  auto const items = expanded(c, in);
  in.items = &items;
  std::string where;
  if (c.where) {
    auto const w = cast_to(emit(*c.where, in), sql_type::of(kind::boolean));
    if (w.aggregate)
      fail_at(c.where->at,
              "002035",
              "42601",
              "SQL compilation error:\nInvalid aggregate function in where clause");
    where = " WHERE " + w.sql;
  }
  std::string group;
  for (auto const& g : c.group_by) {
    auto const* e = &g;
    if (is_ordinal(g)) {
      auto const n = static_cast<std::size_t>(std::stoi(g.text));
      if (n < 1 || n > items.size()) {
        fail_at(
            g.at,
            "000979",
            "42601",
            fmt::format("SQL compilation error:\nGROUP BY position {} is not in the select list",
                        g.text));
      }
      e = &items[n - 1].value;
    }
    auto const t = emit(*e, in);
    in.group_by.push_back(t.sql);
    group += (group.empty() ? " GROUP BY " : ", ") + t.sql;
  }
  translated out;
  std::vector<typed> values;
  bool aggregated = !c.group_by.empty() || c.having.has_value();
  for (auto const& item : items) {
    values.push_back(emit(item.value, in));
    aggregated = aggregated || values.back().aggregate;
  }
  out.sql = c.distinct ? "SELECT DISTINCT " : "SELECT ";
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto const& v = values[i];
    if (aggregated && !v.ungrouped.empty()) {
      fail_at(items[i].value.at,
              "000979",
              "42601",
              fmt::format("SQL compilation error:\n[{}] is not a valid group by expression",
                          v.ungrouped));
    }
    typed_column column;
    column.name = !items[i].alias.empty()                 ? items[i].alias
                  : !v.column.empty()                     ? v.column
                  : items[i].value.is == expr::op::column ? items[i].value.names.back()
                                                          : to_upper(items[i].source_text);
    column.type = v.type;
    column.nullable = v.nullable;
    if (!v.column.empty()) column.table = v.table;
    out.sql += fmt::format("{}{} AS c{}", i > 0 ? ", " : "", v.sql, i + 1);
    out.columns.push_back(std::move(column));
  }
  out.sql += from_sql + where + group;
  if (c.having) {
    auto const h = cast_to(emit(*c.having, in), sql_type::of(kind::boolean));
    if (!h.ungrouped.empty())
      fail_at(c.having->at,
              "000979",
              "42601",
              fmt::format("SQL compilation error:\n[{}] is not a valid group by expression",
                          h.ungrouped));
    if (c.group_by.empty()) out.sql += " GROUP BY 1=1";
    out.sql += " HAVING " + h.sql;
  }
  if (ordering != nullptr) {
    out.sql += order_by(*ordering, out.columns, &in, &c, items);
    out.sql += limits(*ordering, outer);
  }
  return out;
}

std::string translator::order_by(query const& q,
                                 std::vector<typed_column> const& columns,
                                 scope* in,
                                 select_core const* c,
                                 std::vector<select_item> const& items) {
  std::string out;
  for (auto const& o : q.order_by) {
    typed t;
    std::optional<std::size_t> position;
    if (is_ordinal(o.value)) {
      position = static_cast<std::size_t>(std::stoi(o.value.text)) - 1;
    } else if (o.value.is == expr::op::column && o.value.names.size() == 1) {
      for (std::size_t i = 0; i < columns.size(); ++i) {
        bool const by_alias =
            in == nullptr || (i < items.size() && items[i].alias == o.value.names[0]);
        if (by_alias && columns[i].name == o.value.names[0]) position = i;
      }
    }
    if (position) {
      if (*position >= columns.size()) {
        fail_at(
            o.value.at,
            "000980",
            "42601",
            fmt::format("SQL compilation error:\nORDER BY position {} is not in the select list",
                        o.value.text));
      }
      t = of_type("c" + std::to_string(*position + 1), columns[*position].type);
      if (may_be_decimal_text(t.type) || t.type.is == kind::timestamp_tz) {
        // An alias is not visible inside a function of ORDER BY in every case: repeat the
        // expression.
        if (in != nullptr) t = emit(items[*position].value, *in);
      }
    } else if (in == nullptr) {
      fail_invalid_identifier(
          o.value.at,
          o.value.text.empty() && !o.value.names.empty() ? o.value.names.back() : o.value.text);
    } else {
      t = emit(o.value, *in);
      bool const grouped = !c->group_by.empty();
      if (grouped && !t.ungrouped.empty()) {
        fail_at(o.value.at,
                "000979",
                "42601",
                fmt::format("SQL compilation error:\n[{}] is not a valid group by expression",
                            t.ungrouped));
      }
    }
    // NULL counts as the largest value unless said otherwise.
    bool const nulls_first = o.nulls_first.value_or(o.descending);
    out += fmt::format("{}{}{} NULLS {}",
                       out.empty() ? " ORDER BY " : ", ",
                       orderable(t),
                       o.descending ? " DESC" : "",
                       nulls_first ? "FIRST" : "LAST");
  }
  return out;
}

std::string translator::limits(query const& q, scope const* outer) {
  scope empty;
  empty.outer = outer;
  std::string out;
  if (q.limit && q.limit->is != expr::op::null) out = " LIMIT " + emit(*q.limit, empty).sql;
  if (q.offset) out += (out.empty() ? " LIMIT -1" : "") + (" OFFSET " + emit(*q.offset, empty).sql);
  return out;
}

std::string translator::from(std::vector<join> const& joins, scope& in) {
  std::string out;
  for (auto const& j : joins) {
    auto const first = &j == &joins.front();
    auto const before = in.sources.size();
    auto sql = source(j.item, in);
    if (first) {
      out = sql;
      continue;
    }
    static constexpr std::string_view words[] = {
        " CROSS JOIN ", " JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN "};
    out += words[static_cast<std::size_t>(j.kind)];
    out += sql;
    if (j.on) out += " ON " + cast_to(emit(*j.on, in), sql_type::of(kind::boolean)).sql;
    if (!j.using_columns.empty()) {
      std::string on;
      for (auto const& name : j.using_columns) {
        source_columns::column* right = nullptr;
        source_columns::column* left = nullptr;
        for (auto& c : in.sources[before].columns) {
          if (c.name == name) right = &c;
        }
        for (std::size_t s = 0; s < before && left == nullptr; ++s) {
          for (auto& c : in.sources[s].columns) {
            if (c.name == name && !c.hidden) left = &c;
          }
        }
        if (left == nullptr || right == nullptr) fail_invalid_identifier({}, name);
        on += (on.empty() ? "" : " AND ") +
              comparison("=", of_type(left->sql, left->type), of_type(right->sql, right->type)).sql;
        if (j.kind == join::is::right) {
          left->hidden = true;
        } else {
          right->hidden = true;
        }
        if (j.kind == join::is::full) fail_unsupported("FULL JOIN with USING");
      }
      out += " ON " + on;
    }
  }
  return out;
}

std::string translator::materialize(row_set const& rows, source_columns& out) {
  auto const table = fmt::format("temp.\"_source_{}\"", ++next_temporary_);
  db_.execute("DROP TABLE IF EXISTS " + table);
  std::string create = "CREATE TABLE " + table + " (";
  std::string insert = "INSERT INTO " + table + " VALUES (";
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    create += fmt::format("{}c{}", i > 0 ? ", " : "", i + 1);
    insert += i > 0 ? ", ?" : "?";
    out.columns.push_back({.name = rows.columns[i].name,
                           .sql = fmt::format("{}.c{}", out.alias, i + 1),
                           .type = rows.columns[i].type,
                           .nullable = rows.columns[i].nullable});
  }
  db_.execute(create + ")");
  auto statement = db_.prepare(insert + ")");
  for (auto const& row : rows.rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      statement.bind(static_cast<int>(i) + 1, row[i].view());
    statement.step();
    statement.reset();
  }
  return table;
}

std::string translator::source(from_item const& item, scope& in) {
  auto const alias = "t" + std::to_string(++next_alias_);
  source_columns out;
  out.alias = alias;
  std::string sql;
  auto const from_columns = [&](std::vector<typed_column> const& columns) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      out.columns.push_back({.name = columns[i].name,
                             .sql = fmt::format("{}.c{}", alias, i + 1),
                             .type = columns[i].type,
                             .nullable = columns[i].nullable});
    }
  };
  std::string natural;
  if (auto const* name = std::get_if<object_name>(&item.source)) {
    natural = name->parts.back();
    auto const cte = name->parts.size() == 1 ? with_.find(natural) : with_.end();
    if (cte != with_.end()) {
      sql = cte->second.first;
      from_columns(cte->second.second);
    } else {
      auto const full = session_.resolve(*name);
      if (full.schema == "INFORMATION_SCHEMA") {
        sql = materialize(session_.information_view(full.database, full.name, db_), out);
      } else {
        auto const t = session_.table(*name);
        out = columns_of(*t, alias);
        sql = quoted(t->physical);
      }
    }
  } else if (auto const* q = std::get_if<std::shared_ptr<query>>(&item.source)) {
    auto inner = translate(**q, in.outer);
    sql = "(" + inner.sql + ")";
    from_columns(inner.columns);
  } else if (auto const* f = std::get_if<table_function>(&item.source)) {
    if (f->name.parts.back() == "GENERATOR") {
      std::string count = "0";
      scope const none;
      for (auto const& [argument, value_expr] : f->arguments) {
        if (argument != "ROWCOUNT") fail_unsupported("GENERATOR(" + argument + ")");
        count = emit(value_expr, none).sql;
      }
      sql = fmt::format(
          "(WITH RECURSIVE g(i) AS (SELECT 0 WHERE {0} > 0 UNION ALL SELECT i + 1 FROM g WHERE i + "
          "1 < {0}) SELECT i FROM g)",
          count);
      out.columns.push_back({.name = "~SEQ",
                             .sql = alias + ".i",
                             .type = sql_type::number(19, 0),
                             .nullable = false});
    } else {
      sql = materialize(session_.table_function(*f, db_, now_), out);
    }
  } else if (auto const* rows = std::get_if<std::vector<std::vector<expr>>>(&item.source)) {
    std::vector<typed_column> columns((*rows)[0].size());
    std::vector<std::vector<typed>> values;
    scope inner;
    inner.outer = in.outer;
    for (auto const& row : *rows) {
      if (row.size() != columns.size()) {
        fail("001789",
             "42601",
             "SQL compilation error:\nall VALUES rows must have the same number of columns");
      }
      auto& line = values.emplace_back();
      for (std::size_t i = 0; i < row.size(); ++i) {
        line.push_back(emit(row[i], inner));
        columns[i].type = common_type(columns[i].type, line.back().type);
        columns[i].name = "COLUMN" + std::to_string(i + 1);
      }
    }
    sql = "(";
    for (auto const& line : values) {
      sql += &line == &values.front() ? "SELECT " : " UNION ALL SELECT ";
      for (std::size_t i = 0; i < line.size(); ++i) {
        sql += fmt::format(
            "{}{} AS c{}", i > 0 ? ", " : "", cast_to(line[i], columns[i].type).sql, i + 1);
      }
    }
    sql += ")";
    from_columns(columns);
  } else {
    sql = materialize(session_.staged_rows(std::get<stage_source>(item.source), now_), out);
  }
  out.alias = !item.alias.empty() ? item.alias : natural;
  if (!item.column_aliases.empty()) {
    if (item.column_aliases.size() > out.columns.size())
      fail_invalid_identifier({}, item.column_aliases.back());
    for (std::size_t i = 0; i < item.column_aliases.size(); ++i)
      out.columns[i].name = item.column_aliases[i];
  }
  in.sources.push_back(std::move(out));
  return sql + " AS " + alias;
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_TRANSLATE_QUERY_IPP
