#ifndef SLUICE_SANDBOX_SNOWPIPE_DETAIL_CHANNELS_HPP
#define SLUICE_SANDBOX_SNOWPIPE_DETAIL_CHANNELS_HPP

#include <sluice/sandbox/detail/service.hpp>
#include <sluice/sandbox/snowpipe/detail/rates.hpp>
#include <sluice/sandbox/snowpipe/detail/tokens.hpp>
#include <sluice/sandbox/snowpipe/options.hpp>
#include <sluice/sandbox/snowpipe/streaming.hpp>
#include <sluice/sandbox/sql/pipe_session.hpp>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::inline v0::sandbox::snowpipe {

/// A refusal in the service's words.
struct refused {
  int status = 400;
  std::string code;
  std::string message;
  std::optional<std::int64_t> retry_after_seconds{};
};

/// One append request that has been accepted.
struct rowset {
  std::shared_ptr<std::string const> lines;  ///< NDJSON, decoded
  std::string hash;                          ///< of everything that a replay must repeat
  std::string offset_lower;
  std::optional<std::string> offset_upper;
  std::int64_t client_sequencer = 0;
  std::int64_t row_sequencer = 0;
  std::chrono::system_clock::time_point accepted{};
  std::chrono::milliseconds lag{0};
};

/// What a status reply says about a channel.
struct channel_view {
  sql::pipe_description pipe;
  std::string name;
  std::string status_code;
  std::optional<std::string> offset_token;
  std::int64_t created_ms = 0;
  std::int64_t rows_parsed = 0;
  std::int64_t rows_inserted = 0;
  std::int64_t rows_errors = 0;
  std::optional<std::string> last_error_offset;
  std::optional<std::string> last_error_message;
  std::int64_t last_error_ms = 0;  ///< 0: no error yet
  std::int64_t latency_ms = 0;
};

using found_pipe = std::variant<sql::pipe_description, sql::pipe_absence>;

/// Named channels: sequencers, buffered rowsets, and the engine that commits them.
///
/// A rowset waits in memory until its lag is over; then its rows, the channel's token and its
/// counters go into SQLite in one transaction. A server that was killed comes back with every
/// channel invalid, because it cannot know what was buffered; one that was stopped commits first.
/// Thread safety: every member may be called from several threads.
class channel_table final {
 public:
  channel_table(detail::service& s, sql::pipe_session& pipes, std::string seal_key);
  ~channel_table();
  channel_table(channel_table const&) = delete;
  channel_table& operator=(channel_table const&) = delete;

  struct open_request {
    std::string name;
    std::optional<std::string> offset_token;
    bool guarded = false;  ///< refuse while rows are not committed
  };

  struct opened {
    std::string continuation;
    channel_view status;
  };

  std::variant<opened, refused> open(sql::pipe_description const& pipe,
                                     open_request const& request);

  struct append_request {
    std::string name;
    std::string continuation;
    std::string offset_lower;
    std::optional<std::string> offset_upper;
    std::string lines;
  };

  /// The next continuation token. `names` are those of the request, for a pipe that is gone.
  std::variant<std::string, refused> append(found_pipe const& pipe,
                                            std::tuple<std::string, std::string, std::string> names,
                                            append_request request,
                                            detail::fault_gate& gate);

  std::optional<refused> drop(sql::pipe_description const& pipe,
                              std::string_view name,
                              bool guarded);

  /// Nothing if there is no such channel; the name is compared as it was written at the open.
  std::optional<channel_view> status(found_pipe const& pipe,
                                     std::tuple<std::string, std::string, std::string> names,
                                     std::string_view name);
  /// Whether any channel of a pipe of this name is known.
  bool knows(std::tuple<std::string, std::string, std::string> const& names) const;

  /// Keeps rows of an elastic append: durable when it returns.
  void append_elastic(sql::pipe_description const& pipe, std::string lines);
  /// The pipe's elastic channel, which is always there and has no token.
  channel_view elastic_status(sql::pipe_description const& pipe);

  void commit_now();
  std::size_t uncommitted() const;
  streaming_counts counts() const;
  std::vector<committed_rowset> committed();
  bool invalidate(std::string_view name, std::string_view code);
  bool expire(std::string_view name);
  /// Forgets channels, rowsets and counters.
  void reset();

  /// Commits what has been accepted and ends the engine. Idempotent.
  void stop();

 private:
  using time_point = std::chrono::system_clock::time_point;
  /// Database, schema, pipe and channel, the last one in stored form.
  using key = std::tuple<std::string, std::string, std::string, std::string>;
  /// What SQLite keeps a channel under: pipe and name as written at the first open.
  using stored_key = std::pair<std::int64_t, std::string>;

  struct channel {
    sql::pipe_description pipe;  ///< as of the last open
    std::string name;            ///< as written at the first open
    std::int64_t incarnation = 0;
    std::int64_t client_sequencer = 0;
    std::int64_t next_row = 0;
    std::string invalid;  ///< status code; empty: healthy
    std::optional<std::string> token;
    std::int64_t created_ms = 0;
    std::int64_t touched_ms = 0;  ///< of the creation or the last ingestion
    std::int64_t rows_parsed = 0;
    std::int64_t rows_inserted = 0;
    std::int64_t rows_errors = 0;
    std::optional<std::string> last_error_offset;
    std::optional<std::string> last_error_message;
    std::int64_t last_error_ms = 0;
    std::int64_t latency_ms = 0;
    std::deque<rowset> buffered;
    std::size_t in_flight = 0;  ///< of the buffered ones, from the front
    /// Of the accepted rowsets since the open; shared, because commits copy channels.
    std::shared_ptr<std::vector<std::string>> hashes = std::make_shared<std::vector<std::string>>();
    std::deque<std::optional<std::string>> earlier_tokens;
    std::optional<token_bucket> requests;
    std::optional<token_bucket> bytes;
  };

  /// What one commit is to do, and what it did.
  struct commit_job {
    key of;
    sql::pipe_description pipe;
    std::vector<rowset> rowsets;
    bool invalidate_after = false;
  };

  // channels.ipp
  std::int64_t now_ms() const;
  bool idle(channel const& c) const;
  void expire_idle();
  key key_of(sql::pipe_description const& pipe, std::string_view name) const;
  channel* find(key const& k);
  channel_view view(channel const& c) const;
  void discard(channel& c);
  void make_invalid(channel& c, std::string_view code);
  void judge(channel& c, found_pipe const& pipe);
  std::optional<refused> throttle(channel& c, std::size_t bytes);
  std::variant<std::string, refused> accept(channel& c,
                                            append_request request,
                                            detail::fault_gate& gate);
  std::string sealed(channel const& c) const;

  // commits.ipp
  void load();
  void save(sql::pipe_transaction& to, channel const& c);
  static void erase(sql::pipe_transaction& to, stored_key const& of);
  void forget(channel const& c);
  void run(std::stop_token stop);
  bool commit_round(bool everything);
  std::optional<commit_job> next_job(key const& k, channel& c, bool everything);
  bool commit(commit_job const& job);
  bool commit_elastic(bool everything);
  sql::row_spoiler spoiler(std::string_view name);

  detail::service& service_;
  snowpipe_options const& options_;
  sql::pipe_session& pipes_;
  continuation_seal seal_;

  std::mutex work_;           ///< held by whatever writes to SQLite; taken before `state_`
  mutable std::mutex state_;  ///< for what follows
  std::map<key, channel> channels_;
  std::vector<stored_key> expired_;  ///< gone from `channels_` and still in SQLite
  streaming_counts counts_;
  std::size_t elastic_waiting_ = 0;
  bool stopped_ = false;
  std::condition_variable_any wake_;
  std::jthread engine_;
};

}  // namespace sluice::inline v0::sandbox::snowpipe

#endif  // SLUICE_SANDBOX_SNOWPIPE_DETAIL_CHANNELS_HPP
