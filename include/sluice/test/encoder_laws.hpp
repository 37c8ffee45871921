#ifndef SLUICE_TEST_ENCODER_LAWS_HPP
#define SLUICE_TEST_ENCODER_LAWS_HPP

/// \file
/// What every encoder must do, as a function that an encoder's own tests call. It needs no test
/// framework: a broken law is an error whose message names it.
///
///     auto const lawful = sluice::test::check_encoder_laws<my_encoder, order>(samples);
///     REQUIRE(lawful);

#include <sluice/config.hpp>
#include <sluice/encode/encoder.hpp>
#include <sluice/encode/row_format.hpp>
#include <sluice/encode/segment.hpp>
#include <sluice/result.hpp>
#include <sluice/schema/schema.hpp>

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sluice::inline v0::test {

/// Success if `E` obeys the laws for `samples`, at least three records that it can write, in this
/// order:
///
/// * a segment without room is left untouched; one with `max_size` bytes takes the record;
/// * each append commits exactly one row and never changes bytes committed before;
/// * `validate` agrees with `append`;
/// * a body is the same rows wherever its segment was cut;
/// * `slice` yields a body with just its rows, `render` one line per row; both refuse rows that are
///   not there and survive bodies that are cut off;
/// * secret columns never show, pii ones only on demand;
/// * `rows()` describes what the encoder says of itself, and knows the columns of the schema.
template<class E, class Record>
  requires encoder<E, Record>
[[nodiscard]] result<void> check_encoder_laws(std::span<Record const> samples);

namespace detail {

/// The laws behind `append`: `marks[i]` is the segment's fill before row i, the last one its end.
SLUICE_DECL result<void> check_row_laws(row_format const& rows,
                                        std::shared_ptr<segment const> const& filled,
                                        std::span<segment::mark const> marks);

SLUICE_DECL error broken_law(char const* law);

// Whether `known` are the columns of a schema; they may be more private than it says, never less.
SLUICE_DECL bool knows_columns(column_table known, column_table schema) noexcept;

SLUICE_DECL bool same_description(format_description const& a, format_description const& b);

}  // namespace detail
}  // namespace sluice::inline v0::test

#include <sluice/test/impl/encoder_laws.hpp>

#endif  // SLUICE_TEST_ENCODER_LAWS_HPP
