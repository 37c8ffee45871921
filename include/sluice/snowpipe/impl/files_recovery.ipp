#ifndef SLUICE_SNOWPIPE_IMPL_FILES_RECOVERY_IPP
#define SLUICE_SNOWPIPE_IMPL_FILES_RECOVERY_IPP

/// \file
/// What became of files that an earlier process had sent.

#include <sluice/snowpipe/files.hpp>
#include <sluice/snowpipe/impl/files.ipp>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::inline v0::snowpipe {

namespace detail {

inline rejection forgotten_file(std::string const& path) {
  return {dead_reason::unknown,
          {},
          "the file " + path +
              " was sent longer ago than the pipe remembers which files it has loaded; look for "
              "its rows before a replay",
          {}};
}

}  // namespace detail

SLUICE_DECL task<recovery> files_session::core::recover(in_doubt const& doubt, ack& verdicts) {
  std::string const name =
      snowflake::stage_file_name(doubt.sequence, env_.format.kind, env_.compression);
  std::string const path = directory_ + name;
  auto const now = env_.transport.system_now();
  if (!known_) {
    known_.emplace();
    result<void> scanned = co_await scan(now - files_limits::memory + sluice::detail::clock_margin);
    if (!scanned) {
      known_.reset();
      co_return std::move(scanned).error();
    }
  }
  detail::notified_file file{
      doubt.sequence, doubt.positions, 0, &verdicts, env_.transport.system_now()};
  for (position_range const& rows : doubt.positions) file.rows += rows.count;
  if (auto const found = known_->find(path); found != known_->end()) {
    open_.emplace(path, std::move(file));
    judge(found->second);
    co_return recovery::settled;
  }
  if (may_be_forgotten(doubt, files_limits::memory, now)) {
    rejection const why = detail::forgotten_file(path);
    for (position_range const& rows : doubt.positions) verdicts.reject(rows, why);
    co_return recovery::settled;
  }
  result<std::optional<stored_object>> held = co_await stage_->find(name);
  if (!held) co_return std::move(held).error();
  // A name is made known only when the stage has the file, and no run uses a name twice.
  if (!*held) co_return recovery::absent;
  // The report may name the file before the notification has its answer.
  open_.emplace(path, std::move(file));
  result<void> told = co_await notify(path, (*held)->size);
  if (closed_) co_return error{sluice::errc::cancelled, "the session has ended"};
  if (!told) {
    open_.erase(path);
    co_return std::move(told).error();
  }
  start_polling();
  std::vector<std::string> paths;
  paths.push_back(path);
  result<void> judged = co_await wait_for(std::move(paths));
  if (!judged) co_return std::move(judged).error();
  co_return recovery::settled;
}

}  // namespace sluice::inline v0::snowpipe

#endif  // SLUICE_SNOWPIPE_IMPL_FILES_RECOVERY_IPP
