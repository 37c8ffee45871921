#ifndef SLUICE_SNOWPIPE_IMPL_FILES_PROTOCOL_IPP
#define SLUICE_SNOWPIPE_IMPL_FILES_PROTOCOL_IPP

#include <sluice/ext/detail/json_reader.hpp>
#include <sluice/snowpipe/error.hpp>
#include <sluice/snowpipe/files_protocol.hpp>
#include <sluice/snowpipe/requests.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::inline v0::snowpipe {

namespace detail {

inline error malformed_report(std::string_view what) {
  return error{sluice::errc::malformed_reply,
               "the answer of Snowpipe " + std::string{what} +
                   "; check that no proxy answers in the service's place",
               disposition::retryable};
}

inline load_state state_of(std::string_view status) noexcept {
  if (status == "LOADED") return load_state::loaded;
  if (status == "PARTIALLY_LOADED") return load_state::partially_loaded;
  if (status == "LOAD_FAILED") return load_state::failed;
  if (status == "LOAD_IN_PROGRESS") return load_state::in_progress;
  return load_state::unknown;
}

}  // namespace detail

SLUICE_DECL std::string files_path(std::string_view database,
                                   std::string_view schema,
                                   std::string_view pipe,
                                   std::string_view action) {
  return "/v1/data/pipes/" + path_segment(database) + '.' + path_segment(schema) + '.' +
         path_segment(pipe) + '/' + std::string{action};
}

SLUICE_DECL std::string insert_files_body(std::string_view path, std::uint64_t size) {
  namespace json = boost::json;
  json::object file;
  file["path"] = json::string{path.data(), path.size()};
  file["size"] = size;
  json::object body;
  body["files"] = json::array{std::move(file)};
  return json::serialize(body);
}

SLUICE_DECL std::string iso_time(std::chrono::system_clock::time_point at) {
  using namespace std::chrono;
  auto const ms = floor<milliseconds>(at);
  auto const day = floor<days>(ms);
  year_month_day const date{day};
  auto const of_day = ms - day;
  auto const h = duration_cast<hours>(of_day);
  auto const m = duration_cast<minutes>(of_day - h);
  auto const s = duration_cast<std::chrono::seconds>(of_day - h - m);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                     static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()),
                     h.count(),
                     m.count(),
                     s.count(),
                     duration_cast<milliseconds>(of_day - h - m - s).count());
}

SLUICE_DECL result<void> parse_insert_reply(std::string_view body) {
  namespace reader = sluice::detail::json_reader;
  std::optional<boost::json::value> const parsed = reader::parse_json(body);
  boost::json::object const* const o = parsed ? parsed->if_object() : nullptr;
  if (o == nullptr) return detail::malformed_report("is not a JSON object");
  std::string const code = reader::text_at(*o, "responseCode");
  if (code != "SUCCESS" && code != "success")
    return detail::malformed_report("does not say whether it takes the file");
  return success;
}

SLUICE_DECL file_fate fate_of(file_report const& f, std::uint64_t rows) noexcept {
  if (f.state == load_state::in_progress || f.state == load_state::unknown)
    return file_fate::pending;
  if (f.state == load_state::failed) return file_fate::refused;
  if (f.state == load_state::loaded && f.errors_seen == 0 && f.rows_inserted == rows)
    return file_fate::loaded;
  return f.rows_inserted == 0u ? file_fate::refused : file_fate::uncertain;
}

SLUICE_DECL result<load_report> parse_load_report(std::string_view body) {
  namespace reader = sluice::detail::json_reader;
  std::optional<boost::json::value> const parsed = reader::parse_json(body);
  boost::json::object const* const o = parsed ? parsed->if_object() : nullptr;
  boost::json::array const* const files = o == nullptr ? nullptr : reader::find_array(*o, "files");
  if (files == nullptr) return detail::malformed_report("is no load report");
  load_report report;
  // A boolean in one of the two answers, text in the other.
  report.complete = reader::text_at(*o, "completeResult") != "false";
  report.next_mark = reader::text_at(*o, "nextBeginMark");
  report.range_end = reader::text_at(*o, "rangeEndTime");
  for (boost::json::value const& item : *files) {
    boost::json::object const* const one = item.if_object();
    if (one == nullptr) continue;
    file_report f;
    f.path = reader::text_at(*one, "path");
    f.state = detail::state_of(reader::text_at(*one, "status"));
    f.rows_inserted = reader::number_at(*one, "rowsInserted");
    f.errors_seen = reader::number_at(*one, "errorsSeen", 0);
    f.first_error = plain_words(reader::text_at(*one, "firstError"));
    if (f.first_error.empty()) f.first_error = plain_words(reader::text_at(*one, "systemError"));
    f.first_error_column = reader::text_at(*one, "firstErrorColumnName");
    if (!f.path.empty()) report.files.push_back(std::move(f));
  }
  return report;
}

}  // namespace sluice::inline v0::snowpipe

#endif  // SLUICE_SNOWPIPE_IMPL_FILES_PROTOCOL_IPP
