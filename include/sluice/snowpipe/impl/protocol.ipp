#ifndef SLUICE_SNOWPIPE_IMPL_PROTOCOL_IPP
#define SLUICE_SNOWPIPE_IMPL_PROTOCOL_IPP

#include <sluice/auth/jwt.hpp>
#include <sluice/ext/detail/json_reader.hpp>
#include <sluice/snowpipe/connection.hpp>
#include <sluice/snowpipe/protocol.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::snowpipe {

namespace detail {

namespace reader = sluice::detail::json_reader;

// What the service sends is far shorter; what is longer comes from somebody else.
inline constexpr std::size_t longest_host = 253 + 6;
inline constexpr std::size_t longest_token = 16u << 10;

inline error malformed(std::string_view what) {
  return error{sluice::errc::malformed_reply,
               "the reply " + std::string{what} +
                   "; check the account, and that no proxy answers in the service's place",
               disposition::retryable};
}

inline std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r\n";
  std::size_t const first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// The text itself, the string it quotes, or that member of the object it is.
inline std::string bare_text(std::string_view body, std::string_view member) {
  body = trimmed(body);
  if (!body.starts_with('{') && !body.starts_with('"')) return std::string{body};
  std::optional<boost::json::value> const parsed = reader::parse_json(body);
  if (!parsed) return {};
  if (boost::json::string const* const s = parsed->if_string())
    return std::string{reader::view_of(*s)};
  boost::json::object const* const o = parsed->if_object();
  boost::json::value const* const v = o == nullptr ? nullptr : reader::find(*o, member);
  boost::json::string const* const s = v == nullptr ? nullptr : v->if_string();
  return s == nullptr ? std::string{} : std::string{reader::view_of(*s)};
}

constexpr bool is_visible(char c) noexcept {
  return c > 0x20 && c < 0x7f;
}

/// A continuation token, or nothing.
inline std::optional<std::string> continuation_of(boost::json::object const& o) {
  boost::json::value const* const v = reader::find(o, "next_continuation_token");
  boost::json::string const* const s = v == nullptr ? nullptr : v->if_string();
  if (s == nullptr || s->empty() || s->size() > longest_token) return std::nullopt;
  return std::string{reader::view_of(*s)};
}

/// A counter; the service writes null for none so far.
inline std::optional<std::uint64_t> count_at(boost::json::object const& o, std::string_view name) {
  boost::json::value const* const v = o.if_contains({name.data(), name.size()});
  if (v != nullptr && v->is_null()) return 0;
  return reader::number_at(o, name);
}

/// Nothing: it counts neither what was inserted nor what was refused.
inline std::optional<channel_status> status_of(boost::json::object const& o) {
  channel_status s;
  s.code = reader::text_at(o, "channel_status_code");
  std::string token = reader::text_at(o, "last_committed_offset_token");
  if (!token.empty()) s.committed = std::move(token);
  s.rows_inserted = reader::number_at(o, "rows_inserted");
  // Open answers and pages on errors say one, the schema of bulk answers the other.
  s.rows_refused = count_at(o, o.contains("rows_error_count") ? "rows_error_count" : "rows_errors");
  if (!s.rows_inserted && !s.rows_refused) return std::nullopt;
  s.last_error_bound = reader::text_at(o, "last_error_offset_upper_bound");
  s.last_error_message = reader::text_at(o, "last_error_message");
  return s;
}

constexpr std::array reopen_codes{
    std::string_view{"STALE_CONTINUATION_TOKEN_SEQUENCER"},
    std::string_view{"STALE_PIPE_CACHE"},
    std::string_view{"ERR_CHANNEL_HAS_INVALID_ROW_SEQUENCER"},
    std::string_view{"ERR_CHANNEL_HAS_INVALID_CLIENT_SEQUENCER"},
    std::string_view{"ERR_CHANNEL_MUST_BE_REOPENED"},
    std::string_view{"ERR_CHANNEL_MUST_BE_REOPENED_DUE_TO_ROW_SEQ_GAP"},
    std::string_view{"ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED"}};

}  // namespace detail

SLUICE_DECL result<std::string> parse_hostname(std::string_view body) {
  std::string host = detail::bare_text(body, "hostname");
  if (host.empty() || host.size() > detail::longest_host)
    return detail::malformed("names no ingest host");
  for (char& c : host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = '-';
    bool const good =
        (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
    if (!good) return detail::malformed("names an ingest host with characters no host has");
  }
  if (host.front() == '.' || host.front() == ':' || host.back() == ':' ||
      std::count(host.begin(), host.end(), ':') > 1)
    return detail::malformed("names an ingest host that is none");
  return host;
}

SLUICE_DECL result<bearer_grant> parse_scoped_token(std::string_view body,
                                                    std::chrono::system_clock::time_point now) {
  std::string text = detail::bare_text(body, "token");
  bool const good = !text.empty() && text.size() <= detail::longest_token &&
                    std::all_of(text.begin(), text.end(), detail::is_visible);
  if (!good) {
    wipe(text);
    return detail::malformed("holds no token");
  }
  bearer_grant t;
  t.expires_at = jwt_expiry(text, now + login_limits::scoped_token_life);
  t.token = secret::take(text);
  return t;
}

SLUICE_DECL result<open_reply> parse_open_reply(std::string_view body) {
  std::optional<boost::json::value> const parsed = detail::reader::parse_json(body);
  boost::json::object const* const o = parsed ? parsed->if_object() : nullptr;
  if (o == nullptr) return detail::malformed("to an open is not a JSON object");
  std::optional<std::string> token = detail::continuation_of(*o);
  boost::json::object const* const status = detail::reader::find_object(*o, "channel_status");
  if (!token || status == nullptr)
    return detail::malformed("to an open lacks the continuation token or the channel's status");
  std::optional<channel_status> read = detail::status_of(*status);
  if (!read) return detail::malformed("to an open does not count the channel's rows");
  return open_reply{*std::move(token), *std::move(read)};
}

SLUICE_DECL result<std::string> parse_append_reply(std::string_view body) {
  std::optional<boost::json::value> const parsed = detail::reader::parse_json(body);
  boost::json::object const* const o = parsed ? parsed->if_object() : nullptr;
  if (o == nullptr) return detail::malformed("to an append is not a JSON object");
  std::optional<std::string> token = detail::continuation_of(*o);
  if (!token) return detail::malformed("to an append lacks the continuation token");
  return *std::move(token);
}

SLUICE_DECL result<void> check_elastic_reply(std::string_view body) {
  std::optional<boost::json::value> const parsed = detail::reader::parse_json(body);
  if (!parsed || !parsed->is_object())
    return detail::malformed("to an elastic append is not a JSON object");
  return success;
}

SLUICE_DECL result<std::optional<channel_status>> parse_status_reply(std::string_view body,
                                                                     std::string_view channel) {
  std::optional<boost::json::value> const parsed = detail::reader::parse_json(body);
  boost::json::object const* const o = parsed ? parsed->if_object() : nullptr;
  boost::json::object const* const all =
      o == nullptr ? nullptr : detail::reader::find_object(*o, "channel_statuses");
  if (all == nullptr) return detail::malformed("to a status request lacks the statuses");
  boost::json::object const* const one = detail::reader::find_object(*all, channel);
  if (one == nullptr) return std::optional<channel_status>{};
  std::optional<channel_status> read = detail::status_of(*one);
  if (!read) return detail::malformed("to a status request does not count the channel's rows");
  return read;
}

SLUICE_DECL refusal parse_refusal(std::string_view body) {
  constexpr std::size_t most = 64u << 10;
  std::optional<boost::json::value> const parsed = detail::reader::parse_json(body.substr(0, most));
  boost::json::object const* const o = parsed ? parsed->if_object() : nullptr;
  if (o == nullptr) return {};
  refusal why{detail::reader::text_at(*o, "code"), detail::reader::text_at(*o, "message")};
  constexpr std::size_t longest_code = 128;
  if (why.code.size() > longest_code) why.code.resize(longest_code);
  return why;
}

SLUICE_DECL outcome classify(operation what, int status, std::string_view code) noexcept {
  if (status == 200 || status == 201) return outcome::success;
  bool const in_channel = what == operation::append || what == operation::status;
  for (std::string_view const reopens : detail::reopen_codes)
    if (code == reopens) {
      if (what == operation::drop) return outcome::success;
      return in_channel ? outcome::reopen : outcome::retry;
    }
  if (code == "ERR_CHANNEL_HAS_UNCOMMITTED_DATA") return outcome::uncommitted;
  if (code.starts_with("ERR_PIPE_") || code.starts_with("ERR_TABLE_") ||
      code == "ERR_CHANNEL_LIMIT_EXCEEDED_FOR_PIPE")
    return outcome::failed;
  switch (status) {
    case 401:
    case 403:  // scoped tokens can be invalidated at the service
      return outcome::renew;
    case 404:
      if (what == operation::drop) return outcome::success;
      return in_channel ? outcome::reopen : outcome::failed;
    case 408:
      return outcome::retry;
    case 409:
      return in_channel ? outcome::reopen : outcome::retry;
    case 410:
      return outcome::moved;
    case 413:
      return outcome::too_large;
    case 429:
      return outcome::throttled;
    default:
      return status >= 500 ? outcome::retry : outcome::failed;
  }
}

}  // namespace sluice::inline v0::snowpipe

#endif  // SLUICE_SNOWPIPE_IMPL_PROTOCOL_IPP
