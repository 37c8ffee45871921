#ifndef SLUICE_SNOWPIPE_IMPL_STREAMING_IPP
#define SLUICE_SNOWPIPE_IMPL_STREAMING_IPP

#include <sluice/snowpipe/channel.hpp>
#include <sluice/snowpipe/elastic.hpp>
#include <sluice/snowpipe/streaming.hpp>

#include <memory>
#include <utility>

namespace sluice::inline v0::snowpipe {

SLUICE_DECL streaming_session::streaming_session(environment const& env,
                                                 streaming_config config,
                                                 streaming_names names)
    : channel_{std::make_shared<channel>(env, std::move(config), std::move(names))} {}

SLUICE_DECL streaming_session::~streaming_session() {
  channel_->abandon();
}

SLUICE_DECL task<resume_point> streaming_session::open() {
  return channel_->open();
}

SLUICE_DECL task<accepted> streaming_session::send(payload const& p, ack& verdicts) {
  return channel_->append(p, verdicts);
}

SLUICE_DECL task<void> streaming_session::flush(deadline until) {
  return channel_->drain(until);
}

SLUICE_DECL task<void> streaming_session::finish(deadline until) {
  return channel_->close(until);
}

SLUICE_DECL task<recovery> streaming_session::recover(in_doubt const& d, ack& verdicts) {
  return channel_->recover(d, verdicts);
}

SLUICE_DECL elastic_session::elastic_session(environment const& env,
                                             streaming_config config,
                                             streaming_names names)
    : channel_{std::make_shared<elastic_channel>(env, std::move(config), std::move(names))} {}

SLUICE_DECL elastic_session::~elastic_session() = default;

SLUICE_DECL task<resume_point> elastic_session::open() {
  return channel_->open();
}

SLUICE_DECL task<accepted> elastic_session::send(payload const& p, ack& verdicts) {
  return channel_->append(p, verdicts);
}

SLUICE_DECL task<void> elastic_session::flush(deadline) {
  co_return success;
}

SLUICE_DECL task<void> elastic_session::finish(deadline) {
  co_return success;
}

}  // namespace sluice::inline v0::snowpipe

#endif  // SLUICE_SNOWPIPE_IMPL_STREAMING_IPP
