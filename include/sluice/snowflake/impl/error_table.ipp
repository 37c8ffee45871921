#ifndef SLUICE_SNOWFLAKE_IMPL_ERROR_TABLE_IPP
#define SLUICE_SNOWFLAKE_IMPL_ERROR_TABLE_IPP

#include <sluice/snowflake/error_table.hpp>
#include <sluice/snowflake/sql.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace sluice::inline v0::snowflake {

namespace detail {

/// A function object of its own: the coroutine below must not refer to a lambda that is gone.
struct error_table {
  std::shared_ptr<session> on;

  task<std::vector<rejected_row>> operator()(rejected_rows_query const& q) const {
    return read(on, error_table_text(q), "ERROR_TABLE(" + quote_identifier(q.table) + ')');
  }

  static task<std::vector<rejected_row>> read(std::shared_ptr<session> on,
                                              std::string sql,
                                              std::string title) {
    statement s;
    s.sql = std::move(sql);
    s.title = std::move(title);
    result<statement_reply> reply = co_await on->execute(std::move(s));
    if (!reply) co_return std::move(reply).error();
    std::vector<rejected_row> rows;
    result_table const& table = reply->table;
    for (std::size_t i = 0; i != table.rows.size(); ++i) {
      auto const at = [&](std::string_view column) {
        return table.at(i, column).value_or(std::string{});
      };
      rows.push_back({at("FIRST_TOKEN"),
                      at("LAST_TOKEN"),
                      at("CODE"),
                      at("MESSAGE"),
                      at("SOURCE"),
                      at("RECORD")});
    }
    co_return rows;
  }
};

}  // namespace detail

SLUICE_DECL std::string error_table_text(rejected_rows_query const& q) {
  constexpr std::string_view details = "error_metadata:details:";
  std::string const lower = std::string{details} + "offset_token_lower_bound::VARCHAR";
  std::string const upper = std::string{details} + "offset_token_upper_bound::VARCHAR";
  return "SELECT error_code::VARCHAR AS CODE, error_metadata:error_message::VARCHAR AS MESSAGE, "
         "error_metadata:error_source::VARCHAR AS SOURCE, " +
         lower + " AS FIRST_TOKEN, " + upper +
         " AS LAST_TOKEN, error_data:\"$1\"::VARCHAR AS RECORD FROM ERROR_TABLE(" +
         quote_identifier(q.table) + ") WHERE " + std::string{details} +
         "channel_name::VARCHAR = " + quote_literal(q.channel) + " AND " + upper +
         " >= " + quote_literal(q.first_token) + " AND " + lower +
         " <= " + quote_literal(q.last_token);
}

SLUICE_DECL rejected_rows_reader error_table_reader(std::shared_ptr<session> on) {
  return detail::error_table{std::move(on)};
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_ERROR_TABLE_IPP
