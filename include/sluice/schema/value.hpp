#ifndef SLUICE_SCHEMA_VALUE_HPP
#define SLUICE_SCHEMA_VALUE_HPP

/// \file
/// Which C++ types can be columns, what they mean, and the few types that encoders have to write.

#include <sluice/config.hpp>
#include <sluice/schema/column_table.hpp>
#include <sluice/schema/decimal.hpp>
#include <sluice/schema/enumeration.hpp>
#include <sluice/schema/text.hpp>
#include <sluice/schema/time.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sluice::inline v0 {

/// The columns of `Record`: specialise it (see schema/schema.hpp).
template<class Record>
struct schema;

/// A type with a schema.
template<class Record>
concept described_record = requires { typename schema<Record>::record_type; };

/// The name of an enumerator, as an encoder sees it; without data if the value has no name.
struct enumerator_name {
  std::string_view text;
};

/// A range of values, as an encoder sees it: ARRAY.
template<class Range>
struct sequence {
  Range const& range;
};

/// A range of pairs of name and value, as an encoder sees it: OBJECT.
template<class Map>
struct dictionary {
  Map const& map;
};

/// A nested described record, as an encoder sees it: OBJECT.
template<class Record>
struct object {
  Record const& record;
};

/// What kind of value a type is.
enum class value_kind : std::uint8_t {
  unsupported,
  boolean,
  integer,
  floating,
  enumeration,
  character,   ///< char: text of one byte
  text,        ///< converts to std::string_view
  c_string,    ///< char const*: text, null if it is a null pointer
  char_array,  ///< char[N], std::array<char, N>: text up to the first NUL
  char_range,  ///< std::vector<char>: text
  bytes,       ///< contiguous range of std::byte
  scalar,      ///< decimal, date, time_of_day, timestamp, json, uuid
  nullable,    ///< std::optional or alike
  sequence,    ///< range of values
  dictionary,  ///< range of pairs of name and value
  object       ///< described record
};

namespace detail {

// Types of our own that encoders write as they are, in a text that is short whatever the value.
template<class T>
inline constexpr bool is_short_value = false;
template<unsigned P, unsigned S>
inline constexpr bool is_short_value<decimal<P, S>> = true;
template<>
inline constexpr bool is_short_value<date> = true;
template<time_unit U>
inline constexpr bool is_short_value<time_of_day<U>> = true;
template<time_unit U, zone_kind Z>
inline constexpr bool is_short_value<timestamp<U, Z>> = true;
template<>
inline constexpr bool is_short_value<uuid> = true;

template<class T>
inline constexpr bool is_scalar_value = is_short_value<T>;
template<class Text>
inline constexpr bool is_scalar_value<basic_json<Text>> = true;

// Views whose text is short whatever the value.
template<class View>
inline constexpr bool scalar_view =
    is_short_value<View> || std::same_as<View, bool> || std::same_as<View, std::int64_t> ||
    std::same_as<View, std::uint64_t> || std::same_as<View, float> || std::same_as<View, double>;

template<class View>
inline constexpr bool nested_view = false;
template<class Range>
inline constexpr bool nested_view<sequence<Range>> = true;
template<class Map>
inline constexpr bool nested_view<dictionary<Map>> = true;
template<class Record>
inline constexpr bool nested_view<object<Record>> = true;

// What an encoder can write.
template<class View>
inline constexpr bool known_view =
    scalar_view<View> || nested_view<View> || std::same_as<View, std::string_view> ||
    std::same_as<View, enumerator_name> || std::same_as<View, bytes_view> ||
    std::same_as<View, json_view>;

template<class T>
inline constexpr bool is_other_character = std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
                                           std::same_as<T, char16_t> || std::same_as<T, char32_t>;

template<class T>
concept optional_like = requires(T& v, T const& c) {
  typename T::value_type;
  { c.has_value() } -> std::convertible_to<bool>;
  *c;
  v.reset();
};

template<class T>
concept range_like = requires(T const& c) {
  typename T::value_type;
  c.begin() != c.end();
};

template<class T>
concept contiguous_like = range_like<T> && requires(T const& c) {
  { c.data() } -> std::convertible_to<typename T::value_type const*>;
  { c.size() } -> std::convertible_to<std::size_t>;
};

template<class T>
concept map_like = range_like<T> && requires {
  typename T::mapped_type;
  requires std::convertible_to<typename T::key_type const&, std::string_view>;
};

template<class Enum>
concept named_enumeration = requires(Enum e) {
  { enumeration<Enum>::name_of(e) } -> std::convertible_to<std::string_view>;
};

template<class T>
consteval value_kind classify() {
  if constexpr (std::same_as<T, bool>)
    return value_kind::boolean;
  else if constexpr (std::same_as<T, char>)
    return value_kind::character;
  else if constexpr (is_other_character<T>)
    return value_kind::unsupported;
  else if constexpr (std::is_integral_v<T>)
    return sizeof(T) <= 8 ? value_kind::integer : value_kind::unsupported;
  else if constexpr (std::same_as<T, float> || std::same_as<T, double>)
    return value_kind::floating;
  else if constexpr (std::is_enum_v<T>)
    return named_enumeration<T> ? value_kind::enumeration : value_kind::unsupported;
  else if constexpr (std::is_array_v<T>)
    return std::same_as<std::remove_extent_t<T>, char> ? value_kind::char_array
                                                       : value_kind::unsupported;
  else if constexpr (is_scalar_value<T>)
    return value_kind::scalar;
  else if constexpr (described_record<T>)
    return value_kind::object;
  else if constexpr (std::is_pointer_v<T>)
    return std::convertible_to<T, std::string_view> ? value_kind::c_string
                                                    : value_kind::unsupported;
  else if constexpr (std::convertible_to<T const&, std::string_view>)
    return value_kind::text;
  else if constexpr (optional_like<T>)
    return value_kind::nullable;
  else if constexpr (map_like<T>)
    return value_kind::dictionary;
  else if constexpr (contiguous_like<T>) {
    using element = typename T::value_type;
    if constexpr (std::same_as<element, std::byte>)
      return value_kind::bytes;
    else if constexpr (std::same_as<element, char>)
      return requires { std::tuple_size<T>::value; } ? value_kind::char_array
                                                     : value_kind::char_range;
    else
      return value_kind::sequence;
  } else if constexpr (range_like<T>)
    return value_kind::sequence;
  else
    return value_kind::unsupported;
}

template<class T, value_kind Kind>
struct builtin_value {};

}  // namespace detail

/// How values of `T` are read. Members:
///
/// | member | meaning |
/// |---|---|
/// | `kind` | `value_kind` |
/// | `inner` | nullable, sequence, dictionary: the type inside |
/// | `info` | constant `column_info` without a name |
/// | `has(v)` | whether `v` is not null; only where `info.nullable` |
/// | `view(v)` | `v` as one of the types an encoder writes: bool, std::int64_t, std::uint64_t,
/// | `from(m)` | optional, for sources: the value that `view` shows as `m` |
/// float, double, std::string_view, enumerator_name, bytes_view, decimal, date, time_of_day,
/// timestamp, json_view, uuid, sequence, dictionary, object. Precondition: `has(v)` |
///
/// To make a column of a type of yours, derive from `value_as`:
///
///     template<>
///     struct sluice::value_traits<money> : sluice::value_as<sluice::decimal<12, 2>> {
///       static constexpr auto view(money const& m) { return sluice::decimal<12,
///       2>::from_unscaled(m.cents); }
///       static constexpr money from(sluice::decimal<12, 2> d) { return {d.unscaled()}; }
///     };
template<class T>
struct value_traits : detail::builtin_value<T, detail::classify<T>()> {};

/// What a type of the user's means: the same as `Meaning`, one of the types above.
template<class Meaning>
struct value_as {
  static constexpr value_kind kind = value_traits<Meaning>::kind;
  static constexpr column_info info = value_traits<Meaning>::info;
};

template<class T>
inline constexpr value_kind value_kind_of = value_kind::unsupported;
template<class T>
  requires requires { value_traits<T>::kind; }
inline constexpr value_kind value_kind_of<T> = value_traits<T>::kind;

}  // namespace sluice::inline v0

#include <sluice/schema/impl/value.hpp>

#endif  // SLUICE_SCHEMA_VALUE_HPP
