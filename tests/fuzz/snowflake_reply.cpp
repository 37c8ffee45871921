#include <sluice/snowflake/copy_result.hpp>
#include <sluice/snowflake/protocol.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

// Replies come from the network: whatever they are, they are read as declared or refused.

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

void expect_rectangular(sluice::snowflake::result_table const& table) {
  for (auto const& row : table.rows) expect(row.size() == table.columns.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const body{reinterpret_cast<char const*>(data), size};

  if (auto const reply = sluice::snowflake::parse_statement_reply(body)) {
    expect_rectangular(reply->table);
    std::array<std::string, 2> const files{"000.csv.gz", "001.csv.gz"};
    expect(sluice::snowflake::read_copy_result(reply->table, files).size() == files.size());
    expect(sluice::snowflake::read_copy_history(reply->table, "run", files).size() == files.size());
    (void)sluice::snowflake::read_row_errors(reply->table, {});
  } else {
    expect(!reply.error().message.empty());
  }

  if (auto const reply = sluice::snowflake::parse_token_reply(body); !reply)
    expect(!reply.error().message.empty());

  sluice::snowflake::result_table table;
  table.columns = {"FILE", "STATUS", "ROWS_PARSED"};
  if (sluice::snowflake::parse_chunk(body, 1, table)) expect(table.rows.size() == 1);
  expect_rectangular(table);
  return 0;
}
