#ifndef SLUICE_PIPELINE_DETAIL_RUNNING_LOAD_HPP
#define SLUICE_PIPELINE_DETAIL_RUNNING_LOAD_HPP

#include <sluice/config.hpp>
#include <sluice/encode/segment.hpp>
#include <sluice/ledger/ack.hpp>
#include <sluice/ledger/position.hpp>
#include <sluice/observe/stats.hpp>
#include <sluice/pipeline/detail/any_session.hpp>
#include <sluice/pipeline/detail/shape.hpp>
#include <sluice/pipeline/detail/slot.hpp>
#include <sluice/pipeline/health.hpp>
#include <sluice/pipeline/options.hpp>
#include <sluice/pipeline/report.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace sluice::inline v0::detail {

/// What a loader knows of the `engine` behind it: a file that names loaders need not read the whole
/// pipeline. Called once per segment, not per record.
class running_load {
 public:
  using session_factory = std::function<std::unique_ptr<any_session>(environment const&)>;

  /// Errors: errc::invalid_configuration, errc::memory_limit, those of the journal.
  static result<std::shared_ptr<running_load>> start(transport& t,
                                                     load_shape const& s,
                                                     std::string const& target,
                                                     session_factory const& make_session,
                                                     run_options options);

  virtual ~running_load() = default;

  // Producers. Each slot belongs to one thread at a time.
  [[nodiscard]] virtual slot* attach() = 0;
  virtual void detach(slot& s) = 0;
  virtual intake_turn next(slot& s, std::size_t bytes, bool wait) = 0;
  virtual bool on_watch(slot& s) = 0;

  /// A record without a row: unreadable, unwritable or too large. `record` is JSON, may be empty.
  /// False: the loader has ended, or ends with this.
  virtual bool put_bad(slot& s, rejection why, std::string record) = 0;

  /// The same for a record that is encoded, but over a limit of the service.
  virtual bool put_too_large(slot& s, segment const& row, std::uint64_t limit) = 0;

  /// The largest row that can be taken, in bytes.
  [[nodiscard]] virtual std::uint64_t row_limit() const noexcept = 0;

  virtual void count_refused() noexcept = 0;

  /// The source ended before its end.
  virtual void note_source_failure(error const& why) = 0;

  // The loader's owner.
  [[nodiscard]] virtual result<position> resume_position(deadline until) = 0;
  /// The same where a journal or the destination counts; else an error.
  [[nodiscard]] virtual result<position> counted_position(deadline until) = 0;
  virtual result<void> flush(deadline until) = 0;
  virtual report finish(deadline until) = 0;
  /// After `finish`: nothing of the program's is called any more.
  virtual void shut_down(report const& told_by_destructor, bool tell) = 0;

  [[nodiscard]] virtual load_stats stats() = 0;
  [[nodiscard]] virtual health how_it_goes() = 0;

  [[nodiscard]] virtual transport& loop() const noexcept = 0;
  [[nodiscard]] virtual run_options const& options() const noexcept = 0;
  [[nodiscard]] virtual std::string const& run_id() const noexcept = 0;
};

}  // namespace sluice::inline v0::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/pipeline/impl/engine.ipp>
#include <sluice/pipeline/impl/engine_age.ipp>
#include <sluice/pipeline/impl/engine_end.ipp>
#include <sluice/pipeline/impl/engine_send.ipp>
#include <sluice/pipeline/impl/engine_work.ipp>
#endif

#endif  // SLUICE_PIPELINE_DETAIL_RUNNING_LOAD_HPP
