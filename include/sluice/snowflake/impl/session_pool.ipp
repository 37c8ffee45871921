#ifndef SLUICE_SNOWFLAKE_IMPL_SESSION_POOL_IPP
#define SLUICE_SNOWFLAKE_IMPL_SESSION_POOL_IPP

#include <sluice/snowflake/session_pool.hpp>
#include <sluice/transport/group.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace sluice::inline v0::snowflake {

SLUICE_DECL session_pool::session_pool(
    transport& t, connection const& c, std::size_t size, logger log, load_metrics* metrics)
    : transport_{t}, connection_{c}, size_{size}, log_{std::move(log)}, metrics_{metrics} {}

// A heartbeat under way keeps its session alive for longer.
SLUICE_DECL session_pool::~session_pool() {
  detach();
}

SLUICE_DECL void session_pool::detach() noexcept {
  for (auto const& s : sessions_) s->detach();
  log_ = {};
  metrics_ = nullptr;
}

SLUICE_DECL std::shared_ptr<session> session_pool::pick() {
  auto const least =
      std::min_element(sessions_.begin(), sessions_.end(), [](auto const& a, auto const& b) {
        return a->running() < b->running();
      });
  bool const idle = least != sessions_.end() && (*least)->running() == 0;
  if (idle || sessions_.size() == size_) return *least;
  sessions_.push_back(std::make_shared<session>(transport_, connection_, log_, metrics_));
  return sessions_.back();
}

SLUICE_DECL task<void> session_pool::close() {
  task_group all{transport_};
  for (auto const& s : sessions_) all.spawn(s->close());
  result<void> done = co_await all.wait();
  for (auto const& s : sessions_) s->detach();
  sessions_.clear();
  co_return done;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_SESSION_POOL_IPP
