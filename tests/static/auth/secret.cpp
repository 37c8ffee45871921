#include <sluice/auth/secret.hpp>

#include <fmt/core.h>

#include <concepts>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>

template<class T>
concept printable = requires(std::ostream& out, T const& value) { out << value; };

// A secret has no way into text but `expose()`.
static_assert(!fmt::is_formattable<sluice::secret>::value);
static_assert(!std::convertible_to<sluice::secret, std::string>);
static_assert(!std::convertible_to<sluice::secret, std::string_view>);
static_assert(!std::constructible_from<std::string, sluice::secret>);
static_assert(!printable<sluice::secret> && printable<std::string>);

// Nor does ordinary text become one unseen.
static_assert(!std::convertible_to<std::string, sluice::secret>);
static_assert(!std::convertible_to<char const*, sluice::secret>);
static_assert(std::is_nothrow_move_constructible_v<sluice::secret>);
