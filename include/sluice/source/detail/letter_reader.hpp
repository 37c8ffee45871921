#ifndef SLUICE_SOURCE_DETAIL_LETTER_READER_HPP
#define SLUICE_SOURCE_DETAIL_LETTER_READER_HPP

#include <sluice/config.hpp>
#include <sluice/observe/progress.hpp>
#include <sluice/result.hpp>
#include <sluice/schema/column_table.hpp>
#include <sluice/source/dead_letter_options.hpp>
#include <sluice/source/detail/line_reader.hpp>
#include <sluice/source/detail/parse_cell.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::inline v0::source::detail {

/// Why a line is no letter.
struct letter_problem {
  std::size_t column = 1;  ///< in bytes, from 1
  std::string what;        ///< cause and remedy
};

/// Adds the text of a JSON string to `out`. False: it has an escape that stands for no character.
/// Precondition: `literal` is a JSON string with its quotes.
[[nodiscard]] SLUICE_DECL bool unescape_json(std::string_view literal, std::string& out);

/// Takes a line apart that `to_json` has written. `out.letter.record` becomes the object or the
/// text; empty where the record is not at hand. Unknown members are passed over. Nothing: it is a
/// letter.
[[nodiscard]] SLUICE_DECL std::optional<letter_problem> parse_letter(std::string_view line,
                                                                     read_letter& out);

/// Everything about reading dead letters that does not depend on the record type.
/// `dead_letters<Record>` converts the cells. Thread safety: none.
class letter_reader {
 public:
  enum class outcome : std::uint8_t { record, bad, fatal, end };

  /// A failure is told by the first `next()`.
  letter_reader(std::vector<std::string> paths, dead_letter_options options, column_table columns);

  /// Goes to the next letter whose record is at hand, or to a bad one.
  outcome next();

  /// After outcome::record: the cell of a column.
  [[nodiscard]] cell_text text(std::size_t column) const noexcept {
    place const& p = places_[column];
    return {std::string_view{cells_}.substr(p.begin, p.size), p.null, true};
  }

  [[nodiscard]] fault check_cell(std::size_t column, cell_text const& cell) const noexcept {
    return cell.null && !columns_[column].nullable && !lenient_ ? fault::empty : fault::none;
  }

  /// The record under way is bad, for `f` in `column`. Returns what `next` would have returned.
  outcome reject(std::size_t column, fault f);

  /// After outcome::bad or outcome::fatal.
  [[nodiscard]] sluice::error const& error() const noexcept { return error_; }

  [[nodiscard]] std::string const& raw_record() const noexcept { return raw_record_; }

  [[nodiscard]] sluice::error const* failure() const noexcept {
    return failed_ ? &error_ : nullptr;
  }

  /// The letter under way; null if its line is none.
  [[nodiscard]] read_letter const* letter() const noexcept { return known_ ? &letter_ : nullptr; }

  [[nodiscard]] position at() const noexcept { return at_; }

  result<void> seek(position to);

  [[nodiscard]] std::shared_ptr<progress_feed const> progress() const noexcept { return feed_; }

 private:
  /// Where a cell lies in `cells_`.
  struct place {
    std::size_t begin = 0;
    std::size_t size = 0;
    bool null = true;
    bool absent = true;
  };

  result<void> open(std::size_t file);
  outcome advance();
  outcome read_line();
  bool is_repeated();
  outcome take_record();
  outcome take_object();
  outcome take_row();
  bool take_value(std::size_t column, std::string_view value);
  void add_cell(std::size_t column, std::string_view text, bool null);
  outcome fail(sluice::error why);
  outcome bad(std::string what);
  [[nodiscard]] std::string where() const;
  [[nodiscard]] std::string remedy() const;
  void render_raw();
  void report_progress() noexcept;

  std::vector<std::string> paths_;
  dead_letter_options options_;
  column_table columns_;
  std::optional<line_reader> lines_;
  std::size_t file_ = 0;              ///< of `paths_`, the one that is read
  std::uint64_t bytes_of_files_ = 0;  ///< of those before it
  bool all_rewindable_ = true;        ///< of the files that were opened
  read_letter letter_;
  bool known_ = false;  ///< `letter_` is of the line under way
  /// By run and position: the record of the last letter that was given, as a hash.
  std::map<std::string, std::unordered_map<position, std::size_t>, std::less<>> given_;
  std::vector<place> places_;
  std::string cells_;  ///< texts of the cells, and the slack behind them that parsers may read
  bool lenient_ = false;
  position next_ = 0;
  position at_ = 0;
  sluice::error error_;
  std::string raw_record_;
  std::shared_ptr<progress_feed> feed_;
  bool failed_ = false;
  bool ended_ = false;
};

}  // namespace sluice::inline v0::source::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/source/impl/letter_reader.ipp>
#include <sluice/source/impl/parse_letter.ipp>
#endif

#endif  // SLUICE_SOURCE_DETAIL_LETTER_READER_HPP
