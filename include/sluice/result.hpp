#ifndef SLUICE_RESULT_HPP
#define SLUICE_RESULT_HPP

#include <sluice/error.hpp>

#include <utility>
#include <variant>

namespace sluice::inline v0 {

/// A value or the error that kept it from being made. (GCC 12 has no `std::expected`.)
template<class T>
class [[nodiscard]] result {
 public:
  using value_type = T;

  result(T value) : state_{std::in_place_index<0>, std::move(value)} {}

  result(sluice::error e) : state_{std::in_place_index<1>, std::move(e)} {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }

  explicit operator bool() const noexcept { return has_value(); }

  /// Precondition: `has_value()`.
  [[nodiscard]] T& value() & noexcept { return *std::get_if<0>(&state_); }

  [[nodiscard]] T const& value() const& noexcept { return *std::get_if<0>(&state_); }

  [[nodiscard]] T&& value() && noexcept { return std::move(*std::get_if<0>(&state_)); }

  [[nodiscard]] T& operator*() & noexcept { return value(); }

  [[nodiscard]] T const& operator*() const& noexcept { return value(); }

  [[nodiscard]] T&& operator*() && noexcept { return std::move(*this).value(); }

  [[nodiscard]] T* operator->() noexcept { return std::get_if<0>(&state_); }

  [[nodiscard]] T const* operator->() const noexcept { return std::get_if<0>(&state_); }

  /// Precondition: `!has_value()`.
  [[nodiscard]] sluice::error& error() & noexcept { return *std::get_if<1>(&state_); }

  [[nodiscard]] sluice::error const& error() const& noexcept { return *std::get_if<1>(&state_); }

  [[nodiscard]] sluice::error&& error() && noexcept { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, sluice::error> state_;
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
