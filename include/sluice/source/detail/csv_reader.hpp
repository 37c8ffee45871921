#ifndef SLUICE_SOURCE_DETAIL_CSV_READER_HPP
#define SLUICE_SOURCE_DETAIL_CSV_READER_HPP

#include <sluice/config.hpp>
#include <sluice/observe/progress.hpp>
#include <sluice/result.hpp>
#include <sluice/schema/column_table.hpp>
#include <sluice/source/csv_options.hpp>
#include <sluice/source/detail/cell_report.hpp>
#include <sluice/source/detail/csv_scanner.hpp>
#include <sluice/source/detail/parse_cell.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::source::detail {

/// Everything about reading CSV that does not depend on the record type: the header, positions,
/// errors. `csv<Record>` converts the cells. Thread safety: none.
class csv_reader {
 public:
  enum class outcome : std::uint8_t { record, bad, fatal, end };

  /// `headers` names each of `columns` as the file does. A failure is told by the first `next()`.
  csv_reader(std::string const& path,
             csv_options options,
             column_table columns,
             std::span<std::string_view const> headers);

  /// Goes to the next record that is cut into the right number of cells, or to a bad one.
  outcome next();

  /// After outcome::record: the cell of a column.
  [[nodiscard]] cell_text text(std::size_t column) {
    cell const& c = scanner_->at(places_[column]);
    std::string_view raw = scanner_->raw(places_[column]);
    if (c.doubled) raw = undouble(raw);
    return {raw, !c.quoted && (raw.empty() || raw == options_.null_marker)};
  }

  [[nodiscard]] fault check_cell(std::size_t column, cell_text const& text) const noexcept {
    if (scanner_->at(places_[column]).malformed) return fault::misquoted;
    return text.text.size() > options_.max_cell_bytes ? fault::cell_limit : fault::none;
  }

  /// The record under way is bad, for `f` in `column`. Returns what `next` would have returned.
  outcome reject(std::size_t column, fault f);

  /// After outcome::bad or outcome::fatal.
  [[nodiscard]] sluice::error const& error() const noexcept { return error_; }

  [[nodiscard]] std::string const& raw_record() const noexcept { return raw_record_; }

  [[nodiscard]] sluice::error const* failure() const noexcept {
    return failed_ ? &error_ : nullptr;
  }

  /// The ordinal of the record under way; after outcome::fatal that of the one that is missing.
  [[nodiscard]] position at() const noexcept { return at_; }

  [[nodiscard]] csv_mark mark() const noexcept;

  result<void> seek(csv_mark const& to);

  result<void> seek(position to);

  [[nodiscard]] std::shared_ptr<progress_feed const> progress() const noexcept { return feed_; }

 private:
  result<void> open(std::string const& path, std::span<std::string_view const> headers);
  result<void> read_header(std::span<std::string_view const> headers);
  result<void> place(std::span<std::string_view const> headers,
                     std::vector<std::string> const& found);
  result<void> rewind();
  outcome fail(sluice::error why);
  outcome reject(sluice::error why);
  [[nodiscard]] sluice::error wrong_width() const;
  [[nodiscard]] sluice::error too_large() const;
  [[nodiscard]] sluice::error unclosed() const;
  [[nodiscard]] sluice::error too_few(position wanted) const;
  [[nodiscard]] sluice::error missing_column(std::string_view wanted,
                                             std::vector<std::string> const& found) const;
  [[nodiscard]] sluice::error bad_cell(std::size_t column, fault f);
  [[nodiscard]] std::string where(std::uint64_t line) const;
  [[nodiscard]] std::string_view undouble(std::string_view raw);
  void render_raw();
  void report_progress() noexcept;

  csv_options options_;
  column_table columns_;
  std::optional<csv_scanner> scanner_;
  std::vector<std::size_t> places_;  ///< per column of the record: the cell
  std::vector<std::string> names_;   ///< per column of the record: its header, for messages
  std::size_t width_ = 0;            ///< columns of the file
  std::size_t shared_by_ = 1;        ///< columns of the record that read one and the same cell
  csv_mark first_;                   ///< the first record behind the header
  position next_ = 0;
  position at_ = 0;
  std::string scratch_;  ///< cells without their doubled quotes
  std::size_t scratch_used_ = 0;
  sluice::error error_;
  std::string raw_record_;
  std::shared_ptr<progress_feed> feed_;
  std::uint64_t fed_bytes_ = 0;
  bool failed_ = false;
  bool ended_ = false;
};

constexpr char lower_ascii(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

}  // namespace sluice::inline v0::source::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/source/impl/csv_errors.ipp>
#include <sluice/source/impl/csv_reader.ipp>
#endif

#endif  // SLUICE_SOURCE_DETAIL_CSV_READER_HPP
