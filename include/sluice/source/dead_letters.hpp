#ifndef SLUICE_SOURCE_DEAD_LETTERS_HPP
#define SLUICE_SOURCE_DEAD_LETTERS_HPP

#include <sluice/config.hpp>
#include <sluice/observe/progress.hpp>
#include <sluice/result.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/source/dead_letter_options.hpp>
#include <sluice/source/detail/cell_visitor.hpp>
#include <sluice/source/detail/letter_reader.hpp>
#include <sluice/source/item.hpp>
#include <sluice/source/item_iterator.hpp>

#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace sluice::inline v0::source {

/// The records of files that `dead_letter_file` has written: an input range of `item<Record>`, with
/// which a load is repeated for what it could not deliver.
///
///     sluice::source::dead_letters<order> left{{"sluice-1f3a.dead.ndjson"},
///                                              {.reasons = sluice::source::reasons_never_stored}};
///     load.push(left);
///     if (auto const* why = left.failure()) fmt::print(stderr, "{}\n", why->describe());
///
/// One line is one letter; files may be plain, gzip or zstd and are read one after the other.
/// Values become members as cells of `source::csv` do, found by the column's own name; other
/// members are passed over. null, and a column that is not there, need `std::optional`. A number is
/// taken by its text, so that no digit is lost; json columns keep their text. Encoded rows (`text`)
/// are CSV with the columns in the order of the record.
///
/// A letter whose record is not at hand is an item with an error (errc::invalid_input) that says
/// from which position the source has to be read again: it has no record, or a column marked pii or
/// secret reads "[redacted]" (`run_options::reveal_pii` of the load that writes the letters keeps
/// columns marked pii). So is a line that is no letter, whatever reasons are wanted; its error
/// names file, line, column of the line in bytes, cause and remedy; and a record that does not fit
/// `Record`. When a file cannot be read on, the last item is fatal and `failure()` says why.
///
/// A load that is killed between a letter and its journal's note of it writes that letter again
/// when it goes on. So a letter is passed over, and is no item, where an earlier one has its run,
/// position and record, or where it has no record and an earlier one has its run and position.
///
/// Positions count the items, bad ones included; they mean the same in another run with the same
/// files and reasons. One record object is reused for all items. Memory: a line of up to
/// `max_line_bytes` about four times: as read, as its record, as cells, and as what an error shows;
/// and about 50 bytes for each letter that was read.
/// Thread safety: none, except for what `progress()` points to.
template<class Record>
class dead_letters {
 public:
  using record_type = Record;
  using value_type = item<Record>;

  using iterator = item_iterator<dead_letters>;

  /// Opens the first of `paths` ("-" is standard input). Does not throw for bad input: see
  /// `failure()`.
  explicit dead_letters(std::vector<std::string> paths, dead_letter_options options = {});

  dead_letters(dead_letters&&) noexcept = default;
  dead_letters& operator=(dead_letters&&) noexcept = default;

  /// The same, but a first file that cannot be opened is an error right here: errc::io,
  /// errc::invalid_input (a format that is not read), errc::invalid_configuration.
  static result<dead_letters> open(std::vector<std::string> paths,
                                   dead_letter_options options = {});

  /// Reads the next letter. Single pass: every call of `begin` continues where reading stands.
  [[nodiscard]] iterator begin();

  [[nodiscard]] std::default_sentinel_t end() const noexcept;

  /// The letter of the item under way, also if its record is bad; null if its line is no letter.
  [[nodiscard]] read_letter const* letter() const noexcept;

  /// Why the files could not be read to their end; null if they could so far.
  [[nodiscard]] sluice::error const* failure() const noexcept;

  /// Continues at item `next`, counted from 0. What precedes is read, but not converted.
  /// Errors: errc::io; errc::invalid_input where there are fewer letters, or where they would have
  /// to be read again but are in no regular file.
  result<void> seek(sluice::position next);

  /// Bytes and letters read, for a progress display; outlives the source.
  [[nodiscard]] std::shared_ptr<progress_feed const> progress() const noexcept;

 private:
  friend class item_iterator<dead_letters>;

  bool advance();
  item<Record> current() noexcept;

  detail::letter_reader reader_;
  Record record_{};
  detail::letter_reader::outcome state_ = detail::letter_reader::outcome::end;
};

}  // namespace sluice::inline v0::source

#include <sluice/source/impl/dead_letters.hpp>

#endif  // SLUICE_SOURCE_DEAD_LETTERS_HPP
