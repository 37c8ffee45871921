#ifndef SLUICE_ENCODE_DETAIL_ROW_HPP
#define SLUICE_ENCODE_DETAIL_ROW_HPP

/// \file
/// One row of text from one record: a fold over the columns. A dialect says how values look.
///
/// | member of a dialect `D` | meaning |
/// |---|---|
/// | `D::quoted<View>` | whether a value that is not null stands between `D::quote` |
/// | `D::key<Column>` | `Column`, or one type for all columns where `lead` asks nothing of them |
/// | `D::lead<Key>(first)` | a literal: what stands before the value, without its quote |
/// | `D::row_end` | a literal: what stands behind the last value, without its quote |
/// | `D::null` | a literal: what stands for null |
/// | `D::put<Limits>(out, view, refused)` | writes what stands between the quotes |
/// | `D::bound<By>(view)` | upper bound of what `put` writes; asked for views that are not scalar |
/// | `D::check<Limits>(view)` | the problem of a value, or null; then `put` sets `refused` |

#include <sluice/config.hpp>
#include <sluice/encode/detail/check.hpp>
#include <sluice/encode/detail/escape.hpp>
#include <sluice/schema/schema.hpp>

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sluice::inline v0::detail {

/// Constant text with its size in the type, so that writing it is one copy.
template<std::size_t Size>
struct literal {
  char text[Size == 0 ? 1 : Size]{};
  static constexpr std::size_t size = Size;
};

template<std::size_t A, std::size_t B>
consteval literal<A + B> operator+(literal<A> a, literal<B> b) {
  literal<A + B> joined;
  for (std::size_t i = 0; i != A; ++i) joined.text[i] = a.text[i];
  for (std::size_t i = 0; i != B; ++i) joined.text[A + i] = b.text[i];
  return joined;
}

consteval literal<1> literal_of(char c) {
  return {{c}};
}

// `c` if `When`, else nothing.
template<bool When>
consteval auto literal_if(char c) {
  if constexpr (When)
    return literal_of(c);
  else
    return static_cast<void>(c), literal<0>{};
}

template<std::size_t Size>
consteval literal<Size - 1> literal_of(fixed_string<Size> text) {
  literal<Size - 1> made;
  for (std::size_t i = 0; i != Size - 1; ++i) made.text[i] = text.text[i];
  return made;
}

template<auto Literal>
inline char* put_literal(char* out) noexcept {
  std::memcpy(out, Literal.text, Literal.size);
  return out + Literal.size;
}

template<class T>
using view_type = std::remove_cvref_t<decltype(value_traits<T>::view(std::declval<T const&>()))>;

template<class Dialect, class T>
inline constexpr bool quoted_value = Dialect::template quoted<view_type<T>>;

// Whether the value always ends with a quote, which then is merged into the next literal.
template<class Dialect, class T>
inline constexpr bool ends_quoted = quoted_value<Dialect, T> && !value_traits<T>::info.nullable;

template<class T, class Marks>
inline constexpr value_limits limits_of{.max_length = marked_info<T, Marks>.max_length};

// Of a scalar view; null counts as much. The longest is a decimal of 38 digits, a UUID or a
// timestamp; all stay below.
inline constexpr std::size_t scalar_bound = 44;

// A value of any type inside a sequence or behind a literal: null, or between its quotes.
template<class Dialect, value_limits Limits, class T>
inline char* put_value(char* out, T const& value, bool& refused) noexcept {
  using traits = value_traits<T>;
  constexpr auto quote = literal_if<quoted_value<Dialect, T>>(Dialect::quote);
  if constexpr (traits::info.nullable)
    if (!traits::has(value)) return put_literal<Dialect::null>(out);
  out = put_literal<quote>(out);
  out = Dialect::template put<Limits>(out, traits::view(value), refused);
  return put_literal<quote>(out);
}

// A column's value behind the literal `Before`. Its template arguments name what the column is, not
// which, so that equal columns are one function.
template<class Dialect, value_limits Limits, auto Before, class T>
inline char* put_cell(char* out, T const& value, bool& refused) noexcept {
  using traits = value_traits<T>;
  if constexpr (traits::info.nullable) {
    out = put_literal<Before>(out);
    return put_value<Dialect, Limits>(out, value, refused);
  } else {
    constexpr auto opened = Before + literal_if<quoted_value<Dialect, T>>(Dialect::quote);
    out = put_literal<opened>(out);
    return Dialect::template put<Limits>(out, traits::view(value), refused);
  }
}

// What stands before a value. Its template arguments name what that depends on, so that columns and
// records share it.
template<class Dialect, class Key, bool First, bool AfterQuoted>
inline constexpr auto before = literal_if<AfterQuoted>(Dialect::quote) +
                               Dialect::template lead<Key>(std::bool_constant<First>{});

template<class Dialect, class Record, class... Columns, std::size_t... Index>
inline char* put_columns(char* out,
                         Record const& record,
                         bool& refused,
                         columns<Record, Columns...> const*,
                         std::index_sequence<Index...>) noexcept {
  constexpr bool after_quoted[]{false, ends_quoted<Dialect, column_type<Record, Columns>>...};
  Record const* const from = std::addressof(record);
  ((out = put_cell<
        Dialect,
        limits_of<column_type<Record, Columns>, typename Columns::marks>,
        before<Dialect, typename Dialect::template key<Columns>, Index == 0, after_quoted[Index]>>(
        out, from->*Columns::member, refused)),
   ...);
  constexpr auto last =
      literal_if<after_quoted[sizeof...(Columns)]>(Dialect::quote) + Dialect::row_end;
  return put_literal<last>(out);
}

/// Writes one row; sets `refused` if a value cannot be written, which makes the row worthless.
template<class Dialect, class Record>
inline char* put_row(char* out, Record const& record, bool& refused) noexcept {
  return put_columns<Dialect>(out,
                              record,
                              refused,
                              static_cast<schema<Record>*>(nullptr),
                              std::make_index_sequence<column_count<Record>>{});
}

// Without lead; quotes included.
template<class Dialect, bound_by By, class T>
inline std::size_t value_bound(T const& value) noexcept {
  using traits = value_traits<T>;
  if constexpr (scalar_view<view_type<T>>) {
    static_cast<void>(value);
    return (Dialect::null.size > scalar_bound ? Dialect::null.size : scalar_bound) + 2;
  } else {
    if constexpr (traits::info.nullable)
      if (!traits::has(value)) return Dialect::null.size;
    return Dialect::template bound<By>(traits::view(value)) + 2;
  }
}

// What a row takes besides its values. 3: closing quote, separator, opening quote.
template<class Dialect, class... Columns>
inline constexpr std::size_t fixed_bound =
    Dialect::row_end.size + 1 +
    (0 + ... + (before<Dialect, typename Dialect::template key<Columns>, false, false>.size + 1));

template<class Dialect, bound_by By, class Record, class... Columns>
inline std::size_t bound_columns(Record const& record,
                                 columns<Record, Columns...> const*) noexcept {
  Record const* const from = std::addressof(record);
  return (fixed_bound<Dialect, Columns...> + ... +
          value_bound<Dialect, By>(from->*Columns::member));
}

/// Upper bound of what `put_row` writes.
template<class Dialect, bound_by By, class Record>
inline std::size_t row_bound(Record const& record) noexcept {
  return bound_columns<Dialect, By>(record, static_cast<schema<Record>*>(nullptr));
}

template<class Dialect, value_limits Limits, class T>
[[gnu::cold]] problem check_any(T const& value) noexcept {
  using traits = value_traits<T>;
  if constexpr (traits::info.nullable)
    if (!traits::has(value)) return nullptr;
  return Dialect::template check<Limits>(traits::view(value));
}

template<class Dialect, class T, class Marks>
struct erasing_column {
  [[gnu::cold]] static problem check(void const* value) noexcept {
    return check_any<Dialect, limits_of<T, Marks>>(*static_cast<T const*>(value));
  }

  [[gnu::cold]] static std::size_t bound(void const* value) noexcept {
    return value_bound<Dialect, bound_by::content>(*static_cast<T const*>(value));
  }
};

// Cold: a table costs the compiler less than a fold.
template<class Dialect, class Record, class... Columns>
inline constexpr erased_column erased_columns[]{
    {&erasing_column<Dialect, column_type<Record, Columns>, typename Columns::marks>::check,
     &erasing_column<Dialect, column_type<Record, Columns>, typename Columns::marks>::bound,
     Columns::name}...};

template<class Record, class... Columns>
struct column_values {
  void const* at[sizeof...(Columns)];

  [[gnu::cold]] explicit column_values(Record const* from) noexcept
      : at{std::addressof(from->*Columns::member)...} {}
};

/// As `bound_columns` by content, where that is seldom asked.
template<class Dialect, class Record, class... Columns>
[[gnu::cold, gnu::noinline]] std::size_t erased_bound(Record const& record,
                                                      columns<Record, Columns...> const*) noexcept {
  column_values<Record, Columns...> const values{std::addressof(record)};
  return fixed_bound<Dialect, Columns...> +
         sum_bounds(erased_columns<Dialect, Record, Columns...>, values.at, sizeof...(Columns));
}

/// The first column that cannot be written.
template<class Dialect, class Record, class... Columns>
[[gnu::cold]] column_problem check_columns(Record const& record,
                                           columns<Record, Columns...> const*) noexcept {
  if constexpr (sizeof...(Columns) == 0) {
    static_cast<void>(record);
    return {};
  } else {
    column_values<Record, Columns...> const values{std::addressof(record)};
    return find_problem(erased_columns<Dialect, Record, Columns...>, values.at, sizeof...(Columns));
  }
}

/// The first column that cannot be written.
template<class Dialect, class Record>
column_problem check_row(Record const& record) noexcept {
  return check_columns<Dialect>(record, static_cast<schema<Record>*>(nullptr));
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_ENCODE_DETAIL_ROW_HPP
