#ifndef SLUICE_CHUNK_HPP
#define SLUICE_CHUNK_HPP

#include <sluice/config.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0 {

/// A run of immutable bytes and what keeps it alive. Copying shares the bytes.
class chunk {
 public:
  chunk() = default;

  /// Shares `bytes`, which live as long as `owner`.
  chunk(std::shared_ptr<void const> owner, std::string_view bytes)
      : owner_{std::move(owner)}, bytes_{bytes} {}

  /// Takes a string over.
  explicit chunk(std::string text) {
    auto owned = std::make_shared<std::string const>(std::move(text));
    bytes_ = *owned;
    owner_ = std::move(owned);
  }

  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

 private:
  std::shared_ptr<void const> owner_;
  std::string_view bytes_;
};

/// A sequence of chunks that is one body: what an upload reads from without copying.
class chunk_list {
 public:
  chunk_list() = default;

  explicit chunk_list(std::string text) { push_back(chunk{std::move(text)}); }

  void push_back(chunk c) {
    size_ += c.size();
    chunks_.push_back(std::move(c));
  }

  /// All bytes, summed over the chunks.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  [[nodiscard]] auto begin() const noexcept { return chunks_.begin(); }

  [[nodiscard]] auto end() const noexcept { return chunks_.end(); }

  void clear() noexcept {
    chunks_.clear();
    size_ = 0;
  }

  /// One contiguous copy; for small bodies and tests.
  [[nodiscard]] std::string joined() const {
    std::string all;
    all.reserve(static_cast<std::size_t>(size_));
    for (chunk const& c : chunks_) all += c.bytes();
    return all;
  }

 private:
  std::vector<chunk> chunks_;
  std::uint64_t size_ = 0;
};

/// Where bytes go: a compressor, a file, a body. `write` may keep the chunk.
class byte_sink {
 public:
  virtual ~byte_sink() = default;
  virtual void write(chunk bytes) = 0;
};

}  // namespace sluice::inline v0

#endif  // SLUICE_CHUNK_HPP
