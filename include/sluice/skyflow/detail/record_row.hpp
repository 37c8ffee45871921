#ifndef SLUICE_SKYFLOW_DETAIL_RECORD_ROW_HPP
#define SLUICE_SKYFLOW_DETAIL_RECORD_ROW_HPP

/// \file
/// One record of a request: `,{"fields":{...},"tokens":{...}}` and a line break, by which rows are
/// found again. The writer of the body drops the first comma.

#include <sluice/config.hpp>
#include <sluice/encode/detail/json_dialect.hpp>
#include <sluice/encode/detail/row.hpp>
#include <sluice/schema/schema.hpp>

#include <cstddef>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sluice::inline v0::skyflow::detail {

using sluice::detail::bound_by;
using sluice::detail::column_problem;
using sluice::detail::literal;
using sluice::detail::literal_of;
using sluice::detail::problem;
using sluice::detail::value_limits;

inline constexpr problem has_nul = "the text holds a NUL character; a vault takes none";
inline constexpr problem empty_token = "the token is empty; give the value's token, or none";

template<class Mark>
inline constexpr bool is_token_mark = false;
template<auto Member>
inline constexpr bool is_token_mark<token_of<Member>> = true;

/// Whether a column holds the tokens of another.
template<class Column>
inline constexpr bool is_token_column = false;
template<fixed_string Name, auto Member, class... Marks>
inline constexpr bool is_token_column<column<Name, Member, Marks...>> =
    (is_token_mark<Marks> || ...);

/// The columns of a record that hold tokens, or those that do not.
template<bool Tokens, class Chosen, class... Rest>
struct choose_columns {
  using type = Chosen;
};

template<bool Tokens, class Record, class... Chosen, class First, class... Rest>
struct choose_columns<Tokens, columns<Record, Chosen...>, First, Rest...>
    : choose_columns<Tokens,
                     std::conditional_t<is_token_column<First> == Tokens,
                                        columns<Record, Chosen..., First>,
                                        columns<Record, Chosen...>>,
                     Rest...> {};

template<bool Tokens, class Record, class... Columns>
auto chosen_columns(columns<Record, Columns...> const*) ->
    typename choose_columns<Tokens, columns<Record>, Columns...>::type;

template<class Record>
using value_columns = decltype(chosen_columns<false>(static_cast<schema<Record>*>(nullptr)));
template<class Record>
using token_columns = decltype(chosen_columns<true>(static_cast<schema<Record>*>(nullptr)));

/// The column whose tokens a token column holds, as a JSON key with its colon.
template<class Column>
struct token_key;

template<fixed_string Name, auto Member, class... Marks>
struct token_key<column<Name, Member, Marks...>> {
  template<class Mark>
  struct target {
    static constexpr std::string_view name{};
  };

  template<auto Of>
  struct target<token_of<Of>> {
    static constexpr std::string_view name = sluice::detail::name_of_member<Of>();
  };

  static consteval std::string_view name() {
    std::string_view found;
    ((target<Marks>::name.empty() ? void() : void(found = target<Marks>::name)), ...);
    return found;
  }

  static constexpr auto text = [] {
    constexpr std::string_view of = name();
    fixed_string<of.size() + 1> key;
    for (std::size_t i = 0; i != of.size(); ++i) key.text[i] = of[i];
    return key;
  }();
  static constexpr auto literal = sluice::detail::json_key<text>();
};

inline bool holds_nul(std::string_view v) noexcept {
  return !v.empty() && std::memchr(v.data(), 0, v.size()) != nullptr;
}

/// Values under "fields".
struct field_dialect : sluice::detail::json_dialect {
  static constexpr literal<1> row_end{{'}'}};

  template<class Column, bool First>
  static consteval auto lead(std::bool_constant<First>) {
    if constexpr (First)
      return literal_of(fixed_string{",{\"fields\":{"}) +
             sluice::detail::json_key<Column::literal_name>();
    else
      return literal_of(',') + sluice::detail::json_key<Column::literal_name>();
  }

  using json_dialect::check;
  using json_dialect::put;

  template<value_limits Limits>
  static char* put(char* out, std::string_view v, bool& refused) noexcept {
    refused = refused || holds_nul(v);
    return json_dialect::put<Limits>(out, v, refused);
  }

  template<value_limits Limits>
  static problem check(std::string_view v) noexcept {
    return holds_nul(v) ? has_nul : json_dialect::check<Limits>(v);
  }
};

/// Tokens: never empty.
struct token_dialect : field_dialect {
  using field_dialect::check;
  using field_dialect::put;

  template<value_limits Limits>
  static char* put(char* out, std::string_view v, bool& refused) noexcept {
    refused = refused || v.empty();
    return field_dialect::put<Limits>(out, v, refused);
  }

  template<value_limits Limits>
  static problem check(std::string_view v) noexcept {
    return v.empty() ? empty_token : field_dialect::check<Limits>(v);
  }
};

inline constexpr std::string_view tokens_key = ",\"tokens\":";
inline constexpr std::string_view row_tail = "}\n";

template<class Record, class Column>
inline char* put_token(char* out, Record const& record, bool& refused) noexcept {
  using type = sluice::detail::column_type<Record, Column>;
  if constexpr (value_traits<type>::info.nullable)
    if (!value_traits<type>::has(Column::get(record))) return out;
  constexpr auto before = literal_of(',') + token_key<Column>::literal;
  out = sluice::detail::put_literal<before>(out);
  return sluice::detail::put_value<token_dialect,
                                   sluice::detail::limits_of<type, typename Column::marks>>(
      out, Column::get(record), refused);
}

template<class Record, class... Tokens>
inline char* put_tokens(char* out,
                        Record const& record,
                        bool& refused,
                        columns<Record, Tokens...> const*) noexcept {
  if constexpr (sizeof...(Tokens) != 0) {
    char* const first = out + tokens_key.size();
    char* end = first;
    ((end = put_token<Record, Tokens>(end, record, refused)), ...);
    if (end == first) return out;  // all are null: no "tokens" at all
    std::memcpy(out, tokens_key.data(), tokens_key.size());
    *first = '{';  // in place of the first comma
    *end++ = '}';
    return end;
  } else {
    static_cast<void>(record);
    static_cast<void>(refused);
    return out;
  }
}

template<class Record, class... Values>
inline char* put_fields(char* out,
                        Record const& record,
                        bool& refused,
                        columns<Record, Values...> const* chosen) noexcept {
  return sluice::detail::put_columns<field_dialect>(
      out, record, refused, chosen, std::index_sequence_for<Values...>{});
}

/// Writes one row; sets `refused` if a value cannot be written, which makes the row worthless.
template<class Record>
inline char* put_record(char* out, Record const& record, bool& refused) noexcept {
  out = put_fields(out, record, refused, static_cast<value_columns<Record>*>(nullptr));
  out = put_tokens(out, record, refused, static_cast<token_columns<Record>*>(nullptr));
  std::memcpy(out, row_tail.data(), row_tail.size());
  return out + row_tail.size();
}

// 5: quotes, comma, and room for the key's escapes, which its literal counts.
template<bound_by By, class Record, class... Tokens>
inline std::size_t bound_tokens(Record const& record, columns<Record, Tokens...> const*) noexcept {
  return tokens_key.size() + 2 +
         (std::size_t{0} + ... +
          (token_key<Tokens>::literal.size + 5 +
           sluice::detail::value_bound<token_dialect, By>(Tokens::get(record))));
}

template<bound_by By, class Record, class... Values>
inline std::size_t bound_fields(Record const& record,
                                columns<Record, Values...> const* chosen) noexcept {
  constexpr std::size_t head = sizeof(",{\"fields\":{");
  if constexpr (By == bound_by::content)
    return head + sluice::detail::erased_bound<field_dialect>(record, chosen);
  else
    return head + sluice::detail::bound_columns<field_dialect, By>(record, chosen);
}

/// Upper bound of what `put_record` writes.
template<bound_by By, class Record>
inline std::size_t record_bound(Record const& record) noexcept {
  return bound_fields<By>(record, static_cast<value_columns<Record>*>(nullptr)) +
         bound_tokens<By>(record, static_cast<token_columns<Record>*>(nullptr)) + row_tail.size();
}

/// The first column that cannot be written.
template<class Record>
inline column_problem check_record(Record const& record) noexcept {
  column_problem const found = sluice::detail::check_columns<field_dialect>(
      record, static_cast<value_columns<Record>*>(nullptr));
  if (found.what != nullptr) return found;
  return sluice::detail::check_columns<token_dialect>(record,
                                                      static_cast<token_columns<Record>*>(nullptr));
}

}  // namespace sluice::inline v0::skyflow::detail

#endif  // SLUICE_SKYFLOW_DETAIL_RECORD_ROW_HPP
