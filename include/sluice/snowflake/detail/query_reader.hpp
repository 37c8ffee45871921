#ifndef SLUICE_SNOWFLAKE_DETAIL_QUERY_READER_HPP
#define SLUICE_SNOWFLAKE_DETAIL_QUERY_READER_HPP

#include <sluice/config.hpp>
#include <sluice/ledger/position.hpp>
#include <sluice/observe/progress.hpp>
#include <sluice/result.hpp>
#include <sluice/schema/column_table.hpp>
#include <sluice/snowflake/detail/query_block.hpp>
#include <sluice/snowflake/query_options.hpp>
#include <sluice/snowflake/session.hpp>
#include <sluice/source/detail/cell_report.hpp>
#include <sluice/source/detail/parse_cell.hpp>
#include <sluice/transport/scope.hpp>
#include <sluice/transport/sync.hpp>
#include <sluice/transport/task.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::snowflake::detail {

/// Everything about reading the rows of a query that does not depend on the record type.
/// `query<Record>` converts the cells. One thread, not the transport's.
class query_reader {
 public:
  enum class outcome : std::uint8_t { record, bad, fatal, end };

  /// `headers` names each of `columns` as the query does. Logs `s` out at the end if `owns` it.
  query_reader(transport& t,
               std::shared_ptr<session> s,
               bool owns,
               query_options options,
               column_table columns,
               std::span<std::string_view const> headers);
  query_reader(query_reader const&) = delete;
  query_reader& operator=(query_reader const&) = delete;
  ~query_reader();

  /// Runs the query. Call once, first.
  [[nodiscard]] result<void> start(std::string sql);

  /// Goes to the next row.
  outcome next();

  /// After outcome::record: the cell of a column.
  [[nodiscard]] source::detail::cell_text text(std::size_t column) const noexcept {
    return block_.at(row_, column);
  }

  /// A file cannot tell nothing from an empty text, a table can.
  [[nodiscard]] source::detail::fault check_cell(
      std::size_t column, source::detail::cell_text const& cell) const noexcept {
    return cell.null && !columns_[column].nullable ? source::detail::fault::empty
                                                   : source::detail::fault::none;
  }

  /// The row under way is bad, for `f` in `column`. Returns what `next` would have returned.
  outcome reject(std::size_t column, source::detail::fault f);

  /// After outcome::bad or outcome::fatal.
  [[nodiscard]] sluice::error const& error() const noexcept { return error_; }

  [[nodiscard]] std::string const& raw_record() const noexcept { return raw_record_; }

  [[nodiscard]] sluice::error const* failure() const noexcept {
    return failed_ ? &error_ : nullptr;
  }

  /// The ordinal of the row under way; after outcome::fatal that of the one that is missing.
  [[nodiscard]] position at() const noexcept { return next_ == 0 ? 0 : next_ - (failed_ ? 0 : 1); }

  [[nodiscard]] result<void> seek(position to);

  [[nodiscard]] std::shared_ptr<progress_feed const> progress() const noexcept { return feed_; }

 private:
  /// A chunk on its way.
  struct ahead {
    std::size_t chunk = 0;
    async_event done;
    result<query_block> rows = query_block{};
  };

  result<void> place();
  void fetch_ahead();
  task<void> fetch(std::shared_ptr<ahead> a);
  static task<void> arrival(std::shared_ptr<ahead> a);
  result<void> open_block();
  result<void> take_chunk();
  [[nodiscard]] bool at_end() const noexcept;

  [[nodiscard]] std::uint64_t rows_left_in_block() const noexcept { return block_.rows() - used_; }

  transport& transport_;
  std::shared_ptr<session> session_;
  bool owns_session_;
  query_options options_;
  column_table columns_;
  std::vector<std::string> names_;  ///< per column of the record: what the query calls it
  result_table table_;              ///< without rows
  std::vector<std::size_t> places_;
  query_block block_;
  std::size_t row_ = 0;   ///< under way in the block
  std::size_t used_ = 0;  ///< rows of the block that were given out or skipped
  std::deque<std::shared_ptr<ahead>> ahead_;
  std::size_t next_chunk_ = 0;
  std::uint64_t ahead_bytes_ = 0;
  position next_ = 0;
  sluice::error error_;
  std::string raw_record_;
  std::shared_ptr<progress_feed> feed_ = std::make_shared<progress_feed>();
  bool failed_ = false;
  scope fetches_;  ///< last: its tasks use the others
};

}  // namespace sluice::inline v0::snowflake::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/query_reader.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_DETAIL_QUERY_READER_HPP
