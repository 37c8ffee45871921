#ifndef SLUICE_SNOWFLAKE_IMPL_QUERY_READER_IPP
#define SLUICE_SNOWFLAKE_IMPL_QUERY_READER_IPP

#include <sluice/meta/edit_distance.hpp>
#include <sluice/snowflake/detail/query_reader.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::snowflake::detail {

struct make_block {
  result_table const& rows;
  std::span<std::size_t const> places;

  query_block operator()() const { return query_block{rows, places}; }
};

SLUICE_DECL query_reader::query_reader(transport& t,
                                       std::shared_ptr<session> s,
                                       bool owns,
                                       query_options options,
                                       column_table columns,
                                       std::span<std::string_view const> headers)
    : transport_{t},
      session_{std::move(s)},
      owns_session_{owns},
      options_{std::move(options)},
      columns_{columns},
      names_{headers.begin(), headers.end()},
      fetches_{t} {}

SLUICE_DECL query_reader::~query_reader() {
  fetches_.stop();
  fetches_.join();
  if (!owns_session_) return;
  constexpr std::chrono::seconds longest{5};
  result<void> const closed = block_on(transport_, session_->close(), deadline::in(longest));
  if (!closed) options_.log.warning("snowflake", "logout: " + closed.error().describe());
}

SLUICE_DECL result<void> query_reader::start(std::string sql) {
  statement query;
  query.sql = std::move(sql);
  query.title = "query";
  query.parameters = options_.parameters;
  query.leave_chunks = true;
  if (options_.patience.count() != 0) query.until = transport_.now() + options_.patience;
  result<statement_reply> reply = block_on(transport_, session_->execute(std::move(query)));
  if (!reply) return std::move(reply).error();
  table_ = std::move(reply->table);
  if (result<void> placed = place(); !placed) return placed;
  block_ = query_block{table_, places_};
  std::uint64_t rows = block_.rows();
  std::uint64_t bytes = 0;
  for (result_chunk const& c : table_.chunks) {
    rows += c.row_count;
    bytes += c.bytes;
  }
  feed_->records_total.set(rows);
  feed_->bytes_total.set(bytes);
  table_.rows = {};
  fetch_ahead();
  return success;
}

SLUICE_DECL result<void> query_reader::place() {
  for (std::string const& name : names_) {
    auto const exact = std::find(table_.columns.begin(), table_.columns.end(), name);
    std::optional<std::size_t> const found =
        exact != table_.columns.end() ? static_cast<std::size_t>(exact - table_.columns.begin())
                                      : table_.column(name);
    if (found) {
      places_.push_back(*found);
      continue;
    }
    std::string text = "the query gives no column " + source::detail::quoted_for_message(name);
    auto const nearest = std::min_element(
        table_.columns.begin(), table_.columns.end(), [&](auto const& a, auto const& b) {
          return edit_distance(a, name) < edit_distance(b, name);
        });
    if (nearest != table_.columns.end())
      text += ", the nearest is " + source::detail::quoted_for_message(*nearest);
    return sluice::error{
        sluice::errc::invalid_input,
        text + "; name it in the query or declare sluice::source::header<\"...\"> for the column"};
  }
  return success;
}

/// Starts as many fetches as the limit allows, and one at least. A chunk of unknown size comes
/// when it is next.
SLUICE_DECL void query_reader::fetch_ahead() {
  while (next_chunk_ != table_.chunks.size()) {
    std::uint64_t const bytes = table_.chunks[next_chunk_].bytes;
    bool const fits = bytes != 0 && ahead_bytes_ + bytes <= options_.prefetch_bytes;
    if (!ahead_.empty() && !fits) return;
    auto a = std::make_shared<ahead>();
    a->chunk = next_chunk_++;
    ahead_bytes_ += bytes;
    ahead_.push_back(a);
    fetches_.spawn(fetch(std::move(a)));
  }
}

SLUICE_DECL task<void> query_reader::fetch(std::shared_ptr<ahead> a) {
  result<result_table> part = co_await session_->fetch(table_, a->chunk);
  if (part) {
    result<query_block> made = co_await transport_.on_worker(make_block{*part, places_});
    a->rows = std::move(made);
  } else {
    a->rows = std::move(part).error();
  }
  a->done.set();
  co_return success;
}

SLUICE_DECL task<void> query_reader::arrival(std::shared_ptr<ahead> a) {
  result<void> came = co_await a->done.wait();
  co_return came;
}

SLUICE_DECL bool query_reader::at_end() const noexcept {
  return used_ == block_.rows() && ahead_.empty() && next_chunk_ == table_.chunks.size();
}

/// The next chunk becomes the block. Precondition: the block is used up, and there is a chunk.
/// After a failure nothing is read any more: what follows the missing rows would pass for them.
SLUICE_DECL result<void> query_reader::open_block() {
  result<void> opened = take_chunk();
  if (!opened) {
    error_ = opened.error();
    raw_record_.clear();
    failed_ = true;
  }
  return opened;
}

SLUICE_DECL result<void> query_reader::take_chunk() {
  block_ = {};
  row_ = used_ = 0;
  if (ahead_.empty()) fetch_ahead();
  std::shared_ptr<ahead> const a = std::move(ahead_.front());
  ahead_.pop_front();
  if (result<void> came = block_on(transport_, arrival(a)); !came) return came;
  std::uint64_t const bytes = table_.chunks[a->chunk].bytes;
  ahead_bytes_ -= bytes;
  feed_->bytes_read.add(bytes);
  if (!a->rows) return std::move(a->rows).error();
  block_ = *std::move(a->rows);
  return success;
}

SLUICE_DECL query_reader::outcome query_reader::next() {
  while (used_ == block_.rows()) {
    if (failed_ || at_end()) {
      feed_->records_read.set(next_);
      return outcome::end;
    }
    if (!open_block()) return outcome::fatal;
    // While this one is read the next ones come.
    fetch_ahead();
  }
  row_ = used_++;
  ++next_;
  if ((next_ & 1023) == 0) feed_->records_read.set(next_);
  return outcome::record;
}

SLUICE_DECL query_reader::outcome query_reader::reject(std::size_t column,
                                                       source::detail::fault f) {
  error_ = source::detail::bad_cell_error("row " + std::to_string(next_) + " of the query",
                                          names_[column],
                                          columns_[column],
                                          text(column).text,
                                          f);
  raw_record_ = "{";
  for (std::size_t i = 0; i != columns_.size(); ++i)
    source::detail::append_raw_cell(raw_record_, columns_[i], text(i));
  raw_record_ += '}';
  return outcome::bad;
}

SLUICE_DECL result<void> query_reader::seek(position to) {
  if (failed_) return error_;
  while (next_ < to) {
    if (used_ == block_.rows()) {
      if (at_end()) break;
      // A chunk of which nothing is wanted, and which is not on its way, is not fetched.
      if (ahead_.empty() && table_.chunks[next_chunk_].row_count <= to - next_) {
        next_ += table_.chunks[next_chunk_++].row_count;
        continue;
      }
      if (result<void> opened = open_block(); !opened) return opened;
    }
    std::uint64_t const skipped = std::min<std::uint64_t>(rows_left_in_block(), to - next_);
    used_ += static_cast<std::size_t>(skipped);
    next_ += skipped;
  }
  fetch_ahead();
  feed_->records_read.set(next_);
  if (next_ == to) return success;
  return sluice::error{sluice::errc::invalid_input,
                       "row " + std::to_string(to) +
                           " of the query cannot be sought, it stands at " + std::to_string(next_) +
                           (next_ > to ? "" : ", its end") + "; run the same query again"};
}

}  // namespace sluice::inline v0::snowflake::detail

#endif  // SLUICE_SNOWFLAKE_IMPL_QUERY_READER_IPP
