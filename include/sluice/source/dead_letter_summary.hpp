#ifndef SLUICE_SOURCE_DEAD_LETTER_SUMMARY_HPP
#define SLUICE_SOURCE_DEAD_LETTER_SUMMARY_HPP

#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/source/dead_letter_options.hpp>
#include <sluice/source/dead_letters.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sluice::inline v0::source {

/// Letters, and how many of them have a record that can be loaded.
struct letter_count {
  std::uint64_t letters = 0;
  std::uint64_t usable = 0;
  std::uint64_t usable_bytes = 0;  ///< of the usable records as they stand in the letters
};

/// A file of letters as the file system describes it.
struct letter_file {
  std::string path;
  std::uint64_t bytes = 0;                                          ///< as stored
  std::optional<std::chrono::system_clock::time_point> modified{};  ///< none of standard input
};

/// What stands in files of dead letters, for those who decide what becomes of them.
struct dead_letter_summary {
  std::vector<letter_file> files;
  letter_count all;
  std::array<letter_count, every_reason.size()> by_reason{};  ///< indexed by `dead_reason`
  /// Letters per code of the service; those without one are under "".
  std::map<std::string, std::uint64_t, std::less<>> by_code;
  std::set<std::string, std::less<>> runs;   ///< which have written the letters
  std::uint64_t payloads = 0;                ///< that held at least one of the records
  std::uint64_t sent = 0;                    ///< letters whose record was in a payload
  std::uint64_t not_letters = 0;             ///< lines that cannot be read; no part of the above
  std::optional<sluice::error> first_error;  ///< of the first line or record that is not usable

  /// The mean number of letters of a payload that has any; 0 without payloads.
  [[nodiscard]] double letters_per_payload() const noexcept {
    return payloads == 0 ? 0 : static_cast<double>(sent) / static_cast<double>(payloads);
  }

  /// The counts of all letters with one of `reasons`.
  [[nodiscard]] SLUICE_DECL letter_count of(dead_reasons reasons) const noexcept;
};

namespace detail {

/// Counts letters one by one. Memory grows with the number of payloads, runs and codes.
class letter_tally {
 public:
  explicit letter_tally(std::vector<std::string> const& paths);

  /// `letter`: null for a line that is none. `why`: null where the record is usable.
  void add(read_letter const* letter, sluice::error const* why);

  [[nodiscard]] dead_letter_summary take() { return std::move(summary_); }

 private:
  dead_letter_summary summary_;
  std::set<std::pair<std::string, std::uint64_t>> payloads_;
};

}  // namespace detail

/// Reads the letters of `paths` to their end and tries to make a `Record` of each, as a replay
/// would. `options` as for `dead_letters`; letters of other reasons than `options.reasons` are not
/// counted. Errors: what keeps a file from being read, as `dead_letters::failure`. Thread-safe:
/// calls share nothing.
template<class Record>
result<dead_letter_summary> summarize_dead_letters(std::vector<std::string> const& paths,
                                                   dead_letter_options options = {});

}  // namespace sluice::inline v0::source

#include <sluice/source/impl/dead_letter_summary.hpp>

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/source/impl/dead_letter_summary.ipp>
#endif

#endif  // SLUICE_SOURCE_DEAD_LETTER_SUMMARY_HPP
