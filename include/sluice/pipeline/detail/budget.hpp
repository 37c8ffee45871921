#ifndef SLUICE_PIPELINE_DETAIL_BUDGET_HPP
#define SLUICE_PIPELINE_DETAIL_BUDGET_HPP

#include <sluice/config.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace sluice::inline v0::detail {

/// The bytes that all buffers of a loader may have together.
///
/// Producers take with `try_take` up to the limit less `reserve`; workers charge what they make
/// without asking. The reserve is what workers hold at most beyond what they free in the same step,
/// so the limit holds. Thread safety: all members.
class budget {
 public:
  /// `on_room` hears of bytes given back, on any thread, for as long as a buffer lives.
  budget(std::uint64_t limit, std::uint64_t reserve, std::function<void()> on_room)
      : limit_{limit},
        for_producers_{limit - std::min(limit, reserve)},
        on_room_{std::move(on_room)} {}

  [[nodiscard]] std::uint64_t limit() const noexcept { return limit_; }

  /// The most that producers can ever take.
  [[nodiscard]] std::uint64_t for_producers() const noexcept { return for_producers_; }

  [[nodiscard]] bool try_take(std::uint64_t bytes) {
    std::scoped_lock const lock{mutex_};
    if (used_ + bytes > for_producers_) return false;
    add(bytes);
    return true;
  }

  /// Whether producers may use what is charged already.
  [[nodiscard]] bool has_room() const {
    std::scoped_lock const lock{mutex_};
    return used_ <= for_producers_;
  }

  void charge(std::uint64_t bytes) {
    std::scoped_lock const lock{mutex_};
    add(bytes);
  }

  void give_back(std::uint64_t bytes) {
    if (bytes == 0) return;
    {
      std::scoped_lock const lock{mutex_};
      used_ -= bytes;
    }
    on_room_();
  }

  /// Room came up that is not in the books: a buffer can be used again.
  void announce() const { on_room_(); }

  [[nodiscard]] std::uint64_t used() const {
    std::scoped_lock const lock{mutex_};
    return used_;
  }

  [[nodiscard]] std::uint64_t peak() const {
    std::scoped_lock const lock{mutex_};
    return peak_;
  }

 private:
  void add(std::uint64_t bytes) {
    used_ += bytes;
    peak_ = std::max(peak_, used_);
  }

  std::mutex mutable mutex_;
  std::uint64_t const limit_;
  std::uint64_t const for_producers_;
  std::function<void()> const on_room_;
  std::uint64_t used_ = 0;
  std::uint64_t peak_ = 0;
};

/// Bytes charged to a budget, given back when the object goes, however that happens.
class credit {
 public:
  credit() = default;

  /// Owns `bytes` that are charged already.
  credit(std::shared_ptr<budget> of, std::uint64_t bytes) noexcept
      : budget_{std::move(of)}, bytes_{bytes} {}

  credit(credit&& other) noexcept
      : budget_{std::move(other.budget_)}, bytes_{std::exchange(other.bytes_, 0)} {}

  credit& operator=(credit&& other) noexcept {
    if (this != &other) {
      release();
      budget_ = std::move(other.budget_);
      bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
  }

  ~credit() { release(); }

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  /// Charges more.
  void grow(std::uint64_t bytes) {
    if (!budget_) return;
    budget_->charge(bytes);
    bytes_ += bytes;
  }

  /// The bytes stay charged; someone else gives them back.
  void keep() noexcept { bytes_ = 0; }

  void release() noexcept {
    if (budget_) budget_->give_back(std::exchange(bytes_, 0));
  }

 private:
  std::shared_ptr<budget> budget_;
  std::uint64_t bytes_ = 0;
};

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_DETAIL_BUDGET_HPP
