#ifndef SLUICE_SOURCE_HEADER_HPP
#define SLUICE_SOURCE_HEADER_HPP

#include <sluice/config.hpp>
#include <sluice/meta/fixed_string.hpp>
#include <sluice/schema/column.hpp>

#include <string_view>

namespace sluice::inline v0::source {

/// Mark of a column: what sources call it, where that differs from its name at the service.
///
///     sluice::column<"COST_TOTAL", &strike::cost, sluice::source::header<"Cost Total $">>
template<fixed_string Name>
struct header;

}  // namespace sluice::inline v0::source

namespace sluice::inline v0::detail {

template<fixed_string Name>
struct mark_traits<source::header<Name>> {
  static constexpr bool known = true;

  static constexpr void apply(column_info&) noexcept {}
};

template<class Mark>
inline constexpr std::string_view header_of_mark{};
template<fixed_string Name>
inline constexpr std::string_view header_of_mark<source::header<Name>> = Name.view();

/// The declared header of a column, or its name.
template<fixed_string Name, auto Member, class... Marks>
constexpr std::string_view header_of(column<Name, Member, Marks...> const*) noexcept {
  std::string_view declared;
  static_cast<void>(((declared = header_of_mark<Marks>, !declared.empty()) || ...));
  return declared.empty() ? Name.view() : declared;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_SOURCE_HEADER_HPP
