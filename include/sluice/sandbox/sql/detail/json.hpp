#ifndef SLUICE_SANDBOX_SQL_DETAIL_JSON_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_JSON_HPP

/// \file
/// JSON text as VARIANT values need it: numbers keep all their digits, which rules out a library
/// that reads them as doubles. A stored VARIANT is normalised text: no spaces, keys sorted.

#include <sluice/config.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::sandbox::sql::detail {

struct json_limits {
  static constexpr int max_depth = 500;
};

struct json_options {
  bool allow_duplicate = false;    ///< the last of equal keys wins; otherwise an error
  bool strip_null_values = false;  ///< drop object members and array elements that are null
};

/// Finds the end of the JSON value at the front of `text` (spaces before it skipped).
/// \returns nothing if `text` ends inside the value
/// \throws sql_error 100069 if it cannot be JSON
std::optional<std::size_t> json_value_end(std::string_view text);

/// Normalises one complete JSON value.
/// \throws sql_error 100069 naming what is wrong and where
std::string json_normalized(std::string_view text, json_options const& options = {});

// The rest expects normalised text.

/// The value of a member of an object.
std::optional<std::string_view> json_member(std::string_view object,
                                            std::string_view key,
                                            bool ignore_case = false);
/// The n-th element of an array.
std::optional<std::string_view> json_element(std::string_view array, std::size_t n);

inline bool json_is_string(std::string_view value) {
  return value.starts_with('"');
}

/// Unescaped text of a JSON string.
std::string json_unquoted(std::string_view string);
void append_json_string(std::string& out, std::string_view text);
/// With line breaks and two spaces of indentation, as the service prints semi-structured values.
std::string json_pretty(std::string_view value);

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_JSON_HPP
