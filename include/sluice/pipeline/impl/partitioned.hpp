#ifndef SLUICE_PIPELINE_IMPL_PARTITIONED_HPP
#define SLUICE_PIPELINE_IMPL_PARTITIONED_HPP

#include <sluice/pipeline/partitioned.hpp>

#include <system_error>
#include <utility>

namespace sluice::inline v0 {

template<class Loader, std::size_t Parts>
result<partitioned<Loader, Parts>> partitioned<Loader, Parts>::make(transport& t,
                                                                    config const& destination,
                                                                    run_options const& options) {
  using destination_type = typename Loader::plan_type::destination_type;
  partitioned made{t, options.finish_within};
  run_options shared = options;
  shared.dead_letters = detail::shared_sink(options.dead_letters);
  for (std::size_t i = 0; i != Parts; ++i) {
    result<Loader> one = Loader::make(t,
                                      destination_type::partition(destination, i, Parts),
                                      detail::options_of_part(shared, Parts, i));
    if (!one) return std::move(one).error();
    made.loaders_.push_back(*std::move(one));
  }
  return made;
}

template<class Loader, std::size_t Parts>
partitioned<Loader, Parts>::partitioned(transport& t,
                                        config const& destination,
                                        run_options const& options)
    : partitioned{[&] {
        auto made = make(t, destination, options);
        if (!made) throw std::system_error{made.error().code, made.error().message};
        return std::move(made).value();
      }()} {}

template<class Loader, std::size_t Parts>
partitioned_report partitioned<Loader, Parts>::finish() {
  return finish(deadline{transport_->now() + finish_within_});
}

template<class Loader, std::size_t Parts>
partitioned_report partitioned<Loader, Parts>::finish(deadline until) {
  partitioned_report all;
  // A flush that waits for nothing sends what is left of every part, so that their services commit
  // at the same time.
  for (Loader& one : loaders_) static_cast<void>(one.flush(deadline{transport_->now()}));
  for (Loader& one : loaders_) {
    all.parts.push_back(one.finish(until));
    detail::add_to(all.total, all.parts.back());
  }
  return all;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_PIPELINE_IMPL_PARTITIONED_HPP
