#ifndef SLUICE_SANDBOX_SQL_IMPL_JSON_READER_IPP
#define SLUICE_SANDBOX_SQL_IMPL_JSON_READER_IPP

#include <sluice/sandbox/sql/detail/error.hpp>
#include <sluice/sandbox/sql/detail/json.hpp>
#include <sluice/sandbox/sql/detail/json_reader.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace sluice::inline v0::sandbox::sql::detail {

json_reader::json_reader(byte_source& source, file_format const& format)
    : source_(source), format_(format), buffer_(std::size_t{1} << 20) {
  while (end_ < 3 && fill()) {
  }
  if (format.skip_byte_order_mark && end_ >= 3 &&
      std::string_view(buffer_.data(), 3) == "\xEF\xBB\xBF") {
    begin_ = 3;
    consumed_ = 3;
  }
}

bool json_reader::fill() {
  if (exhausted_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    if (buffer_.size() >= csv_limits::max_record_bytes) {
      fail("100069",
           "22000",
           fmt::format("Error parsing JSON: document is too large, max size {} bytes; "
                       "STRIP_OUTER_ARRAY = TRUE reads the "
                       "elements of one array as records",
                       csv_limits::max_record_bytes));
    }
    buffer_.resize(buffer_.size() * 2);
  }
  auto const n = source_.read(std::span(buffer_).subspan(end_));
  if (n == 0) exhausted_ = true;
  end_ += n;
  return n > 0;
}

void json_reader::consume(std::size_t n) {
  line_ += std::count(buffer_.data() + begin_, buffer_.data() + begin_ + n, '\n');
  consumed_ += static_cast<std::int64_t>(n);
  begin_ += n;
}

/// False at the end of the file.
bool json_reader::skip_space() {
  while (true) {
    while (begin_ < end_ && json_space(buffer_[begin_])) consume(1);
    if (begin_ < end_) return true;
    if (!fill()) return false;
  }
}

bool json_reader::next(json_record& record) {
  record.problem.reset();
  if (!skip_space()) return false;
  if (!started_) {
    started_ = true;
    if (format_.strip_outer_array && buffer_[begin_] == '[') {
      in_array_ = true;
      consume(1);
      if (!skip_space()) return false;
    }
  } else if (in_array_ && buffer_[begin_] == ',') {
    consume(1);
    if (!skip_space()) return false;
  }
  if (in_array_ && buffer_[begin_] == ']') {
    consume(1);
    in_array_ = false;
    return next(record);
  }
  record.line = line_;
  record.byte_offset = consumed_;
  std::optional<std::size_t> size;
  while (true) {
    std::string_view const text(buffer_.data() + begin_, end_ - begin_);
    size = json_value_end(text);
    if (size && *size == text.size() && !exhausted_ && text.front() != '{' && text.front() != '[' &&
        text.front() != '"') {
      size.reset();  // a scalar may go on in the next block
    }
    if (size || !fill()) break;
  }
  auto const whole = size.value_or(end_ - begin_);
  record.raw = std::string_view(buffer_.data() + begin_, whole);
  try {
    bool const valid = is_valid_utf8(record.raw);
    if (!valid && !format_.replace_invalid_characters) fail_utf8("a JSON document");
    auto const text = valid ? std::string() : replaced_utf8(record.raw);
    record.value = json_normalized(valid ? record.raw : std::string_view(text),
                                   {.allow_duplicate = format_.allow_duplicate,
                                    .strip_null_values = format_.strip_null_values});
  } catch (sql_error const& e) {
    record.problem = record_problem{e.what_failed().code, e.what_failed().message, 0, 0};
    // The brackets of a broken document mean nothing: reading goes on at the next line.
    auto const newline = record.raw.find('\n');
    if (newline != std::string_view::npos) record.raw = record.raw.substr(0, newline);
  }
  consume(record.raw.size());
  return true;
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_JSON_READER_IPP
