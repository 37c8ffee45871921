#ifndef SLUICE_STORE_DIRECTORY_STORE_HPP
#define SLUICE_STORE_DIRECTORY_STORE_HPP

#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/store/object_store.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

namespace detail {

/// errc::io with the system's reason and what to do about it.
[[nodiscard]] SLUICE_DECL error file_error(std::string_view doing,
                                           std::string const& path,
                                           int reason);

}  // namespace detail

struct directory_options {
  std::string path = {};  ///< made if absent, with its parents
  unsigned file_mode = 0600;
  bool sync = true;  ///< fsync of file and directory before an object counts as stored
};

/// A directory as an object store: each object is a file that appears whole, by a rename, and is on
/// the disk when `put` ends. Names may hold '/': directories are made. Disk work runs on a worker.
/// Errors: errc::io with the system's reason (disk full, no permission);
/// errc::invalid_configuration for names that lead out of the directory; for create_only, errc::io
/// "exists already".
class directory_store final : public object_store {
 public:
  directory_store(transport& t, directory_options options);

  /// Headers are not kept.
  [[nodiscard]] SLUICE_DECL task<stored_object> put(std::string name,
                                                    chunk_list body,
                                                    put_options options = {}) override;
  [[nodiscard]] SLUICE_DECL task<std::optional<stored_object>> head(std::string name) override;
  /// The ETag tells one version of a file from another.
  [[nodiscard]] SLUICE_DECL task<std::optional<object_part>> get(std::string name,
                                                                 std::uint64_t offset,
                                                                 std::uint64_t length) override;
  [[nodiscard]] SLUICE_DECL task<void> remove(std::string name) override;

  [[nodiscard]] std::string path_of(std::string const& name) const;

 private:
  [[nodiscard]] result<void> check(std::string const& name) const;
  [[nodiscard]] result<stored_object> write(std::string const& name,
                                            chunk_list const& body,
                                            bool create_only) const;

  transport& transport_;
  directory_options options_;
};

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/store/impl/directory_store.ipp>
#endif

#endif  // SLUICE_STORE_DIRECTORY_STORE_HPP
