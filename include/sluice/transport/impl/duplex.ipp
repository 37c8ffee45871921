#ifndef SLUICE_TRANSPORT_IMPL_DUPLEX_IPP
#define SLUICE_TRANSPORT_IMPL_DUPLEX_IPP

#include <sluice/transport/detail/request_checks.hpp>
#include <sluice/transport/duplex.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0 {

SLUICE_DECL duplex::duplex(transport& t, request r)
    : transport_{t}, request_{std::move(r)}, limits_{t, *this} {
  result<void> const good = detail::check_request(request_);
  if (!good) {
    error_ = good.error();
    return;
  }
  if (request_.limits.connect.count() == 0) request_.limits.connect = t.options().limits.connect;
  under_way_ = true;
  limits_.start(request_.limits);
  transport_.wire().start(*this);
}

SLUICE_DECL duplex::~duplex() {
  if (under_way_) transport_.wire().cancel(*this);
}

SLUICE_DECL task<void> duplex::write(chunk bytes) {
  if (error_) co_return *error_;
  if (!under_way_ || writing_ended_)
    co_return error{errc::send_receive,
                    fmt::format("{}: the call has ended, nothing more can be sent; open another",
                                detail::describe_target(request_))};
  if (bytes.size() != 0) {
    outgoing_bytes_ += bytes.size();
    outgoing_.push_back(std::move(bytes));
  }
  if (std::exchange(upload_paused_, false)) transport_.wire().resume(*this);
  while (under_way_ && outgoing_bytes_ >= window) {
    result<void> woken = co_await changed_.wait();
    if (!woken) co_return woken.error();
  }
  if (error_) co_return *error_;
  co_return success;
}

SLUICE_DECL void duplex::finish_writing() {
  writing_ended_ = true;
  if (under_way_ && std::exchange(upload_paused_, false)) transport_.wire().resume(*this);
}

SLUICE_DECL task<reply_head> duplex::head() {
  while (!head_ && under_way_) {
    result<void> woken = co_await changed_.wait();
    if (!woken) co_return woken.error();
  }
  if (head_) co_return *head_;
  co_return *error_;
}

SLUICE_DECL task<std::optional<std::string>> duplex::read() {
  while (incoming_.empty() && under_way_) {
    result<void> woken = co_await changed_.wait();
    if (!woken) co_return woken.error();
  }
  if (!incoming_.empty()) {
    std::optional<std::string> bytes{std::exchange(incoming_, {})};
    if (under_way_ && std::exchange(download_paused_, false)) transport_.wire().resume(*this);
    co_return bytes;
  }
  if (error_) co_return *error_;
  co_return std::optional<std::string>{};
}

SLUICE_DECL upload_piece duplex::read(std::span<char> into) {
  if (outgoing_.empty()) {
    if (writing_ended_) return {upload_piece::kind::end, 0};
    upload_paused_ = true;
    return {upload_piece::kind::later, 0};
  }
  std::size_t copied = 0;
  while (copied != into.size() && !outgoing_.empty()) {
    std::string_view const rest = outgoing_.front().bytes().substr(sent_of_first_);
    std::size_t const n = std::min(rest.size(), into.size() - copied);
    std::memcpy(into.data() + copied, rest.data(), n);
    copied += n;
    sent_of_first_ += n;
    if (n == rest.size()) {
      outgoing_.pop_front();
      sent_of_first_ = 0;
    }
  }
  outgoing_bytes_ -= copied;
  changed_.notify_all();
  return {upload_piece::kind::bytes, copied};
}

SLUICE_DECL void duplex::head(int status, std::vector<header> headers) {
  head_ = reply_head{status, std::move(headers)};
  changed_.notify_all();
}

SLUICE_DECL flow duplex::body(std::string_view bytes) {
  if (!incoming_.empty() && incoming_.size() + bytes.size() > window) {
    download_paused_ = true;
    return flow::pause;
  }
  incoming_ += bytes;
  changed_.notify_all();
  return flow::go;
}

SLUICE_DECL void duplex::done(result<request_metrics> outcome) {
  if (outcome)
    end(std::nullopt);
  else
    end(std::move(outcome).error());
}

SLUICE_DECL void duplex::expire(std::string_view which, std::chrono::milliseconds limit) {
  transport_.wire().cancel(*this);
  end(detail::timeout_error(request_, which, limit));
}

SLUICE_DECL void duplex::end(std::optional<error> why) {
  under_way_ = false;
  limits_.stop();
  error_ = std::move(why);
  changed_.notify_all();
}

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_IMPL_DUPLEX_IPP
