#ifndef SLUICE_SKYFLOW_VAULT_HPP
#define SLUICE_SKYFLOW_VAULT_HPP

#include <sluice/auth/secret.hpp>
#include <sluice/batch/batch_policy.hpp>
#include <sluice/config.hpp>
#include <sluice/destination/capabilities.hpp>
#include <sluice/destination/destination.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/ledger/position.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/skyflow/checks.hpp>
#include <sluice/skyflow/connection.hpp>
#include <sluice/skyflow/detail/vault_options.hpp>
#include <sluice/skyflow/protocol.hpp>
#include <sluice/skyflow/records.hpp>
#include <sluice/skyflow/requests.hpp>
#include <sluice/units.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace sluice::inline v0::skyflow {

/// What to do when an insert ended without an answer, or with a failure of the service (5xx), so
/// that it may have been carried out, and the vault cannot tell a repeated record from another (no
/// `upsert`, no `unique`).
enum class lost_answer : std::uint8_t {
  /// Its records become dead letters with dead_reason::unknown. No record is stored twice.
  dead_letter,
  /// It is sent again. No record is lost, and each may be stored up to `retry.max_attempts` times.
  send_again
};

/// What the vault gave for a record. Its values cannot be printed.
struct receipt {
  position at = 0;                     ///< of the record in its load
  secret skyflow_id;                   ///< of the stored row
  std::vector<returned_token> tokens;  ///< if `vault_config::return_tokens`
};

/// Run-time values of `vault`.
struct vault_config {
  skyflow::connection connection = {};
  std::string table = {};
  bool return_tokens = false;  ///< the vault answers with the tokens of each record
  /// Hears of each stored record before it counts as confirmed. Called on the transport thread: it
  /// must be quick, and must not call the loader. Null: ids and tokens are not read.
  std::function<void(receipt)> on_receipt = {};
  skyflow::lost_answer lost_answer = lost_answer::dead_letter;
  /// Records that are refused one by one before the first is stored: then the configuration is at
  /// fault, not the records, and the load ends.
  std::size_t give_up_after_refusals = 50;
};

/// What the options of a `vault` say, at run time.
struct vault_plan {
  insert_endpoint endpoint = insert_endpoint::table;
  token_mode tokens = token_mode::none;  ///< none: as the record has them
  std::string upsert = {};               ///< name of the column
  std::string unique = {};               ///< name of the column
  on_match matched = on_match::update;
  std::size_t requests_at_once = 32;
};

/// The part of `vault` that runs. See `destination_session`.
///
/// `send` makes one insert of a payload and reads what became of each record. A vault that takes
/// all records of a request or none refuses a payload as a whole: errc::payload_refused, after
/// which the pipeline sends its halves. Records that the service throttles or fails one by one are
/// sent again alone. An insert without an answer is repeated where the vault can tell a repeated
/// record (`upsert`; `unique`, where a refusal is then settled by reading the rows back); otherwise
/// as `vault_config::lost_answer` says.
///
/// Errors of `open`: sluice::errc::invalid_configuration, the credential's. Errors of `send`:
/// sluice::errc::payload_refused, ::payload_too_large, ::outcome_unknown; skyflow::errc, transport
/// errors after retries. Transport thread only, destructor included.
class vault_session {
 public:
  vault_session(environment const& env, vault_config const& config, vault_plan plan);
  vault_session(vault_session&&) noexcept;
  vault_session& operator=(vault_session&&) noexcept;
  ~vault_session();

  [[nodiscard]] task<resume_point> open();
  [[nodiscard]] task<accepted> send(payload const& p, ack& verdicts);
  [[nodiscard]] task<void> flush(deadline until);
  [[nodiscard]] task<void> finish(deadline until);

 private:
  struct core;
  std::unique_ptr<core> core_;
};

/// The same for an upsert: payloads of an earlier run are sent again, which changes nothing where
/// they had arrived. A `recoverable_session`.
class upsert_session : public vault_session {
 public:
  using vault_session::vault_session;

  [[nodiscard]] task<recovery> recover(in_doubt const& open_payload, ack& verdicts);
};

/// Destination: a table of a Skyflow vault, one insert per batch.
///
/// `Options`, each at most once:
///
/// | option | meaning |
/// |---|---|
/// | `upsert<&record::member>` | rows with the same value in this unique column are updated |
/// | `unique<&record::member>` | the vault refuses a second row with the same value |
/// | `byot<token_mode::strict>` | every column needs a token column; `some`: at least one has one |
/// | `concurrency<N>` | requests at once, 1 to 128; 32 if not given |
/// | `continue_on_error` | at the table's endpoint, too, each record for itself (classic API) |
/// | `batch_endpoint` | each record succeeds or fails for itself (classic API) |
/// | `flowvault` | the vault is a FlowVault (v2): `https://<id>.skyvault...` |
///
/// Columns marked `token_of<&record::member>` hold tokens of your own; a record without such
/// columns gets its tokens from the vault.
template<class... Options>
struct vault {
  using options = detail::vault_options<Options...>;

  static constexpr capabilities limits{
      .formats = {format::json},
      // Request compression is documented nowhere and used by no SDK of the vendor, read 2026.
      .codecs = {codec::none},
      // FlowVault: the vendor's Java SDK, Constants.java, read 2026. Classic: undocumented; the
      // vendor's Spark utilities send 1,000 values a request, so no request has more records.
      .max_payload_rows = 1'000,
      .max_in_flight = options::at_once};

  template<class Record>
  using checks = typename options::template checks<Record>;

  using config = vault_config;
  using default_encode = encode<records>;
  // 25: the vendor's samples and documented reads; 50: the default of the FlowVault SDK.
  using default_batch =
      batch<max_rows<options::is_flowvault ? 50 : 25>, max_bytes<1_MiB>, max_age<1_s>>;

  /// What a journal belongs to.
  [[nodiscard]] static std::string target(config const& c) {
    return c.connection.vault_url + ' ' + c.connection.vault_id + '/' + c.table;
  }

  class session : public std::conditional_t<options::has_upsert, upsert_session, vault_session> {
    using base = std::conditional_t<options::has_upsert, upsert_session, vault_session>;

   public:
    session(environment const& env, config const& c) : base{env, c, options::plan()} {}
  };
};

static_assert(destination<vault<>>);
static_assert(!recoverable_session<vault<>::session>);

}  // namespace sluice::inline v0::skyflow

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/skyflow/impl/vault.ipp>
#endif

#endif  // SLUICE_SKYFLOW_VAULT_HPP
