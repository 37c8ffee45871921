#ifndef SLUICE_SANDBOX_SNOWPIPE_DETAIL_TOKENS_HPP
#define SLUICE_SANDBOX_SNOWPIPE_DETAIL_TOKENS_HPP

#include <sluice/config.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::inline v0::sandbox::snowpipe {

/// What a continuation token says: which life of which channel, and which rowset comes next.
struct continuation {
  std::int64_t incarnation = 0;  ///< of the channel, another one after each drop
  std::int64_t client_sequencer = 0;
  std::int64_t row_sequencer = 0;
};

/// Seals continuation tokens: unreadable, unforgeable, and with characters that a query string must
/// escape.
class continuation_seal {
 public:
  explicit continuation_seal(std::string key) : key_(std::move(key)) {}

  std::string seal(continuation const& c) const;
  /// Nothing if this server did not make the token.
  std::optional<continuation> open(std::string_view token) const;

 private:
  std::string key_;
};

/// Why a scoped token is no good, or whose it is.
struct scoped_verdict {
  std::string user;     ///< empty if refused
  std::string scope;    ///< empty: good for everything
  std::string message;  ///< why it was refused
};

/// Scoped tokens: JWTs signed by this server.
/// Thread safety: every member may be called from several threads.
class scoped_tokens {
 public:
  using time_point = std::chrono::system_clock::time_point;

  explicit scoped_tokens(std::string key) : key_(std::move(key)) {}

  std::string issue(std::string_view user,
                    std::string_view scope,
                    time_point now,
                    std::chrono::seconds validity) const;
  scoped_verdict verify(std::string_view token, time_point now) const;

  void revoke_all() { ++generation_; }

 private:
  std::string key_;
  std::atomic<std::int64_t> generation_{1};
};

}  // namespace sluice::inline v0::sandbox::snowpipe

#endif  // SLUICE_SANDBOX_SNOWPIPE_DETAIL_TOKENS_HPP
