#ifndef SLUICE_SNOWFLAKE_SESSION_POOL_HPP
#define SLUICE_SNOWFLAKE_SESSION_POOL_HPP

#include <sluice/config.hpp>
#include <sluice/snowflake/session.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace sluice::inline v0::snowflake {

/// Up to `size` sessions over which statements are spread. A session logs in when it is first
/// used, so a load that never runs two statements at once keeps one. Transport thread only.
class session_pool {
 public:
  /// Precondition: `size >= 1`.
  session_pool(
      transport& t, connection const& c, std::size_t size, logger log, load_metrics* metrics);
  session_pool(session_pool const&) = delete;
  session_pool& operator=(session_pool const&) = delete;
  ~session_pool();

  /// The session with the fewest statements under way; a further one where all are busy.
  [[nodiscard]] std::shared_ptr<session> pick();

  /// Logs all sessions out, side by side.
  [[nodiscard]] task<void> close();

  /// The owner goes: see `session::detach`.
  void detach() noexcept;

 private:
  transport& transport_;
  connection connection_;
  std::size_t size_;
  logger log_;
  load_metrics* metrics_;
  std::vector<std::shared_ptr<session>> sessions_;
};

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/session_pool.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_SESSION_POOL_HPP
