#ifndef SLUICE_SCHEMA_ENUMERATION_HPP
#define SLUICE_SCHEMA_ENUMERATION_HPP

#include <sluice/config.hpp>
#include <sluice/meta/fixed_string.hpp>

#include <optional>
#include <string_view>
#include <type_traits>

namespace sluice::inline v0 {

/// One enumerator and the text it is written as.
template<auto Value, fixed_string Name>
struct enumerator {
  static_assert(std::is_enum_v<decltype(Value)>, "sluice: an enumerator is a value of an enum");

  using type = decltype(Value);
  static constexpr type value = Value;
  static constexpr std::string_view name = Name.view();
};

/// The names of an enumeration; a base of `enumeration<E>`.
template<class First, class... Rest>
struct enumerators {
  using type = typename First::type;
  static_assert((std::is_same_v<type, typename Rest::type> && ...),
                "sluice: all enumerators belong to one enum");

  /// The name of `value`; a view without data if it has none.
  [[nodiscard]] static constexpr std::string_view name_of(type value) noexcept {
    std::string_view name = value == First::value ? First::name : std::string_view{};
    static_cast<void>(((value == Rest::value && (name = Rest::name, true)) || ...));
    return name;
  }

  /// The enumerator called `name`, exactly.
  [[nodiscard]] static constexpr std::optional<type> from_name(std::string_view name) noexcept {
    std::optional<type> found;
    if (name == First::name) found = First::value;
    static_cast<void>(((name == Rest::name && (found = Rest::value, true)) || ...));
    return found;
  }
};

/// Specialise this to let an enum be a column, written by name:
///
///     template<>
///     struct sluice::enumeration<status>
///         : sluice::enumerators<sluice::enumerator<status::open, "OPEN">,
///                               sluice::enumerator<status::paid, "PAID">> {};
///
/// A value without a name is refused when it is encoded.
template<class Enum>
struct enumeration;

}  // namespace sluice::inline v0

#endif  // SLUICE_SCHEMA_ENUMERATION_HPP
