#ifndef SLUICE_SKYFLOW_IMPL_PROTOCOL_IPP
#define SLUICE_SKYFLOW_IMPL_PROTOCOL_IPP

#include <sluice/auth/digest.hpp>
#include <sluice/ext/detail/json_reader.hpp>
#include <sluice/skyflow/detail/all_stored.hpp>
#include <sluice/skyflow/protocol.hpp>

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::skyflow {

namespace detail {

namespace json = boost::json;
using sluice::detail::json_reader::find;
using sluice::detail::json_reader::find_array;
using sluice::detail::json_reader::find_object;
using sluice::detail::json_reader::number_at;
using sluice::detail::json_reader::parse_json;
using sluice::detail::json_reader::text_at;
using sluice::detail::json_reader::text_of;
using sluice::detail::json_reader::view_of;

inline error malformed(std::string_view what) {
  return error{sluice::errc::malformed_reply,
               "the reply " + std::string{what} +
                   "; check that the URL is a vault's and that no proxy answers in its place",
               disposition::retryable};
}

/// A status, 0 if it is none.
inline int status_at(json::object const& o, std::string_view name) noexcept {
  std::uint64_t const n = number_at(o, name, 0);
  return n >= 100 && n <= 999 ? static_cast<int>(n) : 0;
}

// A few kilobytes of message are plenty; what is kept is cut down further.
inline std::string message_of(json::value const& v) {
  constexpr std::size_t longest = 2'000;
  return text_of(v).substr(0, longest);
}

/// An error in any of its shapes: text, or an object with a message and codes.
inline void read_error(json::value const& e, refusal& into) {
  json::object const* const o = e.if_object();
  if (o == nullptr) {
    into.message = message_of(e);
    return;
  }
  if (json::value const* const message = find(*o, "message")) into.message = message_of(*message);
  std::uint64_t const grpc = number_at(*o, "grpc_code", number_at(*o, "code", 0));
  into.grpc_code = grpc <= 99 ? static_cast<int>(grpc) : 0;
}

inline void read_tokens(json::value const& tokens, std::vector<returned_token>& into) {
  json::object const* const o = tokens.if_object();
  if (o == nullptr) return;
  for (auto const& [key, value] : *o) {
    std::string const column{key.data(), key.size()};
    if (json::array const* const groups = value.if_array()) {
      for (json::value const& one : *groups)
        if (json::object const* const group = one.if_object())
          into.push_back(
              {column, text_at(*group, "tokenGroupName"), secret{text_at(*group, "token")}});
    } else if (!value.is_null()) {
      into.push_back({column, {}, secret{text_of(value)}});
    }
  }
}

/// The one record of a list that must hold one; null otherwise.
inline json::object const* only_record(json::object const& o) noexcept {
  json::array const* const records = find_array(o, "records");
  if (records == nullptr || records->size() != 1) return nullptr;
  return records->front().if_object();
}

/// A record that says what its id is.
inline bool read_stored(json::object const& record, keep what, record_result& into) {
  json::value const* id = find(record, "skyflow_id");
  if (id == nullptr) id = find(record, "skyflowID");
  if (id == nullptr || !id->is_string() || id->get_string().empty()) return false;
  if (what == keep::outcome) return true;
  into.skyflow_id = secret{view_of(id->get_string())};
  if (json::value const* const tokens = find(record, "tokens")) read_tokens(*tokens, into.tokens);
  return true;
}

/// One item of a batch endpoint's answer: `Status` and `Body`, or `records` alone.
inline bool read_response(json::object const& item, keep what, record_result& into) {
  json::object const* body = find_object(item, "Body");
  json::value const* const status = find(item, "Status");
  into.why.status = status == nullptr ? 200 : status_at(item, "Status");
  if (into.why.status == 0) return false;
  if (!into.stored()) {
    if (json::value const* const e = body == nullptr ? nullptr : find(*body, "error"))
      read_error(*e, into.why);
    return true;
  }
  json::object const* const record = only_record(body == nullptr ? item : *body);
  return record != nullptr && read_stored(*record, what, into);
}

/// One record of an answer: with an id alone, or FlowVault's with `httpCode` and `error`.
inline bool read_record(json::object const& item, keep what, record_result& into) {
  json::value const* const e = find(item, "error");
  bool const has_code = find(item, "httpCode") != nullptr;
  into.why.status = has_code ? status_at(item, "httpCode") : e == nullptr ? 200 : 400;
  if (into.why.status == 0) return false;
  // A code of success beside an error: the error counts.
  if (e != nullptr && into.stored()) into.why.status = 400;
  if (e != nullptr) read_error(*e, into.why);
  return !into.stored() || read_stored(item, what, into);
}

inline void read_fields(json::object const& fields, vault_row& into) {
  for (auto const& [key, value] : fields) {
    std::string column{key.data(), key.size()};
    if (column == "skyflow_id" || column == "skyflowID") {
      into.skyflow_id = text_of(value);
      continue;
    }
    std::string text = json::serialize(value);
    into.fields.push_back({std::move(column), secret::take(text)});
  }
}

}  // namespace detail

SLUICE_DECL result<std::vector<record_result>> parse_insert_reply(std::string_view body,
                                                                  std::size_t rows,
                                                                  keep what) {
  if (what == keep::outcome && detail::all_stored(body, rows)) {
    std::vector<record_result> all(rows);
    for (record_result& r : all) r.why.status = 200;
    return all;
  }
  // Holds the values of all but odd answers, in one allocation.
  detail::json::monotonic_resource memory{3 * body.size() + 1};
  std::optional<detail::json::value> const parsed = detail::parse_json(body, &memory);
  if (!parsed) return detail::malformed("is not JSON");
  detail::json::object const* const root = parsed->if_object();
  if (root == nullptr) return detail::malformed("is not an object");
  detail::json::array const* const responses = detail::find_array(*root, "responses");
  detail::json::array const* const records =
      responses != nullptr ? responses : detail::find_array(*root, "records");
  if (records == nullptr) return detail::malformed("accounts for no record");
  if (records->size() != rows)
    return detail::malformed("accounts for more or fewer records than were sent");
  std::vector<record_result> all(rows);
  for (std::size_t i = 0; i != rows; ++i) {
    detail::json::object const* const item = (*records)[i].if_object();
    bool const read =
        item != nullptr && (responses != nullptr ? detail::read_response(*item, what, all[i])
                                                 : detail::read_record(*item, what, all[i]));
    if (!read) return detail::malformed("says neither that a record was stored nor why not");
  }
  return all;
}

SLUICE_DECL refusal parse_refusal(int status, std::string_view body) {
  refusal r;
  r.status = status;
  std::optional<detail::json::value> const parsed = detail::parse_json(body);
  detail::json::object const* const root = parsed ? parsed->if_object() : nullptr;
  if (root == nullptr) return r;
  if (detail::json::value const* const e = detail::find(*root, "error"))
    detail::read_error(*e, r);
  else if (detail::find(*root, "message") != nullptr && detail::find(*root, "code") != nullptr)
    detail::read_error(*parsed, r);
  return r;
}

SLUICE_DECL result<std::vector<vault_row>> parse_rows(std::string_view body) {
  std::optional<detail::json::value> const parsed = detail::parse_json(body);
  detail::json::object const* const root = parsed ? parsed->if_object() : nullptr;
  detail::json::array const* const records =
      root == nullptr ? nullptr : detail::find_array(*root, "records");
  if (records == nullptr) return detail::malformed("has no rows");
  std::vector<vault_row> rows;
  rows.reserve(records->size());
  for (detail::json::value const& item : *records) {
    detail::json::object const* const record = item.if_object();
    if (record == nullptr) return detail::malformed("has a row that is no object");
    vault_row row;
    if (detail::json::value const* const id = detail::find(*record, "skyflowID"))
      row.skyflow_id = detail::text_of(*id);
    detail::json::object const* fields = detail::find_object(*record, "fields");
    if (fields == nullptr) fields = detail::find_object(*record, "data");
    if (fields != nullptr) detail::read_fields(*fields, row);
    if (detail::json::value const* const tokens = detail::find(*record, "tokens"))
      detail::read_tokens(*tokens, row.tokens);
    rows.push_back(std::move(row));
  }
  return rows;
}

SLUICE_DECL result<std::vector<detokenized>> parse_detokenized(std::string_view body,
                                                               std::size_t count) {
  std::optional<detail::json::value> const parsed = detail::parse_json(body);
  detail::json::object const* const root = parsed ? parsed->if_object() : nullptr;
  detail::json::array const* records =
      root == nullptr ? nullptr : detail::find_array(*root, "records");
  if (records == nullptr && root != nullptr) records = detail::find_array(*root, "response");
  if (records == nullptr || records->size() != count)
    return detail::malformed("does not answer for every token");
  std::vector<detokenized> all(count);
  for (std::size_t i = 0; i != count; ++i) {
    detail::json::object const* const item = (*records)[i].if_object();
    if (item == nullptr) return detail::malformed("has a value that is no object");
    detokenized& d = all[i];
    d.why.status =
        detail::find(*item, "httpCode") != nullptr ? detail::status_at(*item, "httpCode") : 200;
    detail::json::value const* const e = detail::find(*item, "error");
    if (e != nullptr) detail::read_error(*e, d.why);
    if (e != nullptr && d.found()) d.why.status = 404;
    detail::json::value const* const value = item->if_contains("value");
    if (d.found() && value == nullptr) return detail::malformed("has a token without a value");
    if (!d.found()) continue;
    std::string text = value->is_null() ? std::string{"null"} : detail::text_of(*value);
    d.value = secret::take(text);
  }
  return all;
}

SLUICE_DECL result<std::size_t> parse_deleted(std::string_view body) {
  std::optional<detail::json::value> const parsed = detail::parse_json(body);
  detail::json::object const* const root = parsed ? parsed->if_object() : nullptr;
  if (root == nullptr) return detail::malformed("is not an object");
  if (detail::json::array const* const ids = detail::find_array(*root, "RecordIDResponse"))
    return ids->size();
  detail::json::array const* const records = detail::find_array(*root, "records");
  if (records == nullptr) return detail::malformed("does not say what was deleted");
  std::size_t deleted = 0;
  for (detail::json::value const& item : *records) {
    detail::json::object const* const record = item.if_object();
    if (record == nullptr) return detail::malformed("has a row that is no object");
    int const status =
        detail::find(*record, "httpCode") != nullptr ? detail::status_at(*record, "httpCode") : 200;
    if (detail::find(*record, "error") == nullptr && status >= 200 && status < 300) ++deleted;
  }
  return deleted;
}

SLUICE_DECL result<secret> parse_token_reply(std::string_view body) {
  std::optional<detail::json::value> parsed = detail::parse_json(body);
  detail::json::object const* const root = parsed ? parsed->if_object() : nullptr;
  detail::json::value const* const token =
      root == nullptr ? nullptr : detail::find(*root, "accessToken");
  detail::json::string const* const text = token == nullptr ? nullptr : token->if_string();
  if (text == nullptr || text->empty()) return detail::malformed("holds no access token");
  // It will stand in a header.
  for (char const c : detail::view_of(*text))
    if (c <= ' ' || c == '\x7f') return detail::malformed("holds an access token with a space");
  return secret{detail::view_of(*text)};
}

}  // namespace sluice::inline v0::skyflow

#endif  // SLUICE_SKYFLOW_IMPL_PROTOCOL_IPP
