#ifndef SLUICE_SNOWPIPE_STREAMING_HPP
#define SLUICE_SNOWPIPE_STREAMING_HPP

#include <sluice/batch/batch_policy.hpp>
#include <sluice/compress/compress.hpp>
#include <sluice/config.hpp>
#include <sluice/destination/capabilities.hpp>
#include <sluice/destination/destination.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/meta/fixed_string.hpp>
#include <sluice/schema/diagnosis.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/snowpipe/detail/streaming_options.hpp>
#include <sluice/snowpipe/streaming_config.hpp>
#include <sluice/units.hpp>

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>

namespace sluice::inline v0::snowpipe {

class channel;
class elastic_channel;

/// The part of `streaming` that runs. See `destination_session`; also a `recoverable_session`.
///
/// `send` appends one request of NDJSON and ends when the service has accepted it, which says
/// nothing about its rows. They are confirmed when the committed offset token has passed them and
/// the channel's count of refused rows has not moved; where it has, the table of errors is read if
/// `config.rejected_rows` knows how, else the rows between two tokens become dead letters with the
/// count. What is invalidated, gone or stuck is opened again, and the rows behind the committed
/// token are sent again, each once.
///
/// Errors of `open`, `send`, `flush` and `finish`: see `channel`. Transport thread only, destructor
/// included.
class streaming_session {
 public:
  streaming_session(environment const& env, streaming_config config, streaming_names names);
  streaming_session(streaming_session const&) = delete;
  streaming_session& operator=(streaming_session const&) = delete;
  ~streaming_session();

  [[nodiscard]] task<resume_point> open();
  [[nodiscard]] task<accepted> send(payload const& p, ack& verdicts);
  [[nodiscard]] task<void> flush(deadline until);
  [[nodiscard]] task<void> finish(deadline until);
  [[nodiscard]] task<recovery> recover(in_doubt const& d, ack& verdicts);

 private:
  std::shared_ptr<channel> channel_;
};

/// The same with the option `elastic`: many requests at once, no order, no channel to open. The
/// service says with its answer that the rows are durable, so they are confirmed then; a request
/// that is repeated because its answer was lost may write its rows twice.
class elastic_session {
 public:
  elastic_session(environment const& env, streaming_config config, streaming_names names);
  elastic_session(elastic_session const&) = delete;
  elastic_session& operator=(elastic_session const&) = delete;
  ~elastic_session();

  [[nodiscard]] task<resume_point> open();
  [[nodiscard]] task<accepted> send(payload const& p, ack& verdicts);
  [[nodiscard]] task<void> flush(deadline until);
  [[nodiscard]] task<void> finish(deadline until);

 private:
  std::shared_ptr<elastic_channel> channel_;
};

/// Destination: a table, through a channel of Snowpipe Streaming (high-performance, REST).
///
/// `Options`, each at most once: `pipe<"NAME">` or `pipe<>` (a pipe of your own instead of the
/// table's default pipe `<TABLE>-STREAMING`), `channel_name<"NAME">`, `tokens<"order_">` (what
/// offset tokens begin with), `elastic` (no order, at least once).
///
///     sluice::upload<sluice::snowpipe::streaming<sluice::snowpipe::tokens<"order_">>>
///
/// Several channels into one table: `partitioned`, pipeline/partitioned.hpp.
template<class... Options>
struct streaming {
  static constexpr bool is_elastic = (std::is_same_v<Options, elastic> || ...);

  static constexpr capabilities limits{.formats = {format::ndjson},
                                       .codecs = {codec::none, codec::gzip, codec::zstd},
                                       .max_payload_bytes = streaming_limits::body_bytes,
                                       .max_row_bytes = streaming_limits::row_bytes,
                                       // The next continuation token is only known from the answer.
                                       .max_in_flight = is_elastic ? 8 : 1,
                                       .ordered = !is_elastic};

  template<class Record>
  using checks = all_of<typename detail::streaming_option<Options>::diagnosis...,
                        typename detail::option_repeats<Options...>::type,
                        unique_names_diagnosis<Record, name_case::insensitive>,
                        detail::columns_diagnosis<Record, detail::has_pipe<Options...>>>;

  /// How many parts `partitioned` may make: each has a channel of its own.
  static constexpr std::size_t most_parts =
      is_elastic ? std::numeric_limits<std::size_t>::max() : streaming_limits::channels_per_pipe;

  /// Requests as large as 10 of them a second need for the 20 MB a second of a channel, and rows
  /// under way after a second.
  using default_batch = batch<max_rows<50'000>, max_bytes<3'500'000>, max_age<1_s>>;
  using default_encode = encode<ndjson>;
  using default_compress = compress<zstd<1>>;

  using config = streaming_config;

  /// What a journal belongs to.
  [[nodiscard]] static std::string target(config const& c) {
    config const named = with_names(c);
    return named.connection.account + ' ' + named.connection.database + '.' +
           named.connection.schema + '.' + named.table + ' ' + named.pipe + ' ' + named.channel +
           named.channel_suffix;
  }

  /// For `partitioned`: the channel `<name>_K<index>`. The number of channels belongs to the
  /// source's name, because positions count within a channel.
  [[nodiscard]] static config partition(config c, std::size_t index, std::size_t count) {
    c.channel_suffix = "_K" + std::to_string(index);
    if (!c.source.empty()) c.source += '.' + std::to_string(index) + "of" + std::to_string(count);
    return c;
  }

  class session : public std::conditional_t<is_elastic, elastic_session, streaming_session> {
   public:
    session(environment const& env, config const& c)
        : std::conditional_t<is_elastic, elastic_session, streaming_session>{
              env, with_names(c), detail::chosen_names<Options...>()} {}
  };

 private:
  /// `c` with the names that the options give.
  [[nodiscard]] static config with_names(config c) {
    detail::name_by_options<Options...>(c);
    return c;
  }
};

static_assert(destination<streaming<>>);
static_assert(destination<streaming<elastic>>);
static_assert(recoverable_session<streaming<>::session>);
static_assert(!recoverable_session<streaming<elastic>::session>);

}  // namespace sluice::inline v0::snowpipe

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowpipe/impl/streaming.ipp>
#endif

#endif  // SLUICE_SNOWPIPE_STREAMING_HPP
