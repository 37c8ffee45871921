#ifndef SLUICE_SNOWFLAKE_DETAIL_STAGE_DOWNLOAD_HPP
#define SLUICE_SNOWFLAKE_DETAIL_STAGE_DOWNLOAD_HPP

#include <sluice/config.hpp>
#include <sluice/snowflake/detail/stage_rows.hpp>
#include <sluice/snowflake/encryption.hpp>
#include <sluice/snowflake/protocol.hpp>
#include <sluice/snowflake/session_pool.hpp>
#include <sluice/store/aws_credential_source.hpp>
#include <sluice/store/object_store.hpp>
#include <sluice/store/s3.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sluice::inline v0::snowflake::detail {

/// Reads one file of an internal stage back, row by row.
///
/// A GET statement says where it lies, gives credentials that are renewed when they expire, and the
/// master key that it was encrypted under, which may be that of an earlier run. The file comes in
/// parts; decryption, decompression and the search for rows run on a worker.
/// Memory, whatever the size of the file: `kept_bytes` of it as stored, one part, and what
/// `stage_rows` needs. Larger files are fetched twice, as no row is given before the whole file is
/// known to be what was sent.
/// Transport thread only. The references must outlive it.
class stage_download {
 public:
  static constexpr std::uint64_t part_bytes = 4_MiB;
  static constexpr std::uint64_t kept_bytes = 16_MiB;

  /// `how`: retries, limits, endpoint and observer of the requests to the store.
  stage_download(transport& t,
                 session_pool& sessions,
                 std::string location,
                 std::string name,
                 file_shape shape,
                 s3_options how);
  stage_download(stage_download const&) = delete;
  stage_download& operator=(stage_download const&) = delete;

  /// Finds the file and reads all of it, to see that it has `rows` rows and is what was sent.
  /// Errors: errc::object_missing if the stage does not hold it; errc::stage_not_supported; those
  /// of `session::execute`, the store and `stage_rows`; errc::invalid_input if it is another file.
  [[nodiscard]] task<void> check(std::uint64_t rows);

  /// The next ones of `wanted`, which is ascending and the same in every call; none at the end.
  /// Call after `check`. Errors: as `check`.
  [[nodiscard]] task<std::vector<row_text>> next(std::span<row_run const> wanted);

 private:
  task<get_reply> ask();
  task<void> connect();
  task<aws_credential> renew();
  task<object_part> fetch(std::uint64_t offset);
  result<void> rewind();
  task<std::vector<row_text>> step(std::span<row_run const> wanted);
  [[nodiscard]] error gone() const;

  transport& transport_;
  session_pool& sessions_;
  std::string location_;
  std::string name_;
  file_shape shape_;
  s3_options how_;
  std::string object_;  ///< its name in the store
  std::optional<encryption_material> encryption_;
  std::optional<file_key> key_;
  std::string digest_;  ///< of its metadata; empty: it has none
  std::string etag_;
  std::uint64_t size_ = 0;
  std::vector<std::string> kept_;  ///< its first parts
  std::unique_ptr<object_store> store_;
  std::optional<stage_rows> rows_;
  std::uint64_t offset_ = 0;  ///< of the part that is due
};

}  // namespace sluice::inline v0::snowflake::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/stage_download.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_DETAIL_STAGE_DOWNLOAD_HPP
