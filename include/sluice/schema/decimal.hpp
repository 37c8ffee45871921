#ifndef SLUICE_SCHEMA_DECIMAL_HPP
#define SLUICE_SCHEMA_DECIMAL_HPP

#include <sluice/config.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>

namespace sluice::inline v0 {

/// 128 bits, signed; enough for 38 decimal digits.
__extension__ using int128 = __int128;
__extension__ using uint128 = unsigned __int128;

/// Thrown when a value does not fit the type it is given to; permanent.
class value_out_of_range : public std::exception {
 public:
  explicit value_out_of_range(char const* what) noexcept : what_{what} {}

  [[nodiscard]] char const* what() const noexcept override { return what_; }

 private:
  char const* what_;
};

namespace detail {

constexpr int128 power_of_ten(unsigned exponent) noexcept {
  int128 power = 1;
  for (; exponent != 0; --exponent) power *= 10;
  return power;
}

/// `text` as an integer of `10^-scale`, exact: optional sign, digits, optional fraction. Nothing if
/// it is malformed, has more than `scale` fractional digits that are not 0, or if the value has
/// more than `precision` digits.
constexpr std::optional<int128> parse_decimal(std::string_view text,
                                              unsigned precision,
                                              unsigned scale) noexcept;

// Declared only: a call names the mistake in the compiler's message.
void a_decimal_literal_has_digits_at_most_one_point_and_a_sign();
void the_decimal_literal_has_too_many_digits_before_the_point();
void the_decimal_literal_has_too_many_digits_behind_the_point();

/// Calls the function that says why `literal` is no decimal of that precision and scale.
constexpr void explain_decimal_literal(std::string_view literal,
                                       unsigned precision,
                                       unsigned scale);

}  // namespace detail

/// An exact decimal number with `Precision` digits, `Scale` of them behind the point.
/// Invariant: |value| < 10^(Precision - Scale). Made from integers and text, never from floating
/// point, so no digit is ever guessed.
template<unsigned Precision, unsigned Scale = 0>
class decimal {
  static_assert(Precision >= 1 && Precision <= 38, "sluice: a decimal has 1 to 38 digits");
  static_assert(Scale <= Precision, "sluice: a decimal's scale is at most its precision");

 public:
  /// What holds the unscaled value.
  using storage = std::conditional_t<(Precision <= 18), std::int64_t, int128>;

  static constexpr unsigned precision = Precision;
  static constexpr unsigned scale = Scale;

  constexpr decimal() = default;

  /// The integer `whole`; implicit where every value of its type fits.
  /// Throws value_out_of_range if it has too many digits.
  template<std::integral Integer>
    requires(!std::same_as<Integer, bool>)
  constexpr explicit(std::numeric_limits<Integer>::digits10 + 1 > int{Precision - Scale})
      decimal(Integer whole)
      : unscaled_{checked(scaled(whole))} {}

  /// A literal: `decimal<12, 2>{"19.99"}`, checked by the compiler.
  template<std::size_t Size>
  consteval explicit(false) decimal(char const (&literal)[Size]) : unscaled_{} {
    std::optional<int128> const value =
        detail::parse_decimal({literal, Size - 1}, Precision, Scale);
    if (!value) detail::explain_decimal_literal({literal, Size - 1}, Precision, Scale);
    unscaled_ = static_cast<storage>(value.value_or(0));
  }

  // What is deleted is found all the same: the compiler points at the value and shows the line.
  template<std::floating_point Float>
  decimal(Float) = delete;  // inexact: round x * 10^Scale yourself, then decimal::from_unscaled
  template<std::integral Integer>
  decimal(Integer) = delete;  // may not fit: write decimal<P, S>{x}, which checks when it runs
  template<class Text>
    requires(std::convertible_to<Text const&, std::string_view> && !std::is_array_v<Text>)
  decimal(Text const&) = delete;  // no literal: use decimal<P, S>::parse(x), which may find nothing

  /// `unscaled` * 10^-Scale. Throws value_out_of_range if it has more than `Precision` digits.
  [[nodiscard]] static constexpr decimal from_unscaled(int128 unscaled) {
    decimal made;
    made.unscaled_ = checked(unscaled);
    return made;
  }

  /// Optional sign, digits, optional point and digits; nothing if `text` is anything else or does
  /// not fit exactly.
  [[nodiscard]] static constexpr std::optional<decimal> parse(std::string_view text) noexcept {
    std::optional<int128> const value = detail::parse_decimal(text, Precision, Scale);
    if (!value) return std::nullopt;
    decimal made;
    made.unscaled_ = static_cast<storage>(*value);
    return made;
  }

  /// The value times 10^Scale.
  [[nodiscard]] constexpr storage unscaled() const noexcept { return unscaled_; }

  friend constexpr bool operator==(decimal const&, decimal const&) = default;

  // Not defaulted: <=> over __int128 needs the header <compare>.
  friend constexpr bool operator<(decimal a, decimal b) noexcept {
    return a.unscaled_ < b.unscaled_;
  }

 private:
  // Digits of the largest integer are checked first, so that the product cannot overflow.
  template<class Integer>
  static constexpr int128 scaled(Integer whole) {
    constexpr int128 limit = detail::power_of_ten(Precision - Scale);
    auto const wide = static_cast<int128>(whole);
    if (wide >= limit || wide <= -limit) out_of_range();
    return wide * detail::power_of_ten(Scale);
  }

  static constexpr storage checked(int128 unscaled) {
    constexpr int128 limit = detail::power_of_ten(Precision);
    if (unscaled >= limit || unscaled <= -limit) out_of_range();
    return static_cast<storage>(unscaled);
  }

  [[noreturn]] static void out_of_range() {
    throw value_out_of_range{"sluice::decimal: the value has more digits than the type"};
  }

  storage unscaled_ = 0;
};

}  // namespace sluice::inline v0

#include <sluice/schema/impl/decimal.hpp>

#endif  // SLUICE_SCHEMA_DECIMAL_HPP
