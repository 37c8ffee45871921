#ifndef SLUICE_LEDGER_IMPL_JOURNAL_IPP
#define SLUICE_LEDGER_IMPL_JOURNAL_IPP

#include <sluice/encode/detail/text_scan.hpp>
#include <sluice/ledger/detail/crc32c.hpp>
#include <sluice/ledger/journal.hpp>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <optional>
#include <utility>

namespace sluice::inline v0 {

namespace detail {

/// A journal is rewritten as it grows, so this is far more than one ever has.
inline constexpr std::uint64_t max_journal_bytes = 1ull << 28;
inline constexpr std::uint64_t journal_growth_before_compaction = 1ull << 22;
inline constexpr std::string_view journal_magic = "sluice-journal 2 ";

inline std::string journal_line(std::string_view body) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::uint32_t const crc = crc32c(body);
  std::string line;
  for (int shift = 28; shift >= 0; shift -= 4) line += hex[(crc >> shift) & 0xF];
  line.append(" ").append(body).append("\n");
  return line;
}

inline std::string ranges_text(std::span<position_range const> rows) {
  std::string text;
  for (position_range const& range : rows) {
    if (!text.empty()) text += ',';
    text += std::to_string(range.first) + '+' + std::to_string(range.count);
  }
  return text;
}

inline std::string plan_text(journal::open_payload const& planned) {
  return "plan " + std::to_string(planned.sequence) + ' ' +
         std::to_string(planned.planned_at.time_since_epoch().count()) + ' ' +
         ranges_text(planned.rows);
}

/// Takes words off the front of a line; every read is checked.
class journal_words {
 public:
  explicit journal_words(std::string_view line) : rest_{line} {}

  std::string_view word() {
    auto const blank = std::min(rest_.find(' '), rest_.size());
    std::string_view const taken = rest_.substr(0, blank);
    rest_.remove_prefix(std::min(blank + 1, rest_.size()));
    return taken;
  }

  std::optional<std::uint64_t> number() { return parse(word()); }

  /// Seconds since 1970, up to the year 9999.
  std::optional<std::chrono::sys_seconds> time() {
    constexpr std::uint64_t latest = 253'402'300'799;
    auto const seconds = number();
    if (!seconds || *seconds > latest) return std::nullopt;
    return std::chrono::sys_seconds{std::chrono::seconds{static_cast<std::int64_t>(*seconds)}};
  }

  /// Ranges that are not empty, do not overflow and number the rest of the line.
  std::optional<std::vector<position_range>> ranges() {
    std::vector<position_range> rows;
    while (!rest_.empty()) {
      auto const comma = std::min(rest_.find(','), rest_.size());
      std::string_view const one = rest_.substr(0, comma);
      rest_.remove_prefix(std::min(comma + 1, rest_.size()));
      auto const plus = one.find('+');
      if (plus == std::string_view::npos) return std::nullopt;
      auto const first = parse(one.substr(0, plus));
      auto const count = parse(one.substr(plus + 1));
      if (!first || !count || *count == 0 ||
          *count > std::numeric_limits<std::uint64_t>::max() - *first)
        return std::nullopt;
      rows.push_back({*first, *count});
    }
    if (rows.empty()) return std::nullopt;
    return rows;
  }

  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

 private:
  static std::optional<std::uint64_t> parse(std::string_view digits) {
    std::uint64_t value = 0;
    auto const [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  }

  std::string_view rest_;
};

}  // namespace detail

/// Reads the lines of a journal file into a journal.
struct journal::reader {
  journal& into;
  std::string_view text;
  std::size_t at = 0;
  std::size_t line_number = 0;

  [[nodiscard]] error damaged(std::string_view what) const {
    return error{errc::invalid_input,
                 "journal " + into.path_ + ", line " + std::to_string(line_number) + ": " +
                     std::string{what} +
                     "; restore the file, or delete it and load from where the table stands"};
  }

  /// The next line whose checksum is right; nothing at the end or at a torn last line.
  result<std::optional<std::string_view>> next() {
    if (at == text.size()) return std::optional<std::string_view>{};
    ++line_number;
    auto const end = text.find('\n', at);
    std::string_view const line = text.substr(at, end == text.npos ? text.npos : end - at);
    bool const whole = end != text.npos && line.size() > 9 && line[8] == ' ';
    if (whole && detail::journal_line(line.substr(9)) == text.substr(at, line.size() + 1)) {
      at = end + 1;
      return std::optional{line.substr(9)};
    }
    bool const last = end == text.npos || end + 1 == text.size();
    if (last) return std::optional<std::string_view>{};
    return damaged("its checksum does not match");
  }

  result<void> apply(std::string_view line) {
    detail::journal_words words{line};
    std::string_view const verb = words.word();
    if (verb == "ended") {
      auto const rows = words.ranges();
      if (!rows) return damaged("ranges expected");
      for (position_range const& range : *rows) into.ended_.add(range);
      return success;
    }
    auto const number = words.number();
    if (!number) return damaged("a number is missing");
    if (verb == "base") {
      auto const sequence = words.number();
      if (!sequence) return damaged("a sequence is missing");
      into.ended_.add({0, *number});
      into.next_sequence_ = std::max(into.next_sequence_, *sequence);
      return success;
    }
    if (verb == "plan") {
      auto const planned_at = words.time();
      if (!planned_at) return damaged("a time is missing");
      auto rows = words.ranges();
      if (!rows) return damaged("ranges expected");
      into.next_sequence_ = std::max(into.next_sequence_, *number + 1);
      into.open_.insert_or_assign(*number,
                                  open_payload{*number, *planned_at, *std::move(rows), {}});
      return success;
    }
    auto const payload = into.open_.find(*number);
    if (payload == into.open_.end()) return damaged("the payload was not planned");
    if (verb == "dead") {
      auto const rows = words.ranges();
      if (!rows) return damaged("ranges expected");
      for (position_range const& range : *rows) {
        payload->second.dead.add(range);
        into.ended_.add(range);
      }
    } else if (verb == "done") {
      into.apply_done(*number);
    } else if (verb == "absent") {
      into.open_.erase(payload);
    } else {
      return damaged("unknown word; the journal may be of a later version");
    }
    return success;
  }

  result<void> read() {
    auto const first = next();
    if (!first) return first.error();
    if (!first->has_value()) {
      // Only a header that was being written may be torn; anything else is somebody's file.
      std::string_view const start = text.substr(std::min<std::size_t>(text.size(), 9));
      auto const length = std::min(start.size(), detail::journal_magic.size());
      if (start.substr(0, length) == detail::journal_magic.substr(0, length)) return success;
      return damaged("not a journal");
    }
    std::string_view const line = **first;
    if (!line.starts_with(detail::journal_magic))
      return damaged("not a journal of this version of the library");
    detail::journal_words words{line.substr(detail::journal_magic.size())};
    std::string run_id{words.word()};
    into.run_id_ = run_id;
    if (into.header() != line) {
      return error{errc::invalid_configuration,
                   "journal " + into.path_ + " belongs to another load: it has " +
                       std::string{words.rest()} + ", this loader has " +
                       into.header().substr(detail::journal_magic.size() + run_id.size() + 1) +
                       "; give every table and record layout a journal of its own"};
    }
    while (true) {
      auto const next_line = next();
      if (!next_line) return next_line.error();
      if (!next_line->has_value()) return success;
      if (auto done = apply(**next_line); !done) return done;
    }
  }
};

SLUICE_DECL journal::journal(journal&& other) noexcept
    : file_{std::move(other.file_)},
      path_{std::move(other.path_)},
      run_id_{std::move(other.run_id_)},
      identity_{std::move(other.identity_)},
      hook_{std::move(other.hook_)},
      ended_{std::move(other.ended_)},
      open_{std::move(other.open_)},
      next_sequence_{other.next_sequence_},
      compact_above_{other.compact_above_} {}

SLUICE_DECL std::string journal::header() const {
  std::string text{detail::journal_magic};
  text += run_id_;
  text += ' ';
  detail::append_json_string(text, identity_.target);
  text += ' ';
  detail::append_json_string(text, identity_.layout);
  return text;
}

SLUICE_DECL result<journal> journal::open(std::string path,
                                          journal_identity const& identity,
                                          std::string fresh_run_id,
                                          journal_hook hook,
                                          milliseconds owner_within) {
  if (path.empty())
    return error{errc::invalid_configuration,
                 "durable<journal> needs a file; set journal.path in the loader's options"};
  journal opened;
  opened.path_ = path;
  opened.identity_ = identity;
  opened.hook_ = std::move(hook);
  auto const until = std::chrono::steady_clock::now() + owner_within;
  auto file = detail::append_file::open_alone(path, [until] {
    if (std::chrono::steady_clock::now() >= until) return false;
    constexpr int pause_ms = 10;
    ::poll(nullptr, 0, pause_ms);
    return true;
  });
  if (!file) return std::move(file).error();
  opened.file_ = std::move(file).value();
  auto const text = opened.file_.read_all(detail::max_journal_bytes);
  if (!text) return text.error();
  if (auto read = reader{opened, *text}.read(); !read) return std::move(read).error();
  if (opened.run_id_.empty()) opened.run_id_ = std::move(fresh_run_id);

  // A fresh, short file: it drops what is settled and a torn last line.
  opened.compact_above_ = 0;
  if (auto compacted = opened.compact_if_large(); !compacted) return std::move(compacted).error();
  return opened;
}

SLUICE_DECL result<void> journal::compact(detail::append_file& into) const {
  std::string text = detail::journal_line(header());
  std::vector<position_range> settled = ended_.ranges();
  position base = 0;
  if (!settled.empty() && settled.front().first == 0) {
    base = settled.front().end();
    settled.erase(settled.begin());
  }
  text +=
      detail::journal_line("base " + std::to_string(base) + ' ' + std::to_string(next_sequence_));
  constexpr std::size_t ranges_per_line = 1000;
  for (std::size_t i = 0; i < settled.size(); i += ranges_per_line) {
    auto const count = std::min(ranges_per_line, settled.size() - i);
    text +=
        detail::journal_line("ended " + detail::ranges_text(std::span{settled}.subspan(i, count)));
  }
  for (auto const& [sequence, payload] : open_) {
    text += detail::journal_line(detail::plan_text(payload));
    if (!payload.dead.empty())
      text += detail::journal_line("dead " + std::to_string(sequence) + ' ' +
                                   detail::ranges_text(payload.dead.ranges()));
  }
  if (auto written = into.append(text); !written) return written;
  return into.sync();
}

SLUICE_DECL result<void> journal::compact_if_large() {
  if (file_.size() < compact_above_) return success;
  std::string const temporary = path_ + ".tmp";
  ::unlink(temporary.c_str());
  auto fresh = detail::append_file::create(temporary);
  if (!fresh) return std::move(fresh).error();
  if (auto locked = fresh->lock(); !locked) return locked;
  if (auto written = compact(*fresh); !written) return written;
  if (auto renamed = detail::rename_durably(temporary, path_, detail::directory_of(path_));
      !renamed)
    return renamed;
  file_ = std::move(fresh).value();
  compact_above_ = file_.size() + detail::journal_growth_before_compaction;
  return success;
}

SLUICE_DECL result<void> journal::write(std::string_view step, std::string const& body) {
  if (hook_) hook_(std::string{"before "}.append(step));
  auto written = file_.append(detail::journal_line(body));
  if (hook_) hook_(std::string{"after "}.append(step));
  return written;
}

SLUICE_DECL void journal::apply_done(std::uint64_t sequence) {
  auto const payload = open_.find(sequence);
  if (payload == open_.end()) return;
  for (position_range const& rows : payload->second.rows) ended_.add(rows);
  open_.erase(payload);
}

SLUICE_DECL result<void> journal::plan(std::uint64_t sequence,
                                       std::chrono::system_clock::time_point at,
                                       std::span<position_range const> rows) {
  std::scoped_lock const lock{mutex_};
  if (auto compacted = compact_if_large(); !compacted) return compacted;
  auto const second =
      std::max(std::chrono::floor<std::chrono::seconds>(at), std::chrono::sys_seconds{});
  open_payload const planned{sequence, second, {rows.begin(), rows.end()}, {}};
  open_.insert_or_assign(sequence, planned);
  next_sequence_ = std::max(next_sequence_, sequence + 1);
  auto written = write("plan", detail::plan_text(planned));
  if (!written) return written;
  auto synced = file_.sync();
  if (hook_) hook_("after plan sync");
  return synced;
}

SLUICE_DECL result<void> journal::dead(std::uint64_t sequence,
                                       std::span<position_range const> rows) {
  std::scoped_lock const lock{mutex_};
  auto const payload = open_.find(sequence);
  if (payload == open_.end() || rows.empty()) return success;
  for (position_range const& range : rows) {
    payload->second.dead.add(range);
    ended_.add(range);
  }
  return write("dead", "dead " + std::to_string(sequence) + ' ' + detail::ranges_text(rows));
}

SLUICE_DECL result<void> journal::done(std::uint64_t sequence) {
  std::scoped_lock const lock{mutex_};
  if (!open_.contains(sequence)) return success;
  apply_done(sequence);
  return write("done", "done " + std::to_string(sequence));
}

SLUICE_DECL result<void> journal::absent(std::uint64_t sequence) {
  std::scoped_lock const lock{mutex_};
  if (open_.erase(sequence) == 0) return success;
  return write("absent", "absent " + std::to_string(sequence));
}

SLUICE_DECL result<void> journal::ended(std::span<position_range const> rows) {
  std::scoped_lock const lock{mutex_};
  if (rows.empty()) return success;
  // A source of bad records alone plans nothing.
  if (auto compacted = compact_if_large(); !compacted) return compacted;
  for (position_range const& range : rows) ended_.add(range);
  return write("ended", "ended " + detail::ranges_text(rows));
}

SLUICE_DECL result<void> journal::sync() {
  std::scoped_lock const lock{mutex_};
  return file_.sync();
}

SLUICE_DECL std::uint64_t journal::next_sequence() const {
  std::scoped_lock const lock{mutex_};
  return next_sequence_;
}

SLUICE_DECL interval_set journal::ended() const {
  std::scoped_lock const lock{mutex_};
  return ended_;
}

SLUICE_DECL position journal::first_open() const {
  std::scoped_lock const lock{mutex_};
  auto const first = ended_.range_at_or_after(0);
  return first && first->first == 0 ? first->end() : 0;
}

SLUICE_DECL std::vector<journal::open_payload> journal::open_payloads() const {
  std::scoped_lock const lock{mutex_};
  std::vector<open_payload> all;
  for (auto const& [sequence, payload] : open_) all.push_back(payload);
  return all;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_LEDGER_IMPL_JOURNAL_IPP
