#ifndef SLUICE_SANDBOX_SNOWPIPE_DETAIL_FILE_PIPES_HPP
#define SLUICE_SANDBOX_SNOWPIPE_DETAIL_FILE_PIPES_HPP

#include <sluice/sandbox/detail/service.hpp>
#include <sluice/sandbox/sql/pipe_session.hpp>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice::inline v0::sandbox::snowpipe {

/// Limits of file Snowpipe: "Snowpipe REST API reference".
struct file_pipe_limits {
  static constexpr std::size_t files_per_request = 5'000;
  static constexpr std::size_t path_bytes = 1'024;
  static constexpr std::size_t report_entries = 10'000;
  static constexpr std::int64_t report_ms = 10 * 60 * 1000;
  static constexpr std::int64_t history_ms = std::int64_t{14} * 24 * 3600 * 1000;
};

/// Pipes that load stage files they are told about: queue, loader and reports.
/// Thread safety: every member may be called from several threads.
class file_pipes {
 public:
  file_pipes(detail::service& s, sql::pipe_session& pipes);
  ~file_pipes();
  file_pipes(file_pipes const&) = delete;
  file_pipes& operator=(file_pipes const&) = delete;

  detail::http_response insert_files(sql::pipe_description const& pipe,
                                     detail::http_request const& request,
                                     std::string_view body);
  detail::http_response insert_report(sql::pipe_description const& pipe,
                                      detail::http_request const& request);
  detail::http_response load_history(sql::pipe_description const& pipe,
                                     detail::http_request const& request);

  /// Loads every file that is queued, whatever the lag.
  void load_now();
  /// Forgets every file, loaded or not.
  void reset();
  void stop();

 private:
  struct named_file {
    std::string path;
    std::int64_t size = 0;
  };

  struct queued_file {
    std::int64_t id = 0;
    std::string database;
    std::string schema;
    std::string pipe;
    std::string path;
  };

  std::int64_t now_ms() const;
  void run(std::stop_token stop);
  bool load_round(bool everything);
  bool load(queued_file const& file, sql::pipe_description const& pipe);
  void record(sql::pipe_transaction& to, std::int64_t id, sql::outcome const& loaded);
  std::string entries(std::vector<std::vector<sql::stored>> const& rows) const;

  detail::service& service_;
  sql::pipe_session& pipes_;
  std::mutex work_;  ///< one load at a time
  std::mutex guard_;
  std::int64_t waiting_ = 0;
  std::condition_variable_any wake_;
  std::jthread engine_;
};

}  // namespace sluice::inline v0::sandbox::snowpipe

#endif  // SLUICE_SANDBOX_SNOWPIPE_DETAIL_FILE_PIPES_HPP
