#ifndef SLUICE_SANDBOX_SQL_FILE_STORE_HPP
#define SLUICE_SANDBOX_SQL_FILE_STORE_HPP

/// \file
/// How the SQL engine sees the files of stages. The sandbox's S3 double and its LOCAL_FS
/// directories implement this interface.

#include <sluice/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::sandbox::sql {

/// One stored file.
struct stored_file {
  std::string key;        ///< full key, starts with the prefix asked for
  std::int64_t size = 0;  ///< stored bytes: of the ciphertext where the client encrypted
  std::string etag;       ///< changes whenever the stored bytes change; no quotes
  std::chrono::system_clock::time_point last_modified;
};

/// Reads the plain (decrypted, still compressed) bytes of one file from front to back.
class file_reader {
 public:
  virtual ~file_reader() = default;
  /// Fills `out` from the front and returns the bytes written; 0 means the end of the file.
  /// \throws file_error if stored bytes, key, IV or padding turn out to be wrong
  virtual std::size_t read(std::span<char> out) = 0;
};

/// Why a stage file cannot be read; the text becomes part of the COPY's error.
class file_error {
 public:
  explicit file_error(std::string reason) : reason_(std::move(reason)) {}

  std::string const& reason() const noexcept { return reason_; }

 private:
  std::string reason_;
};

/// Files under keys. All members may be called from several threads at once.
class file_store {
 public:
  virtual ~file_store() = default;

  /// All files whose key starts with `prefix` (a plain string prefix, not a directory), sorted by
  /// key.
  virtual std::vector<stored_file> list(std::string_view prefix) const = 0;

  /// Opens one file for reading. If `encrypted`, the file must carry the client's envelope
  /// (wrapped key, IV, material description), which is verified and removed.
  /// \throws file_error naming what is wrong; "does not exist" for a missing key
  virtual std::unique_ptr<file_reader> open(std::string_view key, bool encrypted) const = 0;

  /// Deletes one file; false if there was none.
  virtual bool remove(std::string_view key) = 0;

  /// Called when a stage comes into being (`prefix` ends in '/'), so that LOCAL_FS stages can
  /// create their directory. Does nothing by default.
  virtual void stage_created(std::string_view prefix) { static_cast<void>(prefix); }
};

}  // namespace sluice::inline v0::sandbox::sql

#endif  // SLUICE_SANDBOX_SQL_FILE_STORE_HPP
