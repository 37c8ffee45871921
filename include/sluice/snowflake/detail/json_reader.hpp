#ifndef SLUICE_SNOWFLAKE_DETAIL_JSON_READER_HPP
#define SLUICE_SNOWFLAKE_DETAIL_JSON_READER_HPP

/// \file
/// Lenient access to a parsed reply. For bodies only: includes Boost.JSON.

#include <sluice/config.hpp>
#include <sluice/ext/detail/json_reader.hpp>
#include <sluice/result.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::snowflake::detail {

namespace json = boost::json;
using sluice::detail::json_reader::find;
using sluice::detail::json_reader::find_array;
using sluice::detail::json_reader::find_object;
using sluice::detail::json_reader::flag_at;
using sluice::detail::json_reader::number_at;
using sluice::detail::json_reader::text_at;
using sluice::detail::json_reader::text_of;
using sluice::detail::json_reader::view_of;

inline std::map<std::string, std::string, std::less<>> parameters_at(json::object const& o) {
  std::map<std::string, std::string, std::less<>> all;
  json::array const* const list = find_array(o, "parameters");
  if (list == nullptr) return all;
  for (json::value const& item : *list) {
    json::object const* const p = item.if_object();
    if (p == nullptr) continue;
    std::string name = text_at(*p, "name");
    if (!name.empty()) all.insert_or_assign(std::move(name), text_at(*p, "value"));
  }
  return all;
}

inline error malformed(std::string what) {
  return error{sluice::errc::malformed_reply,
               "the reply " + what +
                   "; check that the host is a Snowflake account and that no "
                   "proxy answers in its place",
               disposition::retryable};
}

/// Parses a whole text with a bound on nesting.
inline result<json::value> parse_bounded(std::string_view body) {
  std::optional<json::value> v = sluice::detail::json_reader::parse_json(body);
  if (!v) return malformed("is not JSON");
  return *std::move(v);
}

}  // namespace sluice::inline v0::snowflake::detail

#endif  // SLUICE_SNOWFLAKE_DETAIL_JSON_READER_HPP
