#ifndef SLUICE_SANDBOX_DETAIL_STAGE_FILES_HPP
#define SLUICE_SANDBOX_DETAIL_STAGE_FILES_HPP

#include <sluice/sandbox/detail/object_store.hpp>
#include <sluice/sandbox/sql/file_store.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::inline v0::sandbox::detail {

/// `encryptionMaterial` of one PUT.
struct stage_key {
  std::string query_id;
  std::int64_t smk_id = 0;
  std::string master_key;  ///< raw bytes, 16 or 32
};

/// Every stage master key handed out, so that any upload made with one can be decrypted.
/// Thread safety: every member may be called from several threads.
class key_ring {
 public:
  /// With a file, keys survive in it. \throws std::runtime_error if it cannot be read
  key_ring(std::filesystem::path file, std::int64_t first_smk_id);
  stage_key issue(std::string query_id, std::size_t key_bytes);
  std::optional<stage_key> find(std::string_view query_id) const;

 private:
  std::filesystem::path file_;
  mutable std::mutex guard_;
  std::int64_t next_;
  std::map<std::string, stage_key, std::less<>> keys_;
};

/// Opens an object that a client encrypted (stage type SNOWFLAKE_FULL).
/// \throws sql::file_error naming the part of the envelope that is wrong
std::unique_ptr<sql::file_reader> open_envelope(object_info const& info,
                                                std::shared_ptr<std::string const> bytes,
                                                key_ring const& keys);

/// The engine's view of the S3 double.
class object_files final : public sql::file_store {
 public:
  object_files(object_store& objects, key_ring const& keys, bool client_encrypts)
      : objects_(objects), keys_(keys), client_encrypts_(client_encrypts) {}

  std::vector<sql::stored_file> list(std::string_view prefix) const override;
  std::unique_ptr<sql::file_reader> open(std::string_view key, bool encrypted) const override;
  bool remove(std::string_view key) override;

 private:
  object_store& objects_;
  key_ring const& keys_;
  bool client_encrypts_;
};

/// The engine's view of LOCAL_FS stages: plain files below one directory.
class directory_files final : public sql::file_store {
 public:
  explicit directory_files(std::filesystem::path root) : root_(std::move(root)) {}

  std::vector<sql::stored_file> list(std::string_view prefix) const override;
  std::unique_ptr<sql::file_reader> open(std::string_view key, bool encrypted) const override;
  bool remove(std::string_view key) override;
  void stage_created(std::string_view prefix) override;

  /// The directory that a PUT under this key prefix copies to; it exists afterwards.
  /// \throws sql::file_error if the path would leave the root
  std::filesystem::path make_directory(std::string_view prefix) const;

 private:
  std::filesystem::path root_;
};

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_STAGE_FILES_HPP
