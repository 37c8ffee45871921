#ifndef SLUICE_SOURCE_IMPL_DEAD_LETTERS_HPP
#define SLUICE_SOURCE_IMPL_DEAD_LETTERS_HPP

#include <sluice/source/dead_letters.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sluice::inline v0::source {

template<class Record>
dead_letters<Record>::dead_letters(std::vector<std::string> paths, dead_letter_options options)
    : reader_{std::move(paths), std::move(options), columns_of<Record>()} {}

template<class Record>
result<dead_letters<Record>> dead_letters<Record>::open(std::vector<std::string> paths,
                                                        dead_letter_options options) {
  dead_letters opened{std::move(paths), std::move(options)};
  if (opened.failure() != nullptr) return *opened.failure();
  return opened;
}

template<class Record>
typename dead_letters<Record>::iterator dead_letters<Record>::begin() {
  return iterator{*this};
}

template<class Record>
std::default_sentinel_t dead_letters<Record>::end() const noexcept {
  return {};
}

template<class Record>
read_letter const* dead_letters<Record>::letter() const noexcept {
  return reader_.letter();
}

template<class Record>
sluice::error const* dead_letters<Record>::failure() const noexcept {
  return reader_.failure();
}

template<class Record>
result<void> dead_letters<Record>::seek(sluice::position next) {
  return reader_.seek(next);
}

template<class Record>
std::shared_ptr<progress_feed const> dead_letters<Record>::progress() const noexcept {
  return reader_.progress();
}

template<class Record>
bool dead_letters<Record>::advance() {
  state_ = reader_.next();
  if (state_ == detail::letter_reader::outcome::record) {
    detail::cell_visitor<Record, detail::letter_reader> convert{reader_};
    for_each_column(record_, convert);
    if (convert.found != detail::fault::none)
      state_ = reader_.reject(convert.column, convert.found);
  }
  return state_ != detail::letter_reader::outcome::end;
}

template<class Record>
item<Record> dead_letters<Record>::current() noexcept {
  if (state_ == detail::letter_reader::outcome::record) return {record_, reader_.at()};
  return {reader_.error(),
          reader_.raw_record(),
          reader_.at(),
          state_ == detail::letter_reader::outcome::fatal};
}

}  // namespace sluice::inline v0::source

#endif  // SLUICE_SOURCE_IMPL_DEAD_LETTERS_HPP
