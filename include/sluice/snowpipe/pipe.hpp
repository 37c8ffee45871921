#ifndef SLUICE_SNOWPIPE_PIPE_HPP
#define SLUICE_SNOWPIPE_PIPE_HPP

/// \file
/// The definition of a pipe for streaming, from the record type, as a constant:
///
///     CREATE PIPE IF NOT EXISTS "ORDERS_PIPE" AS COPY INTO "ORDERS" ("ORDER_ID", "NOTE") FROM
///       (SELECT $1:ORDER_ID::NUMBER(38, 0), $1:NOTE::VARCHAR
///        FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING')))
///
/// A pipe of one's own says how each value is cast. It is needed for bytes, which the default pipe
/// reads as base64, and for json that may be absent, of which the default pipe makes a JSON null.
/// A pipe is never replaced: that would invalidate its channels.
/// Source: "CREATE PIPE" and "Snowpipe Streaming: the PIPE object", read 2026.

#include <sluice/config.hpp>
#include <sluice/meta/fixed_string.hpp>
#include <sluice/schema/column_table.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/schema/snowflake_types.hpp>

#include <string>
#include <string_view>

namespace sluice::inline v0::snowpipe {

namespace detail {

using snowflake::detail::text_writer;

/// `$1:NAME`; elements of paths have case, and are quoted where they are not plain.
constexpr void write_element(text_writer& out, std::string_view name) noexcept {
  bool plain = !(name.front() >= '0' && name.front() <= '9');
  for (char const c : name)
    plain = plain && ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_');
  out << "$1:";
  if (plain)
    out << name;
  else
    snowflake::detail::write_identifier(out, name);
}

constexpr void write_cast(text_writer& out, column_info const& column) noexcept {
  if (column.type == logical_type::bytes) {
    // Sent as hexadecimal; a plain cast would go by a parameter of the account.
    out << "TO_BINARY(";
    write_element(out, column.name);
    out << "::VARCHAR, 'HEX')";
  } else if (column.type == logical_type::json) {
    if (column.nullable) out << "STRIP_NULL_VALUE(";
    write_element(out, column.name);
    if (column.nullable) out << ')';
  } else {
    write_element(out, column.name);
    out << "::";
    snowflake::detail::write_type(out, column);
  }
}

/// What stands behind the name of the pipe. `quoted_table` is SQL.
constexpr void write_copy(text_writer& out,
                          std::string_view quoted_table,
                          column_table columns) noexcept {
  out << " AS COPY INTO " << quoted_table;
  bool first = true;
  for (column_info const& column : columns) {
    out << (first ? " (" : ", ");
    first = false;
    snowflake::detail::write_identifier(out, column.name);
  }
  first = true;
  for (column_info const& column : columns) {
    out << (first ? ") FROM (SELECT " : ", ");
    first = false;
    write_cast(out, column);
  }
  out << " FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING')))";
}

template<fixed_string Name>
inline constexpr auto quoted_constant = snowflake::detail::make_constant_text(
    [](text_writer& out) { snowflake::detail::write_identifier(out, Name.view()); });

template<class Record, fixed_string Pipe, fixed_string Table>
inline constexpr auto create_pipe_constant =
    snowflake::detail::make_constant_text([](text_writer& out) {
      out << "CREATE PIPE IF NOT EXISTS " << quoted_constant<Pipe>.view();
      write_copy(out, quoted_constant<Table>.view(), columns_of<Record>());
    });

}  // namespace detail

/// `CREATE PIPE IF NOT EXISTS <pipe> AS COPY INTO <table> ...`. Both names are SQL, quoted already.
[[nodiscard]] inline std::string create_pipe_text(std::string_view quoted_pipe,
                                                  std::string_view quoted_table,
                                                  column_table columns) {
  return snowflake::detail::written([&](detail::text_writer& out) {
    out << "CREATE PIPE IF NOT EXISTS " << quoted_pipe;
    detail::write_copy(out, quoted_table, columns);
  });
}

/// The same for `Record`, in the current database and schema of a session, as a constant.
template<described_record Record, fixed_string Pipe, fixed_string Table>
inline constexpr std::string_view create_pipe =
    detail::create_pipe_constant<Record, Pipe, Table>.view();

}  // namespace sluice::inline v0::snowpipe

#endif  // SLUICE_SNOWPIPE_PIPE_HPP
