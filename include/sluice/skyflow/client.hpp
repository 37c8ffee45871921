#ifndef SLUICE_SKYFLOW_CLIENT_HPP
#define SLUICE_SKYFLOW_CLIENT_HPP

#include <sluice/auth/bearer_source.hpp>
#include <sluice/auth/secret.hpp>
#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/destination/request_monitor.hpp>
#include <sluice/observe/log.hpp>
#include <sluice/observe/stats.hpp>
#include <sluice/skyflow/connection.hpp>
#include <sluice/skyflow/error.hpp>
#include <sluice/skyflow/governor.hpp>
#include <sluice/skyflow/protocol.hpp>
#include <sluice/skyflow/requests.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::skyflow {

/// One logical request, before it is cut into attempts.
struct call {
  http_method method = http_method::post;
  std::string url = {};  ///< whole, with its query
  chunk_list body = {};
  std::string_view label = {};  ///< kind of request, for metrics and errors; a constant
  std::string names = {};       ///< of our columns and tables, which an error may show
  bool changes = false;         ///< records are at stake: without an answer their fate is unknown
  /// Whether the request may be carried out twice. If not, it is not sent again when an attempt
  /// ended without an answer.
  bool repeatable = true;
  /// Attempts at the same records by other calls, for logs and figures.
  std::size_t attempts_before = 0;
  /// Reads the body of an answer; what it cannot read counts as no answer. May run on a worker.
  std::function<result<void>(std::string_view)> read = {};
};

/// What is known of a call while it is under way, and after it has failed.
struct progress {
  bool unknown = false;          ///< an attempt may have been carried out
  bool was_unknown = false;      ///< the same, before the attempt that ended last
  std::uint64_t bytes_sent = 0;  ///< body of the attempt that was answered
  std::string request_id = {};   ///< of that answer
  std::uint64_t retries = 0;     ///< attempts that repeated an earlier one
};

/// A vault over HTTP: keeps its bearer token fresh, repeats what may be repeated, slows down when
/// it is asked to, and reads, deletes and clears rows for verification.
///
/// Errors of every call: skyflow::errc, each with the id that the service's support asks for
/// (`x-request-id`) and without a value of a record; transport errors after the retries of
/// `connection::retry`; sluice::errc::outcome_unknown where a call that changes records ended
/// without an answer; sluice::errc::payload_too_large for 413. Transport thread only; must outlive
/// its tasks.
class client {
 public:
  client(transport& t, connection c, logger log = {}, load_metrics* metrics = nullptr);
  client(client const&) = delete;
  client& operator=(client const&) = delete;

  /// Checks the connection and gets a bearer token. Every other call does so too.
  [[nodiscard]] task<void> open();

  /// Sends a call until it is answered for good.
  [[nodiscard]] task<void> ask(call& what, progress& so_far);

  /// Rows of a table. None where the vault answers that there are none (404).
  [[nodiscard]] task<std::vector<vault_row>> get(get_request what);

  /// What tokens stand for, in their order; in calls of 25 tokens. A token that the vault does not
  /// know is a value that is not found, not an error.
  [[nodiscard]] task<std::vector<detokenized>> detokenize(std::vector<secret> tokens,
                                                          redaction how = redaction::plain_text);

  /// Rows of a SELECT; the service gives 25 at most.
  [[nodiscard]] task<std::vector<vault_row>> query(std::string sql);

  /// Deletes rows, in calls of 100 ids. Returns how many the service says it has deleted.
  [[nodiscard]] task<std::uint64_t> erase(std::string table, std::vector<std::string> ids);

  /// Deletes every row of a table, page by page, until the vault says that it is empty. Returns how
  /// many. Error: errc::refused if rows stay although they were deleted.
  [[nodiscard]] task<std::uint64_t> clear(std::string table);

  [[nodiscard]] connection const& settings() const noexcept { return connection_; }

  /// How many requests are under way, and may be.
  [[nodiscard]] skyflow::governor& governor() noexcept { return governor_; }

 private:
  struct attempt;
  struct exchange_attempt;

  [[nodiscard]] task<void> send_once(call& what, progress& so_far, std::size_t n);
  [[nodiscard]] task<response> exchange(call const& what, bearer const& who, std::size_t n);
  [[nodiscard]] task<permit> admit(std::string_view label);
  [[nodiscard]] task<void> take(call& what, progress& so_far, response const& got);
  [[nodiscard]] task<bearer_grant> fetch();
  [[nodiscard]] task<bearer_grant> fetch_given(bearer_token& given);
  [[nodiscard]] task<bearer_grant> exchange_assertion(service_account const& account,
                                                      std::size_t n);
  [[nodiscard]] bearer_source make_bearer();
  [[nodiscard]] error refused(call const& what,
                              verdict const& how,
                              refusal const& why,
                              response const& got);

  transport& transport_;
  connection connection_;
  result<void> usable_;
  logger log_;
  request_monitor requests_;
  skyflow::governor governor_;
  bearer_source bearer_;
};

}  // namespace sluice::inline v0::skyflow

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/skyflow/impl/client.ipp>
#include <sluice/skyflow/impl/reading.ipp>
#endif

#endif  // SLUICE_SKYFLOW_CLIENT_HPP
