#ifndef SLUICE_SANDBOX_DETAIL_STATEMENTS_HPP
#define SLUICE_SANDBOX_DETAIL_STATEMENTS_HPP

#include <sluice/sandbox/detail/service.hpp>
#include <sluice/sandbox/detail/sessions.hpp>
#include <sluice/sandbox/sql/engine.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

namespace sluice::inline v0::sandbox::detail {

/// What is left of a statement that has ended.
struct finished_statement {
  std::string envelope;    ///< JSON reply
  std::string error_code;  ///< empty if it succeeded
  std::string error_message;
};

/// One execution of one statement, running or finished.
struct statement_run {
  std::string request_id;
  std::string query_id;
  std::string sql;
  std::int64_t session_id = 0;
  bool async = false;
  std::chrono::system_clock::time_point started{};
  std::stop_source cancel;

  std::mutex guard;
  std::condition_variable changed;
  // Guarded:
  bool finished = false;
  bool forgotten = false;  ///< the service has lost the reply: a replay executes again
  std::int64_t polls_to_go = 0;
  std::string progress_code = "333333";
  std::shared_ptr<std::string const> reply;  ///< JSON envelope
  std::string error_code;
  std::string error_message;
  std::chrono::system_clock::time_point ended{};

  /// Waits until it has finished or the time is over; answers whether it has.
  bool wait(std::chrono::milliseconds time);
  /// Whether it ended so long ago that the service has its reply no more.
  bool expired(std::chrono::system_clock::time_point now);
  void finish(finished_statement end, std::chrono::system_clock::time_point now);
};

/// Executions by request id and by query id, and the threads that carry them out.
/// Thread safety: every member may be called from several threads.
class statement_table {
 public:
  ~statement_table();

  std::shared_ptr<statement_run> by_request(std::string_view request_id) const;
  std::shared_ptr<statement_run> by_query(std::string_view query_id) const;

  void add(std::shared_ptr<statement_run> run);
  /// Starts `work` on a thread of its own.
  void start(std::function<void()> work);
  /// Requests that every unfinished statement of this session ends, async ones excepted.
  void cancel_session(std::int64_t session_id);
  /// Cancels everything and joins every thread.
  void stop();
  /// The same, and no id is known any more.
  void forget();

 private:
  static constexpr std::size_t remembered = 4096;

  struct worker {
    std::atomic<bool> done{false};
    std::thread thread;
  };

  static void join(std::list<worker> workers);

  mutable std::mutex guard_;
  std::map<std::string, std::shared_ptr<statement_run>, std::less<>> by_request_;
  std::map<std::string, std::shared_ptr<statement_run>, std::less<>> by_query_;
  std::deque<std::shared_ptr<statement_run>> order_;
  std::list<worker> workers_;
};

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_STATEMENTS_HPP
