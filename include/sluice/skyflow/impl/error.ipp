#ifndef SLUICE_SKYFLOW_IMPL_ERROR_IPP
#define SLUICE_SKYFLOW_IMPL_ERROR_IPP

#include <sluice/skyflow/error.hpp>
#include <sluice/transport/retry.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::skyflow {

namespace detail {

class skyflow_error_category final : public std::error_category {
 public:
  [[nodiscard]] char const* name() const noexcept override { return "skyflow"; }

  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::ok:
        return "success";
      case errc::unauthorized:
        return "credential refused";
      case errc::forbidden:
        return "not allowed";
      case errc::not_found:
        return "vault, table or row not found";
      case errc::refused:
        return "records refused";
      case errc::throttled:
        return "too many requests";
      case errc::service_failure:
        return "failure inside the service";
      case errc::unexpected_status:
        return "unexpected HTTP status";
    }
    return "unknown error";
  }
};

// The words of the messages that the service is known to send (READMEs and tests of its SDKs), and
// what else such messages are made of. Lower case, sorted.
inline constexpr std::array<std::string_view, 117> vocabulary{
    "a",        "access",  "already",    "an",           "and",         "api",        "are",
    "array",    "at",      "authorized", "batch",        "be",          "bearer",     "body",
    "by",       "byot",    "cannot",     "client",       "column",      "columns",    "constraint",
    "could",    "couldn",  "data",       "date",         "denied",      "does",       "duplicate",
    "empty",    "error",   "exceeded",   "exceeds",      "exist",       "existing",   "exists",
    "expected", "expired", "failed",     "field",        "fields",      "find",       "for",
    "format",   "found",   "group",      "has",          "have",        "id",         "in",
    "inactive", "insert",  "inserting",  "internal",     "invalid",     "is",         "issued",
    "json",     "key",     "large",      "length",       "limit",       "load",       "many",
    "match",    "maximum", "method",     "missing",      "mode",        "must",       "name",
    "no",       "not",     "null",       "number",       "object",      "of",         "on",
    "only",     "or",      "permission", "policy",       "present",     "previously", "quota",
    "rate",     "record",  "records",    "request",      "required",    "returns",    "role",
    "schema",   "service", "size",       "specify",      "string",      "t",          "table",
    "than",     "the",     "this",       "to",           "token",       "tokenize",   "tokens",
    "too",      "type",    "unable",     "unauthorized", "unavailable", "unique",     "unknown",
    "upsert",   "valid",   "value",      "vault",        "violation"};

static_assert(std::is_sorted(vocabulary.begin(), vocabulary.end()));

inline bool is_word_part(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || static_cast<unsigned char>(c) >= 0x80;
}

inline bool is_known_word(std::string_view word, std::string_view names) {
  std::string lower{word};
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (std::binary_search(vocabulary.begin(), vocabulary.end(), std::string_view{lower}))
    return true;
  while (!names.empty()) {
    std::size_t const space = std::min(names.find(' '), names.size());
    if (word == names.substr(0, space)) return true;
    names.remove_prefix(std::min(space + 1, names.size()));
  }
  return false;
}

inline std::string_view remedy_for(errc code, verdict::kind what) noexcept {
  if (what == verdict::kind::too_large) return "send fewer or smaller records in one request";
  switch (code) {
    case errc::unauthorized:
      return "check that the credential belongs to this account, is active and has not expired";
    case errc::forbidden:
      return "give the role of the service account the policy for this vault and table";
    case errc::not_found:
      return "check the vault URL, the vault id and the name of the table";
    case errc::refused:
      return "see the vault's schema: column names, types, unique columns, and whether it takes "
             "tokens of your own";
    case errc::throttled:
      return "the service asks for fewer requests: lower the concurrency";
    case errc::service_failure:
      return "the service has a passing problem: try again";
    default:
      return "check the vault URL, and that no proxy answers in its place";
  }
}

}  // namespace detail

SLUICE_DECL std::error_category const& skyflow_category() noexcept {
  static detail::skyflow_error_category const category;
  return category;
}

SLUICE_DECL std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), skyflow_category()};
}

SLUICE_DECL verdict classify(refusal const& answer) noexcept {
  using kind = verdict::kind;
  constexpr auto permanent = disposition::permanent;
  constexpr auto retryable = disposition::retryable;
  constexpr auto throttled = disposition::throttled;
  switch (answer.status) {
    case 200:
    case 201:
    case 207:
      return {kind::done, errc::ok, permanent};
    case 400:
    case 409:
    case 422:
      return {kind::refused, errc::refused, permanent};
    case 401:
      return {kind::renew, errc::unauthorized, permanent};
    case 403:
      return {kind::denied, errc::forbidden, permanent};
    case 404:
      return {kind::denied, errc::not_found, permanent};
    case 408:
    case 504:
      return {kind::unknown, errc::service_failure, retryable};
    case 413:
      return {kind::too_large, errc::refused, permanent};
    case 425:
      return {kind::again, errc::service_failure, retryable};
    case 429:
    case 529:
      return {kind::again, errc::throttled, throttled};
    case 501:
    case 505:
      return {kind::denied, errc::unexpected_status, permanent};
    case 503:
      return {kind::unknown, errc::service_failure, throttled};
    default:
      break;
  }
  if (answer.status >= 500 && answer.status <= 599)
    return {kind::unknown, errc::service_failure, retryable};
  return {kind::denied, errc::unexpected_status, permanent};
}

SLUICE_DECL verdict classify_record(refusal const& answer) noexcept {
  verdict v = classify(answer);
  if (v.what == verdict::kind::unknown && answer.status != 408 && answer.status != 504)
    v.what = verdict::kind::again;
  return v;
}

SLUICE_DECL std::string without_values(std::string_view message, std::string_view names) {
  constexpr std::size_t longest = 500;
  constexpr std::string_view hidden = "...";
  std::string text;
  bool hid = false;
  while (!message.empty() && text.size() < longest) {
    std::size_t size = 0;
    while (size != message.size() && detail::is_word_part(message[size])) ++size;
    if (size == 0) {
      // Between words only what sentences have: a value may be all punctuation.
      char const c = message.front();
      message.remove_prefix(1);
      if (c == '.' || c == ',' || c == ':' || c == ';') {
        text += c;
        hid = false;
      } else if (!hid && !text.empty() && text.back() != ' ') {
        text += ' ';
      }
      continue;
    }
    std::string_view const word = message.substr(0, size);
    message.remove_prefix(size);
    if (detail::is_known_word(word, names)) {
      if (std::exchange(hid, false)) text += ' ';
      text += word;
    } else if (!std::exchange(hid, true)) {
      text += hidden;
    }
  }
  return text;
}

SLUICE_DECL error service_error(std::string_view doing,
                                verdict const& how,
                                refusal const& why,
                                std::string_view names) {
  std::string text{doing};
  text += ": ";
  std::string const words = without_values(why.message, names);
  text += words.empty() ? "HTTP status " + std::to_string(why.status) : words;
  text += "; ";
  text += detail::remedy_for(how.code, how.what);
  error e{make_error_code(how.code), how.after, std::move(text)};
  e.service_code = std::to_string(why.status);
  if (why.grpc_code != 0) e.service_code += "/grpc " + std::to_string(why.grpc_code);
  return e;
}

SLUICE_DECL std::chrono::milliseconds wanted_wait(response const& answer,
                                                  std::chrono::system_clock::time_point now,
                                                  std::chrono::milliseconds cap) {
  using std::chrono::milliseconds;
  auto const number = [&](std::string_view name) -> std::optional<std::int64_t> {
    std::string_view const value = answer.header_value(name);
    std::int64_t n = 0;
    auto const [stop, failure] = std::from_chars(value.data(), value.data() + value.size(), n);
    if (value.empty() || failure != std::errc{} || stop != value.data() + value.size())
      return std::nullopt;
    return n;
  };
  auto const bounded = [&](milliseconds wait) { return std::clamp(wait, milliseconds{0}, cap); };
  if (auto const ms = number("retry-after-ms"))
    return bounded(milliseconds{std::clamp<std::int64_t>(*ms, 0, cap.count())});
  if (auto const wait = parse_retry_after(answer.header_value("Retry-After"), now))
    return bounded(*wait);
  if (auto const reset = number("X-RateLimit-Reset")) {
    std::int64_t const now_s =
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    std::int64_t const most_s = cap.count() / 1000;
    if (*reset <= now_s) return milliseconds{0};
    return bounded(std::chrono::seconds{std::min(*reset - now_s, most_s)});
  }
  return milliseconds{0};
}

SLUICE_DECL std::string request_id_of(response const& answer) {
  constexpr std::size_t longest = 128;
  std::string id{answer.header_value("x-request-id").substr(0, longest)};
  for (char& c : id)
    if (c < '!' || c > '~') c = '?';
  return id;
}

}  // namespace sluice::inline v0::skyflow

#endif  // SLUICE_SKYFLOW_IMPL_ERROR_IPP
