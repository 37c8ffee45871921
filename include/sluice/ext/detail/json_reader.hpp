#ifndef SLUICE_EXT_DETAIL_JSON_READER_HPP
#define SLUICE_EXT_DETAIL_JSON_READER_HPP

/// \file
/// Lenient access to JSON from outside. For bodies only: includes Boost.JSON.

#include <sluice/config.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::inline v0::detail {

inline std::string_view view_of(boost::json::string const& s) noexcept {
  return {s.data(), s.size()};
}

/// A member that is there and not null, or null.
inline boost::json::value const* find(boost::json::object const& o,
                                      std::string_view name) noexcept {
  boost::json::value const* const v = o.if_contains({name.data(), name.size()});
  return v == nullptr || v->is_null() ? nullptr : v;
}

inline boost::json::object const* find_object(boost::json::object const& o,
                                              std::string_view name) noexcept {
  boost::json::value const* const v = find(o, name);
  return v == nullptr ? nullptr : v->if_object();
}

inline boost::json::array const* find_array(boost::json::object const& o,
                                            std::string_view name) noexcept {
  boost::json::value const* const v = find(o, name);
  return v == nullptr ? nullptr : v->if_array();
}

/// Any scalar as text: the service writes codes and ids as numbers or as strings.
inline std::string text_of(boost::json::value const& v) {
  if (boost::json::string const* const s = v.if_string()) return std::string{view_of(*s)};
  if (std::int64_t const* const i = v.if_int64()) return std::to_string(*i);
  if (std::uint64_t const* const u = v.if_uint64()) return std::to_string(*u);
  if (bool const* const b = v.if_bool()) return *b ? "true" : "false";
  return boost::json::serialize(v);
}

inline std::string text_at(boost::json::object const& o, std::string_view name) {
  boost::json::value const* const v = find(o, name);
  return v == nullptr ? std::string{} : text_of(*v);
}

inline bool flag_at(boost::json::object const& o, std::string_view name, bool otherwise) noexcept {
  boost::json::value const* const v = find(o, name);
  bool const* const b = v == nullptr ? nullptr : v->if_bool();
  return b == nullptr ? otherwise : *b;
}

/// A whole number that is not negative, also where it is written as text; else `otherwise`.
inline std::uint64_t number_at(boost::json::object const& o,
                               std::string_view name,
                               std::uint64_t otherwise) noexcept {
  boost::json::value const* const v = find(o, name);
  if (v == nullptr) return otherwise;
  if (std::int64_t const* const i = v->if_int64())
    return *i < 0 ? otherwise : static_cast<std::uint64_t>(*i);
  if (std::uint64_t const* const u = v->if_uint64()) return *u;
  return otherwise;
}

/// Parses a whole text with a bound on nesting; nothing if it is not JSON.
inline std::optional<boost::json::value> parse_json(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 32;
  boost::json::error_code failure;
  boost::json::value v = boost::json::parse({text.data(), text.size()}, failure, {}, options);
  if (failure) return std::nullopt;
  return v;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_EXT_DETAIL_JSON_READER_HPP
