#ifndef SLUICE_SOURCE_DETAIL_CSV_SCANNER_HPP
#define SLUICE_SOURCE_DETAIL_CSV_SCANNER_HPP

#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/source/detail/byte_input.hpp>
#include <sluice/source/detail/find_byte.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice::inline v0::source::detail {

/// Where a cell lies. Behind its text at least `csv_scanner::slack` more bytes may be read.
struct cell {
  std::uint32_t begin = 0;  ///< offset of its text from the start of the record
  std::uint32_t size = 0;   ///< without the quotes around it
  bool quoted = false;
  bool doubled = false;    ///< contains doubled quotes
  bool malformed = false;  ///< text stands between the closing quote and the delimiter
};

/// What a scanner must know about the file.
struct csv_dialect {
  char delimiter = ',';
  char quote = '"';
  std::size_t max_record_bytes = 0;
};

/// Cuts a stream of bytes into records and cells, without judging what the cells mean.
///
/// Records end with LF, CRLF or CR; a quote opens a quoted cell only as its first byte, elsewhere
/// it is text. An empty line is no record, unless `set_columns(1)`. Memory: one buffer that grows
/// up to the longest record, at most `max_record_bytes` (+ slack). Thread safety: none.
class csv_scanner {
 public:
  /// Bytes behind a cell that may be read (not: that mean something).
  static constexpr std::size_t slack = special_bytes::reach;

  /// More columns than any service takes; what `set_columns` is before the header is known.
  static constexpr std::size_t most_columns = 16'384;

  enum class outcome : std::uint8_t {
    record,     ///< cells() has the cells
    too_large,  ///< a record of more than `max_record_bytes`; it has been skipped
    end,        ///< there are no more records
    unclosed,   ///< the input ended in a quoted cell
    failed      ///< `failure()` says why
  };

  csv_scanner(byte_input input, csv_dialect dialect);

  /// The number of columns: further cells of a record are counted, but not kept.
  void set_columns(std::size_t count);

  /// Goes to the next record. The cells of the last one become invalid.
  outcome next();

  /// Valid after outcome::record: at most one more cell than there are columns.
  [[nodiscard]] cell const& at(std::size_t i) const noexcept { return cells_[i]; }

  /// Cells of the record, also those not kept.
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

  /// The bytes of cell `i`, doubled quotes as they are.
  [[nodiscard]] std::string_view raw(std::size_t i) const noexcept {
    return {buffer_.get() + record_ + cells_[i].begin, cells_[i].size};
  }

  /// Bytes of the record, with its line end.
  [[nodiscard]] std::size_t record_bytes() const noexcept { return next_ - record_; }

  /// The physical line, from 1, where the record begins, and where the scanner is.
  [[nodiscard]] std::uint64_t first_line() const noexcept { return first_line_; }

  [[nodiscard]] std::uint64_t next_line() const noexcept { return line_; }

  /// The physical line where cell `i` begins.
  [[nodiscard]] std::uint64_t line_of(std::size_t i) const noexcept;

  /// Offset of the next record in the uncompressed input.
  [[nodiscard]] std::uint64_t next_offset() const noexcept { return base_ + next_; }

  /// Continues at a record that begins at `offset`, in line `line`. Errors: errc::io.
  /// Precondition as for `byte_input::seek`.
  result<void> seek(std::uint64_t offset, std::uint64_t line);

  [[nodiscard]] sluice::error const& failure() const noexcept { return *failure_; }

  [[nodiscard]] byte_input const& input() const noexcept { return input_; }

 private:
  enum class state : std::uint8_t { cell_start, plain, quoted, after_quote };

  [[nodiscard]] bool begin_record();
  [[nodiscard]] bool scan() noexcept;
  [[nodiscard]] bool scan_plain() noexcept;
  [[nodiscard]] bool refill();
  [[nodiscard]] outcome end_of_input() noexcept;
  void close_cell(std::size_t end) noexcept;
  void close_record(char const* line_end) noexcept;

  byte_input input_;
  csv_dialect dialect_;
  std::optional<sluice::error> failure_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;  ///< without the slack
  std::size_t size_ = 0;      ///< bytes in the buffer
  std::size_t record_ = 0;    ///< where the current record begins
  std::size_t next_ = 0;      ///< where the next one begins
  std::uint64_t base_ = 0;    ///< offset of the buffer in the input
  std::uint64_t line_ = 1;
  std::uint64_t first_line_ = 1;

  // The scan of the current record, kept over refills; offsets from the start of the record.
  std::vector<cell> cells_;
  std::size_t count_ = 0;
  std::size_t columns_ = 0;
  std::size_t at_ = 0;
  special_bytes special_;
  cell open_;
  state state_ = state::cell_start;
  bool input_ended_ = false;
  bool oversize_ = false;
  bool lf_pending_ = false;   ///< the last record ended with CR: an LF that follows belongs to it
  std::size_t after_cr_ = 0;  ///< behind the last CR in a quoted cell, 0 if there was none
  bool first_ = true;         ///< at the start of the input, where a byte order mark may stand
};

}  // namespace sluice::inline v0::source::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/source/impl/csv_scanner.ipp>
#endif

#endif  // SLUICE_SOURCE_DETAIL_CSV_SCANNER_HPP
