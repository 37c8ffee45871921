#ifndef SLUICE_SNOWFLAKE_IMPL_COPIER_LETTERS_IPP
#define SLUICE_SNOWFLAKE_IMPL_COPIER_LETTERS_IPP

/// \file
/// The text of refused rows: a copier reads it back from the stage.

#include <sluice/snowflake/copier.hpp>
#include <sluice/snowflake/detail/stage_download.hpp>
#include <sluice/snowflake/impl/copier.ipp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::inline v0::snowflake {

SLUICE_DECL void copier::bury(staged_file const& file, rejection const& why) {
  bury(file, std::vector<bare_rows>{{0, file.rows, why}});
}

SLUICE_DECL void copier::bury(staged_file const& file, std::vector<bare_rows> rows) {
  std::vector<bare_rows> wanted;
  for (bare_rows& run : rows) {
    bool const read = file.verdicts->announce(file.sequence, ranges_of(file, run), run.why);
    if (read)
      wanted.push_back(std::move(run));
    else
      reject_rows(file, run);
  }
  if (wanted.empty()) return;
  unread_.push_back({file, std::move(wanted)});
  if (std::exchange(reading_, true)) return;
  readers_.spawn(read_files());
}

SLUICE_DECL task<void> copier::read_files() {
  while (!unread_.empty()) {
    unread_file one = std::move(unread_.front());
    unread_.pop_front();
    result<void> read = co_await read_back(one);
    if (!read) {
      log_.warning("snowflake",
                   "stage file " + one.file.name +
                       " cannot be read back, so its dead letters have no records: " +
                       read.error().describe());
      for (bare_rows const& left : one.rows)
        if (left.first != left.end) reject_rows(one.file, left);
    }
  }
  reading_ = false;
  changed_.notify_all();
  co_return success;
}

/// What has its verdict is taken out of `one`.
SLUICE_DECL task<void> copier::read_back(unread_file& one) {
  detail::file_shape const shape{
      plan_.statement.format, plan_.statement.compression, plan_.max_row_bytes};
  std::unique_ptr<detail::stage_download> const from = stage_.download(one.file.name, shape);
  result<void> checked = co_await from->check(one.file.rows);
  if (!checked) co_return std::move(checked).error();
  std::vector<detail::row_run> wanted;
  for (bare_rows const& run : one.rows) wanted.push_back({run.first, run.end});
  std::size_t at = 0;
  for (;;) {
    result<std::vector<detail::row_text>> rows = co_await from->next(wanted);
    if (!rows) co_return std::move(rows).error();
    if (rows->empty()) co_return success;
    for (detail::row_text& row : *rows) {
      while (one.rows[at].end <= row.row) ++at;
      one.file.verdicts->reject(
          position_of(one.file, row.row), one.rows[at].why, std::move(row.text));
      one.rows[at].first = row.row + 1;
    }
    // A file may be larger than memory: the next rows come when these are written.
    auto const written = std::make_shared<async_event>();
    one.file.verdicts->when_written(one.file.sequence, [written] { written->set(); });
    result<void> waited = co_await written->wait();
    if (!waited) co_return std::move(waited).error();
  }
}

SLUICE_DECL task<void> copier::end_reading(steady_time at) {
  result<void> slept = co_await transport_.sleep_until(at);
  if (!slept) co_return std::move(slept).error();
  readers_.cancel();
  co_return success;
}

SLUICE_DECL task<void> copier::until_read() {
  while (reading_) {
    result<void> woken = co_await changed_.wait();
    if (!woken) co_return std::move(woken).error();
  }
  co_return success;
}

SLUICE_DECL task<void> copier::and_read(task<void> work) {
  result<void> done = co_await std::move(work);
  result<void> read = co_await until_read();
  if (!done) co_return std::move(done).error();
  co_return read;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_COPIER_LETTERS_IPP
