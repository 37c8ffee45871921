#ifndef SLUICE_ENCODE_ENCODE_HPP
#define SLUICE_ENCODE_ENCODE_HPP

#include <sluice/config.hpp>
#include <sluice/encode/encoder.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/meta/check.hpp>

#include <concepts>

namespace sluice::inline v0 {

// GCC shows these names of parameters where `encode<csv>` stands for `encode<csv<>>`.
template<class Type_with_its_brackets>
struct encode;

/// The stage `encode` of a loader: `encode<csv<>>`, `encode<ndjson>`.
///
/// A format `F` is a type with
///
/// | member | meaning |
/// |---|---|
/// | `F::encoder_for<Record>` | the `encoder` for a record |
/// | `F::description` | constant `format_description`, the encoder's |
/// | `F::diagnosis` | `passed`, or what is wrong with its options |
template<class Format>
struct encode {
  using format_type = Format;
};

namespace failed {

/// `encode<Format>` takes a format: csv<>, ndjson, or a type with the members of one.
template<class Format>
struct not_a_format {
  static constexpr bool ok = false;
};

}  // namespace failed

namespace detail {

template<class Format>
struct format_rules {
  using type = failed::not_a_format<Format>;
};

template<class Format>
  requires requires {
    typename Format::diagnosis;
    { Format::description } -> std::convertible_to<format_description>;
  }
struct format_rules<Format> {
  using type = typename Format::diagnosis;
};

}  // namespace detail

/// `passed`, or what is wrong with a format.
template<class Format>
using format_diagnosis = typename detail::format_rules<Format>::type;

/// The encoder of `Format` for `Record`.
/// Precondition: `format_diagnosis<Format>` and `schema_diagnosis<Record>` passed.
template<class Format, class Record>
using encoder_for = typename Format::template encoder_for<Record>;

}  // namespace sluice::inline v0

#endif  // SLUICE_ENCODE_ENCODE_HPP
