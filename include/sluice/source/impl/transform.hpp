#ifndef SLUICE_SOURCE_IMPL_TRANSFORM_HPP
#define SLUICE_SOURCE_IMPL_TRANSFORM_HPP

#include <sluice/source/transform.hpp>

#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sluice::inline v0::source {

namespace detail {

inline void append_suffix(std::string& text, std::string const& suffix) {
  text += suffix;
}

inline void append_suffix(std::optional<std::string>& text, std::string const& suffix) {
  if (text) *text += suffix;
}

template<class Value>
inline constexpr bool takes_suffix = false;
template<>
inline constexpr bool takes_suffix<std::string> = true;
template<>
inline constexpr bool takes_suffix<std::optional<std::string>> = true;

template<class Value, class Owner>
constexpr bool member_takes_suffix(Value Owner::*) noexcept {
  return takes_suffix<Value>;
}

}  // namespace detail

template<class Source, class Function>
transform<Source, Function>::transform(Source&& source, Function change)
    : source_{std::forward<Source>(source)}, change_{std::move(change)} {}

template<class Source, class Function>
typename transform<Source, Function>::iterator transform<Source, Function>::begin() {
  at_.reset();
  return iterator{*this};
}

template<class Source, class Function>
std::default_sentinel_t transform<Source, Function>::end() const noexcept {
  return {};
}

template<class Source, class Function>
template<class Where>
  requires requires(Source& source, Where const& next) { source.seek(next); }
result<void> transform<Source, Function>::seek(Where const& next) {
  return source_.seek(next);
}

template<class Source, class Function>
sluice::error const* transform<Source, Function>::failure() const noexcept {
  return source_.failure();
}

template<class Source, class Function>
std::shared_ptr<progress_feed const> transform<Source, Function>::progress() const noexcept {
  return source_.progress();
}

template<class Source, class Function>
typename transform<Source, Function>::source_type& transform<Source, Function>::base() noexcept {
  return source_;
}

/// Goes to the next item and changes its record; false at the source's end.
template<class Source, class Function>
bool transform<Source, Function>::advance() {
  if (at_)
    ++*at_;
  else
    at_.emplace(source_.begin());
  if (*at_ == source_.end()) return false;
  auto const reached = **at_;
  if (reached.has_value()) {
    record_ = *reached;
    change_(*record_);
  }
  return true;
}

template<class Source, class Function>
typename transform<Source, Function>::value_type transform<Source, Function>::current() noexcept {
  auto const reached = **at_;
  if (reached.has_value()) return value_type{*record_, reached.position()};
  return value_type{reached.error(), reached.raw(), reached.position(), reached.fatal()};
}

template<auto... Members>
template<class Record>
void suffix_appender<Members...>::operator()(Record& record) const {
  (detail::append_suffix(record.*Members, suffix), ...);
}

template<auto... Members>
suffix_appender<Members...> make_unique(std::string suffix) {
  using diagnosis =
      all_of<check<detail::member_takes_suffix(Members), failed::suffix_needs_text<Members>>...>;
  static_cast<void>(require<diagnosis>{});
  return {std::move(suffix)};
}

}  // namespace sluice::inline v0::source

#endif  // SLUICE_SOURCE_IMPL_TRANSFORM_HPP
