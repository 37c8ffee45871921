#ifndef SLUICE_SOURCE_IMPL_DEAD_LETTER_SUMMARY_HPP
#define SLUICE_SOURCE_IMPL_DEAD_LETTER_SUMMARY_HPP

#include <sluice/source/dead_letter_summary.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sluice::inline v0::source {

template<class Record>
result<dead_letter_summary> summarize_dead_letters(std::vector<std::string> const& paths,
                                                   dead_letter_options options) {
  auto letters = dead_letters<Record>::open(paths, std::move(options));
  if (!letters) return std::move(letters).error();
  detail::letter_tally tally{paths};
  for (auto const& item : *letters)
    if (item || !item.fatal()) tally.add(letters->letter(), item ? nullptr : &item.error());
  if (letters->failure() != nullptr) return *letters->failure();
  return tally.take();
}

}  // namespace sluice::inline v0::source

#endif  // SLUICE_SOURCE_IMPL_DEAD_LETTER_SUMMARY_HPP
