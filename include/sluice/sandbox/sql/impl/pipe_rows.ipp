#ifndef SLUICE_SANDBOX_SQL_IMPL_PIPE_ROWS_IPP
#define SLUICE_SANDBOX_SQL_IMPL_PIPE_ROWS_IPP

#include <sluice/sandbox/sql/detail/parser.hpp>
#include <sluice/sandbox/sql/detail/pipe_rows.hpp>
#include <sluice/sandbox/sql/impl/catalogue.ipp>
#include <sluice/sandbox/sql/impl/exec_dml.ipp>
#include <sluice/sandbox/sql/impl/json.ipp>
#include <sluice/sandbox/sql/impl/pipe_values.ipp>

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

namespace sluice::inline v0::sandbox::sql::detail {

namespace pipe_impl {

/// Bytes of a rejected row kept in the error table.
constexpr std::size_t longest_error_payload = 128 << 20;

inline std::string utc_milliseconds(std::chrono::system_clock::time_point when) {
  auto const ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
  moment m;
  m.seconds = ms / 1000;
  m.nanos = static_cast<std::int32_t>(ms % 1000 * 1'000'000);
  m.has_offset = true;
  std::string scratch;
  return std::string(store_moment(m, {kind::timestamp_ltz, 0, 3, 0}, {}, scratch).bytes);
}

}  // namespace pipe_impl

pipe_rows::pipe_rows(session::impl& session,
                     running const& now,
                     connection& db,
                     pipe_info const& pipe,
                     table_info const& table)
    : session_(session),
      now_(now),
      db_(db),
      pipe_(pipe),
      table_(table),
      formats_(pipe_formats(pipe.is_default())),
      translate_(session, db, now, {}),
      writer_(std::make_unique<row_writer>(db, table)) {
  db.context().formats = formats_;
  defaults_ = defaults_of(translate_, db_, table_);
  choose_columns();
}

pipe_rows::~pipe_rows() = default;

void pipe_rows::choose_columns() {
  scratch_.resize(table_.columns.size());
  text_.resize(table_.columns.size());
  given_.resize(table_.columns.size());
  current_ = table_.columns.size();
  for (std::size_t c = 0; c < table_.columns.size(); ++c) {
    by_name_.emplace(table_.columns[c].name, c);
    by_upper_.emplace(to_upper(table_.columns[c].name), c);
  }
  if (pipe_.is_default()) {
    targets_ = targets_of(table_, {});
    return;
  }
  auto const copy = parse_pipe_copy(pipe_.copy);
  if (!copy.streaming) fail_unsupported("rows for a pipe that loads stage files");
  for (auto const& o : copy.options) {
    if (o.name == "MATCH_BY_COLUMN_NAME") {
      auto const text = to_upper(o.value.text);
      if (text == "CASE_SENSITIVE") {
        mapping_ = mapping::sensitive;
      } else if (text == "CASE_INSENSITIVE") {
        mapping_ = mapping::insensitive;
      } else if (text != "NONE") {
        fail_invalid_value(text, o.name);
      }
    } else if (o.name == "ON_ERROR") {
      if (to_upper(o.value.text) != "CONTINUE") fail_invalid_value(o.value.text, o.name);
    } else if (o.name != "CLUSTER_AT_INGEST_TIME") {
      fail_syntax(o.at, o.name);
    }
  }
  bool const by_name = mapping_ != mapping::exact_first;
  if (by_name && copy.transform) {
    fail("001090",
         "42601",
         "SQL compilation error:\nmatch_by_column_name is not supported with copy transform.");
  }
  targets_ = targets_of(table_, copy.columns);
  if (!copy.transform) {
    if (by_name) return;
    fail("002019",
         "0A000",
         "SQL compilation error:\na pipe without MATCH_BY_COLUMN_NAME needs a transformation: "
         "SELECT $1:<key> ... FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING')).");
  }
  mapping_ = mapping::transform;
  auto const& wanted = copy.transform->items;
  if (wanted.size() != targets_.size()) fail_value_count(targets_.size(), wanted.size());
  scope in;
  in.row_fields = 1;
  in.row_field_type = sql_type::of(kind::variant);
  for (auto const& e : wanted) {
    auto const v = translate_.expression(e, in);
    if (v.aggregate) fail_unsupported("an aggregate in a COPY transformation");
    items_.push_back(db_.prepare("SELECT " + v.sql));
    item_types_.push_back(v.type);
  }
}

std::optional<std::size_t> pipe_rows::column_of(std::string_view key) const {
  std::string const name(key);
  if (mapping_ != mapping::insensitive) {
    if (auto const found = by_name_.find(name); found != by_name_.end()) return found->second;
    if (mapping_ == mapping::sensitive) return std::nullopt;
  }
  auto const found = by_upper_.find(to_upper(name));
  if (found == by_upper_.end()) return std::nullopt;
  return found->second;
}

/// Keys without a column are ignored: schema evolution is off.
void pipe_rows::put_members(std::string_view object) {
  std::fill(given_.begin(), given_.end(), char{0});
  std::size_t i = 1;
  while (i < object.size() && object[i] == '"') {
    auto const key_end = json_skip(object, i);
    auto const key = json_unquoted(object.substr(i, key_end - i));
    auto const end = json_skip(object, key_end + 1);
    auto const c = column_of(key);
    if (c && !given_[*c]) {
      current_ = *c;
      given_[*c] = 1;
      writer_->set(*c,
                   piped_value(object.substr(key_end + 1, end - key_end - 1),
                               table_.columns[*c].type,
                               formats_,
                               scratch_[*c]));
    }
    i = end + 1;
  }
  for (std::size_t c = 0; c < given_.size(); ++c) {
    current_ = c;
    if (!given_[c]) writer_->set(c, defaults_[c].view());
  }
}

void pipe_rows::put_line(std::string_view line) {
  current_ = table_.columns.size();
  normalised_ = json_normalized(line);
  if (!normalised_.starts_with('{')) fail_json("a row must be a JSON object");
  if (mapping_ != mapping::transform) {
    put_members(normalised_);
  } else {
    std::fill(given_.begin(), given_.end(), char{0});
    for (std::size_t t = 0; t < targets_.size(); ++t) {
      auto const c = targets_[t];
      current_ = c;
      given_[c] = 1;
      auto& item = items_[t];
      item.reset();
      if (item.parameters() >= 1) item.bind(1, value::of_text(normalised_));
      item.step();
      // The statement's own bytes must outlive it: it is stepped again before the insert.
      auto const v =
          convert(item.column(0), item_types_[t], table_.columns[c].type, formats_, scratch_[c]);
      text_[c].assign(v.bytes);
      auto kept = v;
      kept.bytes = text_[c];
      writer_->set(c, kept);
    }
    for (std::size_t c = 0; c < given_.size(); ++c) {
      current_ = c;
      if (!given_[c]) writer_->set(c, defaults_[c].view());
    }
  }
  current_ = table_.columns.size();
  writer_->insert();
}

void pipe_rows::log_error(row_problem const& problem,
                          std::string_view line,
                          rowset_origin const& origin) {
  if (!table_.error_logging) return;
  bool const truncated = line.size() > pipe_impl::longest_error_payload;
  if (truncated) line = line.substr(0, pipe_impl::longest_error_payload);
  auto const metadata = json_writer()
                            .raw("details",
                                 json_writer()
                                     .text("channel_name", origin.channel)
                                     .text("error_data_content_type", problem.content_type)
                                     .raw("error_data_truncated", truncated ? "true" : "false")
                                     .text("offset_token_lower_bound", origin.offset_lower)
                                     .text("offset_token_upper_bound", origin.offset_upper)
                                     .text("pipe_name", pipe_.name.name)
                                     .done())
                            .text("error_message", problem.message)
                            .text("error_source", problem.column)
                            .text("service", "snowpipe_streaming")
                            .done();
  auto const payload =
      problem.content_type == "binary-base64" ? encode_base64(line) : std::string(line);
  auto const data = json_writer().text("$1", payload).done();
  auto const at = pipe_impl::utc_milliseconds(session_.account.options.now());
  auto s = db_.prepare("INSERT INTO _sluice_row_errors VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  s.bind(1, table_.id);
  s.bind(2, std::string_view(at));
  s.bind(3, std::string_view(now_.query_id));
  s.bind(4, std::int64_t{std::atoll(problem.code.c_str())});
  s.bind(5, std::string_view(metadata));
  s.bind(6, std::string_view(data));
  s.step();
}

rowset_outcome pipe_rows::load(std::string_view ndjson,
                               rowset_origin const& origin,
                               row_spoiler const& spoil) {
  rowset_outcome out;
  while (!ndjson.empty()) {
    auto const newline = ndjson.find('\n');
    auto line = ndjson.substr(0, newline);
    ndjson.remove_prefix(newline == std::string_view::npos ? ndjson.size() : newline + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;  // official SDKs end each row twice
    ++out.parsed;
    row_problem problem;
    problem.line = out.parsed;
    problem.content_type = "json-invalid";
    normalised_.clear();
    try {
      if (!is_valid_utf8(line)) {
        problem.content_type = "binary-base64";
        fail_utf8("a row");
      }
      if (spoil) {
        if (auto const column = spoil(out.parsed)) {
          problem.content_type = "json";
          current_ = *column == 0 ? table_.columns.size() : *column - 1;
          fail("100071", "22000", "Failed to cast variant value: injected");
        }
      }
      put_line(line);
      auto const row = sqlite3_last_insert_rowid(db_.handle());
      if (out.inserted == 0) out.first_row = row;
      out.last_row = row;
      ++out.inserted;
      continue;
    } catch (sql_error const& e) {
      problem.code = e.what_failed().code;
      problem.message = e.what_failed().message;
    }
    if (!normalised_.empty() && problem.content_type == "json-invalid") {
      problem.content_type = "json";
    }
    if (current_ < table_.columns.size()) problem.column = table_.columns[current_].name;
    log_error(problem, line, origin);
    out.problems.push_back(std::move(problem));
  }
  return out;
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_PIPE_ROWS_IPP
