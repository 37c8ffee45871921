#ifndef SLUICE_DESTINATION_FILE_HPP
#define SLUICE_DESTINATION_FILE_HPP

#include <sluice/config.hpp>
#include <sluice/destination/destination.hpp>
#include <sluice/meta/check.hpp>

#include <cstdint>
#include <string>

namespace sluice::inline v0 {

/// Run-time values of `file`.
struct file_config {
  std::string directory{};       ///< where the files go
  bool create_directory = true;  ///< make it, not its parents, if it is not there
};

/// The part of `file` that runs. See `destination_session`; also a `recoverable_session`.
///
/// A payload becomes `<directory>/<run id>-<sequence>.<csv|ndjson|parquet|protobuf>[.gz|.zst]`,
/// mode 0600. It is written under another name, flushed to the disk and renamed, so a file under
/// its final name is whole; then its rows are confirmed. The same payload sent again replaces its
/// file. Errors: errc::io (permanent) from `open` and `send`.
class file_session {
 public:
  file_session(environment const& env, file_config const& config);

  task<resume_point> open();
  task<accepted> send(payload const& p, ack& a);
  task<void> flush(deadline until);
  task<void> finish(deadline until);
  task<recovery> recover(in_doubt const& d, ack& a);

 private:
  [[nodiscard]] std::string name_of_payload(std::uint64_t sequence) const;
  [[nodiscard]] result<void> prepare_directory() const;
  [[nodiscard]] result<void> write(payload const& p) const;

  transport& transport_;
  file_config config_;
  std::string prefix_;
  std::string suffix_;
};

/// Destination: files in a local directory, one per payload. The smallest real destination.
struct file {
  static constexpr capabilities limits{
      .formats = {format::csv, format::ndjson, format::parquet, format::protobuf},
      .codecs = {codec::none, codec::gzip, codec::zstd},
      .max_in_flight = 4};

  template<class Record>
  using checks = passed;

  using config = file_config;
  using session = file_session;

  [[nodiscard]] static std::string target(config const& c) { return c.directory; }
};

static_assert(destination<file>);
static_assert(recoverable_session<file::session>);

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/destination/impl/file.ipp>
#endif

#endif  // SLUICE_DESTINATION_FILE_HPP
