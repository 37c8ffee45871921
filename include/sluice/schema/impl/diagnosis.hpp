#ifndef SLUICE_SCHEMA_IMPL_DIAGNOSIS_HPP
#define SLUICE_SCHEMA_IMPL_DIAGNOSIS_HPP

#include <sluice/schema/diagnosis.hpp>

namespace sluice::inline v0 {
namespace detail {

template<class Record, fixed_string Name, class T, value_kind Kind = value_kind_of<T>>
struct value_rule {
  using view = std::remove_cvref_t<decltype(value_traits<T>::view(std::declval<T const&>()))>;
  using type = check<known_view<view>, failed::view_cannot_be_written<Record, Name, T, view>>;
};

template<class Record, fixed_string Name, class T>
struct value_rule<Record, Name, T, value_kind::unsupported> {
  using type = failed::unsupported_member_type<Record, Name, T>;
};

template<class Record, fixed_string Name, class T>
  requires std::is_enum_v<T>
struct value_rule<Record, Name, T, value_kind::unsupported> {
  using type = failed::enumeration_without_names<Record, Name, T>;
};

// Null inside null has no meaning at a service.
template<class Record, fixed_string Name, class T>
struct value_rule<Record, Name, T, value_kind::nullable> {
  using inner = typename value_traits<T>::inner;
  static constexpr bool nested =
      value_kind_of<inner> == value_kind::nullable || value_kind_of<inner> == value_kind::c_string;
  using type = all_of<check<!nested, failed::unsupported_member_type<Record, Name, T>>,
                      typename value_rule<Record, Name, inner>::type>;
};

template<class Record, fixed_string Name, class T>
struct value_rule<Record, Name, T, value_kind::sequence> {
  using type = typename value_rule<Record, Name, typename value_traits<T>::inner>::type;
};

template<class Record, fixed_string Name, class T>
struct value_rule<Record, Name, T, value_kind::dictionary> {
  using type = typename value_rule<Record, Name, typename value_traits<T>::inner>::type;
};

template<class Record, fixed_string Name, class T>
struct value_rule<Record, Name, T, value_kind::object> {
  using type = schema_diagnosis<T>;
};

template<class Record, fixed_string Name, auto Member>
struct owner_rule {
  using member = std::remove_const_t<decltype(Member)>;
  using owner = typename member_owner<member>::type;
  using type = all_of<check<std::is_member_object_pointer_v<member> || std::is_class_v<member>,
                            failed::column_is_no_member_or_function_object<Record, Name, member>>,
                      check<std::is_void_v<owner> || std::is_base_of_v<owner, Record>,
                            failed::member_of_another_record<Record, Name, owner>>>;
};

template<class T>
consteval bool holds_text_or_bytes() {
  constexpr logical_type type = value_traits<T>::info.type;
  return type == logical_type::text || type == logical_type::bytes;
}

// Whether a column keeps every rule below. Asked first, because nearly all do, and these answers
// are shared by all columns of one type.
template<class T>
inline constexpr bool sound_value = value_rule<void, "", T>::type::ok;

template<class Record, class Member>
inline constexpr bool own_member = std::is_class_v<Member>;
template<class Record, class Value, class Owner>
inline constexpr bool own_member<Record, Value Owner::*> =
    std::is_base_of_v<Owner, Record> && !std::is_function_v<Value>;

template<class Record, fixed_string Name, auto Member, class... Marks>
consteval bool is_sound(column<Name, Member, Marks...> const*) {
  if constexpr (!own_member<Record, std::remove_const_t<decltype(Member)>>) {
    return false;
  } else {
    using type = column_type<Record, column<Name, Member, Marks...>>;
    if constexpr (!sound_value<type>)
      return false;
    else if constexpr (sizeof...(Marks) == 0)
      return true;
    else
      return (mark_traits<Marks>::known && ...) &&
             (!(is_length_mark<Marks> || ...) || holds_text_or_bytes<type>());
  }
}

// The rules of one column stand in steps: each asks only what the one before has made sure of.
template<class Record, fixed_string Name, auto Member, class... Marks>
consteval auto diagnose_column(column<Name, Member, Marks...> const*) {
  using owner = typename owner_rule<Record, Name, Member>::type;
  if constexpr (!owner::ok) {
    return owner{};
  } else {
    using type = column_type<Record, column<Name, Member, Marks...>>;
    using value = typename value_rule<Record, Name, type>::type;
    using marks = all_of<
        check<mark_traits<Marks>::known, failed::unknown_column_mark<Record, Name, Marks>>...>;
    if constexpr (!value::ok)
      return value{};
    else if constexpr (!marks::ok)
      return marks{};
    else
      return check < !(is_length_mark<Marks> || ...) || holds_text_or_bytes<type>(),
             failed::max_length_needs_text_or_bytes < Record, Name, type >> {};
  }
}

constexpr char fold_case(char c, name_case rule) noexcept {
  return rule == name_case::insensitive && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A')
                                                                : c;
}

constexpr bool same_name(std::string_view a, std::string_view b, name_case rule) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i != a.size(); ++i)
    if (fold_case(a[i], rule) != fold_case(b[i], rule)) return false;
  return true;
}

inline constexpr auto no_column = static_cast<std::size_t>(-1);

// FNV-1a, so that hundreds of names are compared as numbers first.
constexpr std::uint64_t name_hash(std::string_view name, name_case rule) noexcept {
  std::uint64_t hash = 14'695'981'039'346'656'037ULL;
  for (char const c : name)
    hash = (hash ^ static_cast<unsigned char>(fold_case(c, rule))) * 1'099'511'628'211ULL;
  return hash;
}

// The first column whose name came before.
template<class... Columns>
consteval std::size_t find_duplicate(name_case rule) {
  std::string_view const names[]{Columns::name...};
  std::uint64_t const hashes[]{name_hash(Columns::name, rule)...};
  for (std::size_t i = 1; i < sizeof...(Columns); ++i)
    for (std::size_t j = 0; j != i; ++j)
      if (hashes[i] == hashes[j] && same_name(names[i], names[j], rule)) return i;
  return no_column;
}

template<class... Columns>
consteval std::size_t find_empty_name() {
  std::size_t index = 0;
  static_cast<void>(((!Columns::name.empty() && ++index) && ...));
  return index == sizeof...(Columns) ? no_column : index;
}

template<std::size_t Index, class... Columns>
struct column_at;

template<std::size_t Index, class First, class... Rest>
struct column_at<Index, First, Rest...> : column_at<Index - 1, Rest...> {};

template<class First, class... Rest>
struct column_at<0, First, Rest...> {
  using type = First;
};

template<class Record, name_case Case, class... Columns>
consteval auto diagnose_duplicates() {
  constexpr std::size_t at = find_duplicate<Columns...>(Case);
  if constexpr (at == no_column)
    return passed{};
  else {
    using duplicate = typename column_at<at, Columns...>::type;
    return failed::duplicate_column_name<Record, duplicate::literal_name, Case>{};
  }
}

template<class Record, class Described, class... Columns>
consteval auto diagnose_columns(columns<Described, Columns...> const*) {
  if constexpr (!std::is_same_v<Record, Described>) {
    return failed::schema_of_another_record<Record, Described>{};
  } else if constexpr (sizeof...(Columns) == 0) {
    return failed::record_has_no_columns<Record>{};
  } else if constexpr (find_empty_name<Columns...>() != no_column) {
    return failed::empty_column_name<Record, find_empty_name<Columns...>()>{};
  } else {
    using names = decltype(diagnose_duplicates<Record, name_case::sensitive, Columns...>());
    if constexpr (!names::ok)
      return names{};
    else if constexpr ((is_sound<Record>(static_cast<Columns const*>(nullptr)) && ...))
      return passed{};
    else
      return all_of<decltype(diagnose_column<Record>(static_cast<Columns const*>(nullptr)))...>{};
  }
}

template<class Record, class Failure>
consteval Failure diagnose_columns(rejected_columns<Record, Failure> const*) {
  return {};
}

template<class Record, name_case Case, class... Columns>
auto diagnose_case(columns<Record, Columns...> const*)
    -> decltype(diagnose_duplicates<Record, Case, Columns...>());

}  // namespace detail

template<class Record>
struct schema_rules {
  using type = failed::record_has_no_schema<Record>;
};

template<described_record Record>
struct schema_rules<Record> {
  using type = decltype(detail::diagnose_columns<Record>(static_cast<schema<Record>*>(nullptr)));
};

template<class Record, name_case Case>
struct unique_column_names {
  using type = decltype(detail::diagnose_case<Record, Case>(static_cast<schema<Record>*>(nullptr)));
};

}  // namespace sluice::inline v0

#endif  // SLUICE_SCHEMA_IMPL_DIAGNOSIS_HPP
