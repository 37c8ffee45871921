#ifndef SLUICE_TRANSPORT_IMPL_ONE_REPLY_IPP
#define SLUICE_TRANSPORT_IMPL_ONE_REPLY_IPP

#include <sluice/transport/detail/one_reply.hpp>
#include <sluice/transport/transport.hpp>

#include <fmt/core.h>

#include <chrono>
#include <string_view>
#include <utility>

namespace sluice::inline v0::detail {

SLUICE_DECL void exchange_limits::start(time_limits const& limits) {
  limits_ = limits;
  if (limits.total.count() > 0) total_.arm(transport_.scheduler(), transport_.now() + limits.total);
}

SLUICE_DECL void exchange_limits::connected() {
  last_progress_ = transport_.now();
  if (limits_.idle.count() > 0) idle_.arm(transport_.scheduler(), last_progress_ + limits_.idle);
}

SLUICE_DECL void exchange_limits::progress() noexcept {
  last_progress_ = transport_.now();
}

SLUICE_DECL void exchange_limits::check_idle() {
  steady_time const due = last_progress_ + limits_.idle;
  if (transport_.now() < due) {
    idle_.arm(transport_.scheduler(), due);
  } else {
    owner_.expire("without a byte", limits_.idle);
  }
}

SLUICE_DECL one_reply::~one_reply() {
  if (under_way_) transport_.wire().cancel(*this);
}

SLUICE_DECL void one_reply::begin() {
  under_way_ = true;
  limits_.start(request_.limits);
  transport_.wire().start(*this);
}

SLUICE_DECL result<response> one_reply::await_resume() {
  if (error_) return std::move(*error_);
  if (cancelled()) return cancelled_error();
  return std::move(reply_);
}

SLUICE_DECL error one_reply::too_large() const {
  return error{errc::reply_too_large,
               fmt::format("the reply of {} is larger than the {} bytes allowed; raise "
                           "max_reply_bytes if the service is meant to answer that much",
                           describe_target(request_),
                           request_.max_reply_bytes)};
}

SLUICE_DECL void one_reply::head(int status, std::vector<header> headers) {
  reply_.status = status;
  reply_.headers = std::move(headers);
}

SLUICE_DECL flow one_reply::body(std::string_view bytes) {
  if (bytes.size() > request_.max_reply_bytes - reply_.body.size()) {
    error_ = too_large();
    return flow::stop;
  }
  reply_.body += bytes;
  return flow::go;
}

SLUICE_DECL void one_reply::done(result<request_metrics> outcome) {
  under_way_ = false;
  limits_.stop();
  if (outcome) {
    reply_.metrics = *outcome;
  } else if (!error_) {
    error_ = std::move(outcome).error();
  }
  complete();
}

SLUICE_DECL void one_reply::expire(std::string_view which, std::chrono::milliseconds limit) {
  transport_.wire().cancel(*this);
  under_way_ = false;
  limits_.stop();
  error_ = timeout_error(request_, which, limit);
  complete();
}

SLUICE_DECL bool one_reply::give_up() noexcept {
  if (under_way_) transport_.wire().cancel(*this);
  under_way_ = false;
  limits_.stop();
  return true;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_TRANSPORT_IMPL_ONE_REPLY_IPP
