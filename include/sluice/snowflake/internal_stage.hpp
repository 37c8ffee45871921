#ifndef SLUICE_SNOWFLAKE_INTERNAL_STAGE_HPP
#define SLUICE_SNOWFLAKE_INTERNAL_STAGE_HPP

#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/destination/destination.hpp>
#include <sluice/destination/request_monitor.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/observe/log.hpp>
#include <sluice/observe/stats.hpp>
#include <sluice/snowflake/detail/stage_download.hpp>
#include <sluice/snowflake/encryption.hpp>
#include <sluice/snowflake/protocol.hpp>
#include <sluice/snowflake/session_pool.hpp>
#include <sluice/store/aws_credential_source.hpp>
#include <sluice/store/object_store.hpp>
#include <sluice/transport/retry.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sluice::inline v0::snowflake {

/// How files go to a stage.
struct upload_options {
  std::size_t parallel = 8;   ///< requests to the store at once, over all files
  retry_policy retry = {};    ///< of each request
  time_limits limits = {};    ///< of each attempt
  std::string endpoint = {};  ///< of the store, in place of the one that the service names
  bool verify = true;         ///< asks the store for each file after it was sent
};

/// A directory of an internal stage to which files are uploaded.
///
/// One PUT statement serves all files: it says where the stage lies and gives credentials for an
/// hour or so. They are renewed before that and whenever the store says that they have expired,
/// also in the middle of a file, which keeps its encryption. Every file is encrypted under a key of
/// its own, on a worker. Transport thread only; any number of files at once.
class internal_stage {
 public:
  /// `location`: `@~/sluice/<run id>/`.
  internal_stage(transport& t,
                 session_pool& sessions,
                 std::string location,
                 codec compression,
                 upload_options options,
                 logger log,
                 load_metrics* metrics = nullptr);
  internal_stage(internal_stage const&) = delete;
  internal_stage& operator=(internal_stage const&) = delete;

  /// Asks for the first credentials.
  /// Errors: errc::object_missing; errc::stage_not_supported for stages in Azure and Google Cloud;
  /// what `session::execute` says.
  [[nodiscard]] task<void> open();

  /// Uploads `body` as `name`. When it ends, the stage holds the file as a whole or not at all.
  /// `body` must outlive the call.
  /// Errors: those of the store, after its retries; errc::malformed_encryption.
  [[nodiscard]] task<accepted> put(std::string name, chunk_list const& body);

  /// The file `name` as the store has it; nothing if it does not.
  /// Errors: those of the store, after its retries.
  [[nodiscard]] task<std::optional<stored_object>> find(std::string name);

  /// The owner goes: its log and metrics are not used any more, whatever is still under way.
  void detach() noexcept {
    log_ = {};
    requests_.detach();
  }

  /// How the file `name`, made as `shape` says, is read back. Must not outlive the stage.
  [[nodiscard]] std::unique_ptr<detail::stage_download> download(std::string name,
                                                                 detail::file_shape const& shape);

 private:
  task<put_reply> ask();
  task<aws_credential> renew();
  task<void> refresh_if_old();
  task<sealed_file> prepare(chunk_list const& body);
  task<std::uint64_t> send(std::string const& key,
                           sealed_file const& file,
                           std::size_t attempts_before);
  void connect(put_reply const& reply);
  void log_upload(std::string const& name, std::uint64_t bytes, steady_time started) const;

  transport& transport_;
  session_pool& sessions_;
  std::string location_;
  codec compression_;
  upload_options options_;
  logger log_;
  request_monitor requests_;
  std::string prefix_;  ///< of object names
  std::optional<encryption_material> encryption_;
  std::shared_ptr<aws_credential_source> keys_;
  std::unique_ptr<object_store> store_;
  steady_time renew_at_{};
};

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/internal_stage.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_INTERNAL_STAGE_HPP
