#ifndef SLUICE_SNOWFLAKE_INTERNAL_STAGE_HPP
#define SLUICE_SNOWFLAKE_INTERNAL_STAGE_HPP

#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/observe/log.hpp>
#include <sluice/observe/stats.hpp>
#include <sluice/snowflake/encryption.hpp>
#include <sluice/snowflake/protocol.hpp>
#include <sluice/snowflake/session_pool.hpp>
#include <sluice/transport/sync.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice::inline v0::snowflake {

/// A directory of an internal stage to which files are uploaded.
///
/// One PUT statement serves all files: it says where the stage lies and gives credentials for an
/// hour or so. They are renewed before that and whenever storage says that they have expired, also
/// in the middle of a file, which keeps its encryption and is sent again. Every file is encrypted
/// under a key of its own, on a worker. Transport thread only; any number of files at once.
class internal_stage {
 public:
  /// `location`: `@~/sluice/<run id>/`. `connect` (mostly empty): host of S3 in place of the one
  /// that the service names, for private endpoints.
  internal_stage(transport& t,
                 session_pool& sessions,
                 std::string location,
                 codec compression,
                 retry_policy retry,
                 std::string endpoint,
                 logger log,
                 load_metrics* metrics);
  internal_stage(internal_stage const&) = delete;
  internal_stage& operator=(internal_stage const&) = delete;

  /// Asks for the first credentials.
  /// Errors: errc::object_missing, errc::stage_not_supported for stages in Azure and Google Cloud,
  /// what `session::execute` says.
  [[nodiscard]] task<void> open();

  /// Uploads `body` as `name` and gives the bytes sent. When it ends, the stage holds the file as a
  /// whole or not at all. `body` must outlive the call.
  /// Errors: those of the store, after its retries; as `open`.
  [[nodiscard]] task<std::uint64_t> put(std::string name, chunk_list const& body);

 private:
  /// A file as it goes to the store.
  struct outgoing {
    std::string name;
    sealed_file file;
    bool encrypted = false;
  };

  task<void> refresh(std::uint64_t failed_generation);
  task<outgoing> prepare(std::string name, chunk_list const& body);
  task<void> upload(outgoing const& out);
  task<void> upload_s3(outgoing const& out);
  task<void> upload_local(outgoing const& out);

  transport& transport_;
  session_pool& sessions_;
  std::string location_;
  codec compression_;
  retry_policy retry_;
  std::string endpoint_;
  logger log_;
  load_metrics* metrics_;
  async_mutex refresh_lock_;
  put_reply reply_;
  std::uint64_t generation_ = 0;  ///< of `reply_.target`; 0: none yet
  steady_time fresh_until_{};
};

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/internal_stage.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_INTERNAL_STAGE_HPP
