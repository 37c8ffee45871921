#ifndef SLUICE_SANDBOX_DETAIL_OBJECT_STORE_HPP
#define SLUICE_SANDBOX_DETAIL_OBJECT_STORE_HPP

#include <sluice/sandbox/detail/http.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::sandbox::detail {

/// What is known of a stored object without its bytes.
struct object_info {
  std::string key;
  std::uint64_t size = 0;
  std::string etag;  ///< without quotes
  std::string content_type;
  std::string content_encoding;
  name_values metadata;  ///< `x-amz-meta-*`, names in lower case
  std::chrono::system_clock::time_point last_modified{};
};

/// Objects under keys, in memory or, with a directory, on disk.
/// Thread safety: every member may be called from several threads.
class object_store {
 public:
  /// Loads what the directory holds; empty: memory.
  /// \throws std::runtime_error naming the file that cannot be read
  explicit object_store(std::filesystem::path directory);

  void put(object_info info, std::string bytes);
  std::optional<object_info> find(std::string_view key) const;
  /// Nothing if there is no such object.
  std::shared_ptr<std::string const> bytes(std::string_view key) const;
  bool remove(std::string_view key);
  std::vector<object_info> list(std::string_view prefix) const;

 private:
  struct entry {
    object_info info;
    std::shared_ptr<std::string const> bytes;  // null while on disk
  };

  std::filesystem::path file_of(std::string_view key, char const* suffix) const;
  void load();

  std::filesystem::path directory_;
  mutable std::mutex guard_;
  std::map<std::string, entry, std::less<>> entries_;
};

/// Multipart uploads in progress.
class multipart_uploads {
 public:
  struct part {
    std::string bytes;
    std::string etag;
  };

  struct upload {
    object_info info;  ///< key and metadata given at the start
    std::map<int, part> parts;
  };

  std::string start(object_info info);
  /// False if there is no such upload of this key.
  bool add(std::string_view id, std::string_view key, int number, part p);
  std::optional<upload> find(std::string_view id, std::string_view key) const;
  /// Takes the upload out; nothing if there is none.
  std::optional<upload> take(std::string_view id, std::string_view key);
  std::size_t open() const;
  void clear();

 private:
  mutable std::mutex guard_;
  std::map<std::string, upload, std::less<>> uploads_;
};

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_OBJECT_STORE_HPP
