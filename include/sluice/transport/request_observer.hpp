#ifndef SLUICE_TRANSPORT_REQUEST_OBSERVER_HPP
#define SLUICE_TRANSPORT_REQUEST_OBSERVER_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/result.hpp>

#include <chrono>
#include <cstddef>
#include <string_view>

namespace sluice::inline v0 {

struct request;
struct response;

/// Hears of requests and of the waits between their attempts, for logs and figures. Called on the
/// transport thread; must outlive the requests that name it, and must not send. Calls of `duplex`
/// are heard of by nobody: they have no reply as a whole.
class request_observer {
 public:
  /// An attempt goes out. What is refused before it is sent is never heard of.
  virtual void begins(request const& r) noexcept = 0;

  /// An attempt has ended after `took`: with a reply of any status, or why there is none. Follows
  /// each `begins`, unless the request is given up before.
  virtual void ended(request const& r,
                     result<response> const& outcome,
                     std::chrono::nanoseconds took) noexcept = 0;

  /// The `attempt`-th attempt (from 1) at `what` failed with `why`; the next begins after `wait`.
  virtual void waits(std::string_view what,
                     std::size_t attempt,
                     error const& why,
                     std::chrono::milliseconds wait) noexcept = 0;

 protected:
  ~request_observer() = default;
};

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_REQUEST_OBSERVER_HPP
