#ifndef SLUICE_SNOWFLAKE_BINDINGS_HPP
#define SLUICE_SNOWFLAKE_BINDINGS_HPP

#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/result.hpp>
#include <sluice/schema/column_table.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::inline v0::snowflake {

/// The type under which values of a column are bound; empty for columns that cannot be bound in
/// arrays: VARIANT, ARRAY and OBJECT need a function around the placeholder. Dates and times are
/// bound as text, which the service reads like COPY does.
/// Source: the official drivers (gosnowflake converter.go, snowflake-connector-python
/// converter.py), read 2026.
[[nodiscard]] constexpr std::string_view binding_type(column_info const& column) noexcept {
  switch (column.type) {
    case logical_type::boolean:
      return "BOOLEAN";
    case logical_type::integer:
    case logical_type::decimal:
      return "FIXED";
    case logical_type::float32:
    case logical_type::float64:
      return "REAL";
    case logical_type::bytes:
      return "BINARY";
    case logical_type::text:
    case logical_type::uuid:
    case logical_type::date:
    case logical_type::time:
    case logical_type::timestamp:
      return "TEXT";
    case logical_type::json:
    case logical_type::array:
    case logical_type::object:
      break;
  }
  return {};
}

/// The rows of a body of CSV as the bindings of `INSERT INTO t (...) VALUES (?, ...)`:
///
///     {"1":{"type":"FIXED","value":["1","2"]},"2":{"type":"TEXT","value":["a",null]}}
///
/// one array per column, one entry per row, text or null. Each chunk of `body` holds whole rows.
/// Precondition: every column has a `binding_type`.
/// Error: errc::invalid_input if `body` is not CSV of that shape with `rows` rows.
[[nodiscard]] SLUICE_DECL result<std::string> bindings_of(chunk_list const& body,
                                                          std::uint64_t rows,
                                                          format_description const& shape,
                                                          column_table columns);

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/bindings.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_BINDINGS_HPP
