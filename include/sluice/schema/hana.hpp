#ifndef SLUICE_SCHEMA_HANA_HPP
#define SLUICE_SCHEMA_HANA_HPP

#include <sluice/config.hpp>
#include <sluice/ext/hana.hpp>
#include <sluice/meta/fixed_string.hpp>
#include <sluice/schema/schema.hpp>

namespace sluice::inline v0 {

namespace detail {

template<char... Letters>
consteval fixed_string<sizeof...(Letters) + 1> hana_name(boost::hana::string<Letters...> const*) {
  fixed_string<sizeof...(Letters) + 1> name;
  char const letters[]{Letters..., '\0'};
  for (std::size_t i = 0; i != sizeof...(Letters); ++i) name.text[i] = letters[i];
  return name;
}

// The accessors are matched as a pack; no Hana algorithm runs, so that wide records stay cheap.
template<class Record, member_names Style, class... Names, class... Accessors>
columns<Record,
        column<styled<Style>(hana_name(static_cast<Names const*>(nullptr))), Accessors{}>...>
make_hana_columns(boost::hana::tuple<boost::hana::pair<Names, Accessors>...> const*);

}  // namespace detail

/// The columns of a struct adapted with BOOST_HANA_ADAPT_STRUCT or BOOST_HANA_DEFINE_STRUCT, named
/// after the members. To choose upper-case names, write the schema:
///
///     template<>
///     struct sluice::schema<order> : sluice::hana_columns<order, sluice::member_names::upper> {};
template<class Record, member_names Style = member_names::as_is>
using hana_columns = decltype(detail::make_hana_columns<Record, Style>(
    static_cast<decltype(boost::hana::accessors<Record>()) const*>(nullptr)));

/// Every adapted struct has a schema without further ado.
template<class Record>
  requires(boost::hana::Struct<Record>::value)
struct schema<Record> : hana_columns<Record> {};

}  // namespace sluice::inline v0

#endif  // SLUICE_SCHEMA_HANA_HPP
