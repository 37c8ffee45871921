#ifndef SLUICE_AUTH_BEARER_SOURCE_HPP
#define SLUICE_AUTH_BEARER_SOURCE_HPP

#include <sluice/auth/secret.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/sync.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>

#include <chrono>
#include <cstdint>
#include <functional>

namespace sluice::inline v0 {

/// A bearer token as it was issued.
struct bearer_grant {
  secret token;
  std::chrono::system_clock::time_point expires_at = std::chrono::system_clock::time_point::max();
};

/// A bearer token in use. `generation` grows with every renewal.
struct bearer {
  secret token;
  std::uint64_t generation = 0;
};

/// The one bearer token of a client, for all of its requests.
///
/// It is fetched when it is first asked for and renewed ahead of its end: after four fifths of its
/// life or five minutes before its end, whichever is earlier. One fetch runs at a time; while a
/// token that is still good is being renewed, the others go on with it, and a failed renewal is
/// tried again half a minute later. Transport thread only; must outlive its tasks.
class bearer_source {
 public:
  /// Gets a token. Called by one task at a time.
  using fetch_function = std::function<task<bearer_grant>()>;

  bearer_source(transport& t, fetch_function fetch);

  /// A token that never changes and cannot be renewed.
  bearer_source(transport& t, secret token);

  /// The token to send. Errors: the fetch's, once there is no good token left.
  [[nodiscard]] task<bearer> current();

  /// The service refused the token of `generation` (401): fetches another, unless that has happened
  /// meanwhile. Send the request once more after success; a second refusal is for good.
  /// Errors: the fetch's; errc::invalid_configuration if the token cannot be renewed.
  [[nodiscard]] task<void> renew(std::uint64_t generation);

 private:
  [[nodiscard]] bool good() const noexcept;
  [[nodiscard]] bool due() const noexcept;
  void take(bearer_grant grant);

  transport& transport_;
  fetch_function fetch_;  // null: cannot be renewed
  async_mutex lock_;
  bearer_grant grant_;
  std::chrono::system_clock::time_point renew_at_ = std::chrono::system_clock::time_point::max();
  std::uint64_t generation_ = 0;  // 0: nothing fetched yet
};

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/auth/impl/bearer_source.ipp>
#endif

#endif  // SLUICE_AUTH_BEARER_SOURCE_HPP
