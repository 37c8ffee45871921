#ifndef SLUICE_SANDBOX_IMPL_QUERY_IPP
#define SLUICE_SANDBOX_IMPL_QUERY_IPP

#include <sluice/sandbox/detail/codec.hpp>
#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/query_call.hpp>
#include <sluice/sandbox/detail/replies.hpp>
#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/impl/snowflake_service.ipp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice::inline v0::sandbox::detail {

namespace query_impl {

namespace json = boost::json;

constexpr std::size_t rows_per_chunk = 50'000;

/// Text of one bound value; false if it is neither text nor null.
inline bool read_value(json::value const& value, sql::cell& out) {
  if (value.is_string()) out = json::value_to<std::string>(value);
  return value.is_string() || value.is_null();
}

/// Reads `bindings`; the answer names what is wrong, empty if nothing is.
inline std::string read_bindings(json::object const& body, sql::statement_request& out) {
  auto const* all = body.if_contains("bindings");
  if (all == nullptr || all->is_null()) return {};
  if (!all->is_object()) return "bindings is not an object";
  for (auto const& [name, entry] : all->get_object()) {
    auto const* bound = entry.if_object();
    auto const* value = bound ? bound->if_contains("value") : nullptr;
    sql::binding b;
    b.type = bound ? service_impl::text_member(*bound, "type") : std::string{};
    if (value == nullptr || b.type.empty()) {
      return fmt::format("binding {} lacks type or value", std::string(name));
    }
    bool ok = true;
    if (auto const* list = value->if_array()) {
      b.array = true;
      for (auto const& item : *list) ok = read_value(item, b.values.emplace_back()) && ok;
    } else {
      ok = read_value(*value, b.values.emplace_back());
    }
    if (!ok) return fmt::format("binding {} has a value that is no string", std::string(name));
    out.bindings.emplace(name, std::move(b));
  }
  return {};
}

}  // namespace query_impl

http_response snowflake_service::query(http_request const& request,
                                       std::string_view body,
                                       fault_gate& gate) {
  using namespace service_impl;
  http_response refused;
  auto const session = authorised(request, gate, refused);
  if (!session) return refused;
  auto const parsed = parse_object(body);
  if (!parsed) return malformed("not a JSON object");

  query_call call;
  call.session = session;
  call.request_id = request.parameter("requestId");
  if (call.request_id.empty()) call.request_id = random_uuid();
  call.statement.text = text_member(*parsed, "sqlText");
  call.statement.describe_only = flag_member(*parsed, "describeOnly");
  call.statement.bind_stage = text_member(*parsed, "bindStage");
  call.statement.parameters = parameter_members(*parsed, "parameters");
  call.async = flag_member(*parsed, "asyncExec");
  if (auto const wrong = query_impl::read_bindings(*parsed, call.statement); !wrong.empty()) {
    return malformed(wrong);
  }

  bool const marked = request.parameter("retry") == "true" ||
                      to_integer(request.parameter("retryCount")).value_or(0) >= 1;
  auto const known = statements_.by_request(call.request_id);
  if (known && !known->expired(service_.clock.now())) {
    bool forgotten = false;
    {
      std::lock_guard const lock(known->guard);
      forgotten = known->forgotten;
    }
    if (marked && !forgotten) return answer(known, service_.configured.synchronous_wait);
    // The service goes by the id: whatever text came with it, the original command runs again.
    call.statement.text = known->sql;
  }
  call.kind = classify_statement(call.statement.text);
  if (call.kind.name == "put" || call.kind.name == "get") {
    call.statement.text = with_bound_text(call.statement.text, call.statement.bindings);
    call.statement.bindings.clear();
  }
  if (call.kind.touches_table && gate.hit("table_not_ready_500")) {
    return json_response(500, R"({"message":"Internal Server Error"})");
  }
  call.not_ready = call.kind.touches_table && gate.hit("table_not_ready");
  if (auto const ms = gate.hit("statement_slow")) call.slow = std::chrono::milliseconds(*ms);
  bool reply_lost = false;
  if (call.kind.name == "copy") {
    if (auto const ms = gate.hit("copy_burst_serialised")) {
      call.serialised = std::chrono::milliseconds(*ms);
    }
    call.locked_out = gate.hit("copy_lock_timeout").has_value();
    call.zero_files = gate.hit("copy_zero_files").has_value();
    call.files_remain = gate.hit("copy_files_remain").has_value();
    call.foreign_file = gate.hit("stage_path_shared").has_value();
    reply_lost = gate.hit("copy_reply_lost").has_value();
  }
  if (call.kind.name == "insert") reply_lost = gate.hit("insert_reply_lost").has_value();
  if (call.kind.commits) reply_lost = gate.hit("commit_reply_lost").has_value();
  bool const twice = gate.hit("execute_twice").has_value();
  auto in_progress = gate.hit("query_in_progress");
  auto const detached = gate.hit("query_in_progress_async");
  if (detached) in_progress = detached;

  auto const run = begin(call);
  if (in_progress) {
    std::lock_guard const lock(run->guard);
    run->polls_to_go = *in_progress;
    if (detached) run->progress_code = "333334";
  }
  if (reply_lost || twice) {
    run->wait(service_.configured.synchronous_wait);
    std::lock_guard const lock(run->guard);
    run->forgotten = twice;
    http_response lost;
    lost.send.drop = true;
    return lost;
  }
  if (call.async) {
    std::lock_guard const lock(run->guard);
    run->progress_code = "333334";
    return reply(in_progress_reply("333334", run->query_id), "333334");
  }
  return answer(run, service_.configured.synchronous_wait);
}

std::shared_ptr<statement_run> snowflake_service::begin(query_call const& call) {
  auto run = std::make_shared<statement_run>();
  run->request_id = call.request_id;
  run->query_id = sql::make_query_id();
  run->sql = call.statement.text;
  run->session_id = call.session->id;
  run->async = call.async;
  run->started = service_.clock.now();
  statements_.add(run);
  service_.log.count_execution(call.request_id, call.statement.text);
  statements_.start([this, call, run]() mutable { run_statement(std::move(call), run); });
  return run;
}

void snowflake_service::run_statement(query_call call, std::shared_ptr<statement_run> const& run) {
  finished_statement done = execute_statement(call, *run);
  // Whoever learns that the statement has ended may log out and expect its session to be gone.
  call.session.reset();
  run->finish(std::move(done), service_.clock.now());
}

finished_statement snowflake_service::execute_statement(query_call const& call,
                                                        statement_run& run) {
  auto const stop = run.cancel.get_token();
  auto const failed = [](sql::failure const& f) {
    return finished_statement{failure_reply(f), f.code, f.message};
  };
  auto const pause = [&](std::chrono::milliseconds time) {
    std::mutex guard;
    std::condition_variable_any waiting;
    std::unique_lock lock(guard);
    waiting.wait_for(lock, stop, time, [] { return false; });
  };
  if (call.slow.count() > 0) pause(call.slow);
  std::unique_lock<std::mutex> alone;
  if (call.serialised) {
    alone = std::unique_lock(one_copy_);
    pause(*call.serialised);
  }
  if (stop.stop_requested()) {
    return failed({.code = "000604",
                   .sql_state = "57014",
                   .message = "SQL execution canceled",
                   .query_id = run.query_id});
  }
  if (call.not_ready) {
    return failed({.code = "002003",
                   .sql_state = "42S02",
                   .message = "SQL compilation error:\nThe table does not exist or not authorized.",
                   .query_id = run.query_id});
  }
  if (call.locked_out) {
    return failed(
        {.code = "000625",
         .sql_state = "57014",
         .message = "Statement has waited too long for a lock on its table, and was aborted.",
         .query_id = run.query_id});
  }
  sql::statement_request request = call.statement;
  request.query_id = run.query_id;
  request.cancel = stop;
  if (call.kind.name == "copy") {
    if (auto spoiled = spoil_copy(call, request)) return {*std::move(spoiled), {}, {}};
  }
  sql::outcome const outcome = call.session->engine->execute(std::move(request));
  finished_statement out{render(outcome, call, run), {}, {}};
  if (auto const* failure = std::get_if<sql::failure>(&outcome)) {
    out.error_code = failure->code;
    out.error_message = failure->message;
  }
  return out;
}

http_response snowflake_service::answer(std::shared_ptr<statement_run> const& run,
                                        std::chrono::milliseconds wait) {
  {
    std::lock_guard const lock(run->guard);
    if (run->polls_to_go > 0) {
      --run->polls_to_go;
      return service_impl::reply(in_progress_reply(run->progress_code, run->query_id),
                                 run->progress_code);
    }
  }
  bool const finished = run->wait(wait);
  std::lock_guard const lock(run->guard);
  if (!finished) {
    return service_impl::reply(in_progress_reply(run->progress_code, run->query_id),
                               run->progress_code);
  }
  http_response out = json_response(200, {});
  out.shared_body = run->reply;
  out.code = run->error_code;
  return out;
}

http_response snowflake_service::poll(http_request const& request, fault_gate& gate) {
  using namespace service_impl;
  http_response refused;
  if (!authorised(request, gate, refused)) return refused;
  auto const run = statements_.by_query(query_id_of(request.path, "/queries/", "/result"));
  if (!run || run->expired(service_.clock.now())) {
    return refuse({"000612", "Result for query is not found."});
  }
  return answer(run, service_.configured.synchronous_wait);
}

std::string snowflake_service::render(sql::outcome const& outcome,
                                      query_call const& call,
                                      statement_run& run) {
  if (auto const* failure = std::get_if<sql::failure>(&outcome)) return failure_reply(*failure);
  if (auto const* transfer = std::get_if<sql::transfer>(&outcome)) {
    // The transfer is the client's work: there is nothing to poll for.
    if (call.async) {
      return failure_reply({.code = "000612",
                            .sql_state = "02000",
                            .message = "Result not found: PUT and GET cannot run with asyncExec.",
                            .query_id = transfer->query_id});
    }
    return render_transfer(*transfer, *call.session);
  }
  if (auto const* several = std::get_if<sql::multi_result>(&outcome)) {
    return render_children(*several, call, run);
  }
  return render_result(std::get<sql::result_set>(outcome), *call.session);
}

std::string snowflake_service::render_result(sql::result_set const& result,
                                             driver_session& session) {
  result_frame frame;
  frame.context = session.engine->context();
  {
    std::lock_guard const lock(session.guard);
    for (auto& [name, value] : session.engine->parameters()) {
      auto const known = session.told.find(name);
      if (known != session.told.end() && known->second == value) continue;
      session.told.insert_or_assign(name, value);
      frame.changed_parameters.emplace_back(name, value);
    }
  }
  frame.now_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(service_.clock.now().time_since_epoch())
          .count();
  frame.inline_rows = std::min(result.rows.size(), service_.configured.inline_rows);
  for (std::size_t first = frame.inline_rows; first < result.rows.size();
       first += query_impl::rows_per_chunk) {
    std::size_t const last = std::min(result.rows.size(), first + query_impl::rows_per_chunk);
    std::string const text = rows_json(result.rows, first, last);
    std::string packed = gzip(text);
    std::string const name = fmt::format("{}/{}", result.query_id, frame.chunks.size());
    frame.chunks.push_back({.url = service_.where.stage_url + "/results/" + name,
                            .rows = last - first,
                            .uncompressed_bytes = text.size(),
                            .compressed_bytes = packed.size()});
    stage_.chunks.add(name, std::move(packed));
  }
  if (!frame.chunks.empty()) frame.chunk_headers = stage_.chunks.required_headers();
  return result_envelope(result, frame);
}

std::string snowflake_service::render_children(sql::multi_result const& result,
                                               query_call const& call,
                                               statement_run& run) {
  std::string ids;
  std::string types;
  for (auto const& child : result.children) {
    if (auto const* failure = std::get_if<sql::failure>(&child)) return failure_reply(*failure);
    auto const& rows = std::get<sql::result_set>(child);
    auto stored = std::make_shared<statement_run>();
    stored->query_id = rows.query_id;
    stored->session_id = run.session_id;
    stored->sql = run.sql;
    stored->started = run.started;
    stored->finish({render_result(rows, *call.session), {}, {}}, service_.clock.now());
    statements_.add(std::move(stored));
    if (!ids.empty()) {
      ids.push_back(',');
      types.push_back(',');
    }
    ids += rows.query_id;
    types += std::to_string(rows.statement_type_id);
  }
  sql::result_set const parent = single_text(result.query_id,
                                             sql::statement_type::multi,
                                             "multiple statement execution",
                                             "Multiple statements executed successfully.");
  std::string envelope = render_result(parent, *call.session);
  constexpr std::string_view head = "{\"data\":{";
  envelope.insert(
      head.size(),
      fmt::format(R"("resultIds":{},"resultTypes":{},)", json_text(ids), json_text(types)));
  return envelope;
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_QUERY_IPP
