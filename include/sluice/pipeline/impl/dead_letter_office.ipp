#ifndef SLUICE_PIPELINE_IMPL_DEAD_LETTER_OFFICE_IPP
#define SLUICE_PIPELINE_IMPL_DEAD_LETTER_OFFICE_IPP

#include <sluice/pipeline/detail/dead_letter_office.hpp>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace sluice::inline v0::detail {

/// A run of rows of a body, counted from its first row.
struct wanted_rows {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  position at = 0;
  burial const* why = nullptr;
};

/// Which rows of `body` the burials mean, in body order.
inline std::vector<wanted_rows> find_rows(payload const& body, std::span<burial const> burials) {
  std::vector<wanted_rows> wanted;
  for (burial const& one : burials) {
    std::uint64_t row = 0;
    for (position_range const& range : body.positions) {
      position const from = std::max(range.first, one.rows.first);
      position const to = std::min(range.end(), one.rows.end());
      if (from < to) wanted.push_back({row + (from - range.first), to - from, from, &one});
      row += range.count;
    }
  }
  std::sort(wanted.begin(), wanted.end(), [](wanted_rows const& a, wanted_rows const& b) {
    return a.first < b.first;
  });
  return wanted;
}

/// What stands before the rows of a body.
inline std::string header_of(row_format const& rows) {
  class text final : public byte_sink {
   public:
    void write(chunk bytes) override { all += bytes.bytes(); }

    std::string all;
  } out;

  rows.open_body()->begin(out);
  return std::move(out.all);
}

/// Letters on their way to the sink, some at a time.
class dead_letter_office::batch {
 public:
  batch(dead_letter_office& office, std::uint64_t sequence, bool was_sent)
      : office_{office}, sequence_{sequence}, was_sent_{was_sent} {}

  void add(dead_letter letter) {
    constexpr std::size_t most_letters = 1000;
    constexpr std::size_t most_bytes = 1u << 18;
    letter.payload = sequence_;
    letter.was_sent = was_sent_;
    bytes_ += letter.record.size();
    letters_.push_back(std::move(letter));
    if (letters_.size() >= most_letters || bytes_ >= most_bytes) flush();
  }

  void add(position at, rejection const& why) {
    dead_letter letter;
    letter.at = at;
    letter.why = why;
    add(std::move(letter));
  }

  /// Renders the rows of `text`, which are [first, first + count) of its body. `rows` are those
  /// wanted in there.
  void render(std::string_view text,
              std::uint64_t first,
              std::uint64_t count,
              std::span<wanted_rows const> rows) {
    std::uint64_t wanted = 0;
    for (wanted_rows const& run : rows) wanted += overlap(run, first, count).second;
    if (wanted == 0) return;
    // `render` reads from the start, so many rows of a large text are halved first.
    constexpr std::uint64_t few = 16;
    if (wanted > few && count > few && render_halves(text, first, count, rows)) return;
    for (wanted_rows const& run : rows) {
      auto const [from, n] = overlap(run, first, count);
      for (std::uint64_t row = from; row != from + n; ++row) {
        dead_letter letter;
        letter.at = run.at + (row - run.first);
        letter.why = *run.why->why;
        if (auto record = office_.rows_.render(text, row - first, office_.reveal_pii_); record)
          letter.record = std::move(record).value();
        add(std::move(letter));
      }
    }
  }

  bool flush() {
    if (!letters_.empty()) good_ &= office_.write(letters_);
    letters_.clear();
    bytes_ = 0;
    return good_;
  }

 private:
  bool render_halves(std::string_view text,
                     std::uint64_t first,
                     std::uint64_t count,
                     std::span<wanted_rows const> rows) {
    std::uint64_t const half = count / 2;
    auto const front = office_.rows_.slice(text, 0, half);
    auto const back = office_.rows_.slice(text, half, count - half);
    if (!front || !back) return false;
    render(*front, first, half, rows);
    render(*back, first + half, count - half, rows);
    return true;
  }

  static std::pair<std::uint64_t, std::uint64_t> overlap(wanted_rows const& run,
                                                         std::uint64_t first,
                                                         std::uint64_t count) {
    std::uint64_t const from = std::max(run.first, first);
    std::uint64_t const to = std::min(run.first + run.count, first + count);
    return {from, to > from ? to - from : 0};
  }

  dead_letter_office& office_;
  std::uint64_t sequence_;
  bool was_sent_;
  std::vector<dead_letter> letters_;
  std::size_t bytes_ = 0;
  bool good_ = true;
};

SLUICE_DECL dead_letter_office::dead_letter_office(run_options const& options,
                                                   row_format const& rows,
                                                   std::string run_id)
    : rows_{rows},
      reveal_pii_{options.reveal_pii},
      has_journal_{!options.journal.path.empty()},
      run_id_{std::move(run_id)},
      sink_{options.dead_letters ? options.dead_letters
                                 : dead_letter_file("sluice-" + run_id_ + ".dead.ndjson")},
      handler_{options.on_incident},
      log_{options.log} {
  if (rows.describe().header) header_ = header_of(rows);
  for (column_info const& column : rows.columns())
    has_private_columns_ |= column.secret || (column.pii && !reveal_pii_);
}

SLUICE_DECL dead_letter dead_letter_office::letter_from_text(position at,
                                                             rejection why,
                                                             std::string_view text) const {
  dead_letter letter;
  letter.at = at;
  letter.why = std::move(why);
  // A service gives a row back with or without its line break, and never the header of its file.
  std::string row = header_;
  row += text;
  if (!row.ends_with('\n')) row += '\n';
  if (auto record = rows_.render(row, 0, reveal_pii_); record) {
    letter.record = std::move(record).value();
  } else if (!has_private_columns_) {
    // With private columns it is left out: what cannot be read cannot be redacted.
    letter.record = text;
    letter.record_is_text = true;
  }
  return letter;
}

SLUICE_DECL bool dead_letter_office::bury(sealed_body const* body,
                                          std::uint64_t sequence,
                                          bool was_sent,
                                          std::span<burial const> burials) {
  batch letters{*this, sequence, was_sent};
  std::vector<burial> in_body;
  for (burial const& one : burials) {
    if (!one.text.empty()) {
      letters.add(letter_from_text(one.rows.first, *one.why, one.text));
    } else if (body != nullptr) {
      in_body.push_back(one);
    } else {
      for (position at = one.rows.first; at != one.rows.end(); ++at) letters.add(at, *one.why);
    }
  }
  if (!in_body.empty()) {
    std::vector<wanted_rows> const wanted = find_rows(body->data, in_body);
    std::uint64_t rendered_to = 0;
    auto const read =
        for_each_part(*body, [&](std::string_view text, std::uint64_t first, std::uint64_t rows) {
          letters.render(text, first, rows, wanted);
          rendered_to = first + rows;
          return rendered_to < wanted.back().first + wanted.back().count;
        });
    if (!read) {
      log_.error("pipeline",
                 "records cannot be shown in the dead letters: " + read.error().describe());
      for (wanted_rows const& run : wanted)
        for (std::uint64_t i = 0; i != run.count; ++i)
          if (run.first + i >= rendered_to) letters.add(run.at + i, *run.why->why);
    }
  }
  return letters.flush();
}

/// Exclusive use of the sink or the handler; none if the office is closed.
class dead_letter_office::turn {
 public:
  turn(dead_letter_office& office, bool& busy) : office_{office}, busy_{busy} {
    std::unique_lock lock{office_.mutex_};
    office_.free_.wait(lock, [&] { return !busy_ || office_.closed_; });
    held_ = !office_.closed_;
    if (held_) busy_ = true;
  }

  turn(turn const&) = delete;
  turn& operator=(turn const&) = delete;

  ~turn() {
    if (!held_) return;
    std::scoped_lock const lock{office_.mutex_};
    busy_ = false;
    office_.free_.notify_all();
  }

  [[nodiscard]] bool held() const noexcept { return held_; }

 private:
  dead_letter_office& office_;
  bool& busy_;
  bool held_ = false;
};

SLUICE_DECL bool dead_letter_office::write(std::span<dead_letter const> letters) {
  result<void> written;
  {
    turn const mine{*this, in_sink_};
    if (!mine.held()) return false;
    std::span<dead_letter const> left = letters;
    while (written && !left.empty()) {
      auto const part = left.first(std::clamp(sink_->most_at_once(), std::size_t{1}, left.size()));
      written = sink_->write(part, run_id_);
      if (written) left = left.subspan(part.size());
    }
    result<void> safe;
    if (has_journal_ && left.size() != letters.size()) safe = sink_->sync();
    // What is not on the disk may be nowhere.
    if (safe) letters = left;
    if (written) written = std::move(safe);
    std::scoped_lock const lock{mutex_};
    used_ = true;
    if (written) return true;
    if (!failed_.exchange(true)) failure_ = written.error();
  }
  log_.error("pipeline", "dead letters cannot be written: " + written.error().describe());
  tell({written.error(), letters, nullptr});
  return false;
}

SLUICE_DECL void dead_letter_office::tell(incident const& what) noexcept {
  try {
    turn const mine{*this, in_handler_};
    if (!mine.held()) return;
    if (handler_) {
      handler_(what);
      return;
    }
    std::string text = "sluice: " + what.what.describe();
    if (!what.letters.empty())
      text += " (" + std::to_string(what.letters.size()) + " records from position " +
              std::to_string(what.letters.front().at) +
              (has_journal_ ? " stay open for the next run)" : " are lost)");
    std::fprintf(stderr, "%s\n", text.c_str());
  } catch (...) {
    // A handler that throws has heard of it; there is nobody else to tell.
  }
}

SLUICE_DECL bool dead_letter_office::close(milliseconds within) {
  std::unique_lock lock{mutex_};
  closed_ = true;
  free_.notify_all();
  return free_.wait_for(lock, within, [&] { return !in_sink_ && !in_handler_; });
}

SLUICE_DECL error dead_letter_office::failure() const {
  std::scoped_lock const lock{mutex_};
  return failure_;
}

SLUICE_DECL std::string dead_letter_office::where() const {
  std::scoped_lock const lock{mutex_};
  return used_ ? sink_->describe() : std::string{};
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_IMPL_DEAD_LETTER_OFFICE_IPP
