#ifndef SLUICE_PIPELINE_LOADER_HPP
#define SLUICE_PIPELINE_LOADER_HPP

#include <sluice/config.hpp>
#include <sluice/ledger/position.hpp>
#include <sluice/observe/stats.hpp>
#include <sluice/pipeline/detail/front.hpp>
#include <sluice/pipeline/detail/load_owner.hpp>
#include <sluice/pipeline/detail/loader_traits.hpp>
#include <sluice/pipeline/detail/running_load.hpp>
#include <sluice/pipeline/health.hpp>
#include <sluice/pipeline/options.hpp>
#include <sluice/pipeline/plan.hpp>
#include <sluice/pipeline/report.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace sluice::inline v0 {

/// One thread's handle to push records into a loader. Move-only; what it holds is handed over when
/// it goes. Thread safety: one thread at a time. It must be gone before the loader's `finish`;
/// records pushed later are refused.
template<class Record, class Front>
class producer {
 public:
  producer(producer&&) noexcept = default;
  producer& operator=(producer&&) noexcept = default;

  /// As `loader::push`.
  bool push(Record const& record);

  /// As `loader::try_push`.
  push_result try_push(Record const& record);

 private:
  template<class, class...>
  friend class loader;

  explicit producer(Front f) : front_{std::move(f)} {}

  Front front_;
};

/// Loads records of one type into one destination.
///
///     using order_loader = sluice::loader<order,
///         sluice::batch<sluice::max_rows<200'000>, sluice::max_bytes<128_MiB>,
///         sluice::max_age<5_s>>, sluice::encode<sluice::csv<>>, sluice::compress<sluice::gzip<1>>,
///         sluice::upload<sluice::file>>;
///     order_loader load{transport, {.directory = "out"}};
///     for (order const& o : orders) load.push(o);
///     sluice::report const r = load.finish();
///
/// Policies may stand in any order; see `plan` for what may be left out. A wrong combination is one
/// compile error that names the rule.
///
/// `push` encodes on the caller's thread into an open segment; the transport's workers compress and
/// the transport thread sends. Memory: at most `run_options::memory_limit` bytes in buffers; `push`
/// waits at the bound. No allocation per record.
///
/// Every record pushed ends in exactly one of three places: confirmed by the service, in the dead
/// letters with a reason, or (with `durable<journal>`, where it could not be delivered) open for
/// the next run. With a journal, a payload that the service does not take ends the run.
///
/// Thread safety: `push`, `try_push`, `push_bad`, `flush`, `finish` by one thread at a time; other
/// threads push through `new_producer`; `stats`, `health`, `run_id` and `new_producer` from any
/// thread. Not on the transport thread. The transport must outlive the loader.
template<class Record, class... Policies>
class loader {
 public:
  using plan_type = plan<Record, Policies...>;
  using record_type = Record;
  using config = typename detail::loader_traits<plan_type>::config;
  using front_type = typename detail::loader_traits<plan_type>::front;
  using producer_type = producer<Record, front_type>;

  /// Opens the destination in the background; the first records wait for it.
  /// Throws std::system_error: errc::invalid_configuration, errc::memory_limit (the policies need
  /// more; the message names the figures), or what keeps the journal from being opened.
  loader(transport& t, config destination, run_options options = {});

  /// The same without exceptions.
  static result<loader> make(transport& t, config destination, run_options options = {});

  loader(loader&&) noexcept = default;
  /// What was assigned to is finished first, as by its destructor.
  loader& operator=(loader&& other) noexcept;
  /// Without `finish`: finishes within `run_options::destructor_within` and tells the report
  /// handler if something went wrong. Never waits longer than that and twice `bury_within`.
  ~loader();

  /// Takes a record; waits while memory is short. False: not taken, since the loader has ended;
  /// `health()` and the report say why. A record that cannot be written goes to the dead letters.
  bool push(Record const& record);

  /// Takes every element of a range: records, or items that are a record or an error, such as a
  /// `source` or `result<Record>` gives. An error becomes a dead letter or ends the load, as
  /// `run_options::on_bad_record` says; an item whose `fatal()` is true ends the pushing and makes
  /// the report fail. Returns how many elements were taken.
  template<detail::record_range<Record> Range>
  std::uint64_t push(Range&& records);

  /// Like `push` without waiting for memory.
  push_result try_push(Record const& record);

  /// Takes the place of a record that could not be read: it gets a position and becomes a dead
  /// letter with `why.message`. `record`: one JSON object, or empty.
  bool push_bad(error const& why, std::string record = {});

  /// A handle for another thread. Errors: errc::invalid_configuration when
  /// `run_options::producers` handles are in use.
  [[nodiscard]] result<producer_type> new_producer();

  /// The first record that the destination does not hold: where a source that is read again has to
  /// start. Waits until the destination is open. Call it before the first push.
  [[nodiscard]] result<position> resume_position();
  [[nodiscard]] result<position> resume_position(deadline until);

  /// Goes on where the last run stopped: moves `source` there, pushes what is left of it as `push`
  /// does, and returns where it went on. Call it before anything is pushed. It compiles for a
  /// source that can `seek` and a loader that knows its place: one with a journal, or whose
  /// destination keeps count.
  /// Errors: errc::invalid_configuration if nothing says where this source stopped (a destination
  /// that keeps count asks for its name); those of `resume_position` and of the source's `seek`.
  template<detail::record_range<Record> Source>
  result<position> resume(Source&& source);

  /// Brings everything pushed so far to its end: confirmed or a dead letter. Errors:
  /// errc::deadline, or what keeps the destination from it.
  result<void> flush();
  result<void> flush(deadline until);

  /// Brings everything to its end and closes the destination; the loader takes nothing afterwards.
  /// What has no verdict at the deadline becomes a dead letter `undelivered` or `unknown` (with a
  /// journal it stays open); writing these may take `run_options::bury_within` longer. A second
  /// call returns the same report.
  report finish();
  report finish(deadline until);

  [[nodiscard]] load_stats stats() const;
  [[nodiscard]] sluice::health health() const;

  /// [0-9a-z-], from which names at the service derive; kept over restarts with a journal.
  [[nodiscard]] std::string const& run_id() const;

 private:
  explicit loader(std::shared_ptr<detail::running_load> engine);

  static result<std::shared_ptr<detail::running_load>> start(transport& t,
                                                             config destination,
                                                             run_options options);

  detail::load_owner load_;
  front_type front_;

  static_assert(sizeof(require<typename plan_type::diagnosis>) != 0);
};

}  // namespace sluice::inline v0

#include <sluice/pipeline/impl/loader.hpp>

#endif  // SLUICE_PIPELINE_LOADER_HPP
