#ifndef SLUICE_SANDBOX_SKYFLOW_IMPL_OPTIONS_IPP
#define SLUICE_SANDBOX_SKYFLOW_IMPL_OPTIONS_IPP

#include <sluice/sandbox/detail/replies.hpp>
#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/skyflow/detail/api_error.hpp>
#include <sluice/sandbox/skyflow/detail/json_value.hpp>
#include <sluice/sandbox/skyflow/options.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <stdexcept>

namespace sluice::inline v0::sandbox::skyflow {

namespace options_impl {

using detail::json_value;
using sandbox::detail::json_text;

struct policy_name {
  token_policy policy;
  std::string_view name;
};

constexpr std::array<policy_name, 6> policies{{
    {token_policy::deterministic_uuid, "DETERMINISTIC_UUID"},
    {token_policy::non_deterministic_uuid, "NON_DETERMINISTIC_UUID"},
    {token_policy::non_deterministic_uuid, "RANDOM_TOKEN"},
    {token_policy::deterministic_fpt, "DETERMINISTIC_FPT"},
    {token_policy::format_preserving, "FORMAT_PRESERVING_TOKEN"},
    {token_policy::transient_uuid, "NON_DETERMINISTIC_TRANSIENT_UUID"},
}};

constexpr std::array<std::string_view, 8> datatypes{"DT_STRING",
                                                    "DT_INT32",
                                                    "DT_FLOAT32",
                                                    "DT_BOOL",
                                                    "DT_DATE",
                                                    "DT_DATETIME",
                                                    "DT_TIME",
                                                    "DT_FILE"};

[[noreturn]] inline void wrong(std::string const& what) {
  throw std::invalid_argument("vault schema: " + what);
}

inline std::string member_text(json_value const& object, std::string_view key) {
  auto const* value = object.find(key);
  if (value == nullptr) return {};
  if (!value->is_string()) wrong(std::string(key) + " is no string");
  return value->text;
}

inline json_value const& member_list(json_value const& object, std::string_view key) {
  static json_value const nothing;
  auto const* value = object.find(key);
  if (value == nullptr) return nothing;
  if (!value->is_array()) wrong(std::string(key) + " is no array");
  return *value;
}

inline void require_name(std::string_view name, std::string_view what) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_-";
  if (name.empty() || name.find_first_not_of(allowed) != std::string_view::npos) {
    wrong(fmt::format("{} '{}' has other characters than a-z, 0-9, _ and -", what, name));
  }
}

inline void apply_configuration(column& c, std::string_view value) {
  if (value == "UNIQUE" || value == "PRIMARY_KEY") c.unique = true;
  if (value == "NOT_NULL" || value == "PRIMARY_KEY") c.not_null = true;
  if (value == "NULLABLE") c.not_null = false;
}

inline void apply_tag(column& c, std::string_view tag, std::string const& value) {
  if (tag == "skyflow.options.default_token_policy") {
    auto const known = std::find_if(
        policies.begin(), policies.end(), [&](policy_name const& p) { return p.name == value; });
    if (known == policies.end()) wrong("unknown token policy '" + value + "'");
    c.tokens = known->policy;
  } else if (tag == "skyflow.options.format_preserving_regex") {
    c.format_preserving_regex = value;
  } else if (tag == "skyflow.options.configuration_tags") {
    apply_configuration(c, value);
  } else if (tag == "skyflow.validation.regular_exp") {
    c.regular_exp = value;
  } else if (tag == "skyflow.options.default_dlp_policy") {
    c.shown = value == "REDACT" ? redaction::redact
              : value == "MASK" ? redaction::mask
                                : redaction::plain_text;
  } else if (tag == "skyflow.options.find_pattern") {
    c.mask_find = value;
  } else if (tag == "skyflow.options.replace_pattern") {
    c.mask_replace = value;
  } else if (tag == "skyflow.options.column_group") {
    c.column_group = value;
  } else if (tag == "skyflow.options.ttl") {
    auto const minutes = sandbox::detail::to_integer(value);
    if (!minutes || *minutes < 1 || *minutes > 20'160) wrong("ttl is not from 1 to 20160 minutes");
    c.ttl = std::chrono::minutes(*minutes);
  } else if (tag == "sluice.token_regular_exp") {
    c.token_regular_exp = value;
  }
}

inline column parse_column(json_value const& field) {
  column out;
  out.name = member_text(field, "name");
  require_name(out.name, "field");
  if (out.name == "skyflow_id") wrong("skyflow_id is in every table by itself");
  if (auto const type = member_text(field, "datatype"); !type.empty()) out.datatype = type;
  if (std::find(datatypes.begin(), datatypes.end(), out.datatype) == datatypes.end()) {
    wrong("unknown datatype '" + out.datatype + "'");
  }
  auto const* array = field.find("isArray");
  out.is_array = array != nullptr && array->flag;
  for (auto const& tag : member_list(field, "tags").items) {
    auto const name = member_text(tag, "name");
    for (auto const& value : member_list(tag, "values").items) apply_tag(out, name, value.text);
  }
  return out;
}

inline void append_tag(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += fmt::format(
      R"({}{{"name":"{}","values":[{}]}})", out.ends_with('}') ? "," : "", name, json_text(value));
}

inline std::string column_json(column const& c) {
  std::string tags;
  for (auto const& p : policies) {
    if (p.policy == c.tokens && p.name != "RANDOM_TOKEN") {
      append_tag(tags, "skyflow.options.default_token_policy", p.name);
    }
  }
  append_tag(tags, "skyflow.options.format_preserving_regex", c.format_preserving_regex);
  append_tag(tags, "skyflow.options.configuration_tags", c.unique ? "UNIQUE" : "");
  append_tag(tags, "skyflow.options.configuration_tags", c.not_null ? "NOT_NULL" : "");
  append_tag(tags, "skyflow.validation.regular_exp", c.regular_exp);
  append_tag(tags,
             "skyflow.options.default_dlp_policy",
             c.shown == redaction::redact ? "REDACT"
             : c.shown == redaction::mask ? "MASK"
                                          : "PLAIN_TEXT");
  append_tag(tags, "skyflow.options.find_pattern", c.mask_find);
  append_tag(tags, "skyflow.options.replace_pattern", c.mask_replace);
  append_tag(tags, "skyflow.options.column_group", c.column_group);
  append_tag(tags, "skyflow.options.ttl", std::to_string(c.ttl.count()));
  append_tag(tags, "sluice.token_regular_exp", c.token_regular_exp);
  return fmt::format(R"({{"name":{},"datatype":"{}","isArray":{},"tags":[{}]}})",
                     json_text(c.name),
                     c.datatype,
                     c.is_array,
                     tags);
}

inline table single(std::string const& name) {
  return {.name = name, .columns = {{.name = name, .tokens = token_policy::deterministic_uuid}}};
}

}  // namespace options_impl

vault parse_vault(std::string_view text) {
  using namespace options_impl;
  json_value document;
  try {
    document = detail::parse_json(text);
  } catch (detail::api_error const& e) {
    wrong(e.message);
  }
  vault out;
  out.id = member_text(document, "vaultID");
  out.name = member_text(document, "name");
  if (out.id.empty()) wrong("vaultID is missing");
  require_name(out.id, "vaultID");
  auto const* schema = document.find("vaultSchema");
  if (schema == nullptr || !schema->is_object()) wrong("vaultSchema is missing");
  for (auto const& entry : member_list(*schema, "schemas").items) {
    auto& made = out.tables.emplace_back();
    made.name = member_text(entry, "name");
    require_name(made.name, "table");
    if (made.name == "tokens") wrong("a table named tokens is the vault's own");
    bool const twice = std::any_of(out.tables.begin(), std::prev(out.tables.end()), [&](auto& t) {
      return t.name == made.name;
    });
    if (twice) wrong("table '" + made.name + "' comes twice");
    for (auto const& field : member_list(entry, "fields").items) {
      auto column = parse_column(field);
      for (auto const& other : made.columns) {
        if (other.name == column.name) wrong("field '" + column.name + "' comes twice");
      }
      made.columns.push_back(std::move(column));
    }
    if (made.columns.empty()) wrong("table '" + made.name + "' has no fields");
  }
  if (out.tables.empty()) wrong("there is no table");
  return out;
}

std::string to_json(vault const& v) {
  std::string schemas;
  for (auto const& t : v.tables) {
    std::string fields;
    for (auto const& c : t.columns) {
      if (!fields.empty()) fields.push_back(',');
      fields += options_impl::column_json(c);
    }
    if (!schemas.empty()) schemas.push_back(',');
    schemas +=
        fmt::format(R"({{"name":{},"fields":[{}]}})", sandbox::detail::json_text(t.name), fields);
  }
  return fmt::format(R"({{"vaultID":{},"name":{},"vaultSchema":{{"schemas":[{}]}}}})",
                     sandbox::detail::json_text(v.id),
                     sandbox::detail::json_text(v.name),
                     schemas);
}

vault default_vault() {
  using options_impl::single;
  table persons{.name = "persons",
                .columns = {
                    {.name = "name", .tokens = token_policy::non_deterministic_uuid},
                    {.name = "email", .unique = true, .tokens = token_policy::deterministic_uuid},
                    {.name = "ssn",
                     .not_null = true,
                     .tokens = token_policy::deterministic_uuid,
                     .regular_exp = "^[0-9]{3}-[0-9]{2}-[0-9]{4}$",
                     .shown = redaction::mask,
                     .mask_find = "^[0-9]{3}-[0-9]{2}-",
                     .mask_replace = "***-**-"},
                    {.name = "card",
                     .tokens = token_policy::deterministic_fpt,
                     .format_preserving_regex = "^[0-9]{12}([0-9]{4})$",
                     .shown = redaction::redact},
                    {.name = "birth", .datatype = "DT_DATE"},
                    {.name = "age", .datatype = "DT_INT32"},
                    {.name = "score", .datatype = "DT_FLOAT32"},
                    {.name = "active", .datatype = "DT_BOOL"},
                    {.name = "tags", .is_array = true},
                }};
  table flights{.name = "flights",
                .columns = {
                    {.name = "date", .datatype = "DT_DATETIME"},
                    {.name = "delay", .datatype = "DT_INT32"},
                    {.name = "distance", .datatype = "DT_INT32"},
                    {.name = "origin", .tokens = token_policy::deterministic_uuid},
                    {.name = "destination"},
                }};
  return {.id = "sluicevault0000000000000001",
          .name = "sluice",
          .tables = {std::move(persons),
                     single("full_name"),
                     single("id"),
                     single("dob"),
                     single("ssn"),
                     std::move(flights)}};
}

}  // namespace sluice::inline v0::sandbox::skyflow

#endif  // SLUICE_SANDBOX_SKYFLOW_IMPL_OPTIONS_IPP
