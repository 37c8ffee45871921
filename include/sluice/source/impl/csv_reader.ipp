#ifndef SLUICE_SOURCE_IMPL_CSV_READER_IPP
#define SLUICE_SOURCE_IMPL_CSV_READER_IPP

#include <sluice/source/detail/csv_reader.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::source::detail {

/// How loosely a header is compared with the name that is looked for.
enum class likeness : std::uint8_t { exact, ignoring_case, letters_and_digits };

/// `name` as it is compared at this likeness.
SLUICE_DECL std::string folded(std::string_view name, likeness how) {
  if (how == likeness::exact) return std::string{name};
  std::string folded;
  for (char const c : name) {
    char const low = lower_ascii(c);
    bool const counts = (low >= 'a' && low <= 'z') || (low >= '0' && low <= '9') || (low & '\x80');
    if (counts || how == likeness::ignoring_case) folded += low;
  }
  return folded;
}

SLUICE_DECL csv_reader::csv_reader(std::string const& path,
                                   csv_options options,
                                   column_table columns,
                                   std::span<std::string_view const> headers)
    : options_{std::move(options)}, columns_{columns}, feed_{std::make_shared<progress_feed>()} {
  if (auto opened = open(path, headers); !opened) {
    error_ = std::move(opened).error();
    failed_ = true;
  }
}

SLUICE_DECL result<void> csv_reader::open(std::string const& path,
                                          std::span<std::string_view const> headers) {
  auto const invalid = [](char const* what) {
    return sluice::error{errc::invalid_configuration, what};
  };
  auto const line_end = [](char c) { return c == '\n' || c == '\r'; };
  if (options_.delimiter == options_.quote || line_end(options_.delimiter) ||
      line_end(options_.quote))
    return invalid("csv_options: delimiter and quote must differ and be no line ends");
  if (options_.max_record_bytes < 1_KiB || options_.max_record_bytes > 1_GiB)
    return invalid("csv_options::max_record_bytes must be 1 KiB to 1 GiB");

  auto input = byte_input::open(path);
  if (!input) return std::move(input).error();
  feed_->bytes_total.set(input->stored_bytes_total());
  scanner_.emplace(*std::move(input),
                   csv_dialect{options_.delimiter, options_.quote, options_.max_record_bytes});
  if (options_.header) return read_header(headers);

  width_ = columns_.size();
  places_.resize(width_);
  std::iota(places_.begin(), places_.end(), std::size_t{0});
  for (column_info const& column : columns_) names_.emplace_back(column.name);
  scanner_->set_columns(width_);
  return success;
}

SLUICE_DECL result<void> csv_reader::read_header(std::span<std::string_view const> headers) {
  switch (scanner_->next()) {
    case csv_scanner::outcome::record:
      break;
    case csv_scanner::outcome::failed:
      return scanner_->failure();
    case csv_scanner::outcome::too_large:
      return too_large();
    case csv_scanner::outcome::unclosed:
      return unclosed();
    case csv_scanner::outcome::end:
      return sluice::error{errc::invalid_input,
                           scanner_->input().name() +
                               " is empty, expected a header; if there is none by design, set "
                               "csv_options::header to false"};
  }
  width_ = scanner_->count();
  if (width_ > csv_scanner::most_columns)
    return sluice::error{errc::invalid_input,
                         where(1) + ": the header has " + std::to_string(width_) +
                             " columns, more than " + std::to_string(csv_scanner::most_columns) +
                             "; check the delimiter"};
  std::vector<std::string> found;
  for (std::size_t i = 0; i < width_; ++i) {
    std::string_view const raw = scanner_->raw(i);
    found.emplace_back(scanner_->at(i).doubled ? undouble(raw) : raw);
  }
  if (auto placed = place(headers, found); !placed) return placed;
  first_ = {0, scanner_->next_offset(), scanner_->next_line()};
  scanner_->set_columns(width_);
  return success;
}

SLUICE_DECL result<void> csv_reader::place(std::span<std::string_view const> headers,
                                           std::vector<std::string> const& found) {
  for (std::string_view const wanted : headers) {
    std::size_t hits = 0;
    for (likeness const how :
         {likeness::exact, likeness::ignoring_case, likeness::letters_and_digits}) {
      std::string const name = folded(wanted, how);
      for (std::size_t i = 0; i < found.size() && !name.empty(); ++i) {
        if (folded(found[i], how) != name) continue;
        if (++hits == 1) places_.push_back(i);
      }
      if (hits != 0) break;
    }
    if (hits == 1) {
      names_.push_back(found[places_.back()]);
      continue;
    }
    if (hits > 1)
      return sluice::error{
          errc::invalid_input,
          where(1) + ": the header has " + std::to_string(hits) + " columns that match " +
              quoted_for_message(wanted) +
              "; rename all but one, or tell them apart with sluice::source::header<>"};
    return missing_column(wanted, found);
  }
  for (std::size_t const place : places_)
    shared_by_ = std::max(
        shared_by_, static_cast<std::size_t>(std::count(places_.begin(), places_.end(), place)));
  return success;
}

SLUICE_DECL csv_reader::outcome csv_reader::next() {
  if (failed_ && !ended_) {
    ended_ = true;
    return outcome::fatal;
  }
  if (ended_) return outcome::end;
  scratch_used_ = 0;
  at_ = next_;
  csv_scanner::outcome const found = scanner_->next();
  report_progress();
  switch (found) {
    case csv_scanner::outcome::record:
      ++next_;
      return scanner_->count() == width_ ? outcome::record : reject(wrong_width());
    case csv_scanner::outcome::too_large:
      ++next_;
      return reject(too_large());
    case csv_scanner::outcome::unclosed:
      return fail(unclosed());
    case csv_scanner::outcome::failed:
      return fail(scanner_->failure());
    case csv_scanner::outcome::end:
      break;
  }
  ended_ = true;
  feed_->records_read.set(next_);
  return outcome::end;
}

SLUICE_DECL csv_reader::outcome csv_reader::reject(std::size_t column, fault f) {
  // The values of the record are given up, so its cells may be written once more.
  scratch_used_ = 0;
  error_ = bad_cell(column, f);
  scratch_used_ = 0;
  render_raw();
  return outcome::bad;
}

SLUICE_DECL csv_reader::outcome csv_reader::reject(sluice::error why) {
  raw_record_.clear();
  error_ = std::move(why);
  return outcome::bad;
}

SLUICE_DECL csv_reader::outcome csv_reader::fail(sluice::error why) {
  error_ = std::move(why);
  raw_record_.clear();
  failed_ = true;
  ended_ = true;
  return outcome::fatal;
}

SLUICE_DECL void csv_reader::report_progress() noexcept {
  std::uint64_t const bytes = scanner_->input().stored_bytes_read();
  if (bytes == fed_bytes_ && (next_ & 1023) != 0) return;
  fed_bytes_ = bytes;
  feed_->bytes_read.set(bytes);
  feed_->records_read.set(next_);
}

SLUICE_DECL csv_mark csv_reader::mark() const noexcept {
  if (!scanner_) return {};
  return {next_, scanner_->next_offset(), scanner_->next_line()};
}

SLUICE_DECL result<void> csv_reader::rewind() {
  bool const plain = scanner_->input().seekable();
  if (auto moved = scanner_->seek(plain ? first_.byte_offset : 0, plain ? first_.line : 1); !moved)
    return moved;
  if (!plain && options_.header) {
    scanner_->set_columns(csv_scanner::most_columns);
    if (scanner_->next() == csv_scanner::outcome::failed) return scanner_->failure();
    scanner_->set_columns(width_);
  }
  next_ = 0;
  return success;
}

SLUICE_DECL result<void> csv_reader::seek(position to) {
  if (!scanner_ || places_.size() != columns_.size()) return error_;
  if (to < next_ || ended_) {
    if (!scanner_->input().rewindable())
      return sluice::error{errc::invalid_input,
                           scanner_->input().name() + " cannot be read again; give a regular file"};
    if (auto rewound = rewind(); !rewound) return rewound;
  }
  failed_ = false;
  ended_ = false;
  while (next_ < to) {
    auto const found = scanner_->next();
    if (found == csv_scanner::outcome::record || found == csv_scanner::outcome::too_large) {
      ++next_;
      continue;
    }
    fail(found == csv_scanner::outcome::failed     ? scanner_->failure()
         : found == csv_scanner::outcome::unclosed ? unclosed()
                                                   : too_few(to));
    ended_ = false;  // so that reading on tells it, too
    return error_;
  }
  report_progress();
  return success;
}

SLUICE_DECL result<void> csv_reader::seek(csv_mark const& to) {
  if (!scanner_ || places_.size() != columns_.size()) return error_;
  if (!scanner_->input().seekable() || to.byte_offset < first_.byte_offset || to.byte_offset == 0)
    return seek(to.next);
  if (auto moved = scanner_->seek(to.byte_offset, to.line); !moved) return moved;
  next_ = to.next;
  failed_ = false;
  ended_ = false;
  report_progress();
  return success;
}

SLUICE_DECL std::string_view csv_reader::undouble(std::string_view raw) {
  // One buffer for the whole record, so that views of earlier cells stay valid.
  if (scratch_used_ == 0)
    scratch_.resize(scanner_->record_bytes() * shared_by_ + csv_scanner::slack);
  char* const begin = scratch_.data() + scratch_used_;
  char* out = begin;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    *out++ = raw[i];
    if (raw[i] == options_.quote && i + 1 < raw.size() && raw[i + 1] == options_.quote) ++i;
  }
  auto const size = static_cast<std::size_t>(out - begin);
  scratch_used_ += size;
  return {begin, size};
}

}  // namespace sluice::inline v0::source::detail

#endif  // SLUICE_SOURCE_IMPL_CSV_READER_IPP
