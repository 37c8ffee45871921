#ifndef SLUICE_SANDBOX_SQL_DETAIL_AST_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_AST_HPP

/// \file
/// Parsed statements. Names are in stored form: folding and unquoting happen in the parser.

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/detail/error.hpp>
#include <sluice/sandbox/sql/detail/types.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sluice::inline v0::sandbox::sql::detail {

/// `[database.][schema.]name`; one to three parts.
struct object_name {
  std::vector<std::string> parts;
  position at;
};

struct query;

struct expr {
  enum class op {
    null,           ///< NULL
    boolean,        ///< `text` is "1" or "0"
    number,         ///< `text` as written
    string,         ///< `text`
    column,         ///< `names`: [[[db.]schema.]table.]column
    star,           ///< `*`, or `names`.* (in a select list or COUNT)
    placeholder,    ///< `text`: "1", "2", ... or a name
    position,       ///< `$n`: `text` is n; `names` holds an alias, if any
    negate,         ///< - args[0]
    logical_not,    ///< NOT args[0]
    binary,         ///< args[0] `text` args[1]: + - * / % || = <> < <= > >= and or
    distinct_from,  ///< args[0] IS [NOT] DISTINCT FROM args[1]
    cast,           ///< args[0] to `type`; `flag`: TRY_CAST
    function,       ///< `text`(args); `flag`: DISTINCT
    choice,    ///< CASE: `flag`: args[0] is the operand; then when/then pairs; odd rest is ELSE
    in_list,   ///< args[0] [NOT] IN (args[1..])
    in_query,  ///< args[0] [NOT] IN (sub)
    exists,    ///< EXISTS (sub)
    subquery,  ///< scalar (sub)
    between,   ///< args[0] [NOT] BETWEEN args[1] AND args[2]
    like,      ///< args[0] [NOT] `text`(like, ilike, rlike) args[1] [ESCAPE args[2]]
    is_null,   ///< args[0] IS [NOT] NULL
    is_true,   ///< args[0] IS [NOT] TRUE/FALSE (`text`)
    path,      ///< args[0]:text or args[0].text or args[0]['text']
    element    ///< args[0][args[1]]
  };
  op is = op::null;
  std::string text;
  std::vector<std::string> names;
  std::vector<expr> args;
  sql_type type;
  bool flag = false;
  bool negated = false;
  std::shared_ptr<query> sub;
  position at;
};

struct select_item {
  expr value;
  std::string alias;        ///< empty: none
  std::string source_text;  ///< what the user wrote; the column's name if nothing better is known
};

/// TABLE(function(...)): named arguments have a name, positional ones an empty one.
struct table_function {
  object_name name;
  std::vector<std::pair<std::string, expr>> arguments;
};

struct stage_source {
  std::string stage;  ///< `@...` with the `@`
  std::string file_format;
  std::string pattern;
};

struct join;

struct from_item {
  std::variant<object_name,
               std::shared_ptr<query>,
               table_function,
               std::vector<std::vector<expr>>,
               stage_source>
      source;
  std::string alias;
  std::vector<std::string> column_aliases;
};

struct join {
  enum class is { cross, inner, left, right, full };
  is kind = is::cross;
  from_item item;
  std::optional<expr> on;
  std::vector<std::string> using_columns;
};

struct order_item {
  expr value;
  bool descending = false;
  std::optional<bool> nulls_first;
};

struct select_core {
  bool distinct = false;
  std::vector<select_item> items;
  std::vector<join> from;  ///< the first one's kind has no meaning
  std::optional<expr> where;
  std::vector<expr> group_by;
  std::optional<expr> having;
};

struct common_table {
  std::string name;
  std::vector<std::string> columns;
  std::shared_ptr<query> body;
};

struct query {
  std::vector<common_table> with;
  std::vector<select_core> cores;
  std::vector<std::string> set_operations;  ///< between cores: UNION ALL, UNION, EXCEPT, INTERSECT
  std::vector<order_item> order_by;
  std::optional<expr> limit;
  std::optional<expr> offset;
};

/// `NAME = value` as in file formats, copy options and stage properties.
struct option;

struct option_value {
  enum class is { word, string, number, list, nested };
  is kind = is::word;
  std::string text;  ///< word: upper case
  std::vector<option_value> items;
  std::vector<option> nested;
};

struct option {
  std::string name;  ///< upper case
  option_value value;
  position at;
};

struct column_definition {
  std::string name;
  sql_type type;
  bool nullable = true;
  std::optional<expr> default_value;
  bool primary_key = false;
  bool unique = false;
  std::string comment;
  std::string default_text;
  std::int64_t identity_start = 1;
  std::int64_t identity_step = 0;  ///< 0: no AUTOINCREMENT
};

struct select_statement {
  std::shared_ptr<query> body;
};

struct insert_statement {
  object_name table;
  std::vector<std::string> columns;
  std::vector<std::vector<expr>> rows;  ///< VALUES; DEFAULT is a function expression "DEFAULT"
  std::shared_ptr<query> body;          ///< INSERT ... SELECT
  bool overwrite = false;
};

struct update_statement {
  object_name table;
  std::string alias;
  std::vector<std::pair<std::string, expr>> set;
  std::optional<expr> where;
};

struct delete_statement {
  object_name table;
  std::string alias;
  std::optional<expr> where;
};

struct truncate_statement {
  object_name table;
  bool if_exists = false;
};

/// CREATE of anything but a table's columns; DROP; USE; DESCRIBE share the object kinds.
enum class object_kind {
  table,
  view,
  stage,
  file_format,
  database,
  schema,
  warehouse,
  pipe,
  role,
  user,
  other
};

struct copy_statement;

struct create_statement {
  object_kind kind = object_kind::table;
  object_name name;
  bool or_replace = false;
  bool temporary = false;
  bool if_not_exists = false;
  std::vector<column_definition> columns;  ///< table
  std::vector<std::string> primary_key;    ///< table, out of line
  std::shared_ptr<query> body;             ///< CREATE TABLE ... AS
  std::optional<object_name> like;         ///< CREATE TABLE ... LIKE / CLONE
  bool clone = false;
  std::vector<option> options;
  std::shared_ptr<copy_statement> copy;  ///< pipe
  std::string copy_text;                 ///< pipe: the COPY as written
};

struct drop_statement {
  object_kind kind = object_kind::table;
  object_name name;
  bool if_exists = false;
};

struct alter_table_statement {
  struct add_column {
    column_definition column;
    bool if_not_exists = false;
  };

  struct drop_column {
    std::string name;
    bool if_exists = false;
  };

  struct set_type {
    std::string name;
    sql_type type;
  };

  struct set_nullable {
    std::string name;
    bool nullable = true;
  };

  struct rename_column {
    std::string from;
    std::string to;
  };

  struct rename {
    object_name to;
  };

  struct set_options {
    std::vector<option> options;
  };

  object_name table;
  bool if_exists = false;
  std::vector<std::variant<add_column,
                           drop_column,
                           set_type,
                           set_nullable,
                           rename_column,
                           rename,
                           set_options>>
      actions;
};

struct alter_pipe_statement {
  object_name name;
  bool if_exists = false;
  std::vector<option> set;
};

struct alter_session_statement {
  std::vector<option> set;
  std::vector<std::string> unset;
};

struct use_statement {
  object_kind kind = object_kind::database;
  object_name name;
  std::string secondary;  ///< USE SECONDARY ROLES ALL | NONE
};

struct show_statement {
  std::string what;  ///< TABLES, COLUMNS, STAGES, ...
  bool terse = false;
  std::optional<std::string> like;
  std::string scope;  ///< ACCOUNT, DATABASE, SCHEMA, TABLE or empty
  std::optional<object_name> in;
  std::optional<std::string> starts_with;
  std::optional<std::int64_t> limit;
};

struct describe_statement {
  object_kind kind = object_kind::table;
  object_name name;
};

/// A transformation's SELECT list over a stage.
struct copy_transform {
  std::vector<expr> items;
  stage_source source;
  std::string alias;
};

struct copy_statement {
  object_name table;
  std::vector<std::string> columns;
  std::string location;  ///< `@...`
  std::optional<copy_transform> transform;
  bool streaming = false;  ///< FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING')), in pipes only
  std::vector<option> options;
};

struct list_statement {
  std::string location;
  std::string pattern;
  bool remove = false;
};

struct transfer_statement {
  bool upload = true;
  std::string local;     ///< as written, without quotes
  std::string location;  ///< `@...`
  std::vector<option> options;
};

struct transaction_statement {
  enum class is { begin, commit, rollback };
  is kind = is::begin;
};

using statement_body = std::variant<select_statement,
                                    insert_statement,
                                    update_statement,
                                    delete_statement,
                                    truncate_statement,
                                    create_statement,
                                    drop_statement,
                                    alter_table_statement,
                                    alter_pipe_statement,
                                    alter_session_statement,
                                    use_statement,
                                    show_statement,
                                    describe_statement,
                                    copy_statement,
                                    list_statement,
                                    transfer_statement,
                                    transaction_statement>;

struct statement {
  statement_body body;
  int placeholders = 0;  ///< highest `?` or `:n`
};

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_AST_HPP
