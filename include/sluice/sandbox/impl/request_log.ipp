#ifndef SLUICE_SANDBOX_IMPL_REQUEST_LOG_IPP
#define SLUICE_SANDBOX_IMPL_REQUEST_LOG_IPP

#include <sluice/sandbox/request_log.hpp>

#include <algorithm>
#include <chrono>
#include <deque>
#include <mutex>

namespace sluice::inline v0::sandbox {

std::string_view request_record::header(std::string_view name) const {
  auto const found = std::find_if(
      headers.begin(), headers.end(), [&](auto const& entry) { return entry.first == name; });
  return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

struct request_log::state {
  static constexpr std::size_t capacity = 100'000;
  mutable std::mutex guard;
  std::deque<request_record> records;
  std::map<std::string, execution, std::less<>> executions;
};

request_log::request_log() : state_(std::make_unique<state>()) {}

request_log::~request_log() = default;

std::vector<request_record> request_log::all() const {
  std::lock_guard const lock(state_->guard);
  return {state_->records.begin(), state_->records.end()};
}

std::vector<request_record> request_log::of(std::string_view kind) const {
  std::lock_guard const lock(state_->guard);
  std::vector<request_record> out;
  for (auto const& record : state_->records) {
    if (std::find(record.kinds.begin(), record.kinds.end(), kind) != record.kinds.end()) {
      out.push_back(record);
    }
  }
  return out;
}

std::size_t request_log::count(std::string_view kind) const {
  std::lock_guard const lock(state_->guard);
  return static_cast<std::size_t>(
      std::count_if(state_->records.begin(), state_->records.end(), [&](auto const& record) {
        return std::find(record.kinds.begin(), record.kinds.end(), kind) != record.kinds.end();
      }));
}

void request_log::clear() {
  std::lock_guard const lock(state_->guard);
  state_->records.clear();
  state_->executions.clear();
}

std::uint64_t request_log::executions(std::string_view request_id) const {
  std::lock_guard const lock(state_->guard);
  auto const found = state_->executions.find(request_id);
  return found == state_->executions.end() ? 0 : found->second.count;
}

std::vector<request_log::execution> request_log::executions() const {
  std::lock_guard const lock(state_->guard);
  std::vector<execution> out;
  out.reserve(state_->executions.size());
  for (auto const& [id, entry] : state_->executions) out.push_back(entry);
  return out;
}

void request_log::add(request_record record) {
  using std::chrono::steady_clock;
  record.took =
      std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - record.arrived);
  std::lock_guard const lock(state_->guard);
  state_->records.push_back(std::move(record));
  if (state_->records.size() > state::capacity) state_->records.pop_front();
}

void request_log::count_execution(std::string_view request_id, std::string_view sql) {
  std::lock_guard const lock(state_->guard);
  auto& entry = state_->executions[std::string(request_id)];
  entry.request_id = request_id;
  entry.sql = sql;
  ++entry.count;
}

}  // namespace sluice::inline v0::sandbox

#endif  // SLUICE_SANDBOX_IMPL_REQUEST_LOG_IPP
