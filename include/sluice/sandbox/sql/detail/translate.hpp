#ifndef SLUICE_SANDBOX_SQL_DETAIL_TRANSLATE_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_TRANSLATE_HPP

/// \file
/// Snowflake queries -> SQLite queries, with the types of all columns. Every value in the generated
/// SQL is in the storage form of its Snowflake type; conversions are calls of sf_ functions.

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/detail/ast.hpp>
#include <sluice/sandbox/sql/detail/session_impl.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::sandbox::sql::detail {

/// A translated expression.
struct typed {
  std::string sql;
  sql_type type;
  bool nullable = true;
  bool aggregate = false;
  std::string ungrouped;  ///< name of a column used outside aggregates and GROUP BY
  full_name table;        ///< of a plain table column
  std::string column;     ///< its name
};

struct translated {
  std::string sql;
  std::vector<typed_column> columns;
};

/// Types of placeholders by name; the SQL parameter of "3" is ?3.
using placeholder_types = std::map<std::string, sql_type>;

/// Columns of one FROM item under one alias.
struct source_columns {
  std::string alias;
  full_name table;

  struct column {
    std::string name;
    std::string sql;
    sql_type type;
    bool nullable = true;
    bool hidden = false;  ///< the right side of USING
  };

  std::vector<column> columns;
};

struct scope {
  std::vector<source_columns> sources;
  std::vector<select_item> const* items = nullptr;  ///< aliases that expressions may name
  std::vector<std::string> expanding;               ///< aliases being expanded, against cycles
  scope const* outer = nullptr;
  std::vector<std::string> group_by;  ///< SQL of the GROUP BY expressions
  int row_fields = 0;  ///< `$n` is parameter ?n with this many fields; 0: not allowed
  sql_type row_field_type;
};

class translator {
 public:
  translator(session::impl& session,
             connection& db,
             running const& now,
             placeholder_types const& placeholders)
      : session_(session), db_(db), now_(now), placeholders_(placeholders) {}

  translated statement(query const& q) { return translate(q, nullptr); }

  /// One expression over the given scope.
  typed expression(expr const& e, scope const& in) { return emit(e, in); }

  /// `e` converted to `to` as an assignment does.
  static std::string assigned(typed const& e, sql_type const& to);
  static source_columns columns_of(table_info const& table, std::string const& alias);

 private:
  // translate_query.ipp
  translated translate(query const& q, scope const* outer);
  translated core(select_core const& c, query const* ordering, scope const* outer);
  std::string from(std::vector<join> const& joins, scope& in);
  std::string source(from_item const& item, scope& in);
  std::string materialize(row_set const& rows, source_columns& out);
  std::string order_by(query const& q,
                       std::vector<typed_column> const& columns,
                       scope* in,
                       select_core const* c,
                       std::vector<select_item> const& items);
  std::string limits(query const& q, scope const* outer);
  std::vector<select_item> expanded(select_core const& c, scope const& in);

  // translate_expr.ipp
  typed emit(expr const& e, scope const& in);
  typed column(expr const& e, scope const& in);
  typed binary(expr const& e, scope const& in);
  typed comparison(std::string const& op, typed a, typed b);
  typed arithmetic(std::string const& op, typed a, typed b);
  typed choice(expr const& e, scope const& in);
  typed placeholder(expr const& e);
  typed merged(typed out, std::initializer_list<typed const*> from) const;

  // translate_functions.ipp
  typed function(expr const& e, scope const& in);
  std::optional<typed> aggregate(expr const& e, scope const& in);
  std::optional<typed> conversion(std::string const& name, std::vector<typed>& a, expr const& e);
  std::optional<typed> text_function(std::string const& name, std::vector<typed>& a);
  std::optional<typed> number_function(std::string const& name,
                                       std::vector<typed>& a,
                                       expr const& e);
  std::optional<typed> date_function(std::string const& name, std::vector<typed>& a, expr const& e);
  std::optional<typed> conditional(std::string const& name, std::vector<typed>& a);
  std::optional<typed> json_function(std::string const& name, std::vector<typed>& a);
  std::optional<typed> context_function(std::string const& name, std::vector<typed> const& a);

  session::impl& session_;
  connection& db_;
  running const& now_;
  placeholder_types const& placeholders_;
  std::map<std::string, std::pair<std::string, std::vector<typed_column>>>
      with_;  ///< CTE: SQLite name, columns
  int next_alias_ = 0;
  int next_temporary_ = 0;
};

/// `e` converted by an explicit or implicit cast.
typed cast_to(typed const& e, sql_type const& to, bool attempt = false);
/// The type both convert to when compared or chosen between.
sql_type common_type(sql_type const& a, sql_type const& b);
/// SQL whose order is the values' order.
std::string orderable(typed const& e);

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_TRANSLATE_HPP
