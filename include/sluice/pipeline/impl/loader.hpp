#ifndef SLUICE_PIPELINE_IMPL_LOADER_HPP
#define SLUICE_PIPELINE_IMPL_LOADER_HPP

#include <sluice/pipeline/loader.hpp>

#include <system_error>
#include <utility>

namespace sluice::inline v0 {

template<class Record, class Front>
bool producer<Record, Front>::push(Record const& record) {
  return front_.push(record, true) == push_result::taken;
}

template<class Record, class Front>
push_result producer<Record, Front>::try_push(Record const& record) {
  return front_.push(record, false);
}

template<class Record, class... Policies>
result<std::shared_ptr<detail::running_load>> loader<Record, Policies...>::start(
    transport& t, config destination, run_options options) {
  if constexpr (!plan_type::diagnosis::ok) {
    return error{errc::internal, "diagnosed"};
  } else {
    using destination_type = typename plan_type::destination_type;
    detail::load_shape const shape = detail::shape_of<plan_type>(options.batch);
    std::string target;
    if constexpr (requires { destination_type::target(destination); })
      target = destination_type::target(destination);
    return detail::running_load::start(
        t,
        shape,
        target,
        [&](environment const& e) -> std::unique_ptr<detail::any_session> {
          return std::make_unique<detail::session_of<destination_type>>(e, std::move(destination));
        },
        std::move(options));
  }
}

template<class Record, class... Policies>
loader<Record, Policies...>::loader(std::shared_ptr<detail::running_load> engine)
    : load_{std::move(engine)}, front_{load_.engine()} {}

template<class Record, class... Policies>
loader<Record, Policies...>::loader(transport& t, config destination, run_options options)
    : loader{[&] {
        auto started = start(t, std::move(destination), std::move(options));
        if (!started) throw std::system_error{started.error().code, started.error().message};
        return std::move(started).value();
      }()} {}

template<class Record, class... Policies>
result<loader<Record, Policies...>> loader<Record, Policies...>::make(transport& t,
                                                                      config destination,
                                                                      run_options options) {
  auto started = start(t, std::move(destination), std::move(options));
  if (!started) return std::move(started).error();
  return loader{std::move(started).value()};
}

template<class Record, class... Policies>
loader<Record, Policies...>& loader<Record, Policies...>::operator=(loader&& other) noexcept {
  if (this != &other) {
    load_.end(front_);
    load_ = std::move(other.load_);
    front_ = std::move(other.front_);
  }
  return *this;
}

template<class Record, class... Policies>
loader<Record, Policies...>::~loader() {
  load_.end(front_);
}

template<class Record, class... Policies>
bool loader<Record, Policies...>::push(Record const& record) {
  return front_.push(record, true) == push_result::taken;
}

template<class Record, class... Policies>
template<detail::record_range<Record> Range>
std::uint64_t loader<Record, Policies...>::push(Range&& records) {
  std::uint64_t taken = 0;
  for (auto&& item : records) {
    if constexpr (detail::record_item<decltype(item), Record>) {
      if (!push(item)) break;
    } else if (item) {
      if (!push(*item)) break;
    } else {
      if constexpr (requires { item.fatal(); }) {
        if (item.fatal()) {
          load_->note_source_failure(item.error());
          break;
        }
      }
      std::string raw;
      if constexpr (requires { std::string{item.raw()}; }) raw = item.raw();
      if (!push_bad(item.error(), std::move(raw))) break;
    }
    ++taken;
  }
  return taken;
}

template<class Record, class... Policies>
push_result loader<Record, Policies...>::try_push(Record const& record) {
  return front_.push(record, false);
}

template<class Record, class... Policies>
bool loader<Record, Policies...>::push_bad(error const& why, std::string record) {
  return front_.push_bad(rejection{dead_reason::source, why.service_code, why.message, {}},
                         std::move(record));
}

template<class Record, class... Policies>
auto loader<Record, Policies...>::new_producer() -> result<producer_type> {
  front_type front{load_.engine()};
  if (!front.has_place())
    return error{errc::invalid_configuration,
                 "all producers are in use; allow more in run_options::producers (one with a "
                 "journal), or let one go first"};
  return producer_type{std::move(front)};
}

template<class Record, class... Policies>
result<position> loader<Record, Policies...>::resume_position() {
  return resume_position(load_.finish_by());
}

template<class Record, class... Policies>
result<position> loader<Record, Policies...>::resume_position(deadline until) {
  return load_->resume_position(until);
}

template<class Record, class... Policies>
template<detail::record_range<Record> Source>
result<position> loader<Record, Policies...>::resume(Source&& source) {
  using rule = detail::resume_diagnosis<plan_type, std::remove_reference_t<Source>>;
  if constexpr (require<rule>::ok) {
    result<position> const first = load_->counted_position(load_.finish_by());
    if (!first) return first;
    if (result<void> sought = source.seek(*first); !sought) return std::move(sought).error();
    push(source);
    return first;
  } else {
    return error{errc::internal, "diagnosed"};
  }
}

template<class Record, class... Policies>
result<void> loader<Record, Policies...>::flush() {
  return flush(load_.finish_by());
}

template<class Record, class... Policies>
result<void> loader<Record, Policies...>::flush(deadline until) {
  return load_->flush(until);
}

template<class Record, class... Policies>
report loader<Record, Policies...>::finish() {
  return finish(load_.finish_by());
}

template<class Record, class... Policies>
report loader<Record, Policies...>::finish(deadline until) {
  return load_.finish(front_, until);
}

template<class Record, class... Policies>
load_stats loader<Record, Policies...>::stats() const {
  return load_->stats();
}

template<class Record, class... Policies>
health loader<Record, Policies...>::health() const {
  return load_->how_it_goes();
}

template<class Record, class... Policies>
std::string const& loader<Record, Policies...>::run_id() const {
  return load_->run_id();
}

}  // namespace sluice::inline v0

#endif  // SLUICE_PIPELINE_IMPL_LOADER_HPP
