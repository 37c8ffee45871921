#ifndef SLUICE_SANDBOX_IMPL_STATEMENTS_IPP
#define SLUICE_SANDBOX_IMPL_STATEMENTS_IPP

#include <sluice/sandbox/detail/statements.hpp>
#include <sluice/sandbox/sql/detail/retention.hpp>

namespace sluice::inline v0::sandbox::detail {

bool statement_run::wait(std::chrono::milliseconds time) {
  std::unique_lock lock(guard);
  return changed.wait_for(lock, time, [&] { return finished; });
}

bool statement_run::expired(std::chrono::system_clock::time_point now) {
  std::lock_guard const lock(guard);
  return finished && now - ended > sql::detail::retention::results;
}

void statement_run::finish(finished_statement end, std::chrono::system_clock::time_point now) {
  {
    std::lock_guard const lock(guard);
    reply = std::make_shared<std::string const>(std::move(end.envelope));
    error_code = std::move(end.error_code);
    error_message = std::move(end.error_message);
    ended = now;
    finished = true;
  }
  changed.notify_all();
}

statement_table::~statement_table() {
  stop();
}

std::shared_ptr<statement_run> statement_table::by_request(std::string_view request_id) const {
  std::lock_guard const lock(guard_);
  auto const found = by_request_.find(request_id);
  return found == by_request_.end() ? nullptr : found->second;
}

std::shared_ptr<statement_run> statement_table::by_query(std::string_view query_id) const {
  std::lock_guard const lock(guard_);
  auto const found = by_query_.find(query_id);
  return found == by_query_.end() ? nullptr : found->second;
}

void statement_table::add(std::shared_ptr<statement_run> run) {
  std::lock_guard const lock(guard_);
  if (!run->request_id.empty()) by_request_.insert_or_assign(run->request_id, run);
  by_query_.insert_or_assign(run->query_id, run);
  order_.push_back(std::move(run));
  while (order_.size() > remembered) {
    auto const& oldest = order_.front();
    auto const found = by_request_.find(oldest->request_id);
    if (found != by_request_.end() && found->second == oldest) by_request_.erase(found);
    by_query_.erase(oldest->query_id);
    order_.pop_front();
  }
}

void statement_table::start(std::function<void()> work) {
  std::lock_guard const lock(guard_);
  workers_.remove_if([](worker& w) {
    if (!w.done) return false;
    w.thread.join();
    return true;
  });
  worker& slot = workers_.emplace_back();
  slot.thread = std::thread([&slot, job = std::move(work)]() mutable {
    job();
    job = nullptr;  // what the job owns must not outlive it in a list of finished threads
    slot.done = true;
  });
}

void statement_table::cancel_session(std::int64_t session_id) {
  std::lock_guard const lock(guard_);
  for (auto const& run : order_) {
    if (run->session_id == session_id && !run->async) run->cancel.request_stop();
  }
}

void statement_table::stop() {
  std::list<worker> ended;
  {
    std::lock_guard const lock(guard_);
    for (auto const& run : order_) run->cancel.request_stop();
    ended.swap(workers_);
  }
  join(std::move(ended));
}

void statement_table::forget() {
  std::list<worker> ended;
  {
    std::lock_guard const lock(guard_);
    for (auto const& run : order_) run->cancel.request_stop();
    by_request_.clear();
    by_query_.clear();
    order_.clear();
    ended.swap(workers_);
  }
  join(std::move(ended));
}

void statement_table::join(std::list<worker> workers) {
  for (auto& w : workers) w.thread.join();
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_STATEMENTS_IPP
