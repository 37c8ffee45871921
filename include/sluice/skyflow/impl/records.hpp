#ifndef SLUICE_SKYFLOW_IMPL_RECORDS_HPP
#define SLUICE_SKYFLOW_IMPL_RECORDS_HPP

#include <sluice/encode/detail/block.hpp>
#include <sluice/encode/text_encoder.hpp>
#include <sluice/skyflow/records.hpp>

#include <cstddef>

namespace sluice::inline v0::skyflow {

namespace detail {

template<std::size_t Count>
struct private_columns {
  column_info entries[Count];
};

// What goes into a vault is personal, whatever the schema says of it.
template<class Record>
consteval auto make_private_columns() {
  private_columns<column_count<Record>> made{};
  std::size_t i = 0;
  for (column_info const& c : columns_of<Record>()) {
    made.entries[i] = c;
    made.entries[i++].pii = true;
  }
  return made;
}

template<class Record>
inline constexpr auto column_storage = make_private_columns<Record>();

}  // namespace detail

template<class Record>
bool record_encoder<Record>::append(Record const& record, segment& open) const noexcept {
  if (open.room() < detail::record_bound<sluice::detail::bound_by::size>(record) +
                        sluice::detail::write_slack) [[unlikely]]
    if (open.room() < max_size(record)) return false;
  bool refused = false;
  char* const end = detail::put_record(open.cursor(), record, refused);
  if (refused) [[unlikely]]
    return false;
  open.commit(end);
  return true;
}

template<class Record>
std::size_t record_encoder<Record>::max_size(Record const& record) const noexcept {
  return detail::record_bound<sluice::detail::bound_by::content>(record) +
         sluice::detail::write_slack;
}

template<class Record>
result<void> record_encoder<Record>::validate(Record const& record) const {
  auto const found = detail::check_record(record);
  if (found.what != nullptr) return sluice::detail::refused_record(found);
  return success;
}

template<class Record>
row_format const& record_encoder<Record>::rows() {
  static vault_rows const all{
      column_table{detail::column_storage<Record>.entries, column_count<Record>}};
  return all;
}

}  // namespace sluice::inline v0::skyflow

#endif  // SLUICE_SKYFLOW_IMPL_RECORDS_HPP
