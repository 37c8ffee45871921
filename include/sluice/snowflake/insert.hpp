#ifndef SLUICE_SNOWFLAKE_INSERT_HPP
#define SLUICE_SNOWFLAKE_INSERT_HPP

#include <sluice/batch/batch_policy.hpp>
#include <sluice/compress/compress.hpp>
#include <sluice/config.hpp>
#include <sluice/destination/capabilities.hpp>
#include <sluice/destination/destination.hpp>
#include <sluice/encode/csv.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/schema/diagnosis.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/snowflake/bindings.hpp>
#include <sluice/snowflake/column_rules.hpp>
#include <sluice/snowflake/connection.hpp>
#include <sluice/snowflake/evolve.hpp>
#include <sluice/units.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sluice::inline v0::snowflake {

/// Numbers of the service that are not about single payloads.
struct insert_limits {
  /// CLIENT_STAGE_ARRAY_BINDING_THRESHOLD as the service sends it: from so many bound values (rows
  /// times columns) on, drivers go through a stage. Read 2026.
  static constexpr std::uint64_t bound_values = 65'280;
};

/// Run-time values of `insert`.
struct insert_config {
  snowflake::connection connection = {};
  std::string table = {};     ///< in stored spelling, in `connection`'s database and schema
  bool create_table = false;  ///< CREATE TABLE IF NOT EXISTS from the record before loading
  table_evolution evolution = table_evolution::freeze;  ///< for columns that the table lacks
  std::size_t pool_size = 4;        ///< sessions over which statements are spread
  milliseconds table_wait{10'000};  ///< for a table that was made just before
};

/// The part of `insert` that runs. See `destination_session`.
///
/// `send` runs one INSERT with a payload's rows as bound arrays and ends when the service has said
/// how many rows it wrote. Retries carry the statement's request id, so that it runs once, and so
/// does a payload that is sent again in the same session; a statement whose answer never comes
/// leaves its rows `dead_reason::unknown`. The service writes all rows of a statement or none:
/// where one is bad the pipeline halves the payload until the bad ones stand alone. Payloads with
/// too many values for one statement are halved, too. A statement that another transaction's lock
/// keeps from running is tried as often as `connection::retry` allows, then its rows are
/// `dead_reason::undelivered`.
///
/// Memory: while a payload is sent, its values as JSON, about as large as the payload
/// (`capabilities::copies_body`).
/// Errors of `open`: sluice::errc::invalid_configuration (permanent) naming the option or the
/// column; what `session::open` says. Errors of `send`: sluice::errc::payload_too_large,
/// ::payload_refused, ::outcome_unknown, or what the service says of the statement (permanent).
/// Transport thread only, destructor included.
class insert_session {
 public:
  insert_session(environment const& env, insert_config const& config);
  insert_session(insert_session&&) noexcept;
  insert_session& operator=(insert_session&&) noexcept;
  ~insert_session();

  [[nodiscard]] task<resume_point> open();
  [[nodiscard]] task<accepted> send(payload const& p, ack& verdicts);
  [[nodiscard]] task<void> flush(deadline until);
  [[nodiscard]] task<void> finish(deadline until);

 private:
  struct core;
  std::unique_ptr<core> core_;
};

}  // namespace sluice::inline v0::snowflake

namespace sluice::inline v0::failed {

/// The column `Name` of `Record` becomes VARIANT, ARRAY or OBJECT, which cannot be bound in arrays:
/// load it with snowflake::bulk, or make the member text.
template<class Record, fixed_string Name>
struct column_cannot_be_bound {
  static constexpr bool ok = false;
};

}  // namespace sluice::inline v0::failed

namespace sluice::inline v0::snowflake {

namespace detail {

template<class Record, class Column>
inline constexpr bool column_binds =
    !binding_type(sluice::detail::describe_column<Record>(static_cast<Column const*>(nullptr)))
         .empty();

template<class Record, class... Columns>
auto diagnose_bindings(columns<Record, Columns...> const*)
    -> all_of<check<column_binds<Record, Columns>,
                    failed::column_cannot_be_bound<Record, Columns::literal_name>>...>;

template<class Record>
using binding_diagnosis =
    decltype(diagnose_bindings<Record>(static_cast<schema<Record>*>(nullptr)));

}  // namespace detail

/// Destination: INSERT with bound arrays. Rows are in the table, and confirmed, one round trip
/// after their batch is full; for few rows or short waits. `bulk` is the way for many.
///
/// A batch of more than 65,279 values (rows times columns) takes several statements.
struct insert {
  static constexpr capabilities limits{
      .formats = {format::csv},
      .codecs = {codec::none},
      // No number is documented for a request; loaders keep to a few tens of MB with JSON around.
      .max_payload_bytes = 16ull << 20,
      .max_payload_rows = insert_limits::bound_values - 1,
      // "Data types for text strings": 16 MB a value by default.
      .max_row_bytes = 16ull << 20,
      .max_columns = insert_limits::bound_values - 1,
      .max_in_flight = 4,
      .copies_body = true};

  using default_batch = batch<max_rows<5'000>, max_bytes<4_MiB>, max_age<1_s>>;
  using default_encode = encode<csv<>>;
  using default_compress = compress<none>;

  template<class Record>
  using checks = all_of<detail::binding_diagnosis<Record>,
                        unique_names_diagnosis<Record, name_case::sensitive>,
                        detail::name_length_diagnosis<Record>>;

  using config = insert_config;
  using session = insert_session;

  /// Where rows go, without secrets.
  [[nodiscard]] static std::string target(config const& c) {
    return c.connection.account + ' ' + c.connection.database + '.' + c.connection.schema + '.' +
           c.table;
  }
};

static_assert(destination<insert>);

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/insert.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_INSERT_HPP
