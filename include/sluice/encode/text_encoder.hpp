#ifndef SLUICE_ENCODE_TEXT_ENCODER_HPP
#define SLUICE_ENCODE_TEXT_ENCODER_HPP

#include <sluice/config.hpp>
#include <sluice/encode/detail/row.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/encode/row_format.hpp>
#include <sluice/encode/segment.hpp>
#include <sluice/encode/text_rows.hpp>
#include <sluice/result.hpp>
#include <sluice/schema/chrono.hpp>
#include <sluice/schema/schema.hpp>

#include <cstddef>

namespace sluice::inline v0 {

/// The encoder of a format whose rows are lines of text; satisfies `encoder<..., Record>`.
/// `Format` is `csv<...>` or `ndjson`.
///
/// Each row is written in one pass: its worst case is reserved once, keys, quotes and separators
/// are constants, nothing is allocated. Bytes are those of the records; text must be UTF-8.
template<class Record, class Format>
class text_encoder {
 public:
  static constexpr format_description description = Format::description;

  /// Writes `record` as one row of `open` and commits it. Complexity: linear in its bytes.
  bool append(Record const& record, segment& open) const noexcept;

  /// Upper bound of the row's bytes: exact within a few bytes per column for long text.
  [[nodiscard]] std::size_t max_size(Record const& record) const noexcept;

  /// Why `append` never takes `record`; permanent.
  [[nodiscard]] result<void> validate(Record const& record) const;

  /// What happens to rows after `append`.
  [[nodiscard]] static row_format const& rows();
};

}  // namespace sluice::inline v0

#include <sluice/encode/impl/text_encoder.hpp>

#endif  // SLUICE_ENCODE_TEXT_ENCODER_HPP
