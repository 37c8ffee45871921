#ifndef SLUICE_EXT_DETAIL_JSON_READER_HPP
#define SLUICE_EXT_DETAIL_JSON_READER_HPP

/// \file
/// Lenient access to JSON from outside. For bodies only: includes Boost.JSON.

#include <sluice/config.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/parse_options.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace sluice::inline v0::detail::json_reader {

namespace json = boost::json;

inline std::string_view view_of(json::string const& s) noexcept {
  return {s.data(), s.size()};
}

/// A member that is there and not null, or null.
inline json::value const* find(json::object const& o, std::string_view name) noexcept {
  json::value const* const v = o.if_contains({name.data(), name.size()});
  return v == nullptr || v->is_null() ? nullptr : v;
}

inline json::object const* find_object(json::object const& o, std::string_view name) noexcept {
  json::value const* const v = find(o, name);
  return v == nullptr ? nullptr : v->if_object();
}

inline json::array const* find_array(json::object const& o, std::string_view name) noexcept {
  json::value const* const v = find(o, name);
  return v == nullptr ? nullptr : v->if_array();
}

/// Any scalar as text: the service writes codes and ids as numbers or as strings.
inline std::string text_of(json::value const& v) {
  if (json::string const* const s = v.if_string()) return std::string{view_of(*s)};
  if (std::int64_t const* const i = v.if_int64()) return std::to_string(*i);
  if (std::uint64_t const* const u = v.if_uint64()) return std::to_string(*u);
  if (bool const* const b = v.if_bool()) return *b ? "true" : "false";
  return json::serialize(v);
}

inline std::string text_at(json::object const& o, std::string_view name) {
  json::value const* const v = find(o, name);
  return v == nullptr ? std::string{} : text_of(*v);
}

inline bool flag_at(json::object const& o, std::string_view name, bool otherwise) noexcept {
  json::value const* const v = find(o, name);
  bool const* const b = v == nullptr ? nullptr : v->if_bool();
  return b == nullptr ? otherwise : *b;
}

/// A whole number that is not negative, also where it is written as text; else nothing.
inline std::optional<std::uint64_t> number_at(json::object const& o,
                                              std::string_view name) noexcept {
  json::value const* const v = find(o, name);
  if (v == nullptr) return std::nullopt;
  if (std::uint64_t const* const u = v->if_uint64()) return *u;
  if (std::int64_t const* const i = v->if_int64(); i != nullptr && *i >= 0)
    return static_cast<std::uint64_t>(*i);
  json::string const* const s = v->if_string();
  if (s == nullptr) return std::nullopt;
  std::uint64_t number = 0;
  auto const [end, failure] = std::from_chars(s->data(), s->data() + s->size(), number);
  if (failure != std::errc{} || end != s->data() + s->size()) return std::nullopt;
  return number;
}

inline std::uint64_t number_at(json::object const& o,
                               std::string_view name,
                               std::uint64_t otherwise) noexcept {
  return number_at(o, name).value_or(otherwise);
}

/// How every text from outside is parsed: with a bound on nesting.
inline json::parse_options bounded_options() noexcept {
  json::parse_options options;
  options.max_depth = 32;
  return options;
}

/// Parses a whole text; nothing if it is not JSON. The value lies in
/// `memory`, which must outlive it: for large texts a `json::monotonic_resource`, as every member
/// and every string is an allocation.
inline std::optional<json::value> parse_json(std::string_view text, json::storage_ptr memory = {}) {
  json::error_code failure;
  json::value v =
      json::parse({text.data(), text.size()}, failure, std::move(memory), bounded_options());
  if (failure) return std::nullopt;
  return v;
}

}  // namespace sluice::inline v0::detail::json_reader

#endif  // SLUICE_EXT_DETAIL_JSON_READER_HPP
