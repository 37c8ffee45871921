#ifndef SLUICE_PIPELINE_DETAIL_ANY_SESSION_HPP
#define SLUICE_PIPELINE_DETAIL_ANY_SESSION_HPP

#include <sluice/config.hpp>
#include <sluice/destination/destination.hpp>

#include <memory>
#include <string>
#include <utility>

namespace sluice::inline v0::detail {

/// A destination's session behind one type; one virtual call per payload or step.
class any_session {
 public:
  virtual ~any_session() = default;
  virtual task<resume_point> open() = 0;
  virtual task<accepted> send(payload const& p, ack& a) = 0;
  virtual task<void> flush(deadline until) = 0;
  virtual task<void> finish(deadline until) = 0;
  virtual task<recovery> recover(in_doubt const& d, ack& a) = 0;
};

template<destination Destination>
class session_of final : public any_session {
 public:
  using config = typename Destination::config;

  session_of(environment environment_of_session, config config_of_session)
      : environment_{std::move(environment_of_session)},
        config_{std::move(config_of_session)},
        session_{environment_, config_} {}

  task<resume_point> open() override { return session_.open(); }

  task<accepted> send(payload const& p, ack& a) override { return session_.send(p, a); }

  task<void> flush(deadline until) override { return session_.flush(until); }

  task<void> finish(deadline until) override { return session_.finish(until); }

  task<recovery> recover([[maybe_unused]] in_doubt const& d, [[maybe_unused]] ack& a) override {
    if constexpr (recoverable_session<typename Destination::session>)
      return session_.recover(d, a);
    else
      return cannot_recover();
  }

 private:
  static task<recovery> cannot_recover() {
    co_return error{errc::internal, "this destination cannot settle payloads of an earlier run"};
  }

  environment environment_;  // the session may refer to both
  config config_;
  typename Destination::session session_;
};

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_DETAIL_ANY_SESSION_HPP
