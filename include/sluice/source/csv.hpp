#ifndef SLUICE_SOURCE_CSV_HPP
#define SLUICE_SOURCE_CSV_HPP

#include <sluice/config.hpp>
#include <sluice/observe/progress.hpp>
#include <sluice/result.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/source/csv_options.hpp>
#include <sluice/source/detail/cell_visitor.hpp>
#include <sluice/source/detail/csv_reader.hpp>
#include <sluice/source/header.hpp>
#include <sluice/source/item.hpp>
#include <sluice/source/item_iterator.hpp>

#include <cstddef>
#include <iterator>
#include <memory>
#include <string>

namespace sluice::inline v0::source {

/// The records of a CSV file, plain, gzip or zstd: an input range of `item<Record>`.
///
///     sluice::source::csv<order> orders{"orders.csv.zst"};
///     load.push(orders);
///     if (auto const* why = orders.failure()) fmt::print(stderr, "{}\n", why->describe());
///
/// Columns are found by name in the header: `source::header<"...">` or else the column's name;
/// exactly, else ignoring case, else ignoring all but letters and digits. Other columns of the file
/// are skipped. Cells:
///
/// | type of the member | accepted |
/// |---|---|
/// | `std::optional<T>` | nothing between two delimiters (or `null_marker`) is null; `""` is not |
/// | text | UTF-8 without NUL; `std::string_view` members are valid until the next record |
/// | bool | true/false, t/f, yes/no, y/n, on/off, 1/0, in any case |
/// | integers, float, double | decimal; range checked |
/// | decimal | exact: no digit is rounded away |
/// | date, time_of_day, timestamp | `2001-12-31`, `23:59[:59[.5]]`, both with space or T between |
/// | enum | the name of an enumerator, exactly |
/// | uuid, bytes | hexadecimal |
/// | json | kept as it is |
///
/// Digits behind the second must fit the unit. `Z` or `+02:00` is accepted only where the column is
/// no wall clock; where none is given, the time is UTC.
///
/// Records end with LF, CRLF or CR and may contain line ends in quotes; empty lines are skipped; a
/// byte order mark is too. A record that cannot be read is an item with an error
/// (errc::invalid_input) that names file, line, column, value (not of pii and secret columns),
/// expected type and remedy. It has a position like any record. When the file itself cannot be read
/// on (missing column, damaged compression, a quote that is never closed), the last item is fatal
/// and `failure()` says why.
///
/// One record object is reused for all items, so that nothing is allocated per record; move from
/// an item only what you need. Memory: one buffer up to `max_record_bytes`.
/// Thread safety: none, except for what `progress()` points to.
template<class Record>
class csv {
 public:
  using record_type = Record;
  using value_type = item<Record>;

  using iterator = item_iterator<csv>;

  /// Opens `path` ("-" is standard input) and reads the header. Does not throw for bad input: see
  /// `failure()`.
  explicit csv(std::string const& path, csv_options options = {});

  csv(csv&&) noexcept = default;
  csv& operator=(csv&&) noexcept = default;

  /// The same, but a file that cannot be opened or lacks a column is an error right here.
  static result<csv> open(std::string const& path, csv_options options = {});

  /// Reads the next record. Single pass: every call of `begin` continues where reading stands.
  [[nodiscard]] iterator begin();

  [[nodiscard]] std::default_sentinel_t end() const noexcept;

  /// Why the file could not be read to its end; null if it could so far.
  [[nodiscard]] sluice::error const* failure() const noexcept;

  /// Where reading stands: the next record. Store it to come back with `seek`.
  [[nodiscard]] csv_mark mark() const noexcept;

  /// Continues at record `next`, counted from 0. What precedes is read, but not converted.
  /// Errors: errc::io; errc::invalid_input where the file has fewer records, or where it would have
  /// to be read again but is no regular file.
  result<void> seek(sluice::position next);

  /// Continues at a mark of this very file: at once in a plain file, else like `seek(mark.next)`.
  /// Errors: as above, and errc::invalid_input if no record begins there.
  result<void> seek(csv_mark const& mark);

  /// Bytes and records read, for a progress display; outlives the source.
  [[nodiscard]] std::shared_ptr<progress_feed const> progress() const noexcept;

 private:
  friend class item_iterator<csv>;

  bool advance();
  item<Record> current() noexcept;

  detail::csv_reader reader_;
  Record record_{};
  detail::csv_reader::outcome state_ = detail::csv_reader::outcome::end;
};

}  // namespace sluice::inline v0::source

#include <sluice/source/impl/csv.hpp>

#endif  // SLUICE_SOURCE_CSV_HPP
