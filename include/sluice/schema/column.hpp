#ifndef SLUICE_SCHEMA_COLUMN_HPP
#define SLUICE_SCHEMA_COLUMN_HPP

#include <sluice/config.hpp>
#include <sluice/meta/fixed_string.hpp>
#include <sluice/schema/marks.hpp>
#include <sluice/schema/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sluice::inline v0 {

template<class Record, class... Columns>
struct columns;

namespace detail {

template<class... Marks>
struct mark_list {};

// Makes `address->*Column::member` mean the same for a function object as for a pointer to a data
// member. Rows are written with that expression: a function would be one more to compile for each
// column of each record.
template<class Record, class Accessor>
  requires std::is_class_v<Accessor>
constexpr auto& operator->*(Record* record, Accessor const accessor) noexcept {
  return accessor(*record);
}

}  // namespace detail

/// One column of a record.
///
/// `Member` is a pointer to a data member, or a stateless function object that returns a reference
/// to the value in a record (that is how adapted structs and aggregates come in).
/// `Marks` are `pii`, `secret`, `max_length<N>`, `renamed_from<"NAME">`,
/// `token_of<&record::member>`, in any order. `Name` is the column's name at the service, case
/// included.
template<fixed_string Name, auto Member, class... Marks>
struct column {
  static constexpr std::string_view name = Name.view();
  static constexpr auto literal_name = Name;
  static constexpr auto member = Member;
  using marks = detail::mark_list<Marks...>;

  /// The value of this column in `record`, as a reference.
  template<class Record>
  [[nodiscard]] static constexpr auto& get(Record& record) noexcept {
    if constexpr (std::is_member_object_pointer_v<decltype(Member)>)
      return record.*Member;
    else
      return Member(record);
  }
};

/// How the doors that take a column's name from a member write it.
enum class member_names : std::uint8_t {
  as_is,  ///< `order_id` is the column "order_id"
  upper   ///< "ORDER_ID", as a database that folds unquoted names to upper case stores it
};

namespace detail {

template<member_names Style, std::size_t Size>
consteval fixed_string<Size> styled(fixed_string<Size> name) {
  return Style == member_names::upper ? upper_case(name) : name;
}

// The record that a member pointer belongs to; void for function objects, which fit any record.
template<class Member>
struct member_owner {
  using type = void;
};

template<class Value, class Owner>
struct member_owner<Value Owner::*> {
  using type = Owner;
};

template<auto A, auto B>
inline constexpr bool same_member = false;
template<auto A>
inline constexpr bool same_member<A, A> = true;

template<auto Member, class Record, class... Columns>
consteval std::string_view find_member(columns<Record, Columns...> const*) {
  std::string_view found;
  ((same_member<Columns::member, Member> ? void(found = Columns::name) : void()), ...);
  return found;
}

// The column that a member pointer names, in the schema of its own class; empty if there is none.
template<auto Member>
consteval std::string_view name_of_member() {
  using owner = typename member_owner<std::remove_const_t<decltype(Member)>>::type;
  if constexpr (described_record<owner>)
    return find_member<Member>(static_cast<schema<owner>*>(nullptr));
  else
    return {};
}

template<class Mark>
struct mark_traits {
  static constexpr bool known = false;

  static constexpr void apply(column_info&) noexcept {}
};

template<>
struct mark_traits<pii> {
  static constexpr bool known = true;

  static constexpr void apply(column_info& info) noexcept { info.pii = true; }
};

template<>
struct mark_traits<secret> {
  static constexpr bool known = true;

  static constexpr void apply(column_info& info) noexcept { info.secret = true; }
};

template<std::uint32_t Limit>
struct mark_traits<max_length<Limit>> {
  static constexpr bool known = true;
  static constexpr bool only_for_text_and_bytes = true;

  static constexpr void apply(column_info& info) noexcept { info.max_length = Limit; }
};

template<fixed_string Name>
struct mark_traits<renamed_from<Name>> {
  static constexpr bool known = true;

  static constexpr void apply(column_info& info) noexcept { info.renamed_from = Name.view(); }
};

template<auto Member>
struct mark_traits<token_of<Member>> {
  static constexpr bool known = true;

  static constexpr void apply(column_info& info) noexcept {
    info.pii = true;
    info.token_of = name_of_member<Member>();
  }
};

template<class Mark>
inline constexpr bool is_length_mark = requires { mark_traits<Mark>::only_for_text_and_bytes; };

template<class Record, class Column>
using column_type = std::remove_cvref_t<decltype(std::declval<Record const*>()->*Column::member)>;

template<class T, class... Marks>
consteval column_info mark_info(mark_list<Marks...> const*) {
  column_info info = value_traits<T>::info;
  (mark_traits<Marks>::apply(info), ...);
  return info;
}

// All of a column but its name. Columns of equal type and marks share it.
template<class T, class Marks>
inline constexpr column_info marked_info = mark_info<T>(static_cast<Marks const*>(nullptr));

consteval column_info named(column_info info, std::string_view name) {
  info.name = name;
  return info;
}

template<class Record, class Column>
inline constexpr column_info const& unnamed_column =
    marked_info<column_type<Record, Column>, typename Column::marks>;

template<class Record, class Column>
consteval column_info describe_column(Column const*) {
  return named(unnamed_column<Record, Column>, Column::name);
}

}  // namespace detail
}  // namespace sluice::inline v0

#endif  // SLUICE_SCHEMA_COLUMN_HPP
