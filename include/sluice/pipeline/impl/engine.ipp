#ifndef SLUICE_PIPELINE_IMPL_ENGINE_IPP
#define SLUICE_PIPELINE_IMPL_ENGINE_IPP

#include <sluice/pipeline/detail/engine.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace sluice::inline v0::detail {

inline std::string random_run_id() {
  constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::array<std::uint32_t, 20> drawn{};
  if (::getentropy(drawn.data(), sizeof drawn) != 0)
    throw std::system_error{errno, std::generic_category(), "getentropy"};
  std::string id;
  for (std::uint32_t const number : drawn) id += digits[number % digits.size()];
  return id;
}

inline bool is_run_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-';
  });
}

/// What a journal must match: columns, format and codec, in words.
inline std::string layout_of(load_shape const& s) {
  std::string text;
  for (column_info const& column : s.rows->columns()) {
    if (!text.empty()) text += ", ";
    text.append(column.name).append(":").append(std::to_string(static_cast<int>(column.type)));
    if (column.nullable) text += '?';
  }
  text.append("; ").append(name_of(s.rows->describe().kind));
  text.append("; ").append(name_of(s.compression));
  return text;
}

/// What a worker holds beyond the segment it reads: its codec, the output of one segment.
inline std::uint64_t worker_bytes(load_shape const& s) {
  if (s.compression == codec::none) return 0;
  return codec_memory(s.compression, s.level) + s.segment_bytes + codec_block_bytes;
}

SLUICE_DECL engine::engine(transport& t, load_shape const& s, run_options options)
    : transport_{t},
      shape_{s},
      options_{std::move(options)},
      gate_{std::make_shared<gate>(t)},
      started_{t.now()} {}

SLUICE_DECL engine::~engine() = default;

SLUICE_DECL result<std::shared_ptr<running_load>> running_load::start(
    transport& t,
    load_shape const& s,
    std::string const& target,
    session_factory const& make_session,
    run_options options) {
  std::shared_ptr<engine> made{new engine{t, s, std::move(options)}};
  if (auto prepared = made->prepare(target, make_session); !prepared)
    return std::move(prepared).error();
  made->start_tasks();
  return std::shared_ptr<running_load>{std::move(made)};
}

SLUICE_DECL result<void> engine::prepare(std::string const& target,
                                         session_factory const& make_session) {
  auto const refuse = [](std::string text) {
    return error{errc::invalid_configuration, std::move(text)};
  };
  if (!options_.run_id.empty() && !is_run_id(options_.run_id))
    return refuse("run_id must be 1 to 64 of 0-9, a-z and -; it names files at the service");
  if (shape_.durable != !options_.journal.path.empty())
    return refuse(shape_.durable ? "durable<journal> needs a file; set journal.path in run_options"
                                 : "journal.path is set, but the loader lacks durable<journal>");
  std::size_t const producers = shape_.durable ? 1 : std::max<std::size_t>(1, options_.producers);
  std::size_t workers = options_.workers != 0 ? options_.workers : transport_.worker_threads();
  workers = shape_.limits.ordered ? 1 : std::min(workers, transport_.worker_threads());

  std::uint64_t const reserve = workers * worker_bytes(shape_);
  // Where the session copies a body, producers take half: all bodies may be copied at once.
  std::uint64_t const held = shape_.limits.copies_body ? 2 : 1;
  std::uint64_t const least = reserve + held * (producers + workers + 1) * shape_.segment_bytes;
  if (options_.memory_limit < least) {
    return error{errc::memory_limit,
                 "memory_limit is " + std::to_string(options_.memory_limit) + " bytes, but " +
                     std::to_string(producers) + " producers and " + std::to_string(workers) +
                     " workers with segments of " + std::to_string(shape_.segment_bytes) +
                     " bytes need " + std::to_string(least) +
                     "; allow more, or fewer producers or workers"};
  }
  run_id_ = options_.run_id.empty() ? random_run_id() : options_.run_id;
  if (shape_.durable) {
    auto opened = journal::open(options_.journal.path,
                                journal_identity{target, layout_of(shape_)},
                                run_id_,
                                options_.journal.after_step,
                                options_.journal.owner_within);
    if (!opened) return std::move(opened).error();
    journal_.emplace(std::move(opened).value());
    run_id_ = journal_->run_id();
    next_sequence_.store(journal_->next_sequence());
  }
  budget_ =
      std::make_shared<budget>(options_.memory_limit,
                               options_.memory_limit - (options_.memory_limit - reserve) / held,
                               [waiting = gate_] { waiting->notify(); });
  row_limit_ = std::min(shape_.limits.max_row_bytes,
                        budget_->for_producers() - (producers - 1) * shape_.segment_bytes);
  std::size_t const most_queued = std::max<std::size_t>(4, 4 * workers);
  auto pool = std::make_shared<segment_pool>(budget_, shape_.segment_bytes);
  intake_ = std::make_unique<intake>(
      transport_,
      shape_,
      producers,
      most_queued,
      std::move(pool),
      gate_,
      books_,
      intake::hooks{
          [this] { on_queued(); },
          [this] { on_first_record(); },
          [this] { transport_.post([self = shared_from_this()] { self->progress(); }); }});
  strands_ = std::vector<strand>(workers);
  max_in_flight_ = std::max<std::size_t>(1, shape_.limits.max_in_flight);
  if (options_.max_in_flight != 0)
    max_in_flight_ = std::min(max_in_flight_, options_.max_in_flight);
  office_ = std::make_unique<dead_letter_office>(options_, *shape_.rows, run_id_);
  metrics_.upload_workers_max.set(max_in_flight_);
  metrics_.memory_limit_bytes.set(options_.memory_limit);
  session_ = make_session(environment{transport_,
                                      run_id_,
                                      shape_.rows->columns(),
                                      shape_.rows->describe(),
                                      shape_.compression,
                                      options_.log,
                                      &metrics_});
  return success;
}

SLUICE_DECL void engine::start_tasks() {
  spawn(run_open(shared_from_this()));
}

inline task<void> counted(std::shared_ptr<gate> waiting,
                          std::atomic<std::size_t>& tasks,
                          std::shared_ptr<engine> owner,
                          task<void> work) {
  result<void> const outcome = co_await work;
  tasks.fetch_sub(1);
  waiting->notify();
  static_cast<void>(owner);
  co_return outcome;
}

/// Starts a task that a deadline gives up.
SLUICE_DECL void engine::spawn(task<void> work) {
  tasks_.fetch_add(1);
  transport_.spawn(counted(gate_, tasks_, shared_from_this(), std::move(work)), cancel_.token());
}

SLUICE_DECL bool engine::put_bad(slot& s, rejection why, std::string record) {
  if (options_.on_bad_record == on_bad_record::abort) {
    stop(error{errc::invalid_input, why.message});
    return false;
  }
  bool skipped = false;
  std::optional<position> const at = intake_->place(s, skipped);
  if (!at) return skipped;
  std::size_t const reason = static_cast<std::size_t>(why.reason);
  dead_letter letter;
  letter.at = *at;
  letter.why = std::move(why);
  letter.record = std::move(record);
  bool const safe = office_->write({&letter, 1});
  if (!safe && journal_) {
    // The next run hears of it again.
    books_.leave_open({*at, 1});
    fail(office_->failure());
    return true;
  }
  if (journal_) {
    position_range const row{*at, 1};
    if (auto noted = journal_->ended({&row, 1}); !noted) fail(noted.error());
  }
  books_.bury({*at, 1});
  metrics_.records_dead_lettered.add();
  std::scoped_lock const lock{notes_mutex_};
  ++dead_by_reason_[reason];
  return true;
}

SLUICE_DECL bool engine::put_too_large(slot& s, segment const& row, std::uint64_t limit) {
  std::uint32_t const bytes = row.committed().bytes;
  std::string const text = "the record has " + std::to_string(bytes) +
                           " bytes encoded, more than the " + std::to_string(limit) +
                           " that can be sent";
  std::string record;
  if (auto rendered = shape_.rows->render({row.data(), bytes}, 0, options_.reveal_pii); rendered)
    record = std::move(rendered).value();
  return put_bad(s, rejection{dead_reason::too_large, {}, text, {}}, std::move(record));
}

SLUICE_DECL void engine::note_source_failure(error const& why) {
  options_.log.error("pipeline", "the source ended early: " + why.describe());
  std::scoped_lock const lock{notes_mutex_};
  if (!failure_) failure_ = why;
}

SLUICE_DECL load_stats engine::stats() {
  load_stats now = metrics_.snapshot();
  tally const counts = books_.counts();
  std::uint64_t const open = intake_->open_rows();
  now.records_pushed = counts.pushed + open;
  now.records_written = counts.confirmed;
  now.records_dead_lettered = counts.dead_lettered;
  now.records_spooled = counts.spooled;
  now.records_pending = counts.pending + open;
  now.memory_bytes = budget_->used();
  return now;
}

SLUICE_DECL health engine::how_it_goes() {
  health now;
  using real_seconds = std::chrono::duration<double>;
  double const elapsed = std::max(1e-9, real_seconds{transport_.now() - started_}.count());
  double const blocked = real_seconds{intake_->blocked()}.count() / elapsed;
  double const busy = real_seconds{std::chrono::nanoseconds{busy_ns_.load()}}.count() /
                      (elapsed * static_cast<double>(strands_.size()));
  if (blocked > 0.1)
    now.bottleneck = busy > 0.7 ? pipeline_stage::compress : pipeline_stage::upload;
  auto const percent = [](double share) {
    return std::to_string(static_cast<int>(std::clamp(share, 0.0, 1.0) * 100)) + " %";
  };
  std::scoped_lock const lock{notes_mutex_};
  if (phase_.load() == phase::failed || stopped_) {
    now.status = health_status::failed;
    now.message = failure_   ? failure_->describe()
                  : stopped_ ? stopped_->describe()
                             : "the load failed";
  } else if (degraded_ || office_->sink_failed()) {
    now.status = health_status::degraded;
    now.message = office_->sink_failed()
                      ? "dead letters cannot be written: " + office_->failure().describe()
                      : last_trouble_;
  } else if (phase_.load() == phase::opening) {
    now.message = "the destination is being opened";
  } else {
    now.message = "limited by " + std::string{name_of(now.bottleneck)} + ": producers waited " +
                  percent(blocked) + " of the time for memory, workers were busy " + percent(busy) +
                  ", " + std::to_string(in_flight_.load()) + " of " +
                  std::to_string(max_in_flight_) + " uploads under way";
  }
  return now;
}

SLUICE_DECL report engine::make_report() {
  report r;
  static_cast<tally&>(r) = books_.counts();
  load_stats const figures = metrics_.snapshot();
  r.skipped = intake_->skipped();
  r.recovered = recovered_.load();
  r.refused = refused_.load();
  r.records_written = r.confirmed;
  r.bytes_encoded = figures.bytes_encoded;
  r.bytes_uploaded = figures.bytes_uploaded;
  r.files_uploaded = figures.files_uploaded;
  r.copy_operations = figures.copy_operations;
  r.upload_workers = peak_in_flight_.load();
  r.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(transport_.now() - started_);
  r.peak_memory_bytes = budget_->peak();
  r.run_id = run_id_;
  r.dead_letters = office_->where();
  std::scoped_lock const lock{notes_mutex_};
  r.dead_by_reason = dead_by_reason_;
  r.payloads.assign(results_.begin(), results_.end());
  r.payloads_omitted = results_omitted_;
  r.failure = failure_ ? failure_ : stopped_;
  if (!r.failure && office_->sink_failed()) r.failure = office_->failure();
  // A small load may end before `give_up_after` payloads were refused.
  if (!r.failure && r.confirmed == 0 && last_refusal_) r.failure = last_refusal_;
  if (!r.failure && r.pending != 0)
    r.failure = error{errc::outcome_unknown,
                      std::to_string(r.pending) + " records are left open for the next run"};
  if (!r.failure && r.refused != 0)
    r.failure = error{errc::cancelled,
                      std::to_string(r.refused) + " calls of push came after the loader had ended"};
  return r;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_IMPL_ENGINE_IPP
