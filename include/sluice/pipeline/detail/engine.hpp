#ifndef SLUICE_PIPELINE_DETAIL_ENGINE_HPP
#define SLUICE_PIPELINE_DETAIL_ENGINE_HPP

#include <sluice/config.hpp>
#include <sluice/destination/destination.hpp>
#include <sluice/ledger/ack.hpp>
#include <sluice/ledger/journal.hpp>
#include <sluice/ledger/ledger.hpp>
#include <sluice/observe/stats.hpp>
#include <sluice/pipeline/detail/any_session.hpp>
#include <sluice/pipeline/detail/body.hpp>
#include <sluice/pipeline/detail/budget.hpp>
#include <sluice/pipeline/detail/dead_letter_office.hpp>
#include <sluice/pipeline/detail/gate.hpp>
#include <sluice/pipeline/detail/intake.hpp>
#include <sluice/pipeline/detail/running_load.hpp>
#include <sluice/pipeline/detail/segment_pool.hpp>
#include <sluice/pipeline/detail/shape.hpp>
#include <sluice/pipeline/detail/slot.hpp>
#include <sluice/pipeline/health.hpp>
#include <sluice/pipeline/options.hpp>
#include <sluice/pipeline/report.hpp>
#include <sluice/transport/cancel.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::detail {

/// One payload between its worker and its last verdict. Transport thread, except as said.
struct flight {
  sealed_body body;
  bool has_body = true;  ///< false once the bytes are freed
  bool sending = false;
  bool accepted = false;
  bool was_sent = false;
  bool burying = false;  ///< a worker reads `body`
  bool halved = false;
  bool left_open = false;  ///< with a journal: rows of it are for the next run
  std::uint64_t without_verdict = 0;
  std::uint64_t confirmed = 0;
  std::uint64_t dead = 0;
  std::uint64_t sent_bytes = 0;
  std::vector<burial> burials;    ///< rows with a reason that wait for the dead letters
  std::vector<burial> announced;  ///< rows with a reason whose records are being fetched
  std::vector<std::function<void()>> when_written;
  payload_note service;
  std::string failure;
};

/// Everything of a loader that does not depend on its record: from segments to the report.
///
/// Threads: producers (intake), the transport's workers (strands: seal, compress, dead letters) and
/// the transport thread (sessions, verdicts, deadlines). Coroutines and jobs under way own the
/// engine, so it may outlive its loader for a moment; then it calls nothing of the program's.
class engine final : public running_load, public std::enable_shared_from_this<engine>, private ack {
 public:
  engine(transport& t, load_shape const& s, run_options options);

  SLUICE_DECL ~engine() override;

  /// Errors: errc::invalid_configuration, errc::memory_limit, those of the journal.
  result<void> prepare(std::string const& target, session_factory const& make_session);

  void start_tasks();

  [[nodiscard]] slot* attach() override { return intake_->attach(); }

  void detach(slot& s) override { intake_->detach(s); }

  intake_turn next(slot& s, std::size_t bytes, bool wait) override {
    return intake_->next(s, bytes, wait);
  }

  bool on_watch(slot& s) override { return intake_->on_watch(s); }

  SLUICE_DECL bool put_bad(slot& s, rejection why, std::string record) override;
  SLUICE_DECL bool put_too_large(slot& s, segment const& row, std::uint64_t limit) override;

  [[nodiscard]] std::uint64_t row_limit() const noexcept override { return row_limit_; }

  void count_refused() noexcept override { refused_.fetch_add(1, std::memory_order_relaxed); }

  SLUICE_DECL void note_source_failure(error const& why) override;
  SLUICE_DECL result<position> resume_position(deadline until) override;
  SLUICE_DECL result<position> counted_position(deadline until) override;
  SLUICE_DECL result<void> flush(deadline until) override;
  SLUICE_DECL report finish(deadline until) override;
  SLUICE_DECL void shut_down(report const& told_by_destructor, bool tell) override;
  SLUICE_DECL load_stats stats() override;
  SLUICE_DECL health how_it_goes() override;

  [[nodiscard]] transport& loop() const noexcept override { return transport_; }

  [[nodiscard]] run_options const& options() const noexcept override { return options_; }

  [[nodiscard]] std::string const& run_id() const noexcept override { return run_id_; }

 private:
  enum class phase : std::uint8_t { opening, open, failed };

  /// One worker's place: its open body and what is wanted of it.
  struct strand {
    bool scheduled = false;
    bool seal = false;
    std::unique_ptr<open_body> body;      ///< the scheduled job's alone
    std::unique_ptr<codec_stream> codec;  ///< likewise, between bodies
    bool has_body = false;
    steady_time since{};
    position first = 0;
  };

  struct flush_request {
    position upto = 0;
    deadline until;
    bool flushed = false;
    std::atomic<bool> done{false};
    result<void> outcome;

    explicit flush_request(deadline d) : until{d} {}
  };

  void spawn(task<void> work);

  // engine_work.ipp: strands
  void on_queued();
  void schedule_one();
  void schedule(std::size_t index);
  void work(std::size_t index);
  void add_rows(strand& s, handed_over const& rows);
  void seal_body(strand& s);
  bool wants_seal(strand const& s) const;
  void seal_upto(position upto);
  void seal_all();
  bool strands_idle() const;

  // engine_age.ipp: the age of batches
  void on_first_record();
  std::optional<steady_time> check_ages();
  std::optional<steady_time> seal_older(steady_time now);
  static task<void> run_ages(std::weak_ptr<engine> weak, transport& t);

  // engine_send.ipp: payloads out, verdicts in
  void arrived(std::shared_ptr<flight> f, std::optional<error> const& unplanned);
  void pump();
  static task<void> run_send(std::shared_ptr<engine> self, std::shared_ptr<flight> f);
  void after_send(std::shared_ptr<flight> const& f, result<accepted> const& outcome);
  void not_sent(std::shared_ptr<flight> const& f, error const& why);
  void give_up(std::shared_ptr<flight> const& f,
               std::vector<position_range> const& rows,
               dead_reason reason,
               error const& why);
  static task<void> run_halve(std::shared_ptr<engine> self, std::shared_ptr<flight> f, error why);
  SLUICE_DECL void confirm(position_range rows) override;
  SLUICE_DECL void reject(position row, rejection why, std::string record) override;
  SLUICE_DECL void reject(position_range rows, rejection const& why) override;
  [[nodiscard]] SLUICE_DECL bool announce(std::uint64_t sequence,
                                          std::span<position_range const> rows,
                                          rejection const& why) override;
  SLUICE_DECL void when_written(std::uint64_t sequence, std::function<void()> then) override;
  SLUICE_DECL void note(std::uint64_t sequence, payload_note about) override;
  void note_defects();
  void bury(std::shared_ptr<flight> const& f, burial one);
  static task<void> run_burials(std::shared_ptr<engine> self, std::shared_ptr<flight> f);
  void free_body(flight& f);
  void log_end(payload_result const& ended) const;
  void settle(std::shared_ptr<flight> const& f);

  // engine_end.ipp: opening, flushing, finishing
  static task<void> run_open(std::shared_ptr<engine> self);
  static task<void> run_flush(std::shared_ptr<engine> self, deadline until);
  static task<void> run_finish(std::shared_ptr<engine> self, deadline until);
  void recovered(std::shared_ptr<flight> const& f, std::uint64_t rows, recovery how);
  void forget(std::shared_ptr<flight> const& f, std::vector<position_range> const& rows);
  void stop(error const& why);
  void fail(error why);
  void progress();
  void progress_pressure();
  void progress_flushes();
  void progress_finish();
  void abandon();
  void close_books();
  std::vector<position_range> bury_announced(std::shared_ptr<flight> const& f, position_range rows);
  bool quiet() const;
  report make_report();
  void log_figures(report const& r);

  transport& transport_;
  load_shape const shape_;
  run_options const options_;
  std::string run_id_;
  std::shared_ptr<gate> gate_;
  std::shared_ptr<budget> budget_;
  std::unique_ptr<intake> intake_;
  ledger books_;
  std::optional<journal> journal_;
  std::unique_ptr<dead_letter_office> office_;
  load_metrics metrics_;
  std::unique_ptr<any_session> session_;
  cancel_source cancel_;
  std::uint64_t row_limit_ = 0;
  std::size_t max_in_flight_ = 1;
  steady_time const started_;

  std::mutex mutable strands_mutex_;
  std::vector<strand> strands_;
  position seal_upto_ = 0;
  std::atomic<std::uint64_t> next_sequence_{0};
  std::atomic<std::int64_t> busy_ns_{0};

  std::atomic<bool> ages_watched_{false};
  bool ages_looked_again_ = false;

  // Transport thread.
  std::deque<std::shared_ptr<flight>> ready_;
  std::map<std::uint64_t, std::shared_ptr<flight>> flights_;
  std::list<std::shared_ptr<flush_request>> flushes_;
  std::size_t halving_ = 0;
  std::size_t failures_in_a_row_ = 0;
  bool session_open_ = false;
  bool flushing_ = false;
  bool finishing_session_ = false;
  bool books_closed_ = false;
  bool abandoned_ = false;
  std::optional<deadline> finish_until_;
  std::uint64_t reported_defects_ = 0;

  std::atomic<phase> phase_{phase::opening};
  std::atomic<std::size_t> in_flight_{0};
  std::atomic<std::size_t> peak_in_flight_{0};
  std::atomic<std::size_t> tasks_{0};
  std::atomic<bool> finished_{false};
  std::atomic<bool> wants_progress_{false};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> recovered_{0};

  // What several threads tell.
  std::mutex mutable notes_mutex_;
  std::optional<error> failure_;
  std::string last_trouble_;
  std::optional<error> last_refusal_;  ///< of a payload as a whole, whatever its rows
  bool degraded_ = false;
  std::optional<error> stopped_;  ///< why no more records are taken, although the load goes on
  position resume_at_ = 0;
  bool is_counted_ = false;  ///< `resume_at_` is what a journal or the destination says
  std::array<std::uint64_t, 6> dead_by_reason_{};
  std::deque<payload_result> results_;
  std::uint64_t results_omitted_ = 0;
};

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_DETAIL_ENGINE_HPP
