#ifndef SLUICE_ENCODE_SEGMENT_HPP
#define SLUICE_ENCODE_SEGMENT_HPP

#include <sluice/config.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace sluice::inline v0 {

/// An append-only block of encoded rows: the unit of hand-over between threads and of memory.
///
/// One producer writes at `cursor()` and publishes with `commit`; what is committed never changes,
/// so any other thread may read it, up to `committed()`, while the producer goes on. That is how a
/// batch whose time is up is sent although its producer is silent. The layout of the bytes is the
/// encoder's: rows one after another for text, lanes for columns.
///
/// Invariant: capacity is below 4 GiB, a segment holds fewer than 2^32 rows.
class segment {
 public:
  /// How far a segment is filled.
  struct mark {
    std::uint32_t bytes = 0;
    std::uint32_t rows = 0;

    friend constexpr bool operator==(mark const&, mark const&) = default;
  };

  /// Allocates `capacity` bytes, uninitialised.
  explicit segment(std::size_t capacity)
      : bytes_{std::make_unique_for_overwrite<char[]>(capacity)}, capacity_{capacity} {}

  segment(segment const&) = delete;
  segment& operator=(segment const&) = delete;

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  [[nodiscard]] char* data() noexcept { return bytes_.get(); }

  [[nodiscard]] char const* data() const noexcept { return bytes_.get(); }

  /// Producer only: where the next row goes.
  [[nodiscard]] char* cursor() noexcept { return bytes_.get() + local_.bytes; }

  /// Producer only: bytes left behind `cursor()`.
  [[nodiscard]] std::size_t room() const noexcept { return capacity_ - local_.bytes; }

  /// Producer only: what is committed, without a barrier.
  [[nodiscard]] mark filled() const noexcept { return local_; }

  /// Producer only: publishes one row that ends at `end`.
  /// Precondition: `cursor() <= end <= data() + capacity()`.
  void commit(char* end) noexcept {
    local_.bytes = static_cast<std::uint32_t>(end - bytes_.get());
    ++local_.rows;
    committed_.store(pack(local_), std::memory_order_release);
  }

  /// Any thread: the rows and bytes that may be read.
  [[nodiscard]] mark committed() const noexcept {
    return unpack(committed_.load(std::memory_order_acquire));
  }

  /// Empties the segment for another use. Precondition: nobody else refers to it.
  void reset() noexcept {
    local_ = {};
    committed_.store(0, std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint64_t pack(mark m) noexcept {
    return (std::uint64_t{m.rows} << 32) | m.bytes;
  }

  static constexpr mark unpack(std::uint64_t v) noexcept {
    return {static_cast<std::uint32_t>(v), static_cast<std::uint32_t>(v >> 32)};
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_;
  mark local_;
  std::atomic<std::uint64_t> committed_{0};
};

/// The rows of a segment between two marks.
struct segment_view {
  std::shared_ptr<segment const> of;
  segment::mark from;
  segment::mark to;

  [[nodiscard]] std::uint32_t rows() const noexcept { return to.rows - from.rows; }

  [[nodiscard]] std::uint32_t bytes() const noexcept { return to.bytes - from.bytes; }
};

}  // namespace sluice::inline v0

#endif  // SLUICE_ENCODE_SEGMENT_HPP
