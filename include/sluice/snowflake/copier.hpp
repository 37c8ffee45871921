#ifndef SLUICE_SNOWFLAKE_COPIER_HPP
#define SLUICE_SNOWFLAKE_COPIER_HPP

#include <sluice/config.hpp>
#include <sluice/observe/log.hpp>
#include <sluice/observe/stats.hpp>
#include <sluice/snowflake/copy_result.hpp>
#include <sluice/snowflake/internal_stage.hpp>
#include <sluice/snowflake/session_pool.hpp>
#include <sluice/snowflake/sql.hpp>
#include <sluice/snowflake/verdicts.hpp>
#include <sluice/transport/group.hpp>
#include <sluice/transport/latency_limit.hpp>
#include <sluice/transport/sync.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::inline v0::snowflake {

/// How staged files get into the table.
struct copy_plan {
  copy_statement statement;  ///< without `files`
  std::string run_id;        ///< the directory of every file, for COPY_HISTORY
  std::size_t files_per_copy = 10;
  std::uint64_t rows_per_copy = 0;  ///< 0: any number
  std::size_t most_copies = 8;      ///< COPY statements at once
  bool asynchronous = true;
  bool purge = true;                        ///< removes files of which every row was loaded
  std::chrono::milliseconds table_wait{0};  ///< for a table that is not visible yet
  std::chrono::days history{};              ///< how far back the service is asked for a file's end
  std::uint64_t max_row_bytes = 0;          ///< of one encoded row
};

/// Collects staged files into COPY statements, runs as many at once as the warehouse takes, reads
/// every result and gives every row its verdict.
///
/// A group of files starts when it is full, or when no upload is under way that could fill it.
/// Each COPY names its files, and a file is loaded once by the table's load metadata, so a COPY
/// whose outcome is not known is simply sent again; with FORCE, which loads it again, the history
/// must tell, or nobody can. One that a lock on the table keeps from running is tried as often as
/// `connection::retry` allows, then its rows are undelivered.
///
/// Rows that are refused without their text, as the service gives none for a file that it refuses
/// or skips as a whole, are read back from the stage, so that their rejections carry the encoded
/// record: one file after the other, only once it is known to be what was sent, and no faster than
/// the records are taken. What cannot be read (the file is gone, a right is missing, time is up) is
/// rejected without records; the log says why. Memory for that: see `detail::stage_download`, and
/// twice `detail::stage_rows::batch_bytes`. Transport thread only.
class copier {
 public:
  /// `stage` holds the files.
  copier(transport& t,
         session_pool& sessions,
         internal_stage& stage,
         copy_plan plan,
         logger log,
         load_metrics* metrics);
  copier(copier const&) = delete;
  copier& operator=(copier const&) = delete;

  /// An upload is under way while this lives.
  class upload_mark {
   public:
    explicit upload_mark(copier& owner) noexcept : owner_{owner} { ++owner_.uploads_; }

    upload_mark(upload_mark const&) = delete;
    upload_mark& operator=(upload_mark const&) = delete;

    ~upload_mark() {
      --owner_.uploads_;
      owner_.pump();
    }

   private:
    copier& owner_;
  };

  /// The stage holds `file`; its rows get their verdicts from now on.
  void add(staged_file file);

  /// Ends when every file has its verdicts. The first error that kept a row from one, if any.
  [[nodiscard]] task<void> drain();

  /// Gives up: files that no COPY has begun with are reported as undelivered, running statements
  /// are cancelled at the service. Ends before `until`.
  [[nodiscard]] task<void> stop(steady_time until);

  /// Settles a file of an earlier run. False: the service says nothing of it, and it may not or
  /// cannot be loaded from the stage. `forgotten`: the silence of the history means nothing.
  [[nodiscard]] task<bool> recover(staged_file file, bool forgotten);

  /// Why COPY cannot work at all (no such table, no warehouse), once that is known.
  [[nodiscard]] std::optional<error> const& broken() const noexcept { return broken_; }

 private:
  struct batch {
    std::vector<staged_file> files;
    on_error policy;
    int attempts = 0;
  };

  struct running_copy {
    std::shared_ptr<session> on;
    std::string sql;
  };

  /// A file that is to be read back for these rows.
  struct unread_file {
    staged_file file;
    std::vector<bare_rows> rows;
  };

  using row_errors = std::map<std::string, std::vector<row_error>, std::less<>>;

  void pump();
  [[nodiscard]] std::size_t next_group() const;
  task<void> copy_group(std::vector<staged_file> files);
  task<void> work_off(std::vector<batch> work);
  task<void> copy_batch(batch b, std::vector<batch>& more);
  task<statement_reply> run_copy(std::shared_ptr<session> on, batch const& b, std::string& words);
  task<void> settle(std::shared_ptr<session> on,
                    batch b,
                    statement_reply const& reply,
                    std::vector<batch>& more);
  task<void> conclude(std::shared_ptr<session> on,
                      batch b,
                      std::vector<file_result> const& results,
                      row_errors errors,
                      std::vector<batch>& more);
  task<void> settle_by_history(std::shared_ptr<session> on,
                               batch b,
                               error why,
                               std::vector<batch>& more);
  task<void> send_again(batch b, std::vector<batch>& more);
  task<std::vector<file_result>> look_up(std::shared_ptr<session> on,
                                         std::vector<std::string> names);
  task<row_errors> errors_of(std::shared_ptr<session> on,
                             std::string query_id,
                             std::vector<std::string> names);
  task<row_errors> errors_in_history(std::shared_ptr<session> on,
                                     std::vector<std::string> const& names,
                                     std::vector<file_result> const& history);
  task<void> purge(std::shared_ptr<session> on, std::vector<std::string> names);
  task<bool> staged(std::shared_ptr<session> on, std::string name);
  task<void> until_idle();
  /// Ends early when the copier stops.
  task<void> pause(std::chrono::milliseconds length);
  task<void> next_change();
  task<void> cancel_running();
  void split(batch b, std::string_view words, std::vector<batch>& more) const;
  void give_up(batch const& b, error const& why);
  // copier_letters.ipp: the text of refused rows
  void bury(staged_file const& file, rejection const& why);
  void bury(staged_file const& file, std::vector<bare_rows> rows);
  task<void> read_files();
  task<void> read_back(unread_file& one);
  task<void> end_reading(steady_time at);
  task<void> until_read();
  /// Ends when `work` has, and the rows that it refused have their verdicts.
  task<void> and_read(task<void> work);
  void log_results(batch const& b,
                   std::vector<file_result> const& results,
                   std::string const& query_id) const;
  void tell(staged_file const& file, file_result const& result) const;
  void remember(error const& why);
  [[nodiscard]] std::string title() const;

  transport& transport_;
  session_pool& sessions_;
  internal_stage& stage_;
  copy_plan plan_;
  logger log_;
  load_metrics* metrics_;
  latency_limit
      limit_;  ///< COPY statements at once: a burst of them blocks the table for everybody
  std::deque<staged_file> waiting_;
  std::map<std::string, running_copy> running_;  ///< by request id
  std::size_t groups_ = 0;                       ///< under way
  std::size_t uploads_ = 0;
  bool stopped_ = false;
  std::optional<error> first_error_;
  std::optional<error> broken_;
  async_condition changed_;
  std::deque<unread_file> unread_;
  bool reading_ = false;
  task_group readers_;
  task_group tasks_;  ///< last: its destruction ends tasks that use the members above
};

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/copier.ipp>
#include <sluice/snowflake/impl/copier_letters.ipp>
#include <sluice/snowflake/impl/copier_settle.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_COPIER_HPP
