#ifndef SLUICE_SNOWPIPE_CHANNEL_HPP
#define SLUICE_SNOWPIPE_CHANNEL_HPP

#include <sluice/config.hpp>
#include <sluice/destination/destination.hpp>
#include <sluice/snowpipe/ingest.hpp>
#include <sluice/snowpipe/offset_token.hpp>
#include <sluice/snowpipe/protocol.hpp>
#include <sluice/snowpipe/requests.hpp>
#include <sluice/snowpipe/streaming_config.hpp>
#include <sluice/transport/cancel.hpp>
#include <sluice/transport/rate_limiter.hpp>
#include <sluice/transport/sync.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::snowpipe {

namespace detail {

/// The rows of one append, frozen: bytes, offset tokens and request id stay together until the
/// service has committed them or a reopen gives them a new continuation token.
struct rowset {
  payload data;
  ack* verdicts = nullptr;
  std::string first_token;
  std::string last_token;
  std::string request_id;
  position first = 0;
  position last = 0;
  std::size_t attempts = 0;  ///< appends so far
  steady_time accepted_at{};
  bool accepted = false;     ///< the service said 200
  bool maybe_taken = false;  ///< an attempt had no answer, and no open has said what became of it
  bool judged = false;       ///< every row has its verdict, or its append has failed
};

using rowset_list = std::vector<std::shared_ptr<rowset>>;

}  // namespace detail

/// A named channel: one ordered, single-writer stream into a pipe.
///
///     closed --open--> open --append: 200--> pending --committed token--> confirmed
///       ^                 |  429, 408, 5xx, broken connection: the same frozen request again
///       '----reopen-------'  stale, 404, 409, 410, bad status, no progress: open again and
///                            send the pending rowsets behind the committed token once more
///
/// A continuation token is never used for two different bodies: the service would drop the second
/// in silence. Whenever it is not known whether an append was taken, the same one is repeated until
/// the service has taken it, or the channel is opened again, which says how far it came: a refusal
/// of the repeat says nothing of the attempt before.
///
/// Memory: the rowsets between acceptance and commit, which the pipeline charges; so a channel
/// moves `memory_limit` / commit lag bytes a second at most. Transport thread only. Shared, because
/// its poll outlives calls.
class channel final : public std::enable_shared_from_this<channel> {
 public:
  channel(environment const& env, streaming_config config, streaming_names names);
  channel(channel const&) = delete;
  channel& operator=(channel const&) = delete;

  /// Opens the channel, waiting for rows that another opening left uncommitted.
  /// Errors: sluice::errc::invalid_configuration; errc::foreign_token, errc::object_missing,
  /// errc::login_refused, errc::too_many_channels (permanent); transport errors after retries.
  [[nodiscard]] task<resume_point> open();

  /// Sends one rowset; ends when the service has accepted it. Where an attempt had no answer, the
  /// channel is opened again: its committed token tells what became of the rows.
  /// Errors: sluice::errc::payload_too_large; sluice::errc::outcome_unknown where that open fails,
  /// too; what broke the channel.
  [[nodiscard]] task<accepted> append(payload const& p, ack& verdicts);

  /// Ends when every rowset that was sent before has its verdicts.
  /// Errors: sluice::errc::deadline; errc::stalled, errc::channel_taken, errc::fenced (permanent).
  [[nodiscard]] task<void> drain(deadline until);

  /// Drains, and drops the channel where the configuration says so.
  [[nodiscard]] task<void> close(deadline until);

  /// See `recoverable_session`.
  [[nodiscard]] task<recovery> recover(in_doubt const& d, ack& verdicts);

  /// The owner goes: nothing of it is used any more.
  void abandon() noexcept;

 private:
  enum class put_result : std::uint8_t { accepted, reopen };

  struct attempt;

  // channel.ipp: rowsets out
  result<void> check_config();
  std::shared_ptr<detail::rowset> freeze(payload const& p, ack& verdicts) const;
  void set_tokens(detail::rowset& r) const;
  task<ingest_answer> ask_until(retry_policy policy, operation what, ingest_call& c);
  task<put_result> put(detail::rowset& r);

  // channel_open.ipp: opening and reopening
  task<open_reply> open_at_service();
  task<void> reopen();
  task<void> replay();
  task<void> split_at(position committed);
  void break_with(error why);
  result<std::optional<position>> position_of(std::optional<std::string> const& token);

  // channel_status.ipp: commits in
  static task<void> poll(std::shared_ptr<channel> self);
  void start_polling();
  task<void> look();
  task<void> mend();
  [[nodiscard]] bool stalled() const;
  task<void> judge(channel_status const& now);
  [[nodiscard]] bool refusals_lie_ahead(channel_status const& now) const;
  std::uint64_t count_missing(channel_status const& now, std::uint64_t rows);
  task<void> judge_refused(detail::rowset_list const& rows,
                           channel_status const& now,
                           std::uint64_t refused);
  void confirm(detail::rowset& r);
  void refuse_range(detail::rowset_list const& rows,
                    std::vector<position> const& known,
                    std::uint64_t refused,
                    channel_status const& now);
  void forget_judged();
  task<void> wait_for(detail::rowset_list rows);

  environment env_;
  streaming_config config_;
  streaming_names const names_;
  std::string const prefix_;
  std::string source_;
  pipe_path at_;
  std::string const name_;
  ingest ingest_;
  rate_limiter requests_;
  rate_limiter bytes_;
  cancel_source cancel_;

  async_mutex turn_;     ///< who sends appends and opens
  async_mutex judging_;  ///< who gives verdicts
  async_condition progressed_;

  std::deque<std::shared_ptr<detail::rowset>> pending_;  ///< in the order of positions
  std::string continuation_;
  std::optional<position> committed_;  ///< of this source
  std::optional<position> last_sent_;
  std::optional<std::string> foreign_;          ///< a token of another source that may still stand
  std::uint64_t refused_rows_ = 0;              ///< the channel's counter as far as accounted for
  std::optional<std::uint64_t> inserted_rows_;  ///< the same
  std::string last_error_bound_;
  std::uint64_t opens_ = 0;
  std::size_t reopens_ = 0;
  steady_time progress_at_{};
  bool needs_open_ = true;
  bool stalled_ = false;
  bool left_open_ = false;  ///< some attempt of the append under way may have been taken
  bool polling_ = false;
  bool closed_ = false;
  std::optional<error> broken_;
};

}  // namespace sluice::inline v0::snowpipe

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowpipe/impl/channel.ipp>
#include <sluice/snowpipe/impl/channel_open.ipp>
#include <sluice/snowpipe/impl/channel_status.ipp>
#endif

#endif  // SLUICE_SNOWPIPE_CHANNEL_HPP
