#ifndef SLUICE_TESTS_UNIT_SANDBOX_SNOWPIPE_STREAMER_HPP
#define SLUICE_TESTS_UNIT_SANDBOX_SNOWPIPE_STREAMER_HPP

#include "unit/sandbox/plain_client.hpp"

#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/sandbox.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A Snowpipe Streaming client reduced to its requests.
namespace streaming_test {

namespace sandbox = sluice::sandbox;
namespace json = boost::json;

struct reply {
  int status = 0;  ///< 0: the connection ended without an answer
  std::string head;
  std::string body;
  bool complete = false;
  bool reset = false;  ///< the connection ended with RST

  json::object object() const { return json::parse(body).as_object(); }

  /// The text member of this name; empty if there is none.
  std::string text(std::string_view name) const {
    boost::system::error_code wrong;
    auto const value = json::parse(body, wrong);
    if (wrong || !value.is_object()) return {};
    auto const* member = value.as_object().if_contains(name);
    return member != nullptr && member->is_string() ? json::value_to<std::string>(*member)
                                                    : std::string{};
  }

  std::string code() const { return text("code"); }

  std::string token() const { return text("next_continuation_token"); }

  json::object status_of_channel() const { return object().at("channel_status").as_object(); }
};

/// Joins chunks; false if the last one is missing.
inline bool join_chunks(std::string_view framed, std::string& out) {
  for (;;) {
    auto const line = framed.find("\r\n");
    if (line == std::string_view::npos) return false;
    auto const size = std::stoull(std::string(framed.substr(0, line)), nullptr, 16);
    framed.remove_prefix(line + 2);
    if (size == 0) return true;
    if (framed.size() < size + 2) return false;
    out.append(framed.substr(0, size));
    framed.remove_prefix(size + 2);
  }
}

/// One exchange on a connection of its own.
inline reply send(std::uint16_t port,
                  std::string const& method,
                  std::string const& target,
                  std::string const& body,
                  plain_client::headers more,
                  std::string const& host = "127.0.0.1") {
  std::string text =
      method + ' ' + target + " HTTP/1.1\r\nHost: " + host + ':' + std::to_string(port) +
      "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  for (auto const& [name, value] : more) text += name + ": " + value + "\r\n";
  auto const raw = plain_client::send_text(port, text + "\r\n" + body);
  reply out;
  out.status = raw.status;
  out.head = raw.head;
  out.reset = raw.reset;
  if (raw.head.find("Transfer-Encoding: chunked") != std::string::npos) {
    out.complete = join_chunks(raw.body, out.body);
  } else {
    out.body = raw.body;
    out.complete = raw.complete;
  }
  return out;
}

inline constexpr auto oauth_token = "loader-oauth-token";
inline constexpr auto exchange_form =
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&scope=127.0.0.1";

/// Options under which nothing is committed until a test says so, and no rate is limited.
inline sandbox::options quiet_options() {
  sandbox::options out;
  out.snowpipe.commit_lag = std::chrono::hours(1);
  out.snowpipe.file_lag = std::chrono::hours(1);
  out.snowpipe.scoped_token_validity = std::chrono::hours(10'000);
  out.snowpipe.requests_per_second = 1e9;
  out.snowpipe.bytes_per_second = 1e15;
  return out;
}

class streamer {
 public:
  explicit streamer(sandbox::server& box, std::string pipe = "T-STREAMING")
      : box_(box), pipe_(std::move(pipe)) {
    auto const granted = exchange(exchange_form, oauth_token);
    scoped = granted.body;
  }

  reply exchange(std::string const& form, std::string const& credential) const {
    plain_client::headers headers{{"Accept", "application/json"},
                                  {"Content-Type", "application/x-www-form-urlencoded"}};
    if (!credential.empty()) headers.emplace_back("Authorization", "Bearer " + credential);
    return send(box_.where().account_port, "POST", "/oauth/token", form, headers);
  }

  reply call(std::string const& method,
             std::string const& target,
             std::string const& body,
             plain_client::headers more = {}) const {
    more.emplace_back("Accept", "application/json");
    more.emplace_back("Authorization", "Bearer " + scoped);
    return send(box_.where().ingest_port, method, target, body, more, host);
  }

  reply open(std::string const& channel, std::string const& body = "{}") const {
    return call("PUT",
                "/v2/streaming/" + path() + "/channels/" + channel + "?requestId=r1",
                body,
                {{"Content-Type", "application/json"}});
  }

  std::string append_target(std::string const& channel,
                            std::string const& token,
                            std::string const& lower,
                            std::string const& upper) const {
    using sluice::sandbox::detail::percent_encoded;
    std::string out = "/v2/streaming/data/" + path() + "/channels/" + channel +
                      "/rows?continuationToken=" + percent_encoded(token);
    if (!lower.empty()) out += "&startOffsetToken=" + percent_encoded(lower);
    if (!upper.empty()) out += "&endOffsetToken=" + percent_encoded(upper);
    return out;
  }

  reply append(std::string const& channel,
               std::string const& token,
               std::string const& rows,
               std::string const& lower = {},
               std::string const& upper = {},
               plain_client::headers more = {}) const {
    more.emplace_back("Content-Type", "application/x-ndjson");
    return call("POST", append_target(channel, token, lower, upper), rows, more);
  }

  reply drop(std::string const& channel, std::string const& body = {}) const {
    return call("DELETE", "/v2/streaming/" + path() + "/channels/" + channel, body);
  }

  reply bulk(std::vector<std::string> const& channels) const {
    json::array names;
    for (auto const& c : channels) names.emplace_back(c);
    return call("POST",
                "/v2/streaming/" + path() + ":bulk-channel-status",
                json::serialize(json::object{{"channel_names", names}}),
                {{"Content-Type", "application/json"}});
  }

  /// The status of one channel by bulk call; empty if it is missing.
  json::object status(std::string const& channel) const {
    auto const all = bulk({channel}).object().at("channel_statuses").as_object();
    auto const* one = all.if_contains(channel);
    return one != nullptr ? one->as_object() : json::object{};
  }

  std::string committed_token(std::string const& channel) const {
    auto const s = status(channel);
    auto const& token = s.at("last_committed_offset_token");
    return token.is_string() ? json::value_to<std::string>(token) : std::string("<null>");
  }

  std::string path() const {
    return "databases/" + database + "/schemas/" + schema + "/pipes/" + pipe_;
  }

  std::string scoped;
  std::string host = "127.0.0.1";  ///< of the Host header
  std::string database = "SANDBOX";
  std::string schema = "PUBLIC";

 private:
  sandbox::server& box_;
  std::string pipe_;
};

/// Runs one statement for its effect, as a user of the account.
inline std::string sql(sandbox::server& box, std::string const& text) {
  static std::uint64_t numbers = 0;
  auto const login = plain_client::send(
      box.where().account_port,
      "POST",
      "/session/v1/login-request?requestId=l" + std::to_string(++numbers),
      R"({"data":{"ACCOUNT_NAME":"sluice-sandbox","LOGIN_NAME":"loader","PASSWORD":"loader-password"}})");
  auto const token = plain_client::member(login.body, "token");
  auto const done =
      plain_client::send(box.where().account_port,
                         "POST",
                         "/queries/v1/query-request?requestId=q" + std::to_string(numbers),
                         json::serialize(json::object{{"sqlText", text}}),
                         {{"Authorization", "Snowflake Token=\"" + token + '"'}});
  return done.body;
}

inline bool succeeded(std::string const& body) {
  return body.find("\"success\":true") != std::string::npos;
}

/// A sandbox with the table that most tests use.
struct fixture {
  explicit fixture(sandbox::options o = quiet_options(),
                   std::string const& ddl = "create table T (ID number(38,0), NAME varchar(20))")
      : box(std::move(o)) {
    made = sql(box, ddl);
  }

  sandbox::server box;
  std::string made;
};

}  // namespace streaming_test

#endif  // SLUICE_TESTS_UNIT_SANDBOX_SNOWPIPE_STREAMER_HPP
