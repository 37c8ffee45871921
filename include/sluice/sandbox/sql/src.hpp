#ifndef SLUICE_SANDBOX_SQL_SRC_HPP
#define SLUICE_SANDBOX_SQL_SRC_HPP

/// \file
/// All bodies of the sandbox's SQL engine; part of `<sluice/sandbox/src.hpp>`.

#include <sluice/sandbox/sql/impl/catalogue.ipp>
#include <sluice/sandbox/sql/impl/catalogue_pipes.ipp>
#include <sluice/sandbox/sql/impl/convert.ipp>
#include <sluice/sandbox/sql/impl/convert_output.ipp>
#include <sluice/sandbox/sql/impl/copy.ipp>
#include <sluice/sandbox/sql/impl/copy_rows.ipp>
#include <sluice/sandbox/sql/impl/csv_reader.ipp>
#include <sluice/sandbox/sql/impl/datetime.ipp>
#include <sluice/sandbox/sql/impl/datetime_output.ipp>
#include <sluice/sandbox/sql/impl/error.ipp>
#include <sluice/sandbox/sql/impl/exec_alter.ipp>
#include <sluice/sandbox/sql/impl/exec_ddl.ipp>
#include <sluice/sandbox/sql/impl/exec_dml.ipp>
#include <sluice/sandbox/sql/impl/exec_pipe.ipp>
#include <sluice/sandbox/sql/impl/exec_show.ipp>
#include <sluice/sandbox/sql/impl/exec_stage.ipp>
#include <sluice/sandbox/sql/impl/file_input.ipp>
#include <sluice/sandbox/sql/impl/format_options.ipp>
#include <sluice/sandbox/sql/impl/functions.ipp>
#include <sluice/sandbox/sql/impl/json.ipp>
#include <sluice/sandbox/sql/impl/json_reader.ipp>
#include <sluice/sandbox/sql/impl/lexer.ipp>
#include <sluice/sandbox/sql/impl/load_history.ipp>
#include <sluice/sandbox/sql/impl/names.ipp>
#include <sluice/sandbox/sql/impl/parameters.ipp>
#include <sluice/sandbox/sql/impl/parser_core.ipp>
#include <sluice/sandbox/sql/impl/parser_ddl.ipp>
#include <sluice/sandbox/sql/impl/parser_dml.ipp>
#include <sluice/sandbox/sql/impl/parser_expr.ipp>
#include <sluice/sandbox/sql/impl/parser_pipe.ipp>
#include <sluice/sandbox/sql/impl/parser_query.ipp>
#include <sluice/sandbox/sql/impl/path_pattern.ipp>
#include <sluice/sandbox/sql/impl/pipe_rows.ipp>
#include <sluice/sandbox/sql/impl/pipe_session.ipp>
#include <sluice/sandbox/sql/impl/pipe_values.ipp>
#include <sluice/sandbox/sql/impl/scalar_functions.ipp>
#include <sluice/sandbox/sql/impl/session.ipp>
#include <sluice/sandbox/sql/impl/storage.ipp>
#include <sluice/sandbox/sql/impl/transactions.ipp>
#include <sluice/sandbox/sql/impl/translate_expr.ipp>
#include <sluice/sandbox/sql/impl/translate_functions.ipp>
#include <sluice/sandbox/sql/impl/translate_operators.ipp>
#include <sluice/sandbox/sql/impl/translate_query.ipp>
#include <sluice/sandbox/sql/impl/translate_values.ipp>
#include <sluice/sandbox/sql/impl/types.ipp>

#endif  // SLUICE_SANDBOX_SQL_SRC_HPP
