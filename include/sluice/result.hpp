#ifndef SLUICE_RESULT_HPP
#define SLUICE_RESULT_HPP

#include <sluice/error.hpp>

#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace sluice::inline v0 {

/// A value or the error that kept it from being made. (GCC 12 has no `std::expected`.)
template<class T>
class [[nodiscard]] result {
 public:
  using value_type = T;

  // Parentheses: braces would make a list of one of a value that can be a list.
  result(T value) : value_(std::move(value)), has_value_{true} {}

  result(sluice::error e) : error_{std::move(e)}, has_value_{false} {}

  result(result const& other)
    requires std::is_copy_constructible_v<T>
      : has_value_{other.has_value_} {
    if (has_value_) {
      ::new (static_cast<void*>(std::addressof(value_))) T(other.value_);
    } else {
      ::new (static_cast<void*>(&error_)) sluice::error(other.error_);
    }
  }

  result(result&& other) noexcept : has_value_{other.has_value_} { take(other); }

  result& operator=(result const& other)
    requires std::is_copy_constructible_v<T>
  {
    return *this = result{other};
  }

  result& operator=(result&& other) noexcept {
    if (this == &other) return *this;
    destroy();
    has_value_ = other.has_value_;
    take(other);
    return *this;
  }

  ~result() { destroy(); }

  [[nodiscard]] bool has_value() const noexcept { return has_value_; }

  explicit operator bool() const noexcept { return has_value_; }

  /// Precondition: `has_value()`.
  [[nodiscard]] T& value() & noexcept { return value_; }

  [[nodiscard]] T const& value() const& noexcept { return value_; }

  [[nodiscard]] T&& value() && noexcept { return std::move(value_); }

  [[nodiscard]] T& operator*() & noexcept { return value_; }

  [[nodiscard]] T const& operator*() const& noexcept { return value_; }

  [[nodiscard]] T&& operator*() && noexcept { return std::move(value_); }

  [[nodiscard]] T* operator->() noexcept { return std::addressof(value_); }

  [[nodiscard]] T const* operator->() const noexcept { return std::addressof(value_); }

  /// Precondition: `!has_value()`.
  [[nodiscard]] sluice::error& error() & noexcept { return error_; }

  [[nodiscard]] sluice::error const& error() const& noexcept { return error_; }

  [[nodiscard]] sluice::error&& error() && noexcept { return std::move(error_); }

 private:
  static_assert(std::is_nothrow_move_constructible_v<T>, "a result is moved without a way to fail");

  void take(result& other) noexcept {
    if (has_value_) {
      ::new (static_cast<void*>(std::addressof(value_))) T(std::move(other.value_));
    } else {
      ::new (static_cast<void*>(&error_)) sluice::error(std::move(other.error_));
    }
  }

  void destroy() noexcept {
    if (has_value_) {
      value_.~T();
    } else {
      error_.~error();
    }
  }

  // By hand: std::variant costs every includer a fifth of the time that the whole library takes.
  union {
    T value_;
    sluice::error error_;
  };

  bool has_value_;
};

/// Tag for the success of an operation without a value: `return success;`.
struct success_t {};

inline constexpr success_t success{};

template<>
class [[nodiscard]] result<void> {
 public:
  using value_type = void;

  result() = default;

  result(success_t) {}

  result(sluice::error e) : error_{std::move(e)}, failed_{true} {}

  [[nodiscard]] bool has_value() const noexcept { return !failed_; }

  explicit operator bool() const noexcept { return !failed_; }

  /// Precondition: `!has_value()`.
  [[nodiscard]] sluice::error& error() & noexcept { return error_; }

  [[nodiscard]] sluice::error const& error() const& noexcept { return error_; }

  [[nodiscard]] sluice::error&& error() && noexcept { return std::move(error_); }

 private:
  sluice::error error_;
  bool failed_ = false;
};

}  // namespace sluice::inline v0

#endif  // SLUICE_RESULT_HPP
