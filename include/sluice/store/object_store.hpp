#ifndef SLUICE_STORE_OBJECT_STORE_HPP
#define SLUICE_STORE_OBJECT_STORE_HPP

#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/transport/message.hpp>
#include <sluice/transport/task.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::inline v0 {

/// What a store says about an object.
struct stored_object {
  std::uint64_t size = 0;
  std::string etag = {};             ///< verbatim, empty where a store has none
  std::vector<header> headers = {};  ///< of the reply, metadata among them
  std::uint64_t retries = 0;  ///< attempts that repeated an earlier one until the store said so
};

/// A run of an object's bytes.
struct object_part {
  std::string bytes = {};
  stored_object whole = {};  ///< the object that they are of; two parts of one have equal etags
};

/// How an object is put.
struct put_options {
  std::vector<header> headers = {};  ///< content type and metadata ("x-amz-meta-...")
  bool create_only = false;          ///< an object of that name is an error, not replaced
  std::size_t attempts_before = 0;   ///< at the same object, for logs and figures
};

/// A place that takes byte strings under names, whole or not at all, and gives them back.
///
/// Names are final before the first byte goes out, so every step may be repeated: the same bytes go
/// to the same name. All members are coroutines of the transport thread; any number may overlap.
/// The body is sent from where it lies.
class object_store {
 public:
  virtual ~object_store() = default;

  /// When it ends, the object is there as a whole or not at all.
  [[nodiscard]] virtual task<stored_object> put(std::string name,
                                                chunk_list body,
                                                put_options options = {}) = 0;

  /// Nothing if there is no such object.
  [[nodiscard]] virtual task<std::optional<stored_object>> head(std::string name) = 0;

  /// Bytes [offset, offset + length) of the object, fewer at its end and none behind it. Nothing if
  /// there is no such object. Memory: `length`.
  [[nodiscard]] virtual task<std::optional<object_part>> get(std::string name,
                                                             std::uint64_t offset,
                                                             std::uint64_t length) = 0;

  /// Removes the object; one that is not there is removed already.
  [[nodiscard]] virtual task<void> remove(std::string name) = 0;
};

/// `length` bytes of `body` from `offset` on, sharing the bytes. What lies behind the end is left
/// out.
[[nodiscard]] SLUICE_DECL chunk_list slice(chunk_list const& body,
                                           std::uint64_t offset,
                                           std::uint64_t length);

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/store/impl/object_store.ipp>
#endif

#endif  // SLUICE_STORE_OBJECT_STORE_HPP
