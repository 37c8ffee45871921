#ifndef SLUICE_SNOWFLAKE_ENCRYPTION_HPP
#define SLUICE_SNOWFLAKE_ENCRYPTION_HPP

/// \file
/// Client-side encryption of stage files (stage type SNOWFLAKE_FULL).
/// Source: the official drivers (gosnowflake encrypt_util.go, snowflake-connector-python
/// encryption_util.py), read 2026.

#include <sluice/auth/secret.hpp>
#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/snowflake/error.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace sluice::inline v0::snowflake {

/// What the reply to PUT says about encryption.
struct encryption_material {
  secret master_key;  ///< queryStageMasterKey: base64 of 16 or 32 bytes
  std::string query_id;
  std::string smk_id;  ///< as text, whatever the reply has

  friend bool operator==(encryption_material const&, encryption_material const&) = default;
};

/// A file as it is stored, with what a reader needs to decrypt it.
struct sealed_file {
  chunk_list body;          ///< ciphertext: AES-CBC, PKCS#7
  std::string wrapped_key;  ///< base64; metadata x-amz-key
  std::string iv;           ///< base64; metadata x-amz-iv
  std::string description;  ///< JSON; metadata x-amz-matdesc
  std::string digest;       ///< base64 of SHA-256 of the plain bytes; metadata sfc-digest
};

/// Key and initialisation vector of one file: raw bytes, never used for two files.
struct file_key {
  std::string key;
  std::string iv;
};

/// Random key of the material's length. Errors: errc::malformed_encryption if the master key is not
/// base64 of 16 or 32 bytes; errc::internal if the random generator fails.
[[nodiscard]] SLUICE_DECL result<file_key> make_file_key(encryption_material const& material);

/// Encrypts `plain` under `key`, chunk by chunk. Memory: the ciphertext, `plain.size()` + 16 at
/// most. Takes about 1 ms per MiB: call it on a worker.
/// Errors: as `make_file_key`.
[[nodiscard]] SLUICE_DECL result<sealed_file> seal_file(chunk_list const& plain,
                                                        encryption_material const& material,
                                                        file_key const& key);

/// The key of a stored file, from its metadata: the inverse of what `seal_file` writes there.
/// Errors: errc::malformed_encryption if the master key does not unwrap it.
[[nodiscard]] SLUICE_DECL result<file_key> unwrap_file_key(encryption_material const& material,
                                                           std::string_view wrapped_key,
                                                           std::string_view iv);

/// Decrypts a stored file, run by run. Takes about 1 ms per MiB: call it on a worker.
/// One owner at a time.
class unsealer {
 public:
  /// Errors: errc::malformed_encryption if `key` has another length than AES-128 and AES-256 use.
  [[nodiscard]] static SLUICE_DECL result<unsealer> open(file_key const& key);

  unsealer(unsealer&&) noexcept;
  unsealer& operator=(unsealer&&) noexcept;
  ~unsealer();

  /// The plain bytes that `sealed` adds; a block is held back, as it may be the last.
  /// Errors: errc::internal.
  [[nodiscard]] result<std::string> update(std::string_view sealed);

  /// The rest. Call once, last.
  /// Errors: errc::malformed_encryption if the padding is wrong: the file is damaged or cut off, or
  /// the key is that of another.
  [[nodiscard]] result<std::string> finish();

 private:
  struct state;
  explicit unsealer(std::unique_ptr<state> s) noexcept;
  std::unique_ptr<state> state_;
};

/// base64 of SHA-256 of `plain`.
[[nodiscard]] SLUICE_DECL std::string file_digest(chunk_list const& plain);

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/encryption.ipp>
#include <sluice/snowflake/impl/unsealer.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_ENCRYPTION_HPP
