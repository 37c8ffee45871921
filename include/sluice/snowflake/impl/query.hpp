#ifndef SLUICE_SNOWFLAKE_IMPL_QUERY_HPP
#define SLUICE_SNOWFLAKE_IMPL_QUERY_HPP

#include <sluice/snowflake/query.hpp>

#include <memory>
#include <string>
#include <utility>

namespace sluice::inline v0::snowflake {

template<class Record>
result<query<Record>> query<Record>::open(transport& t,
                                          connection where,
                                          std::string sql,
                                          query_options options) {
  auto made = std::make_shared<session>(t, std::move(where), options.log);
  return start(std::make_unique<detail::query_reader>(t,
                                                      std::move(made),
                                                      true,
                                                      std::move(options),
                                                      columns_of<Record>(),
                                                      source::detail::headers_of<Record>),
               std::move(sql));
}

template<class Record>
result<query<Record>> query<Record>::open(transport& t,
                                          std::shared_ptr<session> in,
                                          std::string sql,
                                          query_options options) {
  return start(std::make_unique<detail::query_reader>(t,
                                                      std::move(in),
                                                      false,
                                                      std::move(options),
                                                      columns_of<Record>(),
                                                      source::detail::headers_of<Record>),
               std::move(sql));
}

template<class Record>
result<query<Record>> query<Record>::start(std::unique_ptr<detail::query_reader> reader,
                                           std::string sql) {
  if (result<void> started = reader->start(std::move(sql)); !started)
    return std::move(started).error();
  return query{std::move(reader)};
}

template<class Record>
typename query<Record>::iterator query<Record>::begin() {
  return iterator{*this};
}

template<class Record>
std::default_sentinel_t query<Record>::end() const noexcept {
  return {};
}

template<class Record>
sluice::error const* query<Record>::failure() const noexcept {
  return reader_->failure();
}

template<class Record>
result<void> query<Record>::seek(position next) {
  return reader_->seek(next);
}

template<class Record>
std::shared_ptr<progress_feed const> query<Record>::progress() const noexcept {
  return reader_->progress();
}

template<class Record>
bool query<Record>::advance() {
  state_ = reader_->next();
  if (state_ == detail::query_reader::outcome::record) {
    source::detail::cell_visitor<Record, detail::query_reader> convert{*reader_};
    for_each_column(record_, convert);
    if (convert.found != source::detail::fault::none)
      state_ = reader_->reject(convert.column, convert.found);
  }
  return state_ != detail::query_reader::outcome::end;
}

template<class Record>
source::item<Record> query<Record>::current() noexcept {
  if (state_ == detail::query_reader::outcome::record) return {record_, reader_->at()};
  return {reader_->error(),
          reader_->raw_record(),
          reader_->at(),
          state_ == detail::query_reader::outcome::fatal};
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_QUERY_HPP
