#ifndef SLUICE_SCHEMA_IMPL_VALUE_HPP
#define SLUICE_SCHEMA_IMPL_VALUE_HPP

#include <sluice/schema/value.hpp>

namespace sluice::inline v0::detail {

template<class T>
struct builtin_value<T, value_kind::boolean> {
  static constexpr value_kind kind = value_kind::boolean;
  static constexpr column_info info{.type = logical_type::boolean};

  static constexpr bool view(T v) noexcept { return v; }
};

template<class T>
struct builtin_value<T, value_kind::integer> {
  static constexpr value_kind kind = value_kind::integer;
  static constexpr column_info info{.type = logical_type::integer,
                                    .is_unsigned = std::is_unsigned_v<T>,
                                    .bits = static_cast<std::uint8_t>(sizeof(T) * 8)};

  static constexpr auto view(T v) noexcept {
    return static_cast<std::conditional_t<std::is_unsigned_v<T>, std::uint64_t, std::int64_t>>(v);
  }
};

template<class T>
struct builtin_value<T, value_kind::floating> {
  static constexpr value_kind kind = value_kind::floating;
  static constexpr column_info info{.type = sizeof(T) == 4 ? logical_type::float32
                                                           : logical_type::float64};

  static constexpr T view(T v) noexcept { return v; }
};

template<class T>
struct builtin_value<T, value_kind::enumeration> {
  static constexpr value_kind kind = value_kind::enumeration;
  static constexpr column_info info{.type = logical_type::text};

  static constexpr enumerator_name view(T v) noexcept { return {enumeration<T>::name_of(v)}; }
};

template<class T>
struct builtin_value<T, value_kind::character> {
  static constexpr value_kind kind = value_kind::character;
  static constexpr column_info info{.type = logical_type::text, .max_length = 1};

  static constexpr std::string_view view(T const& v) noexcept { return {&v, 1}; }
};

// The capacity of text inside the record is also a limit in characters: each takes a byte at least.
template<std::size_t Capacity>
consteval std::uint32_t text_capacity_of(fixed_text<Capacity> const*) {
  return Capacity;
}

consteval std::uint32_t text_capacity_of(void const*) {
  return 0;
}

template<class T>
struct builtin_value<T, value_kind::text> {
  static constexpr value_kind kind = value_kind::text;
  static constexpr column_info info{.type = logical_type::text,
                                    .max_length = text_capacity_of(static_cast<T const*>(nullptr))};

  static constexpr std::string_view view(T const& v) noexcept { return v; }
};

template<class T>
struct builtin_value<T, value_kind::c_string> {
  static constexpr value_kind kind = value_kind::c_string;
  static constexpr column_info info{.type = logical_type::text, .nullable = true};

  static constexpr bool has(T v) noexcept { return v != nullptr; }

  static constexpr std::string_view view(T v) noexcept { return v; }
};

template<class T>
struct builtin_value<T, value_kind::char_array> {
  static constexpr value_kind kind = value_kind::char_array;
  static constexpr column_info info{.type = logical_type::text, .max_length = sizeof(T)};

  static constexpr std::string_view view(T const& v) noexcept {
    std::string_view const all{&v[0], sizeof(T)};
    std::size_t const end = all.find('\0');
    return all.substr(0, end);
  }
};

template<class T>
struct builtin_value<T, value_kind::char_range> {
  static constexpr value_kind kind = value_kind::char_range;
  static constexpr column_info info{.type = logical_type::text};

  static constexpr std::string_view view(T const& v) noexcept { return {v.data(), v.size()}; }
};

template<class T>
consteval std::uint32_t byte_capacity() {
  if constexpr (requires { std::tuple_size<T>::value; })
    return std::tuple_size<T>::value;
  else
    return 0;
}

template<class T>
struct builtin_value<T, value_kind::bytes> {
  static constexpr value_kind kind = value_kind::bytes;
  static constexpr column_info info{.type = logical_type::bytes, .max_length = byte_capacity<T>()};

  static constexpr bytes_view view(T const& v) noexcept { return {v.data(), v.size()}; }
};

template<unsigned P, unsigned S>
consteval column_info scalar_info(decimal<P, S> const*) {
  return {.type = logical_type::decimal, .precision = P, .scale = S};
}

consteval column_info scalar_info(date const*) {
  return {.type = logical_type::date};
}

template<time_unit U>
consteval column_info scalar_info(time_of_day<U> const*) {
  return {.type = logical_type::time, .unit = U};
}

template<time_unit U, zone_kind Z>
consteval column_info scalar_info(timestamp<U, Z> const*) {
  return {.type = logical_type::timestamp, .unit = U, .zone = Z};
}

template<class Text>
consteval column_info scalar_info(basic_json<Text> const*) {
  return {.type = logical_type::json};
}

consteval column_info scalar_info(uuid const*) {
  return {.type = logical_type::uuid};
}

template<class T>
struct builtin_value<T, value_kind::scalar> {
  static constexpr value_kind kind = value_kind::scalar;
  static constexpr column_info info = scalar_info(static_cast<T const*>(nullptr));

  static constexpr T const& view(T const& v) noexcept { return v; }
};

template<class Text>
struct builtin_value<basic_json<Text>, value_kind::scalar> {
  static constexpr value_kind kind = value_kind::scalar;
  static constexpr column_info info{.type = logical_type::json};

  static constexpr json_view view(basic_json<Text> const& v) noexcept { return {v.text}; }
};

consteval column_info as_nullable(column_info info) {
  info.nullable = true;
  return info;
}

// A diagnosis asks for `kind` and `inner` of types whose inside is no value at all; that works
// because the initialiser of `info` is instantiated only where it is used.
template<class T>
struct builtin_value<T, value_kind::nullable> {
  static constexpr value_kind kind = value_kind::nullable;
  using inner = std::remove_cv_t<typename T::value_type>;
  static constexpr column_info info = as_nullable(value_traits<inner>::info);

  static constexpr bool has(T const& v) noexcept { return v.has_value(); }

  static constexpr decltype(auto) view(T const& v) noexcept {
    return value_traits<inner>::view(*v);
  }
};

template<class T>
struct builtin_value<T, value_kind::sequence> {
  static constexpr value_kind kind = value_kind::sequence;
  using inner = std::remove_cv_t<typename T::value_type>;
  static constexpr column_info element = value_traits<inner>::info;
  static constexpr column_info info{
      .type = logical_type::array, .children = &element, .child_count = 1};

  static constexpr sequence<T> view(T const& v) noexcept { return {v}; }
};

template<class T>
struct builtin_value<T, value_kind::dictionary> {
  static constexpr value_kind kind = value_kind::dictionary;
  using inner = std::remove_cv_t<typename T::mapped_type>;
  static constexpr column_info info{.type = logical_type::object};

  static constexpr dictionary<T> view(T const& v) noexcept { return {v}; }
};

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_SCHEMA_IMPL_VALUE_HPP
