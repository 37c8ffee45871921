#ifndef SLUICE_SNOWPIPE_FILES_HPP
#define SLUICE_SNOWPIPE_FILES_HPP

#include <sluice/config.hpp>
#include <sluice/destination/capabilities.hpp>
#include <sluice/destination/destination.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/snowflake/bulk.hpp>
#include <sluice/snowflake/copier.hpp>
#include <sluice/snowflake/internal_stage.hpp>
#include <sluice/snowflake/session_pool.hpp>
#include <sluice/units.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace sluice::inline v0::snowpipe {

/// Run-time values of `files`.
struct files_config {
  snowflake::connection connection = {};  ///< with database and schema; signed in by a key pair
  std::string pipe = {};  ///< in stored spelling; AUTO_INGEST = FALSE, reads `stage`
  /// A named internal stage: the service takes no files from a user's own. The pipe's location is
  /// the stage, or a directory of it that `prefix` begins with.
  snowflake::stage_place stage{{}, {}, {}, "sluice"};
  std::string pipe_location = {};  ///< the directory in the pipe's COPY, with '/' at its end
  std::size_t parallel_uploads = 8;
  retry_policy retry = {};             ///< of each notification and report
  milliseconds poll_interval{10'000};  ///< between two looks at the load report
};

/// The part of `files` that runs. See `recoverable_session`.
///
/// `send` uploads one file to the stage and tells the pipe; it ends when the service has queued the
/// file. Loading takes about a minute; the load report says what became of each file. Files that
/// loaded whole are confirmed; of those that loaded in part, nobody can say which rows are in the
/// table, so all of them become dead letters `unknown`. The file stays in the stage, and its name
/// is in the dead letter.
///
/// `recover` asks the pipe's history what became of a file. One that lies in the stage and of which
/// the history knows nothing is made known to the pipe again, which takes a name once in 14 days;
/// one that lies there for longer than that ends `unknown`.
///
/// Errors: those of `snowflake::session`, of the stage, errc::object_missing, errc::login_refused;
/// sluice::errc::outcome_unknown for a notification without an answer. Transport thread only.
class files_session {
 public:
  files_session(environment const& env, files_config const& config);
  files_session(files_session const&) = delete;
  files_session& operator=(files_session const&) = delete;
  ~files_session();

  [[nodiscard]] task<resume_point> open();
  [[nodiscard]] task<accepted> send(payload const& p, ack& verdicts);
  [[nodiscard]] task<void> flush(deadline until);
  [[nodiscard]] task<void> finish(deadline until);
  [[nodiscard]] task<recovery> recover(in_doubt const& file, ack& verdicts);

 private:
  class core;
  std::shared_ptr<core> core_;
};

/// Destination: files in an internal stage, loaded by a pipe that is told of each of them.
struct files {
  static constexpr capabilities limits{
      .formats = {format::csv, format::ndjson},
      .codecs = {codec::none, codec::gzip, codec::zstd},
      // The largest object of one upload in Amazon S3 ("PutObject"); the service advises 100 to
      // 250 MB.
      .max_payload_bytes = 5'000'000'000,
      // "Data types for text strings" and "Semi-structured data types": 128 MB a value.
      .max_row_bytes = 128ull << 20,
      .max_in_flight = 8,
      .replayable_after_accept = true,
      .copies_body = true};

  template<class Record>
  using checks = passed;

  using config = files_config;
  using session = files_session;

  [[nodiscard]] static std::string target(config const& c) {
    return c.connection.account + ' ' + c.connection.database + '.' + c.connection.schema + '.' +
           c.pipe;
  }
};

static_assert(destination<files>);
static_assert(recoverable_session<files_session>);

}  // namespace sluice::inline v0::snowpipe

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowpipe/impl/files.ipp>
#include <sluice/snowpipe/impl/files_recovery.ipp>
#endif

#endif  // SLUICE_SNOWPIPE_FILES_HPP
