#ifndef SLUICE_SANDBOX_SQL_SRC_HPP
#define SLUICE_SANDBOX_SQL_SRC_HPP

/// \file
/// All bodies of the sandbox's SQL engine; part of `<sluice/sandbox/src.hpp>`.

#include <sluice/sandbox/sql/impl/convert.ipp>
#include <sluice/sandbox/sql/impl/convert_output.ipp>
#include <sluice/sandbox/sql/impl/datetime.ipp>
#include <sluice/sandbox/sql/impl/datetime_output.ipp>
#include <sluice/sandbox/sql/impl/error.ipp>
#include <sluice/sandbox/sql/impl/json.ipp>
#include <sluice/sandbox/sql/impl/lexer.ipp>
#include <sluice/sandbox/sql/impl/parser_core.ipp>
#include <sluice/sandbox/sql/impl/parser_ddl.ipp>
#include <sluice/sandbox/sql/impl/parser_dml.ipp>
#include <sluice/sandbox/sql/impl/parser_expr.ipp>
#include <sluice/sandbox/sql/impl/parser_query.ipp>
#include <sluice/sandbox/sql/impl/types.ipp>

#endif  // SLUICE_SANDBOX_SQL_SRC_HPP
