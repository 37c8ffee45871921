#ifndef SLUICE_SCHEMA_IMPL_SCHEMA_HPP
#define SLUICE_SCHEMA_IMPL_SCHEMA_HPP

#include <sluice/schema/schema.hpp>

#include <type_traits>

namespace sluice::inline v0 {
namespace detail {

template<std::size_t Count>
struct column_array {
  column_info entries[Count];
};

template<class Record, class... Columns>
consteval auto make_columns(columns<Record, Columns...> const*) {
  return column_array<sizeof...(Columns)>{{named(
      marked_info<column_type<Record, Columns>, typename Columns::marks>, Columns::name)...}};
}

template<class Record>
inline constexpr auto column_storage = make_columns(static_cast<schema<Record>*>(nullptr));

template<class T>
struct builtin_value<T, value_kind::object> {
  static constexpr value_kind kind = value_kind::object;
  static constexpr column_info info{.type = logical_type::object,
                                    .children = column_storage<T>.entries,
                                    .child_count = column_count<T>};

  static constexpr object<T> view(T const& v) noexcept { return {v}; }
};

template<class Record, class Visitor, class Described, class... Columns>
constexpr void visit_columns(Record& record,
                             Visitor& visit,
                             columns<Described, Columns...> const*) {
  (visit.template operator()<Columns>(Columns::get(record)), ...);
}

}  // namespace detail

template<class Record>
constexpr column_table columns_of() noexcept {
  if constexpr (require<schema_diagnosis<Record>>::ok)
    return column_table{detail::column_storage<Record>.entries, column_count<Record>};
  else
    return {};
}

template<class Record, class Visitor>
constexpr void for_each_column(Record& record, Visitor&& visit) {
  detail::visit_columns(record, visit, static_cast<schema<std::remove_const_t<Record>>*>(nullptr));
}

}  // namespace sluice::inline v0

#endif  // SLUICE_SCHEMA_IMPL_SCHEMA_HPP
