#ifndef SLUICE_SOURCE_IMPL_DEAD_LETTER_SUMMARY_IPP
#define SLUICE_SOURCE_IMPL_DEAD_LETTER_SUMMARY_IPP

#include <sluice/source/dead_letter_summary.hpp>

#include <sys/stat.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::inline v0::source {

SLUICE_DECL letter_count dead_letter_summary::of(dead_reasons reasons) const noexcept {
  letter_count sum;
  for (std::size_t i = 0; i != by_reason.size(); ++i) {
    if (!reasons.has(static_cast<dead_reason>(i))) continue;
    sum.letters += by_reason[i].letters;
    sum.usable += by_reason[i].usable;
    sum.usable_bytes += by_reason[i].usable_bytes;
  }
  return sum;
}

namespace detail {

SLUICE_DECL letter_tally::letter_tally(std::vector<std::string> const& paths) {
  for (std::string const& path : paths) {
    letter_file file{.path = path};

    struct ::stat info {};

    if (path != "-" && ::stat(path.c_str(), &info) == 0) {
      file.bytes = static_cast<std::uint64_t>(info.st_size);
      file.modified = std::chrono::system_clock::from_time_t(info.st_mtime);
    }
    summary_.files.push_back(std::move(file));
  }
}

SLUICE_DECL void letter_tally::add(read_letter const* letter, sluice::error const* why) {
  if (why != nullptr && !summary_.first_error) summary_.first_error = *why;
  if (letter == nullptr) {
    ++summary_.not_letters;
    return;
  }
  dead_letter const& l = letter->letter;
  for (letter_count* const count :
       {&summary_.all, &summary_.by_reason[static_cast<std::size_t>(l.why.reason)]}) {
    ++count->letters;
    if (why != nullptr) continue;
    ++count->usable;
    count->usable_bytes += l.record.size();
  }
  ++summary_.by_code[l.why.code];
  summary_.runs.insert(letter->run);
  if (!l.was_sent) return;
  ++summary_.sent;
  if (payloads_.emplace(letter->run, l.payload).second) ++summary_.payloads;
}

}  // namespace detail

}  // namespace sluice::inline v0::source

#endif  // SLUICE_SOURCE_IMPL_DEAD_LETTER_SUMMARY_IPP
