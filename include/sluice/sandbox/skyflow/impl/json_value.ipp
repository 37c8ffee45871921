#ifndef SLUICE_SANDBOX_SKYFLOW_IMPL_JSON_VALUE_IPP
#define SLUICE_SANDBOX_SKYFLOW_IMPL_JSON_VALUE_IPP

#include <sluice/sandbox/detail/replies.hpp>
#include <sluice/sandbox/skyflow/detail/api_error.hpp>
#include <sluice/sandbox/skyflow/detail/json_value.hpp>

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <utility>

namespace sluice::inline v0::sandbox::skyflow::detail {

namespace json_impl {

/// Builds a `json_value` from the parser's events. An event that answers false ends the parse.
class builder {
 public:
  using code = boost::system::error_code;
  static constexpr std::size_t max_object_size = json_limits::max_values;
  static constexpr std::size_t max_array_size = json_limits::max_values;
  static constexpr std::size_t max_key_size = std::size_t{1} << 16;
  static constexpr std::size_t max_string_size = std::size_t{1} << 30;

  json_value root;
  std::string problem;

  bool on_document_begin(code&) { return true; }

  bool on_document_end(code&) { return true; }

  bool on_object_begin(code& e) { return open(json_value::form::object, e); }

  bool on_object_end(std::size_t, code& e) {
    // Sorted copies of views: a comparison of each pair of keys would be quadratic.
    auto const& keys = open_.back()->keys;
    std::vector<std::string_view> sorted(keys.begin(), keys.end());
    std::sort(sorted.begin(), sorted.end());
    auto const twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end()) return stop("duplicate key \"" + std::string(*twice) + '"', e);
    open_.pop_back();
    return true;
  }

  bool on_array_begin(code& e) { return open(json_value::form::array, e); }

  bool on_array_end(std::size_t, code&) {
    open_.pop_back();
    return true;
  }

  bool on_key_part(boost::json::string_view part, std::size_t, code&) { return collect(part); }

  bool on_key(boost::json::string_view part, std::size_t, code&) {
    collect(part);
    open_.back()->keys.push_back(std::exchange(text_, {}));
    return true;
  }

  bool on_string_part(boost::json::string_view part, std::size_t, code&) { return collect(part); }

  bool on_string(boost::json::string_view part, std::size_t, code& e) {
    collect(part);
    return scalar(json_value::form::string, e);
  }

  bool on_number_part(boost::json::string_view part, code&) { return collect(part); }

  bool on_int64(std::int64_t, boost::json::string_view part, code& e) {
    collect(part);
    return scalar(json_value::form::integer, e);
  }

  bool on_uint64(std::uint64_t, boost::json::string_view part, code& e) {
    collect(part);
    return scalar(json_value::form::integer, e);
  }

  bool on_double(double, boost::json::string_view part, code& e) {
    collect(part);
    return scalar(json_value::form::real, e);
  }

  bool on_bool(bool value, code& e) {
    if (!scalar(json_value::form::boolean, e)) return false;
    last_->flag = value;
    return true;
  }

  bool on_null(code& e) { return scalar(json_value::form::null, e); }

  bool on_comment_part(boost::json::string_view, code&) { return true; }

  bool on_comment(boost::json::string_view, code&) { return true; }

 private:
  bool collect(boost::json::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool stop(std::string why, code& e) {
    problem = std::move(why);
    e = boost::json::make_error_code(boost::json::error::extra_data);
    return false;
  }

  /// A place for the next value; parents do not move while their children are open.
  bool place(code& e) {
    if (++values_ > json_limits::max_values) return stop("too many values", e);
    last_ = open_.empty() ? &root : &open_.back()->items.emplace_back();
    return true;
  }

  bool open(json_value::form is, code& e) {
    if (!place(e)) return false;
    last_->is = is;
    open_.push_back(last_);
    return true;
  }

  bool scalar(json_value::form is, code& e) {
    if (!place(e)) return false;
    last_->is = is;
    last_->text = std::exchange(text_, {});
    return true;
  }

  std::vector<json_value*> open_;
  json_value* last_ = nullptr;
  std::string text_;
  std::size_t values_ = 0;
};

}  // namespace json_impl

json_value const* json_value::find(std::string_view key) const noexcept {
  auto const at = std::find(keys.begin(), keys.end(), key);
  if (at == keys.end()) return nullptr;
  auto const& value = items[static_cast<std::size_t>(at - keys.begin())];
  return value.is_null() ? nullptr : &value;
}

json_value parse_json(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = json_limits::max_depth;
  boost::json::basic_parser<json_impl::builder> parser(options);
  boost::system::error_code error;
  std::size_t const used = parser.write_some(false, text.data(), text.size(), error);
  if (!error && used < text.size()) error = boost::json::error::extra_data;
  if (error) {
    auto const& problem = parser.handler().problem;
    refuse_argument("invalid JSON: " + (problem.empty() ? error.message() : problem) + " at byte " +
                    std::to_string(used));
  }
  return std::move(parser.handler().root);
}

void append_json(std::string& out, json_value const& value) {
  switch (value.is) {
    case json_value::form::null:
      out += "null";
      return;
    case json_value::form::boolean:
      out += value.flag ? "true" : "false";
      return;
    case json_value::form::integer:
    case json_value::form::real:
      out += value.text;
      return;
    case json_value::form::string:
      sandbox::detail::append_json(out, value.text);
      return;
    case json_value::form::array:
      out.push_back('[');
      for (auto const& item : value.items) {
        if (&item != value.items.data()) out.push_back(',');
        append_json(out, item);
      }
      out.push_back(']');
      return;
    case json_value::form::object:
      out.push_back('{');
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        if (i > 0) out.push_back(',');
        sandbox::detail::append_json(out, value.keys[i]);
        out.push_back(':');
        append_json(out, value.items[i]);
      }
      out.push_back('}');
      return;
  }
}

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_IMPL_JSON_VALUE_IPP
