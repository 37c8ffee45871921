#ifndef SLUICE_TEST_IMPL_SCRIPTED_WIRE_IPP
#define SLUICE_TEST_IMPL_SCRIPTED_WIRE_IPP

#include <sluice/test/scripted_wire.hpp>
#include <sluice/transport/clock.hpp>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::inline v0::test {

SLUICE_DECL scripted_wire::scripted_wire(answer_function answer,
                                         std::shared_ptr<clock_source> clock)
    : answer_{std::move(answer)}, clock_{std::move(clock)} {
  if (!clock_) clock_ = std::make_shared<machine_clock>();
}

SLUICE_DECL scripted_wire::scripted_wire(std::vector<scripted_reply> replies,
                                         std::shared_ptr<clock_source> clock)
    : scripted_wire{
          [list = std::move(replies), next = std::size_t{0}](seen_request const&) mutable {
            std::size_t const at = std::min(next++, list.size() - 1);
            return list[at];
          },
          std::move(clock)} {}

SLUICE_DECL void scripted_wire::fail_nth(std::size_t n, error e) {
  std::lock_guard const lock{mutex_};
  fail_at_ = n;
  failure_ = std::move(e);
}

SLUICE_DECL std::vector<seen_request> scripted_wire::requests() const {
  std::lock_guard const lock{mutex_};
  return requests_;
}

SLUICE_DECL std::size_t scripted_wire::count() const {
  std::lock_guard const lock{mutex_};
  return requests_.size();
}

SLUICE_DECL std::size_t scripted_wire::cancelled() const {
  std::lock_guard const lock{mutex_};
  return cancelled_;
}

SLUICE_DECL std::size_t scripted_wire::most_at_once() const {
  std::lock_guard const lock{mutex_};
  return most_at_once_;
}

SLUICE_DECL void scripted_wire::start(exchange& e) {
  request const& r = e.message();
  seen_request seen{r.method, r.url, r.headers, r.body.joined(), std::string{r.label}};
  scripted_reply reply = answer_(seen);
  std::lock_guard const lock{mutex_};
  requests_.push_back(std::move(seen));
  if (requests_.size() == fail_at_) reply.failure = failure_;
  pending_.push_back({&e, std::move(reply), {}});
  pending_.back().due = clock_->now() + pending_.back().reply.delay;
  most_at_once_ = std::max(most_at_once_, pending_.size());
  woken_ = true;
}

SLUICE_DECL void scripted_wire::cancel(exchange& e) noexcept {
  std::lock_guard const lock{mutex_};
  cancelled_ += std::erase_if(pending_, [&](pending const& p) { return p.target == &e; });
}

SLUICE_DECL void scripted_wire::resume(exchange&) {}

SLUICE_DECL void scripted_wire::deliver(pending& p) {
  p.target->connected();
  if (p.reply.failure) {
    p.target->done(std::move(*p.reply.failure));
    return;
  }
  request_metrics metrics;
  metrics.bytes_sent = p.target->message().body.size();
  metrics.bytes_received = p.reply.body.size();
  p.target->head(p.reply.status, std::move(p.reply.headers));
  flow const went = p.reply.body.empty() ? flow::go : p.target->body(p.reply.body);
  if (went == flow::go)
    p.target->done(metrics);
  else
    p.target->done(error{errc::send_receive, "the receiver did not want the body"});
}

SLUICE_DECL bool scripted_wire::run(std::chrono::milliseconds wait) {
  std::vector<pending> due;
  {
    std::unique_lock lock{mutex_};
    if (wait.count() > 0) wake_up_.wait_for(lock, wait, [&] { return woken_; });
    woken_ = false;
    steady_time const now = clock_->now();
    for (pending& p : pending_)
      if (!p.reply.hang && p.due <= now) due.push_back(std::move(p));
    std::erase_if(pending_, [&](pending const& p) { return !p.reply.hang && p.due <= now; });
  }
  std::stable_sort(
      due.begin(), due.end(), [](pending const& a, pending const& b) { return a.due < b.due; });
  for (pending& p : due) deliver(p);
  return !due.empty();
}

SLUICE_DECL void scripted_wire::wake() noexcept {
  {
    std::lock_guard const lock{mutex_};
    woken_ = true;
  }
  wake_up_.notify_one();
}

SLUICE_DECL std::optional<steady_time> scripted_wire::due() const noexcept {
  std::optional<steady_time> first;
  for (pending const& p : pending_)
    if (!p.reply.hang && (!first || p.due < *first)) first = p.due;
  return first;
}

}  // namespace sluice::inline v0::test

#endif  // SLUICE_TEST_IMPL_SCRIPTED_WIRE_IPP
