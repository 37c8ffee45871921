#ifndef SLUICE_COMPRESS_DETAIL_BLOCK_WRITER_HPP
#define SLUICE_COMPRESS_DETAIL_BLOCK_WRITER_HPP

#include <sluice/chunk.hpp>
#include <sluice/compress/levels.hpp>
#include <sluice/config.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace sluice::inline v0::detail {

/// Collects output in blocks of `codec_block_bytes`; each full block becomes a chunk.
class block_writer {
 public:
  /// Room for at least one byte.
  [[nodiscard]] std::span<char> room() {
    if (!block_) block_ = std::make_shared_for_overwrite<char[]>(codec_block_bytes);
    return {block_.get() + used_, codec_block_bytes - used_};
  }

  /// The first `count` bytes of `room()` are written.
  void commit(std::size_t count) {
    used_ += count;
    if (used_ != codec_block_bytes) return;
    full_.push_back(chunk{block_, {block_.get(), used_}});
    block_.reset();
    used_ = 0;
  }

  [[nodiscard]] std::uint64_t size() const noexcept { return full_.size() + used_; }

  /// All bytes written. The last block is copied to its size, so that a small body is small.
  [[nodiscard]] chunk_list take() {
    if (used_ != 0) {
      auto last = std::make_shared_for_overwrite<char[]>(used_);
      std::memcpy(last.get(), block_.get(), used_);
      full_.push_back(chunk{last, {last.get(), used_}});
      used_ = 0;
    }
    return std::exchange(full_, {});
  }

 private:
  chunk_list full_;
  std::shared_ptr<char[]> block_;
  std::size_t used_ = 0;
};

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_COMPRESS_DETAIL_BLOCK_WRITER_HPP
