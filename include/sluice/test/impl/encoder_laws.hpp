#ifndef SLUICE_TEST_IMPL_ENCODER_LAWS_HPP
#define SLUICE_TEST_IMPL_ENCODER_LAWS_HPP

#include <sluice/test/encoder_laws.hpp>

namespace sluice::inline v0::test {

template<class E, class Record>
  requires encoder<E, Record>
result<void> check_encoder_laws(std::span<Record const> samples) {
  using detail::broken_law;
  if (samples.size() < 3) return broken_law("the check needs at least three records");
  E const encode{};

  std::size_t capacity = 0;
  for (Record const& record : samples) {
    if (!encode.validate(record))
      return broken_law("a sample must be a record that can be written");
    std::size_t const size = encode.max_size(record);
    capacity += size;

    segment none{0};
    if (encode.append(record, none)) return broken_law("append must refuse a segment without room");
    if (none.committed() != segment::mark{})
      return broken_law("a refused append must not touch the segment");

    segment exact{size};
    if (!encode.append(record, exact))
      return broken_law("a segment with max_size bytes must take the record");
    if (exact.committed().rows != 1) return broken_law("append must commit exactly one row");
    if (exact.committed().bytes > size) return broken_law("a row must not be larger than max_size");
  }

  // Twice the sum: an encoder may keep part of a segment for each of its lanes.
  auto const filled = std::make_shared<segment>(2 * capacity);
  std::vector<segment::mark> marks{filled->filled()};
  for (Record const& record : samples) {
    segment::mark const before = filled->committed();
    if (!encode.append(record, *filled))
      return broken_law("a segment with room must take a record");
    segment::mark const after = filled->committed();
    if (after.rows != before.rows + 1 || after.bytes < before.bytes)
      return broken_law("append must commit exactly one row, behind the others");
    marks.push_back(after);
  }

  row_format const& rows = E::rows();
  if (!detail::same_description(rows.describe(), E::description))
    return broken_law("rows() must describe what the encoder describes");
  if (!detail::knows_columns(rows.columns(), columns_of<Record>()))
    return broken_law("rows() must know the columns of the record");
  return detail::check_row_laws(rows, filled, marks);
}

}  // namespace sluice::inline v0::test

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/test/impl/encoder_laws.ipp>
#endif

#endif  // SLUICE_TEST_IMPL_ENCODER_LAWS_HPP
