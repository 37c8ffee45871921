#ifndef SLUICE_SNOWFLAKE_IMPL_COPIER_SETTLE_IPP
#define SLUICE_SNOWFLAKE_IMPL_COPIER_SETTLE_IPP

/// \file
/// What a copier makes of COPY's answers: verdicts, files to send again, files of earlier runs.

#include <sluice/snowflake/copier.hpp>
#include <sluice/snowflake/impl/copier.ipp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::inline v0::snowflake {

namespace detail {

inline bool settled_by(load_status s) noexcept {
  return s == load_status::loaded || s == load_status::partially_loaded || s == load_status::failed;
}

inline bool has_bad_rows(load_status s) noexcept {
  return s == load_status::partially_loaded || s == load_status::failed;
}

}  // namespace detail

SLUICE_DECL task<void> copier::settle(std::shared_ptr<session> on,
                                      batch b,
                                      statement_reply const& reply,
                                      std::vector<batch>& more) {
  std::vector<std::string> const names = detail::names_of(b.files);
  std::vector<file_result> results = read_copy_result(reply.table, names);
  std::vector<std::string> with_bad;
  std::vector<std::string> open;  // this COPY says nothing about them
  for (std::size_t i = 0; i != names.size(); ++i) {
    if (!detail::settled_by(results[i].status)) open.push_back(names[i]);
    if (detail::has_bad_rows(results[i].status)) with_bad.push_back(names[i]);
  }
  row_errors errors;
  if (!with_bad.empty()) {
    result<row_errors> found = co_await errors_of(on, reply.head.query_id, with_bad);
    if (!found) log_.warning("snowflake", "VALIDATE: " + found.error().describe());
    if (found) errors = *std::move(found);
  }
  if (!open.empty()) {
    // Loaded by an earlier COPY whose reply was lost, or left out: the table's history knows.
    result<std::vector<file_result>> history = co_await look_up(on, open);
    if (!history) co_return std::move(history).error();
    result<row_errors> found = co_await errors_in_history(on, open, *history);
    if (found) errors.merge(*found);
    for (std::size_t i = 0, next = 0; i != names.size(); ++i)
      if (!detail::settled_by(results[i].status)) results[i] = (*history)[next++];
  }
  log_results(b, results, reply.head.query_id);
  result<void> done = co_await conclude(on, std::move(b), results, std::move(errors), more);
  co_return done;
}

/// One line for a COPY, and one for each of its files.
SLUICE_DECL void copier::log_results(batch const& b,
                                     std::vector<file_result> const& results,
                                     std::string const& query_id) const {
  if (!log_.enabled(log_level::debug)) return;
  std::uint64_t parsed = 0;
  std::uint64_t loaded = 0;
  for (std::size_t i = 0; i != results.size(); ++i) {
    file_result const& r = results[i];
    parsed += r.rows_parsed;
    loaded += r.rows_loaded;
    log_.debug("snowflake",
               "stage file " + b.files[i].name + ": " + std::string{name_of(r.status)} + ", " +
                   std::to_string(r.rows_parsed) + " rows parsed, " +
                   std::to_string(r.rows_loaded) + " loaded, " + std::to_string(r.errors_seen) +
                   " errors seen");
  }
  log_.debug("snowflake",
             title() + ": " + std::to_string(results.size()) + " files, " + std::to_string(parsed) +
                 " rows parsed, " + std::to_string(loaded) + " loaded, query " + query_id);
}

/// For the report: what the service says of the file.
SLUICE_DECL void copier::tell(staged_file const& file, file_result const& result) const {
  file.verdicts->note(file.sequence,
                      {plan_.statement.location + file.name,
                       std::string{name_of(result.status)},
                       result.rows_parsed});
}

SLUICE_DECL task<copier::row_errors> copier::errors_in_history(
    std::shared_ptr<session> on,
    std::vector<std::string> const& names,
    std::vector<file_result> const& history) {
  std::vector<std::string> with_bad;
  for (std::size_t i = 0; i != names.size(); ++i)
    if (detail::has_bad_rows(history[i].status)) with_bad.push_back(names[i]);
  if (with_bad.empty()) co_return row_errors{};
  std::string const no_query;
  result<row_errors> found = co_await errors_of(on, no_query, std::move(with_bad));
  co_return found;
}

SLUICE_DECL task<void> copier::conclude(std::shared_ptr<session> on,
                                        batch b,
                                        std::vector<file_result> const& results,
                                        row_errors errors,
                                        std::vector<batch>& more) {
  std::vector<std::string> loaded;
  std::vector<staged_file> left_out;
  error trouble;
  for (std::size_t i = 0; i != b.files.size(); ++i) {
    staged_file& file = b.files[i];
    if (!detail::settled_by(results[i].status)) {
      left_out.push_back(std::move(file));
      continue;
    }
    tell(file, results[i]);
    std::vector<bare_rows> bare;
    file_end const end = give_verdicts(file, results[i], errors[file.name], bare);
    bury(file, std::move(bare));
    if (end == file_end::all_loaded) loaded.push_back(file.name);
    if (end == file_end::unreconciled)
      trouble = error{make_error_code(errc::copy_unreconciled),
                      disposition::permanent,
                      title() + ": the figures for stage file " + file.name +
                          " do not add up; see its dead letters"};
  }
  if (plan_.purge && !loaded.empty()) {
    result<void> purged = co_await purge(on, std::move(loaded));
    if (!purged) log_.warning("snowflake", "REMOVE: " + purged.error().describe());
  }
  if (!left_out.empty()) {
    batch rest{std::move(left_out), b.policy, b.attempts + 1};
    result<void> again = co_await send_again(std::move(rest), more);
    if (!again) co_return std::move(again).error();
  }
  if (trouble.code) co_return trouble;
  co_return success;
}

/// The end of a COPY that must not be sent twice, after it got no answer because of `why`.
SLUICE_DECL task<void> copier::settle_by_history(std::shared_ptr<session> on,
                                                 batch b,
                                                 error why,
                                                 std::vector<batch>& more) {
  std::vector<std::string> const names = detail::names_of(b.files);
  result<std::vector<file_result>> told = co_await look_up(on, names);
  // "Load failed" may be the end of an earlier COPY that named the same files.
  bool const known =
      told && std::all_of(told->begin(), told->end(), [](file_result const& f) {
        return f.status == load_status::loaded || f.status == load_status::partially_loaded;
      });
  if (!known) {
    give_up(b, why);
    co_return why;
  }
  result<row_errors> errors = co_await errors_in_history(on, names, *told);
  if (!errors) co_return std::move(errors).error();
  result<void> done = co_await conclude(on, std::move(b), *told, *std::move(errors), more);
  co_return done;
}

SLUICE_DECL task<void> copier::send_again(batch b, std::vector<batch>& more) {
  if (b.attempts >= detail::most_copy_attempts || stopped_) {
    error why{make_error_code(errc::copy_unreconciled),
              disposition::permanent,
              title() +
                  ": the service leaves files out without a reason; they stay in the stage, "
                  "load them by hand"};
    give_up(b, why);
    co_return why;
  }
  log_.warning(
      "snowflake",
      title() + ": " + std::to_string(b.files.size()) + " files were left out and are sent again");
  result<void> slept = co_await transport_.sleep_for(std::chrono::milliseconds{100 << b.attempts});
  if (!slept) co_return std::move(slept).error();
  more.push_back(std::move(b));
  co_return success;
}

SLUICE_DECL task<std::vector<file_result>> copier::look_up(std::shared_ptr<session> on,
                                                           std::vector<std::string> names) {
  statement s;
  s.sql = copy_history_text(plan_.statement.table, plan_.run_id, plan_.history);
  s.title = "COPY_HISTORY";
  std::chrono::milliseconds pause{100};
  for (;;) {
    result<statement_reply> reply = co_await on->execute(s);
    if (!reply) co_return std::move(reply).error();
    std::vector<file_result> found = read_copy_history(reply->table, plan_.run_id, names);
    bool const busy = std::any_of(found.begin(), found.end(), [](file_result const& f) {
      return f.status == load_status::running;
    });
    if (!busy || stopped_) co_return found;
    // Another COPY is at it, one of ours whose reply was lost: it ends, one way or the other.
    result<void> slept = co_await transport_.sleep_for(pause);
    if (!slept) co_return std::move(slept).error();
    pause = std::min(pause * 2, std::chrono::milliseconds{5'000});
  }
}

SLUICE_DECL task<copier::row_errors> copier::errors_of(std::shared_ptr<session> on,
                                                       std::string query_id,
                                                       std::vector<std::string> names) {
  statement s;
  if (query_id.empty()) {
    // The COPY is not ours to name: let the service read the files again without loading them.
    copy_statement copy = plan_.statement;
    copy.files = std::move(names);
    copy.validate_only = true;
    s.sql = copy_text(copy);
    s.title = "COPY with VALIDATION_MODE";
  } else {
    s.sql = validate_text(plan_.statement.table, query_id);
    s.title = "VALIDATE";
  }
  result<statement_reply> reply = co_await on->execute(std::move(s));
  if (!reply) co_return std::move(reply).error();
  co_return read_row_errors(reply->table, plan_.statement.columns);
}

SLUICE_DECL task<void> copier::purge(std::shared_ptr<session> on, std::vector<std::string> names) {
  statement s;
  s.sql = remove_text(plan_.statement.location, names);
  s.title = "REMOVE";
  result<statement_reply> reply = co_await on->execute(std::move(s));
  if (!reply) co_return std::move(reply).error();
  co_return success;
}

SLUICE_DECL task<bool> copier::staged(std::shared_ptr<session> on, std::string name) {
  statement s;
  s.sql = list_text(plan_.statement.location + name);
  s.title = "LIST";
  result<statement_reply> reply = co_await on->execute(std::move(s));
  if (!reply) co_return std::move(reply).error();
  for (std::size_t row = 0; row != reply->table.rows.size(); ++row)
    if (base_name(reply->table.at(row, "name").value_or("")) == name) co_return true;
  co_return false;
}

SLUICE_DECL task<bool> copier::recover(staged_file file, bool forgotten) {
  std::shared_ptr<session> const on = sessions_.pick();
  std::vector<std::string> const name{file.name};
  std::vector<batch> work;
  work.push_back({{}, plan_.statement.options.on_error, 0});
  work.back().files.push_back(std::move(file));
  result<std::vector<file_result>> history = co_await look_up(on, name);
  if (!history) co_return std::move(history).error();
  if (detail::settled_by(history->front().status)) {
    result<row_errors> errors = co_await errors_in_history(on, name, *history);
    if (!errors) co_return std::move(errors).error();
    batch b = std::move(work.back());
    work.clear();
    auto concluded = conclude(on, std::move(b), *history, *std::move(errors), work);
    result<void> done = co_await and_read(std::move(concluded));
    if (!done) co_return std::move(done).error();
    co_return true;
  }
  // The table's load metadata keeps an old file from being loaded twice, unless FORCE ignores it.
  if (forgotten && plan_.statement.options.force) co_return false;
  result<bool> there = co_await staged(on, name.front());
  if (!there) co_return std::move(there).error();
  if (!*there) co_return false;
  result<void> done = co_await and_read(work_off(std::move(work)));
  if (!done) co_return std::move(done).error();
  co_return true;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_COPIER_SETTLE_IPP
