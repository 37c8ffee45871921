#ifndef SLUICE_ENCODE_IMPL_TEXT_ENCODER_HPP
#define SLUICE_ENCODE_IMPL_TEXT_ENCODER_HPP

#include <sluice/encode/text_encoder.hpp>

#include <string>

namespace sluice::inline v0 {

namespace detail {

/// "column NOTE: the text is not valid UTF-8; ..."
SLUICE_DECL error refused_record(column_problem const& found);

}  // namespace detail

template<class Record, class Format>
bool text_encoder<Record, Format>::append(Record const& record, segment& open) const noexcept {
  using dialect = typename Format::dialect;
  // Rare beside rows that are short; bench/micro/encode.cpp gains 2 % by saying so. Text is counted
  // only where its size alone would not leave room.
  if (open.room() <
      detail::row_bound<dialect, detail::bound_by::size>(record) + detail::write_slack) [[unlikely]]
    if (open.room() < max_size(record)) return false;
  bool refused = false;
  char* const end = detail::put_row<dialect>(open.cursor(), record, refused);
  if (refused) [[unlikely]]
    return false;
  open.commit(end);
  return true;
}

template<class Record, class Format>
std::size_t text_encoder<Record, Format>::max_size(Record const& record) const noexcept {
  return detail::erased_bound<typename Format::dialect>(record,
                                                        static_cast<schema<Record>*>(nullptr)) +
         detail::write_slack;
}

template<class Record, class Format>
result<void> text_encoder<Record, Format>::validate(Record const& record) const {
  auto const found = detail::check_row<typename Format::dialect>(record);
  if (found.what != nullptr) return detail::refused_record(found);
  return success;
}

template<class Record, class Format>
row_format const& text_encoder<Record, Format>::rows() {
  static typename Format::rows const all{Format::description, columns_of<Record>()};
  return all;
}

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/encode/impl/text_encoder.ipp>
#endif

#endif  // SLUICE_ENCODE_IMPL_TEXT_ENCODER_HPP
