#ifndef SLUICE_SANDBOX_SNOWPIPE_IMPL_FILE_PIPES_IPP
#define SLUICE_SANDBOX_SNOWPIPE_IMPL_FILE_PIPES_IPP

#include <sluice/sandbox/detail/replies.hpp>
#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/snowpipe/detail/error.hpp>
#include <sluice/sandbox/snowpipe/detail/file_pipes.hpp>
#include <sluice/sandbox/snowpipe/impl/commits.ipp>
#include <sluice/sandbox/sql/detail/datetime.hpp>

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::inline v0::sandbox::snowpipe {

namespace files_impl {

using commits_impl::number;
using commits_impl::text;
using detail::http_response;
using detail::json_text;
using sql::stored;

constexpr std::string_view entry_columns =
    "path, location, size, received_ms, inserted_ms, rows_inserted, rows_parsed, errors, "
    "error_limit, status, first_error, error_line, error_character, error_column";

inline std::string iso_time(std::int64_t ms) {
  std::string out;
  auto const days = ms / 86'400'000;
  auto const rest = ms % 86'400'000;
  sql::detail::append_date(out, days);
  out += 'T';
  sql::detail::append_clock(
      out, rest / 1000, static_cast<std::int32_t>(rest % 1000 * 1'000'000), 3);
  return out + 'Z';
}

inline std::optional<std::int64_t> parse_time(std::string_view given) {
  auto const m = sql::detail::parse_datetime_auto(given);
  if (!m) return std::nullopt;
  return m->utc_seconds() * 1000 + m->nanos / 1'000'000;
}

/// A file name inside a SQL string.
inline std::string sql_text(std::string_view name) {
  std::string out = "'";
  for (char const c : name) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + '\'';
}

inline std::string name_list(std::vector<std::string> const& names) {
  std::string out = "[";
  for (auto const& n : names) {
    if (out.size() > 1) out += ',';
    out += json_text(n);
  }
  return out + ']';
}

inline std::int64_t cell_number(std::vector<sql::cell> const& row, std::size_t i) {
  return i < row.size() && row[i] ? detail::to_integer(*row[i]).value_or(0) : 0;
}

inline std::string cell_text(std::vector<sql::cell> const& row, std::size_t i) {
  return i < row.size() && row[i] ? *row[i] : std::string();
}

}  // namespace files_impl

file_pipes::file_pipes(detail::service& s, sql::pipe_session& pipes) : service_(s), pipes_(pipes) {
  pipes_.write([&](sql::pipe_transaction& to) {
    to.run(
        "CREATE TABLE IF NOT EXISTS _sluice_pipe_files (id INTEGER PRIMARY KEY, pipe_id INTEGER, "
        "db TEXT, schema TEXT, pipe TEXT, path TEXT, location TEXT, size INTEGER, received_ms "
        "INTEGER, inserted_ms INTEGER, event INTEGER, rows_inserted INTEGER, rows_parsed INTEGER, "
        "errors INTEGER, error_limit INTEGER, status TEXT, first_error TEXT, error_line INTEGER, "
        "error_character INTEGER, error_column TEXT)",
        {});
    to.run(
        "CREATE INDEX IF NOT EXISTS _sluice_pipe_files_path ON _sluice_pipe_files (pipe_id, path)",
        {});
    waiting_ =
        files_impl::number(to.run("SELECT COUNT(*) FROM _sluice_pipe_files WHERE status = "
                                  "'LOAD_IN_PROGRESS'",
                                  {})[0][0]);
  });
  engine_ = std::jthread([this](std::stop_token const& stop) { run(stop); });
}

file_pipes::~file_pipes() {
  stop();
}

std::int64_t file_pipes::now_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             service_.clock.now().time_since_epoch())
      .count();
}

void file_pipes::stop() {
  engine_.request_stop();
  wake_.notify_all();
  if (engine_.joinable()) engine_.join();
}

void file_pipes::run(std::stop_token stop) {
  std::unique_lock lock(guard_);
  while (!stop.stop_requested()) {
    if (waiting_ > 0) {
      wake_.wait_for(lock, stop, commits_impl::tick, [] { return false; });
    } else {
      wake_.wait(lock, stop, [&] { return waiting_ > 0; });
    }
    if (stop.stop_requested()) return;
    lock.unlock();
    try {
      load_round(false);
    } catch (std::runtime_error const&) {
      // SQLite was busy: the file stays queued.
    }
    lock.lock();
  }
}

void file_pipes::load_now() {
  try {
    while (load_round(true)) {
    }
  } catch (std::runtime_error const&) {
    // SQLite was busy: the files stay queued.
  }
}

void file_pipes::reset() {
  std::lock_guard const work(work_);
  // insertFiles counts its files after it has stored them: what is taken away here of files not
  // counted yet, that call adds again.
  std::int64_t queued = 0;
  pipes_.write([&](sql::pipe_transaction& to) {
    queued =
        files_impl::number(to.run("SELECT COUNT(*) FROM _sluice_pipe_files WHERE status = "
                                  "'LOAD_IN_PROGRESS'",
                                  {})[0][0]);
    to.run("DELETE FROM _sluice_pipe_files", {});
  });
  std::lock_guard const lock(guard_);
  waiting_ -= queued;
}

bool file_pipes::load_round(bool everything) {
  using namespace files_impl;
  std::lock_guard const work(work_);
  auto const due = everything ? now_ms() : now_ms() - service_.configured.snowpipe.file_lag.count();
  std::vector<queued_file> queue;
  pipes_.write([&](sql::pipe_transaction& to) {
    for (auto const& row :
         to.run("SELECT id, db, schema, pipe, path FROM _sluice_pipe_files WHERE status = "
                "'LOAD_IN_PROGRESS' AND received_ms <= ?1 ORDER BY id LIMIT 100",
                {due})) {
      queue.push_back({number(row[0]), text(row[1]), text(row[2]), text(row[3]), text(row[4])});
    }
  });
  bool loaded = false;
  for (auto const& file : queue) {
    auto const found = pipes_.find(file.database, file.schema, file.pipe);
    auto const* pipe = std::get_if<sql::pipe_description>(&found);
    if (pipe != nullptr && pipe->paused) continue;
    if (pipe == nullptr) {
      pipes_.write([&](sql::pipe_transaction& to) {
        to.run("DELETE FROM _sluice_pipe_files WHERE id = ?1", {file.id});
      });
    } else if (!load(file, *pipe)) {
      break;  // whoever holds the rows keeps the other files from them as well
    }
    std::lock_guard const lock(guard_);
    --waiting_;
    loaded = true;
  }
  return loaded;
}

/// One COPY of one file; the pipe's own memory of files counts, not the table's. False if somebody
/// else's transaction holds the rows: the file stays queued.
bool file_pipes::load(queued_file const& file, sql::pipe_description const& pipe) {
  using namespace files_impl;
  std::string copy = pipe.copy + " FILES = (" + sql_text(file.path) + ") FORCE = TRUE";
  if (detail::upper(pipe.copy).find("ON_ERROR") == std::string::npos)
    copy += " ON_ERROR = SKIP_FILE";
  bool recorded = false;
  pipes_.execute(pipe, std::move(copy), [&](sql::pipe_transaction& to, sql::outcome const& loaded) {
    record(to, file.id, loaded);
    recorded = true;
  });
  return recorded;
}

void file_pipes::record(sql::pipe_transaction& to, std::int64_t id, sql::outcome const& loaded) {
  using namespace files_impl;
  std::int64_t parsed = 0, inserted = 0, errors = 0, limit = 1, line = 0, character = 0;
  std::string status = "LOAD_FAILED", first_error, column;
  if (auto const* failed = std::get_if<sql::failure>(&loaded)) {
    first_error = failed->message;
    errors = 1;
  } else if (auto const* rows = std::get_if<sql::result_set>(&loaded);
             rows != nullptr && !rows->rows.empty() && rows->rows[0].size() > 5) {
    auto const& row = rows->rows[0];
    status = cell_text(row, 1);
    parsed = cell_number(row, 2);
    inserted = cell_number(row, 3);
    limit = cell_number(row, 4);
    errors = cell_number(row, 5);
    first_error = cell_text(row, 6);
    line = cell_number(row, 7);
    character = cell_number(row, 8);
    column = cell_text(row, 9);
  }
  to.run(
      "UPDATE _sluice_pipe_files SET status = ?2, inserted_ms = ?3, rows_parsed = ?4, "
      "rows_inserted = ?5, errors = ?6, error_limit = ?7, first_error = ?8, error_line = ?9, "
      "error_character = ?10, error_column = ?11, event = (SELECT COALESCE(MAX(event), 0) + 1 "
      "FROM _sluice_pipe_files) WHERE id = ?1",
      {id,
       status,
       now_ms(),
       parsed,
       inserted,
       errors,
       limit,
       first_error,
       line,
       character,
       column});
}

detail::http_response file_pipes::insert_files(sql::pipe_description const& pipe,
                                               detail::http_request const& request,
                                               std::string_view body) {
  using namespace files_impl;
  auto const type = detail::lower(request.header("content-type"));
  std::vector<named_file> files;
  if (type.starts_with("application/json")) {
    boost::system::error_code wrong;
    auto const parsed = boost::json::parse(body, wrong);
    auto const* list =
        !wrong && parsed.is_object() ? parsed.as_object().if_contains("files") : nullptr;
    if (list == nullptr || !list->is_array()) {
      return error(500, "000001", "The request body cannot be parsed.");
    }
    for (auto const& entry : list->as_array()) {
      auto const* object = entry.if_object();
      auto const* path = object != nullptr ? object->if_contains("path") : nullptr;
      if (path == nullptr || !path->is_string()) {
        return error(500, "000001", "The request body cannot be parsed.");
      }
      auto const* size = object->if_contains("size");
      files.push_back({boost::json::value_to<std::string>(*path),
                       size != nullptr && size->is_int64() ? size->as_int64() : 0});
    }
  } else if (type.starts_with("text/plain")) {
    for (auto const line : detail::split(body, '\n')) {
      auto const path = detail::trimmed(line);
      if (!path.empty()) files.push_back({std::string(path), 0});
    }
  } else {
    return error(415, "000415", "The content type must be application/json or text/plain.");
  }
  if (files.empty()) return error(400, "000400", "The request names no files.");
  if (files.size() > file_pipe_limits::files_per_request) {
    return error(
        429,
        "000429",
        fmt::format("A request names at most {} files.", file_pipe_limits::files_per_request));
  }
  for (auto const& f : files) {
    if (f.path.size() > file_pipe_limits::path_bytes) {
      return error(
          400, "000400", fmt::format("A path has at most {} bytes.", file_pipe_limits::path_bytes));
    }
  }
  std::vector<std::string> skipped, unmatched;
  std::int64_t taken = 0;
  auto const now = now_ms();
  pipes_.write([&](sql::pipe_transaction& to) {
    for (auto const& f : files) {
      if (!pipes_.matches(pipe, f.path)) {
        unmatched.push_back(f.path);
        continue;
      }
      auto const before = to.run(
          "SELECT 1 FROM _sluice_pipe_files WHERE pipe_id = ?1 AND path = ?2 AND received_ms > ?3",
          {pipe.id, f.path, now - file_pipe_limits::history_ms});
      if (!before.empty()) {
        skipped.push_back(f.path);
        continue;
      }
      to.run(
          "INSERT INTO _sluice_pipe_files (pipe_id, db, schema, pipe, path, location, size, "
          "received_ms, status, errors, error_limit, rows_inserted, rows_parsed) VALUES "
          "(?,?,?,?,?,?,?,?,'LOAD_IN_PROGRESS',0,1,0,0)",
          {pipe.id, pipe.database, pipe.schema, pipe.name, f.path, pipe.location, f.size, now});
      ++taken;
    }
  });
  {
    std::lock_guard const lock(guard_);
    waiting_ += taken;
  }
  wake_.notify_all();
  std::string out = fmt::format(R"({{"requestId":{},"responseCode":"SUCCESS")",
                                json_text(request.parameter("requestId")));
  if (!skipped.empty() && request.parameter("showSkippedFiles") != "false") {
    out += ",\"skippedFiles\":" + name_list(skipped);
  }
  if (!unmatched.empty()) out += ",\"unmatchedPatternFiles\":" + name_list(unmatched);
  return detail::json_response(200, out + '}');
}

std::string file_pipes::entries(std::vector<std::vector<sql::stored>> const& rows) const {
  using namespace files_impl;
  std::string out = "[";
  for (auto const& row : rows) {
    if (out.size() > 1) out += ',';
    auto const status = text(row[9]);
    out += fmt::format(
        R"({{"path":{},"stageLocation":{},"fileSize":{},"timeReceived":"{}","lastInsertTime":"{}",)"
        R"("rowsInserted":{},"rowsParsed":{},"errorsSeen":{},"errorLimit":{},"complete":{},)"
        R"("status":{})",
        json_text(text(row[0])),
        json_text(text(row[1])),
        number(row[2]),
        iso_time(number(row[3])),
        iso_time(number(row[4])),
        number(row[5]),
        number(row[6]),
        number(row[7]),
        number(row[8]),
        status != "LOAD_IN_PROGRESS",
        json_text(status));
    if (number(row[7]) > 0) {
      out += fmt::format(R"(,"firstError":{},"firstErrorLineNum":{},"firstErrorCharacterPos":{},)"
                         R"("firstErrorColumnName":{},"systemError":null)",
                         json_text(text(row[10])),
                         number(row[11]),
                         number(row[12]),
                         json_text(text(row[13])));
    }
    out += '}';
  }
  return out + ']';
}

detail::http_response file_pipes::insert_report(sql::pipe_description const& pipe,
                                                detail::http_request const& request) {
  using namespace files_impl;
  auto const begin = request.parameter("beginMark");
  std::int64_t mark = 0;
  if (!begin.empty()) {
    auto const given = detail::to_integer(begin);
    if (!given || *given < 0) return error(400, "000400", "beginMark is no mark of this pipe.");
    mark = *given;
  }
  std::vector<std::vector<stored>> rows;
  bool complete = true;
  std::int64_t last = mark;
  pipes_.write([&](sql::pipe_transaction& to) {
    auto const oldest = now_ms() - file_pipe_limits::report_ms;
    rows = to.run("SELECT " + std::string(entry_columns) +
                      ", event FROM _sluice_pipe_files WHERE pipe_id = ?1 AND event > ?2 AND "
                      "inserted_ms >= ?3 ORDER BY event DESC LIMIT " +
                      std::to_string(file_pipe_limits::report_entries),
                  {pipe.id, mark, oldest});
    std::reverse(rows.begin(), rows.end());
    auto const all =
        to.run("SELECT COUNT(*) FROM _sluice_pipe_files WHERE pipe_id = ?1 AND event > ?2",
               {pipe.id, mark});
    complete = number(all[0][0]) == static_cast<std::int64_t>(rows.size());
  });
  if (!rows.empty()) last = number(rows.back()[14]);
  return detail::json_response(
      200,
      fmt::format(R"({{"pipe":{},"completeResult":{},"nextBeginMark":"{}","files":{}}})",
                  json_text(pipe.database + '.' + pipe.schema + '.' + pipe.name),
                  complete,
                  last,
                  entries(rows)));
}

detail::http_response file_pipes::load_history(sql::pipe_description const& pipe,
                                               detail::http_request const& request) {
  using namespace files_impl;
  auto const now = now_ms();
  auto const start = parse_time(request.parameter("startTimeInclusive"));
  auto const end = request.has_parameter("endTimeExclusive")
                       ? parse_time(request.parameter("endTimeExclusive"))
                       : std::optional(now);
  if (!start || !end) return error(400, "000400", "A time is missing or no ISO-8601 time.");
  if (*start < now - file_pipe_limits::history_ms || *end <= *start) {
    return error(400, "000400", "The range is empty or begins more than 14 days ago.");
  }
  std::vector<std::vector<stored>> rows;
  pipes_.write([&](sql::pipe_transaction& to) {
    rows = to.run("SELECT " + std::string(entry_columns) +
                      " FROM _sluice_pipe_files WHERE pipe_id = ?1 AND inserted_ms >= ?2 AND "
                      "inserted_ms < ?3 ORDER BY inserted_ms, id LIMIT " +
                      std::to_string(file_pipe_limits::report_entries + 1),
                  {pipe.id, *start, *end});
  });
  bool const complete = rows.size() <= file_pipe_limits::report_entries;
  if (!complete) rows.pop_back();
  auto const range_start = rows.empty() ? *start : number(rows.front()[4]);
  auto const range_end = rows.empty() ? *end : number(rows.back()[4]);
  return detail::json_response(
      200,
      fmt::format(
          R"({{"pipe":{},"completeResult":"{}","startTimeInclusive":"{}","endTimeExclusive":"{}",)"
          R"("rangeStartTime":"{}","rangeEndTime":"{}","files":{}}})",
          json_text(pipe.database + '.' + pipe.schema + '.' + pipe.name),
          complete,
          iso_time(*start),
          iso_time(*end),
          iso_time(range_start),
          iso_time(range_end),
          entries(rows)));
}

}  // namespace sluice::inline v0::sandbox::snowpipe

#endif  // SLUICE_SANDBOX_SNOWPIPE_IMPL_FILE_PIPES_IPP
