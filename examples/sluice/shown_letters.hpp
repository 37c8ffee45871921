#ifndef SLUICE_EXAMPLES_SLUICE_SHOWN_LETTERS_HPP
#define SLUICE_EXAMPLES_SLUICE_SHOWN_LETTERS_HPP

// The dead letters that the screen showed, and no others: those to which somebody said yes.

#include <sluice/result.hpp>
#include <sluice/source/dead_letter_options.hpp>
#include <sluice/source/dead_letter_summary.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace commands {

struct shown_letters {
  /// Of all files; a batch of which two files have letters is counted twice.
  sluice::source::dead_letter_summary summary{};
  sluice::source::dead_reasons reasons{};  ///< of the letters that are loaded
  /// Per file: letters of these reasons, and lines that are none. What is added later is behind
  /// them.
  std::vector<std::uint64_t> items{};

  /// Reads regular files to their ends.
  static sluice::result<shown_letters> read(std::vector<std::string> const& paths,
                                            sluice::source::dead_reasons reasons);

  [[nodiscard]] std::uint64_t all_items() const;

  /// 16 hexadecimal digits that other contents, another order of the files or other reasons change.
  /// Errors: errc::io, also for a file that has become shorter.
  [[nodiscard]] sluice::result<std::string> fingerprint() const;
};

}  // namespace commands

#endif  // SLUICE_EXAMPLES_SLUICE_SHOWN_LETTERS_HPP
