#ifndef SLUICE_TESTS_UNIT_SNOWPIPE_SCRIPTED_PIPE_HPP
#define SLUICE_TESTS_UNIT_SNOWPIPE_SCRIPTED_PIPE_HPP

#include <sluice/compress/codec_stream.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/snowpipe/streaming.hpp>
#include <sluice/test/destination_laws.hpp>
#include <sluice/test/manual_clock.hpp>
#include <sluice/test/scripted_wire.hpp>
#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/transport/url.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scripted {

namespace sp = sluice::snowpipe;
using sluice::test::scripted_reply;
using sluice::test::seen_request;

struct event {
  std::int64_t id = 0;
  std::string name;
};

inline scripted_reply reply(int status, std::string body) {
  scripted_reply r;
  r.status = status;
  r.body = std::move(body);
  return r;
}

inline scripted_reply refusal(int status, std::string_view code) {
  return reply(status, R"({"code":")" + std::string{code} + R"(","message":"no"})");
}

inline scripted_reply broken() {
  scripted_reply r;
  r.failure = sluice::error{
      sluice::errc::send_receive, "the connection broke", sluice::disposition::retryable};
  return r;
}

/// Value of a parameter in the query string of `url`, decoded; empty if absent.
inline std::string parameter(std::string_view url, std::string_view name) {
  std::string const key = std::string{name} + '=';
  for (std::size_t at = url.find('?'); at != std::string_view::npos; at = url.find('&', at + 1)) {
    std::string_view const rest = url.substr(at + 1);
    if (rest.starts_with(key))
      return sluice::percent_decode(rest.substr(key.size(), rest.find('&') - key.size())).value();
  }
  return {};
}

inline std::string header(seen_request const& r, std::string_view name) {
  return std::string{sluice::find_header(r.headers, name)};
}

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The service, reduced to what its rules say about one channel: continuation tokens, a buffer that
/// commits after a lag, counters. Every row that it writes is remembered with its number of times.
struct pipe_model {
  // What tests order.
  sluice::milliseconds lag{5'000};
  bool commits = true;
  std::function<bool(std::string_view)> is_bad;
  /// Answers in place of the service, which then sees nothing; `n` counts all requests from 1.
  std::function<std::optional<scripted_reply>(seen_request const&, std::size_t n)> instead;
  /// Changes the answer of a request that was carried out.
  std::function<void(seen_request const&, std::size_t n, scripted_reply&)> afterwards;
  bool json_logins = false;
  int token_life_s = 600;
  std::size_t body_limit = 4'000'000;

  // What it holds.
  std::map<std::string, int> table;
  std::optional<std::string> committed;
  std::uint64_t inserted = 0;
  std::uint64_t refused = 0;
  std::string error_bound;
  std::uint64_t client = 0;  ///< 0: there is no channel
  std::uint64_t row = 0;
  bool valid = true;

  struct held {
    std::vector<std::string> rows;
    std::string end_token;
    sluice::steady_time at;
  };

  std::deque<held> buffer;
  std::map<std::string, std::string> bodies;  ///< of accepted rowsets, by continuation token
  std::size_t reused = 0;                     ///< tokens that came with another body
  std::size_t requests = 0;
  std::size_t logins = 0;
  std::size_t opens = 0;
  std::size_t appends = 0;
  std::size_t looks = 0;

  std::shared_ptr<sluice::test::manual_clock> clock =
      std::make_shared<sluice::test::manual_clock>(sluice::test::manual_clock::mode::automatic);

  scripted_reply answer(seen_request const& r) {
    std::size_t const n = ++requests;
    if (instead)
      if (auto ordered = instead(r, n)) return *std::move(ordered);
    scripted_reply given = serve(r);
    if (afterwards) afterwards(r, n, given);
    return given;
  }

  /// What a commit of everything in the buffer does.
  void commit_all() {
    while (!buffer.empty()) commit_front();
  }

  /// The service throws the channel's continuation and its buffer away.
  void invalidate() {
    valid = false;
    buffer.clear();
  }

  void drop() {
    invalidate();
    committed.reset();
    inserted = refused = 0;
    error_bound.clear();
    client = 0;
  }

  [[nodiscard]] std::uint64_t doubled() const {
    std::uint64_t n = 0;
    for (auto const& [text, times] : table) n += times > 1;
    return n;
  }

 private:
  [[nodiscard]] std::string token() const {
    return "c/" + std::to_string(client) + "+r=" + std::to_string(row);
  }

  void commit_front() {
    held const one = std::move(buffer.front());
    buffer.pop_front();
    bool bad = false;
    for (std::string const& text : one.rows) {
      if (is_bad && is_bad(text)) {
        ++refused;
        bad = true;
      } else {
        ++inserted;
        ++table[text];
      }
    }
    committed = one.end_token;
    if (bad) error_bound = one.end_token;
  }

  void let_time_pass() {
    while (commits && !buffer.empty() && buffer.front().at + lag <= clock->now()) commit_front();
  }

  [[nodiscard]] std::string status(std::string_view code, bool bulk) const {
    auto const text = [](std::string const& s) { return s.empty() ? "null" : '"' + s + '"'; };
    return R"({"channel_status_code":")" + std::string{code} +
           R"(","last_committed_offset_token":)" + (committed ? text(*committed) : "null") +
           R"(,"rows_inserted":)" + std::to_string(inserted) + R"(,"rows_parsed":)" +
           std::to_string(inserted + refused) +
           (bulk ? R"(,"rows_errors":)" : R"(,"rows_error_count":)") + std::to_string(refused) +
           R"(,"last_error_offset_upper_bound":)" + text(error_bound) +
           R"(,"last_error_message":"Numeric value 'secret-value' is not recognized"})";
  }

  static std::vector<std::string> lines(seen_request const& r) {
    std::string const encoding = header(r, "Content-Encoding");
    sluice::codec const codec = encoding == "zstd"   ? sluice::codec::zstd
                                : encoding == "gzip" ? sluice::codec::gzip
                                                     : sluice::codec::none;
    auto const text = sluice::decompress(codec, sluice::chunk_list{r.body}, 64u << 20);
    std::vector<std::string> all;
    if (!text) return all;
    std::string_view rest = *text;
    while (!rest.empty()) {
      std::size_t const end = rest.find('\n');
      all.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
    return all;
  }

  scripted_reply serve(seen_request const& r) {
    let_time_pass();
    if (has(r.url, "/v2/streaming/hostname")) {
      return reply(200,
                   json_logins ? R"({"hostname":"AB_C.ingest.snowflakecomputing.com"})"
                               : "AB_C.ingest.snowflakecomputing.com\n");
    }
    if (has(r.url, "/oauth/token")) return login();
    if (header(r, "Authorization") != "Bearer " + scoped()) return refusal(401, "390303");
    if (r.method == sluice::http_method::put) return open(r);
    if (r.method == sluice::http_method::delete_) {
      drop();
      return reply(200, "{}");
    }
    if (has(r.url, ":bulk-channel-status")) {
      ++looks;
      if (client == 0) return reply(200, R"({"channel_statuses":{}})");
      return reply(200,
                   R"({"channel_statuses":{"CH":)" +
                       status(valid ? "SUCCESS" : "ERR_CHANNEL_MUST_BE_REOPENED", true) + "}}");
    }
    return append(r);
  }

  scripted_reply open(seen_request const& r) {
    if (!buffer.empty() && has(r.body, "true"))
      return refusal(409, "ERR_CHANNEL_HAS_UNCOMMITTED_DATA");
    ++opens;
    ++client;
    row = 0;
    valid = true;
    buffer.clear();
    return reply(200,
                 R"({"next_continuation_token":")" + token() + R"(","channel_status":)" +
                     status("SUCCESS", false) + "}");
  }

  scripted_reply append(seen_request const& r) {
    ++appends;
    if (r.body.size() > body_limit) return reply(413, "too large");
    std::string const given = parameter(r.url, "continuationToken");
    if (client == 0) return refusal(404, "ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED");
    std::string const mine = "c/" + std::to_string(client) + "+r=";
    if (!valid || !given.starts_with(mine))
      return refusal(400, "STALE_CONTINUATION_TOKEN_SEQUENCER");
    if (given == token()) {
      bodies[given] = r.body;
      buffer.push_back({lines(r), parameter(r.url, "endOffsetToken"), clock->now()});
      ++row;
    } else if (bodies[given] != r.body) {
      ++reused;
    }
    return reply(200, R"({"next_continuation_token":")" + token() + R"("})");
  }

 public:
  /// The scoped token that counts.
  [[nodiscard]] std::string scoped() const { return jwt_; }

  void revoke() { jwt_ = "revoked"; }

 private:
  scripted_reply login();

  std::string jwt_;
};

inline std::string base64url(std::string_view text) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (char const c : text) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    held += 8;
    while (held >= 6) {
      held -= 6;
      out += digits[(bits >> held) & 63u];
    }
  }
  if (held > 0) out += digits[(bits << (6 - held)) & 63u];
  return out;
}

inline scripted_reply pipe_model::login() {
  ++logins;
  auto const now =
      std::chrono::duration_cast<std::chrono::seconds>(clock->system_now().time_since_epoch())
          .count();
  jwt_ = "h." + base64url(R"({"exp":)" + std::to_string(now + token_life_s) + "}") + ".s" +
         std::to_string(logins);
  return reply(200, json_logins ? R"({"token":")" + jwt_ + R"("})" : jwt_);
}

/// A session of `streaming` in front of the model, driven by the test's own thread.
struct world {
  pipe_model pipe;
  std::shared_ptr<sluice::test::scripted_wire> wire = std::make_shared<sluice::test::scripted_wire>(
      [this](seen_request const& r) { return pipe.answer(r); }, pipe.clock);
  std::vector<std::string> logged;
  sluice::logger log{[this](sluice::log_entry const& e) { logged.emplace_back(e.message); },
                     sluice::log_level::debug};
  std::unique_ptr<sluice::transport> net = make_transport();
  sluice::load_metrics metrics;

  world() = default;
  world(world const&) = delete;
  world& operator=(world const&) = delete;

  static sp::streaming_config config() {
    sp::streaming_config c;
    c.connection.account = "acme-main";
    c.connection.auth = sluice::programmatic_access_token{sluice::secret{"pat-secret"}};
    c.connection.database = "DB";
    c.connection.schema = "SC";
    c.table = "T";
    c.channel = "CH";
    c.source = "src-1";
    return c;
  }

  template<class Destination = sp::streaming<>>
  std::unique_ptr<typename Destination::session> session(
      sp::streaming_config c = config(), sluice::codec codec = sluice::codec::none) {
    environment.reset(new sluice::environment{
        *net, "run-1", rows().columns(), rows().describe(), codec, log, &metrics});
    return std::make_unique<typename Destination::session>(*environment, c);
  }

  template<class T>
  sluice::result<T> run(sluice::task<T> work) {
    return sluice::block_on(*net, std::move(work));
  }

  static sluice::row_format const& rows();

  /// `count` events from `first` on, which are also their positions.
  static sluice::payload events(std::uint64_t first,
                                std::uint64_t count,
                                sluice::codec codec = sluice::codec::none);

  [[nodiscard]] sluice::deadline in(sluice::milliseconds span) const {
    return sluice::deadline{net->now() + span};
  }

  [[nodiscard]] std::vector<seen_request> to(std::string_view part) const {
    std::vector<seen_request> found;
    for (seen_request const& r : wire->requests())
      if (has(r.url, part)) found.push_back(r);
    return found;
  }

  std::unique_ptr<sluice::environment> environment;

 private:
  std::unique_ptr<sluice::transport> make_transport() {
    sluice::transport_options options;
    options.clock = pipe.clock;
    options.wire = wire;
    options.run_thread = false;
    options.worker_threads = 1;
    options.random_seed = 7;
    return std::make_unique<sluice::transport>(std::move(options));
  }
};

}  // namespace scripted

template<>
struct sluice::schema<scripted::event>
    : sluice::columns<scripted::event,
                      sluice::column<"ID", &scripted::event::id>,
                      sluice::column<"NAME", &scripted::event::name>> {};

namespace scripted {

inline sluice::row_format const& world::rows() {
  return sluice::encoder_for<sluice::ndjson, event>::rows();
}

inline sluice::payload world::events(std::uint64_t first,
                                     std::uint64_t count,
                                     sluice::codec codec) {
  std::vector<event> all;
  for (std::uint64_t i = 0; i != count; ++i)
    all.push_back({static_cast<std::int64_t>(first + i), "n" + std::to_string(first + i)});
  return sluice::test::make_payload<event, sluice::ndjson>(
      std::span<event const>{all}, first, first, codec);
}

/// Sends one payload and says what came of it.
template<class Session>
sluice::result<sluice::accepted> send(world& w,
                                      Session& s,
                                      sluice::payload const& p,
                                      sluice::test::recording_ack& verdicts) {
  verdicts.expect(p);
  return w.run(s.send(p, verdicts));
}

/// Ends a session within ten minutes of its clock.
template<class Session>
sluice::result<void> finish(world& w, Session& s) {
  return w.run(s.finish(w.in(sluice::milliseconds{600'000})));
}

}  // namespace scripted

#endif  // SLUICE_TESTS_UNIT_SNOWPIPE_SCRIPTED_PIPE_HPP
