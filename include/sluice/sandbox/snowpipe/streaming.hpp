#ifndef SLUICE_SANDBOX_SNOWPIPE_STREAMING_HPP
#define SLUICE_SANDBOX_SNOWPIPE_STREAMING_HPP

/// \file
/// What a test may see and do behind the back of a Snowpipe Streaming client.

#include <sluice/config.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::sandbox {

/// One rowset that has been committed. Its rows are those with SQLite rowids from `first_row` to
/// `last_row` in the table; both are 0 if every row was rejected.
struct committed_rowset {
  std::string pipe;                   ///< DB.SCHEMA.PIPE
  std::string channel;                ///< ELASTIC for elastic appends
  std::int64_t client_sequencer = 0;  ///< 0 for elastic appends
  std::int64_t row_sequencer = 0;     ///< from 0 since the open
  std::string offset_lower;
  std::string offset_upper;
  std::int64_t rows_parsed = 0;
  std::int64_t rows_inserted = 0;
  std::int64_t first_row = 0;
  std::int64_t last_row = 0;
  std::int64_t committed_ms = 0;  ///< service time since 1970
};

/// Counters since the start of the server or the last reset.
struct streaming_counts {
  std::uint64_t rowsets_accepted = 0;
  std::uint64_t rowsets_committed = 0;
  std::uint64_t rowsets_discarded = 0;  ///< accepted, then lost to a reopen, drop or invalidation
  std::uint64_t replays_swallowed = 0;  ///< appends under a token already used
  /// Appends under a used token with other bytes than the first time: a client that does so loses
  /// rows. Any number but 0 is a mistake of the client.
  std::uint64_t tokens_reused_with_other_body = 0;
  std::uint64_t stale_tokens = 0;
  std::uint64_t throttled = 0;
};

/// Channels are meant by their name, whatever their pipe.
/// Thread safety: every member may be called from any thread.
class streaming_control {
 public:
  virtual ~streaming_control() = default;

  /// Commits everything that has been accepted, whatever the lag.
  virtual void commit_now() = 0;
  /// Rowsets accepted and neither committed nor discarded.
  virtual std::size_t uncommitted() const = 0;
  virtual streaming_counts counts() const = 0;
  /// Every committed rowset that the database remembers, in the order of commits.
  virtual std::vector<committed_rowset> committed() const = 0;

  /// Ends a channel without telling anybody: status polls show `code`, appends are stale, what was
  /// not committed is gone. False if there is no such channel.
  virtual bool invalidate(std::string_view channel, std::string_view code) = 0;
  /// As if the channel had been idle for 30 days: token and counters are gone.
  virtual bool expire_channel(std::string_view channel) = 0;
  /// Forgets every channel, rowset, counter and file that insertFiles has named. Rows of tables
  /// and scoped tokens stay. Throws `std::runtime_error` if somebody's transaction holds the rows.
  virtual void reset() = 0;
  /// Every scoped token issued so far is refused from now on.
  virtual void revoke_tokens() = 0;
  /// The pipe moves: discovery answers another host, and the old one answers 410. The next time it
  /// moves back.
  virtual void fail_over() = 0;
};

}  // namespace sluice::inline v0::sandbox

#endif  // SLUICE_SANDBOX_SNOWPIPE_STREAMING_HPP
