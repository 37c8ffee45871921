#ifndef SLUICE_SNOWFLAKE_QUERY_HPP
#define SLUICE_SNOWFLAKE_QUERY_HPP

#include <sluice/config.hpp>
#include <sluice/observe/progress.hpp>
#include <sluice/result.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/snowflake/connection.hpp>
#include <sluice/snowflake/detail/query_reader.hpp>
#include <sluice/snowflake/query_options.hpp>
#include <sluice/snowflake/session.hpp>
#include <sluice/source/detail/cell_visitor.hpp>
#include <sluice/source/header.hpp>
#include <sluice/source/item.hpp>
#include <sluice/source/item_iterator.hpp>
#include <sluice/transport/transport.hpp>

#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

namespace sluice::inline v0::snowflake {

/// The rows of a query: an input range of `source::item<Record>`.
///
///     auto orders = sluice::snowflake::query<order>::open(transport, connection,
///                                                         "SELECT * FROM ORDERS");
///     for (auto const item : *orders) if (item) use(*item);
///     if (auto const* why = orders->failure()) fmt::print(stderr, "{}\n", why->describe());
///
/// Columns are found by name in the result: `source::header<"...">` or else the column's name;
/// exactly, else ignoring case. Other columns of the query are skipped. Values become members as
/// cells of `source::csv` do, dates and times in ISO 8601 where the member is text; NULL needs
/// `std::optional`. A value that does not fit is an item with an error (errc::invalid_input) that
/// names row, column, value (not of pii and secret columns), expected type and remedy. It has a
/// position like any row. When the rows cannot be fetched on, the last item is fatal and
/// `failure()` says why.
///
/// Positions are the ordinals of rows: they mean the same in another run only where the query has
/// an ORDER BY. Rows come in chunks, which are fetched ahead on the transport thread and taken
/// apart on workers. Memory: the rows of the chunk that is read, and
/// `query_options::prefetch_bytes` or one more chunk; a chunk takes three times its size for the
/// moment in which it is parsed. One record object is reused for all items. Thread safety: one
/// thread, not the transport's, except for what `progress()` points to. The transport must outlive
/// the query.
template<class Record>
class query {
 public:
  using record_type = Record;
  using value_type = source::item<Record>;

  using iterator = source::item_iterator<query>;

  /// Logs in, runs `sql`, and logs out when the query is destroyed.
  /// Errors: those of `session::open` and `session::execute`; errc::invalid_input for a column that
  /// the result lacks, naming the nearest.
  static result<query> open(transport& t,
                            connection where,
                            std::string sql,
                            query_options options = {});

  /// The same in a session that is there already.
  static result<query> open(transport& t,
                            std::shared_ptr<session> in,
                            std::string sql,
                            query_options options = {});

  query(query&&) noexcept = default;
  query& operator=(query&&) noexcept = default;

  /// Reads the next row. Single pass: every call of `begin` continues where reading stands.
  [[nodiscard]] iterator begin();

  [[nodiscard]] std::default_sentinel_t end() const noexcept;

  /// Why the rows could not be read to their end; null if they could so far.
  [[nodiscard]] sluice::error const* failure() const noexcept;

  /// Continues at row `next`, counted from 0. What precedes is skipped, by whole chunks where they
  /// are not fetched yet. Errors: errc::invalid_input where there are fewer rows or `next` was
  /// passed already; those of fetching, which end the query: `failure()` says why.
  result<void> seek(position next);

  /// Rows read and their number; outlives the query.
  [[nodiscard]] std::shared_ptr<progress_feed const> progress() const noexcept;

 private:
  friend class source::item_iterator<query>;

  explicit query(std::unique_ptr<detail::query_reader> reader) : reader_{std::move(reader)} {}

  static result<query> start(std::unique_ptr<detail::query_reader> reader, std::string sql);
  bool advance();
  source::item<Record> current() noexcept;

  std::unique_ptr<detail::query_reader> reader_;
  Record record_{};
  detail::query_reader::outcome state_ = detail::query_reader::outcome::end;
};

}  // namespace sluice::inline v0::snowflake

#include <sluice/snowflake/impl/query.hpp>

#endif  // SLUICE_SNOWFLAKE_QUERY_HPP
