#ifndef SLUICE_SANDBOX_SNOWPIPE_OPTIONS_HPP
#define SLUICE_SANDBOX_SNOWPIPE_OPTIONS_HPP

/// \file
/// How the sandbox's Snowpipe Streaming behaves where the service's documentation and observation
/// of it differ, or where it has limits.

#include <sluice/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice::inline v0::sandbox {

/// The body of host name and scoped token replies.
enum class reply_form {
  plain,  ///< the bare text, as observed
  json    ///< an object, as documented
};

/// What the count of rejected rows is called in bulk status replies.
enum class error_counter { rows_error_count, rows_errors };

/// Source of every default: "Snowpipe Streaming: limitations and considerations", and observation
/// of the service where it says so.
struct snowpipe_options {
  /// From acceptance of a rowset until it is queryable; the service takes 5 s at least.
  std::chrono::milliseconds commit_lag{5'000};

  /// From insertFiles until a file is loaded; the service takes about a minute.
  std::chrono::milliseconds file_lag{1'000};

  std::string ingest_host = "127.0.0.1";  ///< what discovery answers
  bool ingest_host_with_port = false;     ///< discovery adds the port of the ingest listener
  reply_form hostname_form = reply_form::plain;
  reply_form token_form = reply_form::plain;
  bool accept_required = true;  ///< requests without `Accept` are refused with code 391902
  bool chunked_replies = true;  ///< replies come in chunks, as through the service's proxy
  std::chrono::seconds scoped_token_validity{600};

  std::string healthy_status = "SUCCESS";  ///< `channel_status_code`; documentation also has ACTIVE
  error_counter bulk_error_counter = error_counter::rows_error_count;
  bool empty_offset_token = false;   ///< "" instead of null until something is committed
  bool error_time_as_text = false;   ///< RFC 3339 instead of milliseconds
  int unknown_channel_status = 404;  ///< of an append to a channel that does not exist: 404 or 400

  double requests_per_second = 10;       ///< per channel
  double bytes_per_second = 20'000'000;  ///< per channel, uncompressed
  bool retry_after = false;              ///< 429 replies say when to come back
  std::size_t channels_per_pipe = 2'000;
  std::uint64_t max_body_bytes = 4'194'304;  ///< of an append, as sent
  int oversize_status = 413;
  /// Larger bodies after decompression are refused: a guard against bombs.
  std::uint64_t max_decoded_bytes = std::uint64_t{256} << 20;
  bool shuffle_elastic = false;  ///< rows of elastic appends land in another order than sent
};

}  // namespace sluice::inline v0::sandbox

#endif  // SLUICE_SANDBOX_SNOWPIPE_OPTIONS_HPP
