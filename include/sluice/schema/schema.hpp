#ifndef SLUICE_SCHEMA_SCHEMA_HPP
#define SLUICE_SCHEMA_SCHEMA_HPP

/// \file
/// A C++ struct is the schema. The columns of a record are a named specialisation:
///
///     struct order {
///       std::int64_t order_id;
///       std::string status;
///       std::optional<std::string> note;
///     };
///     template<>
///     struct sluice::schema<order>
///         : sluice::columns<order,
///                           sluice::column<"ORDER_ID", &order::order_id>,
///                           sluice::column<"STATUS", &order::status, sluice::max_length<16>>,
///                           sluice::column<"NOTE", &order::note, sluice::pii>> {};
///
/// The other doors write the same specialisation: SLUICE_DESCRIBE (schema/describe.hpp), structs
/// adapted with Boost.Hana (schema/hana.hpp), plain aggregates (schema/aggregate.hpp).
/// Member types: see schema/value.hpp; std::chrono types need schema/chrono.hpp, `json` needs
/// schema/json.hpp.

#include <sluice/config.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/schema/column.hpp>
#include <sluice/schema/column_table.hpp>
#include <sluice/schema/diagnosis.hpp>
#include <sluice/schema/value.hpp>

#include <cstddef>

namespace sluice::inline v0 {

/// The columns of `Record`, in the order in which they are written.
template<class Record, class... Columns>
struct columns {
  using record_type = Record;
  static constexpr std::size_t count = sizeof...(Columns);

  /// Calls `visit.template operator()<Column>()` for each column, in order.
  template<class Visitor>
  static constexpr void for_each(Visitor&& visit) {
    (visit.template operator()<Columns>(), ...);
  }
};

/// Number of columns of a described record.
template<described_record Record>
inline constexpr std::size_t column_count = schema<Record>::count;

/// The columns of `Record` at run time; a constant, usable in constant expressions.
/// A schema with a mistake is one compile error that names it.
template<class Record>
[[nodiscard]] constexpr column_table columns_of() noexcept;

/// Calls `visit.template operator()<Column>(value)` for each column of `record`, in order, with a
/// reference to the column's value.
template<class Record, class Visitor>
constexpr void for_each_column(Record& record, Visitor&& visit);

}  // namespace sluice::inline v0

#include <sluice/schema/impl/schema.hpp>

#endif  // SLUICE_SCHEMA_SCHEMA_HPP
