#ifndef SLUICE_SNOWPIPE_STREAMING_CONFIG_HPP
#define SLUICE_SNOWPIPE_STREAMING_CONFIG_HPP

#include <sluice/config.hpp>
#include <sluice/destination/rejected_rows.hpp>
#include <sluice/snowpipe/connection.hpp>
#include <sluice/transport/retry.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace sluice::inline v0::snowpipe {

/// Numbers of the service. Source: "Snowpipe Streaming: limitations and considerations" and "REST
/// API endpoints", read 2026.
struct streaming_limits {
  /// 4 MB of a body as sent, after compression; whether 10^6 or 2^20 is not said.
  static constexpr std::uint64_t body_bytes = 4'000'000;
  /// A VARIANT value ends at 128 MB; what fits a body is known only once it is compressed.
  static constexpr std::uint64_t row_bytes = 128ull << 20;
  /// 10 appends a second and channel.
  static constexpr double requests_per_second = 10;
  /// 20 MB a second and channel, before compression.
  static constexpr double bytes_per_second = 20'000'000;
  /// 2,000 named channels a pipe.
  static constexpr std::size_t channels_per_pipe = 2'000;
  /// "Identifier requirements".
  static constexpr std::size_t identifier_bytes = 255;
  /// A channel that gets no rows for so long is deleted, its offset token with it.
  static constexpr std::chrono::days channel_memory{30};
};

/// What to do when a channel holds an offset token that is not of the source that is streamed.
enum class foreign_token_rule : std::uint8_t {
  refuse,      ///< errc::foreign_token: the name of the channel or of the source is wrong
  start_over,  ///< the source starts at its beginning, as if the channel were new
  adopt        ///< the number in the token counts as a position of this source
};

/// Run-time values of `streaming`.
struct streaming_config {
  snowpipe::connection connection = {};
  std::string table = {};  ///< in stored spelling, in `connection`'s database and schema
  std::string pipe = {};   ///< with the option `pipe<>` only; else the table's default pipe is used
  /// A-Z, 0-9 and _ , not beginning with a digit; unless the option `channel_name<"...">` names it.
  /// One writer at a time: who opens it next ends the one before.
  std::string channel = {};

  std::string channel_suffix = {};  ///< `_K3` behind the name, for one of several channels

  /// Which source the positions count: [A-Za-z0-9_.-], at most 64, the same whenever that source is
  /// read again. It stands in every offset token, and is what a restart resumes by. Empty: the
  /// run's id, which only a journal keeps; then nothing is resumed.
  std::string source = {};
  foreign_token_rule on_foreign_token = foreign_token_rule::refuse;

  /// Of one rowset; each attempt sends the same bytes under the same continuation token.
  retry_policy append_retry{64,
                            std::chrono::milliseconds{300'000},
                            std::chrono::milliseconds{250},
                            std::chrono::milliseconds{1'000},
                            std::chrono::milliseconds{10'000}};
  retry_policy open_retry{64,
                          std::chrono::milliseconds{120'000},
                          std::chrono::milliseconds{250},
                          std::chrono::milliseconds{2'000},
                          std::chrono::milliseconds{8'000}};
  double requests_per_second = streaming_limits::requests_per_second;  ///< 0: no limit
  double bytes_per_second = streaming_limits::bytes_per_second;        ///< 0: no limit

  milliseconds poll_interval{1'000};  ///< between two looks at the committed token
  /// How long an open waits for rows that are accepted but not committed; then they are given up
  /// at the service and sent again.
  milliseconds guard_for{120'000};
  /// No progress of the committed token for so long, although rows wait for it, is a defect of the
  /// channel: it is opened again. The service commits within 5 to 10 s.
  milliseconds stall_after{60'000};
  std::size_t most_reopens = 8;     ///< in a row, without a row committed in between
  milliseconds table_wait{10'000};  ///< for a table or pipe that was made just before
  bool drop_channel = false;        ///< at the end of the load; the channel forgets its token

  /// Asked before a channel is opened again: false ends the session with errc::fenced. Null: yes.
  std::function<bool()> still_owner = {};
  /// Where refused rows can be read; null: the whole range of tokens goes to the dead letters.
  rejected_rows_reader rejected_rows = {};
};

/// What the options of `streaming` say.
struct streaming_names {
  std::string prefix = {};  ///< of offset tokens
  bool own_pipe = false;    ///< `config.pipe` is to be used
};

}  // namespace sluice::inline v0::snowpipe

#endif  // SLUICE_SNOWPIPE_STREAMING_CONFIG_HPP
