#ifndef SLUICE_SOURCE_IMPL_CSV_HPP
#define SLUICE_SOURCE_IMPL_CSV_HPP

#include <sluice/source/csv.hpp>

#include <string>
#include <utility>

namespace sluice::inline v0::source {

template<class Record>
csv<Record>::csv(std::string const& path, csv_options options)
    : reader_{path, std::move(options), columns_of<Record>(), detail::headers_of<Record>} {}

template<class Record>
result<csv<Record>> csv<Record>::open(std::string const& path, csv_options options) {
  csv opened{path, std::move(options)};
  if (opened.failure() != nullptr) return *opened.failure();
  return opened;
}

template<class Record>
typename csv<Record>::iterator csv<Record>::begin() {
  return iterator{*this};
}

template<class Record>
std::default_sentinel_t csv<Record>::end() const noexcept {
  return {};
}

template<class Record>
sluice::error const* csv<Record>::failure() const noexcept {
  return reader_.failure();
}

template<class Record>
csv_mark csv<Record>::mark() const noexcept {
  return reader_.mark();
}

template<class Record>
result<void> csv<Record>::seek(sluice::position next) {
  return reader_.seek(next);
}

template<class Record>
result<void> csv<Record>::seek(csv_mark const& mark) {
  return reader_.seek(mark);
}

template<class Record>
std::shared_ptr<progress_feed const> csv<Record>::progress() const noexcept {
  return reader_.progress();
}

template<class Record>
bool csv<Record>::advance() {
  state_ = reader_.next();
  if (state_ == detail::csv_reader::outcome::record) {
    detail::cell_visitor<Record, detail::csv_reader> convert{reader_};
    for_each_column(record_, convert);
    if (convert.found != detail::fault::none)
      state_ = reader_.reject(convert.column, convert.found);
  }
  return state_ != detail::csv_reader::outcome::end;
}

template<class Record>
item<Record> csv<Record>::current() noexcept {
  if (state_ == detail::csv_reader::outcome::record) return {record_, reader_.at()};
  return {reader_.error(),
          reader_.raw_record(),
          reader_.at(),
          state_ == detail::csv_reader::outcome::fatal};
}

}  // namespace sluice::inline v0::source

#endif  // SLUICE_SOURCE_IMPL_CSV_HPP
