#ifndef SLUICE_ENCODE_ENCODER_HPP
#define SLUICE_ENCODE_ENCODER_HPP

#include <sluice/config.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/encode/row_format.hpp>
#include <sluice/encode/segment.hpp>
#include <sluice/result.hpp>

#include <concepts>
#include <cstddef>

namespace sluice::inline v0 {

// clang-format off
/// Turns records of one type into rows of one format.
///
/// | expression (`e` an `E const`, `r` a `Record const`, `s` a `segment`) | meaning |
/// |---|---|
/// | `E::description` | constant `format_description` |
/// | `e.append(r, s)` | `true`: one row was written at `s.cursor()` and committed; `false`: it does not fit into `s.room()`, or the record cannot be written at all; the committed part of `s` is untouched |
/// | `e.max_size(r)` | upper bound in bytes of what `append` needs for `r`; a segment with this capacity takes it |
/// | `e.validate(r)` | why `append` can never write `r` (text that is not UTF-8, an enumerator without a name, ...): `errc::invalid_input` with column, cause and remedy and without the value; success where it can. A cold path: ask only after `append` has returned `false` |
/// | `E::rows()` | the `row_format const&` of this encoder; lives as long as the program |
///
/// An encoder is stateless, cheap to copy and safe to use from many threads on different segments.
// clang-format on
template<class E, class Record>
concept encoder = std::copyable<E> && requires(E const e, Record const& r, segment& s) {
  { E::description } -> std::convertible_to<format_description>;
  { e.append(r, s) } noexcept -> std::same_as<bool>;
  { e.max_size(r) } noexcept -> std::convertible_to<std::size_t>;
  { e.validate(r) } -> std::same_as<result<void>>;
  { E::rows() } -> std::same_as<row_format const&>;
};

}  // namespace sluice::inline v0

#endif  // SLUICE_ENCODE_ENCODER_HPP
