#ifndef SLUICE_SOURCE_IMPL_CSV_SCANNER_IPP
#define SLUICE_SOURCE_IMPL_CSV_SCANNER_IPP

#include <sluice/source/detail/csv_scanner.hpp>
#include <sluice/source/detail/find_byte.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::source::detail {

inline constexpr std::size_t first_buffer_bytes = 256 * 1024;
inline constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

SLUICE_DECL csv_scanner::csv_scanner(byte_input input, csv_dialect dialect)
    : input_{std::move(input)},
      dialect_{dialect},
      capacity_{std::min(first_buffer_bytes, dialect.max_record_bytes)},
      special_{dialect.delimiter} {
  buffer_ = std::make_unique_for_overwrite<char[]>(capacity_ + slack);
  std::memset(buffer_.get(), '\n', slack);
  set_columns(most_columns);
}

SLUICE_DECL void csv_scanner::set_columns(std::size_t count) {
  columns_ = count;
  cells_.resize(count + 1);
}

SLUICE_DECL csv_scanner::outcome csv_scanner::next() {
  if (failure_) return outcome::failed;
  for (;;) {
    if (!begin_record()) return failure_ ? outcome::failed : outcome::end;
    bool whole = scan_plain();
    while (!whole && !(whole = scan())) {
      if (refill()) continue;
      if (failure_) return outcome::failed;
      outcome const last = end_of_input();
      if (last != outcome::record) return last;
      break;
    }
    if (oversize_) return outcome::too_large;
    bool const empty_line = count_ == 1 && !cells_[0].quoted && cells_[0].size == 0;
    if (!empty_line || columns_ == 1) return outcome::record;
  }
}

/// Skips what belongs to no record. Returns whether there is a byte for the next one.
SLUICE_DECL bool csv_scanner::begin_record() {
  record_ = next_;
  while (first_ && size_ < byte_order_mark.size() && refill()) {
  }
  if (std::exchange(first_, false) &&
      std::string_view{buffer_.get(), size_}.starts_with(byte_order_mark))
    record_ = next_ = byte_order_mark.size();

  if (record_ == size_ && !refill()) return false;
  if (std::exchange(lf_pending_, false) && buffer_[record_] == '\n') {
    next_ = ++record_;
    if (record_ == size_ && !refill()) return false;
  }
  at_ = 0;
  count_ = 0;
  after_cr_ = 0;
  state_ = state::cell_start;
  oversize_ = false;
  first_line_ = line_;
  return true;
}

/// Reads the record from its start as long as no cell is quoted, which most records are. True: it
/// is complete; false: `scan` has to go on.
SLUICE_DECL bool csv_scanner::scan_plain() noexcept {
  char const* const begin = buffer_.get() + record_;
  char const* const end = buffer_.get() + size_;  // an LF stands there, as a sentinel
  char const* p = begin;
  cell* out = cells_.data();
  cell* const out_end = out + cells_.size();
  std::size_t count = 0;
  special_.start(p);
  while (*p != dialect_.quote) {
    char const* const found = special_.next();
    if (found >= end) break;
    ++count;
    if (out != out_end)
      *out++ = {.begin = static_cast<std::uint32_t>(p - begin),
                .size = static_cast<std::uint32_t>(found - p)};
    if (*found != dialect_.delimiter) {
      count_ = count;
      close_record(found);
      return true;
    }
    p = found + 1;
  }
  count_ = count;
  at_ = static_cast<std::size_t>(p - begin);
  return false;
}

/// Goes on until the record is complete (true) or the buffer is used up (false).
SLUICE_DECL bool csv_scanner::scan() noexcept {
  char const* const begin = buffer_.get() + record_;
  char const* const end = buffer_.get() + size_;  // an LF stands there, as a sentinel
  char const* p = begin + at_;
  char const delimiter = dialect_.delimiter;
  char const quote = dialect_.quote;
  auto const offset = [begin](char const* at) { return static_cast<std::size_t>(at - begin); };

  for (;;) {
    switch (state_) {
      case state::cell_start:
        if (p == end) return at_ = offset(p), false;
        open_ = cell{.begin = static_cast<std::uint32_t>(offset(p))};
        if (*p == quote) {
          open_.quoted = true;
          ++open_.begin;
          ++p;
          state_ = state::quoted;
          continue;
        }
        state_ = state::plain;
        [[fallthrough]];
      case state::plain:
        p = find_byte_or_line_end(p, delimiter);
        if (p >= end) return at_ = offset(end), false;
        close_cell(offset(p));
        if (*p != delimiter) return close_record(p), true;
        ++p;
        state_ = state::cell_start;
        continue;
      case state::quoted:
        p = find_byte_or_line_end(p, quote);
        if (p >= end) return at_ = offset(end), false;
        if (*p != quote) {
          // CRLF is one line end: count the CR, not the LF right behind it.
          bool const second_half = *p == '\n' && after_cr_ != 0 && after_cr_ == offset(p);
          if (!second_half) ++line_;
          if (*p == '\r') after_cr_ = offset(p) + 1;
          ++p;
          continue;
        }
        ++p;
        state_ = state::after_quote;
        [[fallthrough]];
      case state::after_quote:
        if (p == end) return at_ = offset(p), false;
        if (*p == quote) {
          open_.doubled = true;
          ++p;
          state_ = state::quoted;
        } else if (*p == delimiter) {
          close_cell(offset(p) - 1);
          ++p;
          state_ = state::cell_start;
        } else if (*p == '\n' || *p == '\r') {
          close_cell(offset(p) - 1);
          return close_record(p), true;
        } else {
          open_.malformed = true;
          state_ = state::plain;
        }
        continue;
    }
  }
}

SLUICE_DECL void csv_scanner::close_cell(std::size_t end) noexcept {
  if (count_ < cells_.size()) {
    open_.size = static_cast<std::uint32_t>(end - open_.begin);
    cells_[count_] = open_;
  }
  ++count_;
}

SLUICE_DECL void csv_scanner::close_record(char const* line_end) noexcept {
  ++line_;
  lf_pending_ = *line_end == '\r';
  next_ = static_cast<std::size_t>(line_end - buffer_.get()) + 1;
}

/// The input ended within a record.
SLUICE_DECL csv_scanner::outcome csv_scanner::end_of_input() noexcept {
  next_ = size_;
  if (state_ == state::quoted) return outcome::unclosed;
  if (state_ == state::cell_start) open_ = cell{.begin = static_cast<std::uint32_t>(at_)};
  close_cell(state_ == state::after_quote ? at_ - 1 : at_);
  return outcome::record;
}

/// Adds bytes behind those of the current record. Returns whether there are any.
SLUICE_DECL bool csv_scanner::refill() {
  if (input_ended_ || failure_) return false;
  special_.reset();
  if (record_ != 0) {
    std::memmove(buffer_.get(), buffer_.get() + record_, size_ - record_);
    base_ += record_;
    size_ -= record_;
    next_ -= record_;
    record_ = 0;
  }
  if (size_ == capacity_ && capacity_ < dialect_.max_record_bytes) {
    std::size_t const larger = std::min(capacity_ * 2, dialect_.max_record_bytes);
    auto grown = std::make_unique_for_overwrite<char[]>(larger + slack);
    std::memcpy(grown.get(), buffer_.get(), size_);
    buffer_ = std::move(grown);
    capacity_ = larger;
  } else if (size_ == capacity_) {
    // Too long to keep: only the state of the scan stays. A kept offset of 1 means "right behind".
    oversize_ = true;
    after_cr_ = after_cr_ != 0 && after_cr_ == at_ ? 1 : 0;
    buffer_[0] = buffer_[size_ - 1];
    base_ += size_ - 1;
    size_ = 1;
    at_ = 1;
    open_.begin = 0;
  }
  auto const n = input_.read(buffer_.get() + size_, capacity_ - size_);
  if (!n) {
    failure_ = n.error();
    return false;
  }
  size_ += *n;
  std::memset(buffer_.get() + size_, '\n', slack);
  input_ended_ = *n == 0;
  return *n != 0;
}

SLUICE_DECL result<void> csv_scanner::seek(std::uint64_t offset, std::uint64_t line) {
  // From one byte before: it tells whether a record can begin here.
  std::uint64_t const from = offset == 0 ? 0 : offset - 1;
  if (auto moved = input_.seek(from); !moved) return moved;
  failure_.reset();
  input_ended_ = false;
  record_ = next_ = size_ = 0;
  base_ = from;
  line_ = line;
  first_ = offset == 0;
  lf_pending_ = false;
  if (offset == 0) return success;
  if (!refill()) {
    if (failure_) return *failure_;
    return error{errc::invalid_input,
                 input_.name() + " has fewer than " + std::to_string(offset) +
                     " bytes; it is not the file that was read before"};
  }
  // Behind the last record there may be no line end, but nothing else either.
  bool const line_end = buffer_[0] == '\n' || buffer_[0] == '\r';
  if (!line_end && (size_ > 1 || refill()))
    return error{errc::invalid_input,
                 input_.name() + ": no record begins at byte " + std::to_string(offset) +
                     "; it is not the file that was read before"};
  lf_pending_ = buffer_[0] == '\r';
  next_ = 1;
  return success;
}

SLUICE_DECL std::uint64_t csv_scanner::line_of(std::size_t i) const noexcept {
  std::uint64_t line = first_line_;
  char const* const text = buffer_.get() + record_;
  for (std::size_t at = 0; at < cells_[i].begin; ++at) {
    bool const cr_alone = text[at] == '\r' && text[at + 1] != '\n';
    if (text[at] == '\n' || cr_alone) ++line;
  }
  return line;
}

}  // namespace sluice::inline v0::source::detail

#endif  // SLUICE_SOURCE_IMPL_CSV_SCANNER_IPP
