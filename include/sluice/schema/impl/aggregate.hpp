#ifndef SLUICE_SCHEMA_IMPL_AGGREGATE_HPP
#define SLUICE_SCHEMA_IMPL_AGGREGATE_HPP

#include <sluice/schema/aggregate.hpp>

#include <string_view>
#include <utility>

namespace sluice::inline v0::detail {

struct any_value {
  template<class T>
  operator T() const noexcept;
};

template<class Record>
struct any_base {
  template<class Base>
    requires(std::is_base_of_v<Base, Record> && !std::is_same_v<Base, Record>)
  operator Base() const noexcept;
};

template<std::size_t>
using any_at = any_value;

template<class Record, std::size_t... I>
consteval bool takes(std::index_sequence<I...>) {
  return requires { Record{any_at<I>{}...}; };
}

// `Before` members, one initialised by {any, any}, `After` members.
template<class Record, std::size_t... Before, std::size_t... After>
consteval bool takes_pair(std::index_sequence<Before...>, std::index_sequence<After...>) {
  return requires { Record{any_at<Before>{}..., {any_value{}, any_value{}}, any_at<After>{}...}; };
}

// Counts initialisers; a C array counts once per element.
template<class Record, std::size_t Count = 0>
consteval std::size_t count_initializers() {
  if constexpr (Count <= max_bound_members + 1 &&
                takes<Record>(std::make_index_sequence<Count + 1>{}))
    return count_initializers<Record, Count + 1>();
  else
    return Count;
}

// A pair in braces fills two elements of an array, after which all the other initialisers are one
// too many; any other member that takes a pair leaves room for them.
template<class Record, std::size_t Count, std::size_t At>
consteval bool is_array_at() {
  return takes_pair<Record>(std::make_index_sequence<At>{}, std::index_sequence<>{}) &&
         !takes_pair<Record>(std::make_index_sequence<At>{},
                             std::make_index_sequence<Count - At - 1>{});
}

template<class Record, std::size_t... I>
consteval bool has_array(std::index_sequence<I...>) {
  return (is_array_at<Record, sizeof...(I), I>() || ...);
}

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-inline"
#endif

// Never defined: only addresses inside it are printed.
template<class Record>
struct printed_record {
  Record const value;
};

template<class Record>
extern printed_record<Record> const printed;

template<class T>
struct printed_address {
  T const* at;
};

template<auto Address>
consteval auto print_address() {
  return std::string_view{__PRETTY_FUNCTION__};
}

constexpr bool is_identifier(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

// "... (& printed<order>.value.order::order_id)}]": the name is the last identifier.
consteval std::string_view last_identifier(std::string_view printed_text) {
  std::size_t end = printed_text.size();
  while (end != 0 && !is_identifier(printed_text[end - 1])) --end;
  std::size_t begin = end;
  while (begin != 0 && is_identifier(printed_text[begin - 1])) --begin;
  return printed_text.substr(begin, end - begin);
}

template<class Record, std::size_t Count, std::size_t Index>
consteval auto member_name() {
  constexpr auto& member = bound_member<Count, Index>(printed<Record>.value);
  constexpr printed_address<std::remove_cvref_t<decltype(member)>> address{&member};
  constexpr std::string_view name = last_identifier(print_address<address>());
  fixed_string<name.size() + 1> copy;
  for (std::size_t i = 0; i != name.size(); ++i) copy.text[i] = name[i];
  return copy;
}

template<std::size_t Count, std::size_t Index>
struct aggregate_member {
  template<class Record>
  constexpr auto& operator()(Record& record) const noexcept {
    return bound_member<Count, Index>(record);
  }
};

template<class Record, member_names Style, std::size_t... I>
columns<Record,
        column<styled<Style>(member_name<Record, sizeof...(I), I>()),
               aggregate_member<sizeof...(I), I>{}>...>
    make_aggregate_columns(std::index_sequence<I...>);

// Each step asks only what the one before has made sure of.
template<class Record, member_names Style>
consteval auto aggregate_type() {
  if constexpr (!std::is_aggregate_v<Record> || !std::is_class_v<Record>) {
    return std::type_identity<rejected_columns<Record, failed::not_an_aggregate<Record>>>{};
  } else if constexpr (requires { Record{any_base<Record>{}}; }) {
    return std::type_identity<
        rejected_columns<Record, failed::aggregate_with_base_class<Record>>>{};
  } else if constexpr (!requires { Record{}; }) {
    return std::type_identity<
        rejected_columns<Record, failed::aggregate_member_needs_initializer<Record>>>{};
  } else {
    constexpr std::size_t count = count_initializers<Record>();
    if constexpr (has_array<Record>(std::make_index_sequence<count>{})) {
      return std::type_identity<
          rejected_columns<Record, failed::aggregate_with_array_member<Record>>>{};
    } else if constexpr (count > max_bound_members) {
      return std::type_identity<
          rejected_columns<Record,
                           failed::too_many_aggregate_members<Record, count, max_bound_members>>>{};
    } else {
      if constexpr (!bound_member<count, count>(printed<Record>.value)) {
        return std::type_identity<
            rejected_columns<Record, failed::aggregate_with_bit_field<Record>>>{};
      } else {
        return std::type_identity<decltype(make_aggregate_columns<Record, Style>(
            std::make_index_sequence<count>{}))>{};
      }
    }
  }
}

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

template<class Record, member_names Style>
struct aggregate_schema {
  using type = typename decltype(aggregate_type<Record, Style>())::type;
};

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_SCHEMA_IMPL_AGGREGATE_HPP
