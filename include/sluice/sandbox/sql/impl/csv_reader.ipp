#ifndef SLUICE_SANDBOX_SQL_IMPL_CSV_READER_IPP
#define SLUICE_SANDBOX_SQL_IMPL_CSV_READER_IPP

#include <sluice/sandbox/sql/detail/csv_reader.hpp>
#include <sluice/sandbox/sql/detail/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace sluice::inline v0::sandbox::sql::detail {

bool csv_record::is_null(std::size_t i, file_format const& format) const {
  auto const& f = fields[i];
  if (f.size == 0 && !f.enclosed && format.empty_field_as_null) return true;
  auto const t = text(i);
  return std::any_of(
      format.null_if.begin(), format.null_if.end(), [&](std::string const& n) { return n == t; });
}

csv_reader::csv_reader(byte_source& source, file_format const& format)
    : source_(source), format_(format), buffer_(std::size_t{1} << 20) {
  auto const mark = [&](char c) { special_[static_cast<unsigned char>(c)] = true; };
  if (!format.field_delimiter.empty()) mark(format.field_delimiter[0]);
  if (!format.record_delimiter.empty()) mark(format.record_delimiter[0]);
  if (format.any_newline) mark('\r');
  if (format.escape_unenclosed) mark(*format.escape_unenclosed);
  if (format.escape) mark(*format.escape);
  while (end_ < 3 && fill()) {
  }
  if (format.skip_byte_order_mark && end_ >= 3 &&
      std::string_view(buffer_.data(), 3) == "\xEF\xBB\xBF") {
    begin_ = 3;
    consumed_ = 3;
  }
}

bool csv_reader::fill() {
  if (exhausted_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    if (buffer_.size() >= csv_limits::max_record_bytes) {
      fail("100082",
           "22000",
           fmt::format("A record at line {} is longer than {} bytes; check the record delimiter "
                       "and the enclosing character.",
                       line_,
                       csv_limits::max_record_bytes));
    }
    buffer_.resize(buffer_.size() * 2);
  }
  auto const n = source_.read(std::span(buffer_).subspan(end_));
  if (n == 0) exhausted_ = true;
  end_ += n;
  return n > 0;
}

/// Length of the field delimiter at `i`, 0 if there is none.
std::size_t csv_reader::delimiter_at(std::size_t i) const {
  auto const& d = format_.field_delimiter;
  if (d.empty() || buffer_[i] != d[0]) return 0;
  if (d.size() == 1) return 1;
  return std::string_view(buffer_.data() + i, end_ - i).starts_with(d) ? d.size() : 0;
}

/// Length of the record delimiter at `i`, 0 if there is none. `more`: the answer needs more bytes.
std::size_t csv_reader::newline_at(std::size_t i, bool at_end, bool& more) const {
  auto const& d = format_.record_delimiter;
  if (format_.any_newline) {
    if (buffer_[i] == '\n') return 1;
    if (buffer_[i] != '\r') return 0;
    if (i + 1 < end_) return buffer_[i + 1] == '\n' ? 2 : 1;
    more = !at_end;
    return 1;
  }
  if (d.empty() || buffer_[i] != d[0]) return 0;
  std::string_view const rest(buffer_.data() + i, end_ - i);
  if (rest.size() < d.size() && !at_end && d.starts_with(rest)) more = true;
  return rest.starts_with(d) ? d.size() : 0;
}

/// Reads from the opening enclosure at `i`; returns the place behind the closing one.
std::size_t csv_reader::take_enclosed(csv_record& record, std::size_t i, bool& more, bool at_end) {
  char const quote = *format_.enclosure;
  auto& f = record.fields.back();
  f.enclosed = true;
  auto const first = ++i;
  f.begin = first - begin_;
  bool copied = false;
  auto const copy_to = [&](std::size_t upto) {
    if (copied) return;
    copied = true;
    f.unescaped = true;
    f.begin = record.arena.size();
    record.arena.append(buffer_.data() + first, upto - first);
  };
  while (i < end_) {
    char const c = buffer_[i];
    if (format_.escape && c == *format_.escape && c != quote) {
      if (i + 1 >= end_) break;
      copy_to(i);
      record.arena += buffer_[i + 1];
      i += 2;
    } else if (c == quote) {
      if (i + 1 >= end_ && !at_end) {
        more = true;
        return i;
      }
      if (i + 1 < end_ && buffer_[i + 1] == quote) {
        copy_to(i);
        record.arena += quote;
        i += 2;
        continue;
      }
      f.size = copied ? record.arena.size() - f.begin : i - first;
      return i + 1;
    } else {
      bool ignored = false;
      if (!format_.multi_line && (c == '\n' || c == '\r') && newline_at(i, at_end, ignored) > 0)
        break;
      if (copied) record.arena += c;
      ++i;
    }
  }
  if (i >= end_ && !at_end) {
    more = true;
    return i;
  }
  f.size = copied ? record.arena.size() - f.begin : i - first;
  record.problem = record_problem{"100068", {}, record.fields.size() - 1, f.at};
  return i;
}

/// Finds the end of a record whose structure is broken at `from`.
void csv_reader::resynchronize(std::size_t from, std::size_t& end, std::size_t& next, bool at_end) {
  for (std::size_t i = from; i < end_; ++i) {
    bool more = false;
    if (auto const n = newline_at(i, at_end, more); n > 0) {
      end = i;
      next = i + n;
      return;
    }
  }
  end = next = end_;
}

bool csv_reader::parse(csv_record& record, bool at_end) {
  record.fields.clear();
  record.arena.clear();
  record.problem.reset();
  auto const space = [](char c) { return c == ' ' || c == '\t'; };
  char const* const data = buffer_.data();
  std::size_t i = begin_;
  bool more = false;
  while (true) {
    auto& f = record.fields.emplace_back();
    f.at = i - begin_;
    std::size_t start = i;
    if (format_.trim_space) {
      while (start < end_ && space(data[start]) && delimiter_at(start) == 0) ++start;
    }
    if (format_.enclosure && start < end_ && data[start] == *format_.enclosure) {
      i = take_enclosed(record, start, more, at_end);
      if (more) return false;
      if (!record.problem) {
        if (format_.trim_space) {
          while (i < end_ && space(data[i]) && delimiter_at(i) == 0) ++i;
        }
        if (i >= end_) {
          if (!at_end) return false;
          finish(record, begin_, i, i);
          return true;
        }
        if (auto const n = newline_at(i, at_end, more); n > 0 && !more) {
          finish(record, begin_, i, i + n);
          return true;
        }
        if (more) return false;
        if (format_.field_delimiter.size() > end_ - i && !at_end) return false;
        if (auto const n = delimiter_at(i); n > 0) {
          i += n;
          continue;
        }
        record.problem =
            record_problem{"100016",
                           fmt::format("Found character '{}' instead of field delimiter '{}'",
                                       data[i],
                                       format_.field_delimiter),
                           record.fields.size() - 1,
                           i - begin_};
      }
      std::size_t end = i, next = i;
      resynchronize(i, end, next, at_end);
      if (next == end_ && !at_end) return false;
      finish(record, begin_, end, next);
      return true;
    }
    // An unenclosed field.
    f.begin = i - begin_;
    bool copied = false;
    std::size_t stop = i;
    std::size_t delimiter = 0, newline = 0;
    while (true) {
      while (i < end_ && !special_[static_cast<unsigned char>(data[i])]) ++i;
      if (copied && i > stop) record.arena.append(data + stop, i - stop);
      stop = i;
      if (i >= end_) break;
      if ((delimiter = delimiter_at(i)) > 0) break;
      newline = newline_at(i, at_end, more);
      if (more) return false;
      if (newline > 0) break;
      if (!at_end && format_.field_delimiter.size() > end_ - i)
        return false;  // a delimiter may be cut
      char const c = data[i];
      bool const escapes = (format_.escape_unenclosed && c == *format_.escape_unenclosed) ||
                           (format_.escape && c == *format_.escape);
      if (escapes && i + 1 >= end_ && !at_end) return false;
      if (escapes && i + 1 < end_) {
        if (!copied) {
          copied = true;
          auto const begin = record.arena.size();
          record.arena.append(data + begin_ + f.begin, i - begin_ - f.begin);
          f.unescaped = true;
          f.begin = begin;
        }
        // \N stays itself, so that NULL_IF can name it.
        if (data[i + 1] == 'N') record.arena += c;
        record.arena += data[i + 1];
        i += 2;
      } else {
        if (copied) record.arena += c;
        ++i;
      }
      stop = i;
    }
    if (i >= end_ && !at_end) return false;
    f.size = copied ? record.arena.size() - f.begin : stop - begin_ - f.begin;
    if (format_.trim_space) {
      auto const t = record.fields.back();
      char const* p = (t.unescaped ? record.arena.data() : data + begin_) + t.begin;
      std::size_t lead = 0, size = t.size;
      while (lead < size && space(p[lead])) ++lead;
      while (size > lead && space(p[size - 1])) --size;
      f.begin += lead;
      f.size = size - lead;
    }
    if (delimiter > 0) {
      i += delimiter;
      continue;
    }
    finish(record, begin_, i, i + newline);
    return true;
  }
}

void csv_reader::finish(csv_record& record, std::size_t begin, std::size_t end, std::size_t next) {
  record.raw = std::string_view(buffer_.data() + begin, end - begin);
  record.line = line_;
  record.byte_offset = consumed_;
  line_ += std::count(record.raw.begin(), record.raw.end(), '\n') + (next > end ? 1 : 0);
  consumed_ += static_cast<std::int64_t>(next - begin);
  begin_ = next;
}

/// The start of a text that is not UTF-8, its other bytes in hex.
inline std::string printable(std::string_view text) {
  std::string out;
  for (char const c : text.substr(0, 100)) {
    if (static_cast<unsigned char>(c) < 0x80) {
      out += c;
    } else {
      out += "0x";
      append_hex(out, std::string_view(&c, 1));
    }
  }
  return out;
}

inline void replace_invalid(csv_record& record) {
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    auto const t = record.text(i);
    if (is_valid_utf8(t)) continue;
    auto const fixed = replaced_utf8(t);
    auto& f = record.fields[i];
    f.unescaped = true;
    f.begin = record.arena.size();
    f.size = fixed.size();
    record.arena += fixed;
  }
}

bool csv_reader::next(csv_record& record) {
  while (true) {
    if (begin_ == end_ && !fill()) return false;
    while (!parse(record, exhausted_)) fill();
    if (format_.skip_blank_lines && record.raw.empty()) continue;
    if (!is_valid_utf8(record.raw)) {
      if (format_.replace_invalid_characters) {
        replace_invalid(record);
      } else if (!record.problem) {
        std::size_t column = 0;
        while (column + 1 < record.fields.size() && is_valid_utf8(record.text(column))) ++column;
        record.problem = record_problem{
            "100144",
            fmt::format("Invalid UTF8 detected in string '{}'", printable(record.text(column))),
            column,
            record.fields[column].at};
      }
    }
    return true;
  }
}

bool csv_reader::skip_line() {
  std::size_t offset = 0;
  while (true) {
    for (std::size_t i = begin_ + offset; i < end_; ++i) {
      bool more = false;
      auto const n = newline_at(i, exhausted_, more);
      if (more) break;
      if (n == 0) continue;
      ++line_;
      consumed_ += static_cast<std::int64_t>(i + n - begin_);
      begin_ = i + n;
      return true;
    }
    // Look again at the last bytes: a delimiter may be cut in two.
    auto const keep = std::min<std::size_t>(end_ - begin_, format_.record_delimiter.size() + 1);
    offset = end_ - begin_ - keep;
    if (!fill()) {
      if (exhausted_ && begin_ < end_) {
        consumed_ += static_cast<std::int64_t>(end_ - begin_);
        begin_ = end_;
        return true;
      }
      return false;
    }
  }
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_CSV_READER_IPP
