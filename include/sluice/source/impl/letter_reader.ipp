#ifndef SLUICE_SOURCE_IMPL_LETTER_READER_IPP
#define SLUICE_SOURCE_IMPL_LETTER_READER_IPP

#include <sluice/encode/detail/text_scan.hpp>
#include <sluice/source/detail/cell_report.hpp>
#include <sluice/source/detail/find_byte.hpp>
#include <sluice/source/detail/letter_reader.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace sluice::inline v0::source::detail {

/// What stands in a letter where the value itself is withheld.
inline constexpr std::string_view redacted_value = "\"[redacted]\"";
inline constexpr std::string_view not_utf8_value = "\"[not UTF-8]\"";

SLUICE_DECL letter_reader::letter_reader(std::vector<std::string> paths,
                                         dead_letter_options options,
                                         column_table columns)
    : paths_{std::move(paths)},
      options_{std::move(options)},
      columns_{columns},
      places_(columns.size()),
      feed_{std::make_shared<progress_feed>()} {
  std::uint64_t total = 0;
  for (std::string const& path : paths_) {
    std::error_code unknown;
    std::uintmax_t const bytes = std::filesystem::file_size(path, unknown);
    if (!unknown) total += bytes;
  }
  feed_->bytes_total.set(total);
  if (auto opened = open(0); !opened) {
    error_ = std::move(opened).error();
    failed_ = true;
  }
}

SLUICE_DECL result<void> letter_reader::open(std::size_t file) {
  auto const invalid = [](char const* what) {
    return sluice::error{errc::invalid_configuration, what};
  };
  if (options_.max_line_bytes < 1_KiB || options_.max_line_bytes > 1_GiB)
    return invalid("dead_letter_options::max_line_bytes must be 1 KiB to 1 GiB");
  if (options_.delimiter == options_.quote || options_.delimiter == '\n' || options_.quote == '\n')
    return invalid("dead_letter_options: delimiter and quote must differ and be no line ends");
  if (paths_.empty()) return invalid("no file of dead letters is named; name one");
  lines_.reset();
  auto input = byte_input::open(paths_[file]);
  if (!input) return std::move(input).error();
  file_ = file;
  all_rewindable_ = all_rewindable_ && input->rewindable();
  lines_.emplace(*std::move(input), options_.max_line_bytes);
  return success;
}

SLUICE_DECL letter_reader::outcome letter_reader::next() {
  if (failed_ && !ended_) {
    ended_ = true;
    return outcome::fatal;
  }
  outcome const found = advance();
  return found == outcome::record ? take_record() : found;
}

/// Goes to the next letter that is wanted, or to a line that is none.
SLUICE_DECL letter_reader::outcome letter_reader::advance() {
  if (ended_) return outcome::end;
  for (;;) {
    at_ = next_;
    known_ = false;
    outcome const found = read_line();
    report_progress();
    if (found == outcome::end || found == outcome::fatal) return found;
    if (known_ && !options_.reasons.has(letter_.letter.why.reason)) continue;
    if (known_ && is_repeated()) continue;
    ++next_;
    return found;
  }
}

/// Whether the letter under way says nothing that one before it has not said; else it is noted.
SLUICE_DECL bool letter_reader::is_repeated() {
  if (letter_.run.empty()) return false;
  std::string const& record = letter_.letter.record;
  std::size_t const told = std::hash<std::string_view>{}(record);
  auto const [at, first] = given_[letter_.run].try_emplace(letter_.letter.at, told);
  // Another record in the same place is one of another load that was given the same run id.
  bool const repeated = !first && (record.empty() || at->second == told);
  if (!repeated) at->second = told;
  return repeated;
}

SLUICE_DECL letter_reader::outcome letter_reader::read_line() {
  for (;;) {
    switch (lines_->next()) {
      case line_reader::outcome::failed:
        return fail(lines_->failure());
      case line_reader::outcome::too_long:
        return bad(where() + ": the line is longer than " +
                   std::to_string(options_.max_line_bytes) +
                   " bytes; raise dead_letter_options::max_line_bytes");
      case line_reader::outcome::end: {
        if (file_ + 1 == paths_.size()) {
          ended_ = true;
          return outcome::end;
        }
        bytes_of_files_ += lines_->input().stored_bytes_read();
        if (auto opened = open(file_ + 1); !opened) return fail(std::move(opened).error());
        continue;
      }
      case line_reader::outcome::line:
        break;
    }
    std::string_view const line = lines_->line();
    if (trim(line).empty()) continue;
    auto const problem = parse_letter(line, letter_);
    if (problem) return bad(where() + ':' + std::to_string(problem->column) + ": " + problem->what);
    known_ = true;
    return outcome::record;
  }
}

SLUICE_DECL letter_reader::outcome letter_reader::take_record() {
  dead_letter const& letter = letter_.letter;
  cells_.clear();
  std::fill(places_.begin(), places_.end(), place{});
  // A source writes cells as it found them: where nothing stood, text is empty.
  lenient_ = letter.record_is_text || letter.why.reason == dead_reason::source;
  if (letter.record.empty()) return bad(where() + ": the letter has no record; " + remedy());
  outcome const taken = letter.record_is_text ? take_row() : take_object();
  cells_.append(special_bytes::reach, '\0');
  return taken;
}

SLUICE_DECL letter_reader::outcome letter_reader::take_object() {
  sluice::detail::json_members members{letter_.letter.record};
  sluice::detail::json_member m;
  std::size_t likely = 0;
  std::string withheld;
  std::string name;
  while (members.next(m)) {
    name.clear();
    if (!unescape_json(m.key, name)) continue;
    // Letters have the columns in the order of the record, so the next one is tried first.
    std::size_t column = likely;
    for (std::size_t tried = 0; tried != columns_.size(); ++tried, ++column) {
      if (column == columns_.size()) column = 0;
      if (columns_[column].name == name) break;
    }
    if (column == columns_.size() || columns_[column].name != name) continue;
    likely = column + 1 == columns_.size() ? 0 : column + 1;
    if (!take_value(column, m.value) && withheld.empty()) withheld = name;
  }
  if (!withheld.empty()) {
    outcome const rejected = bad(where() + ": column " + quoted_for_message(withheld) +
                                 " is withheld in the letter (redacted or not text); " + remedy());
    render_raw();
    return rejected;
  }
  for (std::size_t i = 0; i != columns_.size(); ++i) {
    if (!places_[i].absent || columns_[i].nullable) continue;
    outcome const rejected =
        bad(where() + ": the record has no column " + quoted_for_message(columns_[i].name) +
            "; is the letter of another table? Else add the column to the line, make the member "
            "std::optional, or " +
            remedy());
    render_raw();
    return rejected;
  }
  return outcome::record;
}

/// False: the value is not in the letter.
SLUICE_DECL bool letter_reader::take_value(std::size_t column, std::string_view value) {
  column_info const& info = columns_[column];
  bool const from_source = letter_.letter.why.reason == dead_reason::source;
  bool const hidden = info.pii || info.secret;
  if ((hidden && value == redacted_value) || (from_source && value == not_utf8_value)) {
    add_cell(column, value.substr(1, value.size() - 2), false);
    return false;
  }
  bool const as_it_stands = info.type == logical_type::json && !from_source;
  if (value == "null" && (info.nullable || !as_it_stands)) {
    add_cell(column, {}, true);
    return true;
  }
  if (as_it_stands || !value.starts_with('"')) {
    add_cell(column, value, false);
    return true;
  }
  std::size_t const begin = cells_.size();
  bool const good = unescape_json(value, cells_);
  places_[column] = {begin, cells_.size() - begin, false, false};
  return good;
}

SLUICE_DECL void letter_reader::add_cell(std::size_t column, std::string_view text, bool null) {
  places_[column] = {cells_.size(), text.size(), null, false};
  cells_ += text;
}

SLUICE_DECL letter_reader::outcome letter_reader::take_row() {
  std::string_view row = letter_.letter.record;
  while (row.ends_with('\n') || row.ends_with('\r')) row.remove_suffix(1);
  std::string const marker = options_.null_marker.value_or(std::string{});
  sluice::detail::csv_fields fields{
      row, {.delimiter = options_.delimiter, .quote = options_.quote, .null_marker = marker}};
  sluice::detail::csv_field field;
  std::size_t count = 0;
  for (; fields.next(field); ++count)
    if (count < columns_.size()) add_cell(count, field.text, field.null);
  if (count == columns_.size()) return outcome::record;
  return bad(where() + ": the encoded row has " + std::to_string(count) +
             " readable fields, expected " + std::to_string(columns_.size()) +
             "; set the delimiter, quote and null_marker that it was encoded with, or " + remedy());
}

SLUICE_DECL letter_reader::outcome letter_reader::reject(std::size_t column, fault f) {
  outcome const rejected =
      bad(bad_cell_error(where(), columns_[column].name, columns_[column], text(column).text, f)
              .message);
  render_raw();
  return rejected;
}

/// The record as sources write what they could not read, for the dead letters.
SLUICE_DECL void letter_reader::render_raw() {
  raw_record_ = "{";
  for (std::size_t i = 0; i < columns_.size(); ++i)
    append_raw_cell(raw_record_, columns_[i], text(i));
  raw_record_ += '}';
}

SLUICE_DECL letter_reader::outcome letter_reader::bad(std::string what) {
  raw_record_.clear();
  error_ = {errc::invalid_input, std::move(what)};
  return outcome::bad;
}

SLUICE_DECL letter_reader::outcome letter_reader::fail(sluice::error why) {
  error_ = std::move(why);
  raw_record_.clear();
  failed_ = true;
  ended_ = true;
  return outcome::fatal;
}

SLUICE_DECL std::string letter_reader::where() const {
  return lines_->input().name() + ':' + std::to_string(lines_->number());
}

SLUICE_DECL std::string letter_reader::remedy() const {
  return "read the source of run " + quoted_for_message(letter_.run) + " again from position " +
         std::to_string(letter_.letter.at);
}

SLUICE_DECL void letter_reader::report_progress() noexcept {
  std::uint64_t const here = lines_ ? lines_->input().stored_bytes_read() : 0;
  feed_->bytes_read.set(bytes_of_files_ + here);
  feed_->records_read.set(next_);
}

SLUICE_DECL result<void> letter_reader::seek(position to) {
  if (!lines_) return error_;
  if (to < next_ || ended_) {
    // Of a stream, what was read is gone.
    if (!all_rewindable_)
      return sluice::error{errc::invalid_input,
                           "a stream cannot be read again; give regular files"};
    bytes_of_files_ = 0;
    next_ = 0;
    given_.clear();
    if (auto opened = open(0); !opened) return fail(std::move(opened).error()), error_;
  }
  failed_ = false;
  ended_ = false;
  while (next_ < to) {
    outcome const found = advance();
    if (found == outcome::record || found == outcome::bad) continue;
    if (found == outcome::end)
      fail({errc::invalid_input,
            "there are " + std::to_string(next_) + " dead letters, fewer than " +
                std::to_string(to) + "; they are not those that were read before"});
    ended_ = false;  // so that reading on tells it, too
    return error_;
  }
  report_progress();
  return success;
}

}  // namespace sluice::inline v0::source::detail

#endif  // SLUICE_SOURCE_IMPL_LETTER_READER_IPP
