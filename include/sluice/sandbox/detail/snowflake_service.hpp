#ifndef SLUICE_SANDBOX_DETAIL_SNOWFLAKE_SERVICE_HPP
#define SLUICE_SANDBOX_DETAIL_SNOWFLAKE_SERVICE_HPP

#include <sluice/sandbox/detail/login.hpp>
#include <sluice/sandbox/detail/s3_service.hpp>
#include <sluice/sandbox/detail/service.hpp>
#include <sluice/sandbox/detail/sessions.hpp>
#include <sluice/sandbox/detail/stage_files.hpp>
#include <sluice/sandbox/detail/statements.hpp>
#include <sluice/sandbox/sql/engine.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::inline v0::sandbox::detail {

/// What a statement is, as far as faults are concerned.
struct statement_kind {
  std::string name;            ///< one of `fault_kinds()`: put, copy, insert, ...
  bool touches_table = false;  ///< COPY, INSERT, SELECT and the like
  bool commits = false;
};

statement_kind classify_statement(std::string_view sql);

/// The same COPY without the last file of its FILES list; nothing if it has no list of two or more.
std::optional<std::string> without_last_file(std::string_view copy_sql);

/// The stage path a COPY reads from, e.g. `@~/sluice/run/`; empty if none is found.
std::string copied_stage_path(std::string_view copy_sql);

/// A PUT or GET with bound text in place of its placeholders: drivers bind the stage's name.
std::string with_bound_text(std::string_view sql, std::map<std::string, sql::binding> const& bound);

/// Stages and their keys as the account host sees them.
struct stage_backend {
  object_store& objects;
  directory_files& directories;
  credential_table& credentials;
  key_ring& keys;
  result_chunks& chunks;
  sql::file_store& files;  ///< whichever the configuration chose
};

/// The account host: login, sessions, statements.
class snowflake_service final : public http_handler {
 public:
  snowflake_service(service& s, sql::database& db, stage_backend stage)
      : service_(s), db_(db), stage_(stage), sessions_(s) {}

  head_verdict on_head(http_request const& head) override;
  http_response on_request(http_request& request, connection& peer) override;
  void on_broken(http_request const& head, head_verdict const& verdict) override;

  session_table& sessions() noexcept { return sessions_; }

  /// Cancels statements and ends sessions.
  void stop();

  /// Cancels statements; a request id that comes again stands for a new one.
  void forget_statements() { statements_.forget(); }

 private:
  struct query_call;

  // snowflake_service.ipp: everything but statements
  http_response dispatch(http_request const& request,
                         std::string_view body,
                         fault_gate& gate,
                         connection& peer);
  http_response login(http_request const& request, std::string_view body, fault_gate& gate);
  http_response renew(http_request const& request, std::string_view body, fault_gate& gate);
  http_response logout(http_request const& request, fault_gate& gate);
  http_response abort(http_request const& request, std::string_view body, fault_gate& gate);
  http_response abort_by_query(http_request const& request, fault_gate& gate);
  http_response monitoring(http_request const& request, fault_gate& gate);
  http_response cancel(std::shared_ptr<statement_run> const& run, fault_gate& gate);
  /// The session of a request, or the refusal to send.
  std::shared_ptr<driver_session> authorised(http_request const& request,
                                             fault_gate& gate,
                                             http_response& refused);

  // query.ipp: statements
  http_response query(http_request const& request, std::string_view body, fault_gate& gate);
  http_response poll(http_request const& request, fault_gate& gate);
  std::shared_ptr<statement_run> begin(query_call const& call);
  void run_statement(query_call call, std::shared_ptr<statement_run> const& run);
  finished_statement execute_statement(query_call const& call, statement_run& run);
  http_response answer(std::shared_ptr<statement_run> const& run, std::chrono::milliseconds wait);
  std::string render(sql::outcome const& outcome, query_call const& call, statement_run& run);
  std::string render_result(sql::result_set const& result, driver_session& session);
  std::string render_children(sql::multi_result const& result,
                              query_call const& call,
                              statement_run& run);

  // transfer.ipp: PUT and GET
  std::string render_transfer(sql::transfer const& transfer, driver_session& session);
  std::string render_upload(sql::transfer const& transfer, driver_session& session);
  std::string render_download(sql::transfer const& transfer, driver_session& session);
  std::string stage_info(sql::transfer const& transfer, bool may_write);

  // copy_faults.ipp
  std::optional<std::string> spoil_copy(query_call const& call, sql::statement_request& request);
  void add_foreign_file(driver_session& session, std::string const& stage_path);

  service& service_;
  sql::database& db_;
  stage_backend stage_;
  session_table sessions_;
  statement_table statements_;
  std::mutex one_copy_;  // held by COPY while copy_burst_serialised is at work
};

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_SNOWFLAKE_SERVICE_HPP
