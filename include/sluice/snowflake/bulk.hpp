#ifndef SLUICE_SNOWFLAKE_BULK_HPP
#define SLUICE_SNOWFLAKE_BULK_HPP

#include <sluice/config.hpp>
#include <sluice/destination/capabilities.hpp>
#include <sluice/destination/destination.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/schema/diagnosis.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/snowflake/column_rules.hpp>
#include <sluice/snowflake/connection.hpp>
#include <sluice/snowflake/evolve.hpp>
#include <sluice/snowflake/sql.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sluice::inline v0::snowflake {

/// Numbers of the service that are not about single payloads.
struct bulk_limits {
  /// "COPY INTO <table>", parameter FILES, read 2026.
  static constexpr std::size_t files_per_copy = 1'000;
  /// Statements that a warehouse runs at once before it queues (MAX_CONCURRENCY_LEVEL is 8 by
  /// default; loaders in the field go up to 20).
  static constexpr std::size_t concurrent_copies = 20;

  /// "COPY_HISTORY": how long the service tells what became of a file.
  static constexpr std::chrono::days history{14};

  // Sixteen uploads at once fill the network of the machines that loaders in the field run on.
  static constexpr std::size_t learned_uploads = 16;
};

/// Where the stage files of a load go.
struct stage_place {
  std::string database = {};  ///< of a named stage; empty: the session's
  std::string schema = {};
  std::string name = {};    ///< of a named internal stage; empty: the user's own stage, `@~`
  std::string prefix = {};  ///< directory below it; files lie in `<prefix>/<run id>/`
};

/// Run-time values of `bulk`.
struct bulk_config {
  snowflake::connection connection = {};
  std::string table = {};     ///< in stored spelling, in `connection`'s database and schema
  bool create_table = false;  ///< CREATE TABLE IF NOT EXISTS from the record before loading
  table_evolution evolution = table_evolution::freeze;  ///< for columns that the table lacks
  stage_place stage{{}, {}, {}, "sluice"};
  std::string stage_endpoint = {};  ///< host of the store behind the stage, for private endpoints
  bool verify_uploads = true;       ///< asks the store for each file after it was sent
  time_limits upload_limits = {};   ///< of one request to the store; 0: the transport\'s
  copy_options copy = {};
  std::size_t pool_size = 4;            ///< sessions over which statements are spread
  std::size_t parallel_uploads = 0;     ///< files on their way to the stage at once; 0: learned
  std::size_t files_per_copy = 10;      ///< a COPY takes as many at most,
  std::uint64_t rows_per_copy = 0;      ///< and as many rows, but at least one file; 0: any number
  std::size_t max_concurrent_copy = 8;  ///< upper bound; how many run is learned
  bool async_copy = true;               ///< COPY is polled for, no connection waits for it
  bool purge = true;  ///< removes files of which every row is verified to be in the table
  /// Files that earlier runs left under the same prefix are removed when all files of their run are
  /// older; 0: never.
  std::chrono::hours stage_retention{7 * 24};
  milliseconds table_wait{10'000};  ///< for a table that was made just before
};

/// Goes with the batch policy `throughput`: what loaders in the field run with at 100,000 rows a
/// second and more, sixteen uploads at once over eight sessions. Everything else stays as it is.
[[nodiscard]] inline bulk_config for_throughput(bulk_config config) {
  config.pool_size = 8;
  config.parallel_uploads = bulk_limits::learned_uploads;
  config.async_copy = true;
  return config;
}

/// The part of `bulk` that runs. See `destination_session`; also a `recoverable_session`.
///
/// `send` uploads one file `<prefix>/<run id>/<sequence>.<csv|json>[.gz|.zst]` and ends when the
/// stage holds it. COPY runs in groups of files behind it; its result rows are always read and
/// compared with our own counts, refused rows are fetched with the service's reason. Rows of which
/// the service gives no text, those of a file that is refused or skipped as a whole, are read back
/// from the stage, which needs the right to GET from it (READ on a named stage), so that every dead
/// letter has its record. Where that fails or time is up, the letter names the stage file instead.
///
/// Memory: while a file is sent, an encrypted copy of it (`capabilities::copies_body`), unless the
/// stage encrypts by itself. While a file is read back, one at a time, at most 21 MiB, the window
/// of its decompression and twice its longest row. Errors of `open`:
/// sluice::errc::invalid_configuration (permanent) naming the option or the column; what
/// `session::open` says; errc::stage_not_supported. Errors of `send`: transport errors after
/// retries, errc::stage_not_supported. Errors of `flush` and `finish`: sluice::errc::deadline, or
/// the first error of a COPY. Transport thread only, destructor included.
class bulk_session {
 public:
  bulk_session(environment const& env,
               bulk_config const& config,
               std::optional<column_match> match = std::nullopt,
               std::size_t most_copies = bulk_limits::concurrent_copies,
               std::optional<table_evolution> evolution = std::nullopt);
  bulk_session(bulk_session&&) noexcept;
  bulk_session& operator=(bulk_session&&) noexcept;
  ~bulk_session();

  [[nodiscard]] task<resume_point> open();
  [[nodiscard]] task<accepted> send(payload const& p, ack& verdicts);
  [[nodiscard]] task<void> flush(deadline until);
  [[nodiscard]] task<void> finish(deadline until);
  [[nodiscard]] task<recovery> recover(in_doubt const& open_payload, ack& verdicts);

 private:
  struct core;
  std::unique_ptr<core> core_;
};

/// Option of `bulk`: columns are matched by name (`column_match::case_insensitive`, ...). For CSV
/// this needs an encoder that writes a header.
template<column_match Match>
struct match_by {
  static constexpr column_match match = Match;
};

/// Option of `bulk`: upper bound of COPY statements at once.
template<std::size_t Copies>
struct concurrent_copies {
  static constexpr std::size_t copies = Copies;
};

}  // namespace sluice::inline v0::snowflake

namespace sluice::inline v0::failed {

/// A warehouse takes `Limit` COPY statements at once, at least 1 is needed.
template<std::size_t Given, std::size_t Limit>
struct too_many_concurrent_copies {
  static constexpr bool ok = false;
};

/// `Option` is none of snowflake::match_by, snowflake::concurrent_copies, snowflake::evolve.
template<class Option>
struct unknown_bulk_option {
  static constexpr bool ok = false;
};

/// Two of the options say the same.
template<class... Options>
struct bulk_option_given_twice {
  static constexpr bool ok = false;
};

}  // namespace sluice::inline v0::failed

namespace sluice::inline v0::snowflake {

namespace detail {

template<class Option>
struct bulk_option {
  using diagnosis = failed::unknown_bulk_option<Option>;
};

template<column_match Match>
struct bulk_option<match_by<Match>> {
  using diagnosis = passed;
  static constexpr std::optional<column_match> match = Match;
};

template<std::size_t Copies>
struct bulk_option<concurrent_copies<Copies>> {
  static constexpr std::size_t limit = bulk_limits::concurrent_copies;
  using diagnosis =
      check<(Copies >= 1 && Copies <= limit), failed::too_many_concurrent_copies<Copies, limit>>;
  static constexpr std::size_t copies = Copies;
};

template<class Option>
  requires requires { Option::evolution; }
struct bulk_option<Option> {
  using diagnosis = passed;
  static constexpr std::optional<table_evolution> evolution = Option::evolution;
};

template<class Option>
concept says_match = requires { bulk_option<Option>::match; };
template<class Option>
concept says_copies = requires { bulk_option<Option>::copies; };
template<class Option>
concept says_evolution = requires { bulk_option<Option>::evolution; };

template<class... Options>
inline constexpr bool bulk_options_differ =
    (0 + ... + int{says_match<Options>}) <= 1 && (0 + ... + int{says_copies<Options>}) <= 1 &&
    (0 + ... + int{says_evolution<Options>}) <= 1;

template<class... Options>
consteval std::optional<table_evolution> chosen_evolution() {
  std::optional<table_evolution> evolution;
  [[maybe_unused]] auto const look = [&]<class Option>(Option const*) {
    if constexpr (says_evolution<Option>) evolution = bulk_option<Option>::evolution;
  };
  (look(static_cast<Options const*>(nullptr)), ...);
  return evolution;
}

template<class... Options>
consteval std::optional<column_match> chosen_match() {
  std::optional<column_match> match;
  [[maybe_unused]] auto const look = [&]<class Option>(Option const*) {
    if constexpr (says_match<Option>) match = bulk_option<Option>::match;
  };
  (look(static_cast<Options const*>(nullptr)), ...);
  return match;
}

template<class... Options>
consteval std::size_t chosen_copies() {
  std::size_t copies = bulk_limits::concurrent_copies;
  [[maybe_unused]] auto const look = [&]<class Option>(Option const*) {
    if constexpr (says_copies<Option>) copies = bulk_option<Option>::copies;
  };
  (look(static_cast<Options const*>(nullptr)), ...);
  return copies;
}

}  // namespace detail

/// Destination: files in an internal stage, loaded by COPY INTO.
///
/// `Options`: `match_by<...>`, `concurrent_copies<...>`, one of `evolve::` (evolve.hpp), each at
/// most once.
template<class... Options>
struct bulk {
  static constexpr capabilities limits{
      .formats = {format::csv, format::ndjson},
      .codecs = {codec::none, codec::gzip, codec::zstd},
      // The largest object of one upload in Amazon S3 ("PutObject"), and what loaders in the field
      // keep to; "Preparing your data files" advises 100 to 250 MB.
      .max_payload_bytes = 5'000'000'000,
      // "Data types for text strings" and "Semi-structured data types": 128 MB a value.
      .max_row_bytes = 128ull << 20,
      .max_in_flight = 16,
      .replayable_after_accept = true,
      .copies_body = true};

  /// How columns are matched, if the options say so.
  static constexpr std::optional<column_match> match = detail::chosen_match<Options...>();

  template<class Record>
  using checks = all_of<
      typename detail::bulk_option<Options>::diagnosis...,
      check<detail::bulk_options_differ<Options...>, failed::bulk_option_given_twice<Options...>>,
      unique_names_diagnosis<Record,
                             match == column_match::case_insensitive ? name_case::insensitive
                                                                     : name_case::sensitive>,
      detail::name_length_diagnosis<Record>>;

  using config = bulk_config;

  /// What a journal belongs to.
  [[nodiscard]] static std::string target(config const& c) {
    return c.connection.account + ' ' + c.connection.database + '.' + c.connection.schema + '.' +
           c.table;
  }

  class session : public bulk_session {
   public:
    session(environment const& env, config const& c)
        : bulk_session{env,
                       c,
                       match,
                       detail::chosen_copies<Options...>(),
                       detail::chosen_evolution<Options...>()} {}
  };
};

static_assert(destination<bulk<>>);
static_assert(recoverable_session<bulk<>::session>);

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/bulk.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_BULK_HPP
