#ifndef SLUICE_SOURCE_IMPL_CSV_HPP
#define SLUICE_SOURCE_IMPL_CSV_HPP

#include <sluice/source/csv.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::source {

namespace detail {

template<class Record, class... Columns>
consteval std::array<std::string_view, sizeof...(Columns)> headers_from(
    columns<Record, Columns...> const*) {
  return {sluice::detail::header_of(static_cast<Columns const*>(nullptr))...};
}

template<class Record>
inline constexpr auto headers_of = headers_from(static_cast<schema<Record>*>(nullptr));

/// Converts cells until one is bad; one object per record.
template<class Record>
struct cell_visitor {
  csv_reader& reader;
  std::size_t column = 0;
  fault found = fault::none;

  template<class Column, class T>
  void operator()(T& value) {
    if (found != fault::none) return;
    cell_text const cell = reader.text(column);
    found = reader.check_cell(column, cell);
    if (found == fault::none) {
      constexpr auto info =
          sluice::detail::describe_column<Record>(static_cast<Column const*>(nullptr));
      found = parse_cell(cell, info.max_length, value);
    }
    if (found == fault::none) ++column;
  }
};

}  // namespace detail

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
  return iterator{this};
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
    detail::cell_visitor<Record> convert{reader_};
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

template<class Record>
csv<Record>::iterator::iterator(csv* source) : source_{source->advance() ? source : nullptr} {}

template<class Record>
item<Record> csv<Record>::iterator::operator*() const {
  return source_->current();
}

template<class Record>
typename csv<Record>::iterator& csv<Record>::iterator::operator++() {
  if (!source_->advance()) source_ = nullptr;
  return *this;
}

template<class Record>
void csv<Record>::iterator::operator++(int) {
  ++*this;
}

}  // namespace sluice::inline v0::source

#endif  // SLUICE_SOURCE_IMPL_CSV_HPP
