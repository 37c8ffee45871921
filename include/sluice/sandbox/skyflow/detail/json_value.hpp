#ifndef SLUICE_SANDBOX_SKYFLOW_DETAIL_JSON_VALUE_HPP
#define SLUICE_SANDBOX_SKYFLOW_DETAIL_JSON_VALUE_HPP

/// \file
/// Request bodies. Numbers keep their digits and equal keys are an error, which rules out a
/// library's own document type; the grammar is the library's.

#include <sluice/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::sandbox::skyflow::detail {

struct json_limits {
  static constexpr std::size_t max_depth = 32;
  static constexpr std::size_t max_values = std::size_t{1} << 20;
};

/// One JSON value.
struct json_value {
  enum class form : std::uint8_t { null, boolean, integer, real, string, array, object };
  form is = form::null;
  bool flag = false;              ///< of a boolean
  std::string text;               ///< of a string, unescaped; of a number, as written
  std::vector<std::string> keys;  ///< of an object, in order
  std::vector<json_value> items;  ///< of an array or object, in order

  bool is_null() const noexcept { return is == form::null; }

  bool is_object() const noexcept { return is == form::object; }

  bool is_array() const noexcept { return is == form::array; }

  bool is_string() const noexcept { return is == form::string; }

  /// The member of this key; null pointer if there is none or its value is null.
  json_value const* find(std::string_view key) const noexcept;
};

/// Parses one complete value.
/// \throws api_error 400 that says what is wrong: grammar, UTF-8, equal keys, depth, too many
/// values
json_value parse_json(std::string_view text);

/// Appends the value as JSON without spaces, keys in order.
void append_json(std::string& out, json_value const& value);

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_DETAIL_JSON_VALUE_HPP
