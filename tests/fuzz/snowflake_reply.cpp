#include <sluice/snowflake/copy_result.hpp>
#include <sluice/snowflake/detail/query_block.hpp>
#include <sluice/snowflake/detail/stage_rows.hpp>
#include <sluice/snowflake/encryption.hpp>
#include <sluice/snowflake/protocol.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Replies come from the network: whatever they are, they are read as declared or refused.

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

void expect_rectangular(sluice::snowflake::result_table const& table) {
  for (auto const& row : table.rows) expect(row.size() == table.columns.size());
}

void expect_readable(sluice::snowflake::result_table const& table) {
  std::vector<std::size_t> places(table.columns.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  sluice::snowflake::detail::query_block const block{table, places};
  expect(block.rows() == table.rows.size());
  for (std::size_t row = 0; row != block.rows(); ++row)
    for (std::size_t i = 0; i != places.size(); ++i)
      expect(block.at(row, i).null == !table.rows[row][i].has_value());
}

/// Rows of a stage file, whatever lies in the stage.
void read_rows_back(std::string_view stored, sluice::format kind, sluice::codec compression) {
  using sluice::snowflake::detail::row_run;
  constexpr std::uint64_t longest = 1u << 16;
  std::vector<row_run> const wanted{{0, 2}, {3, 1'000}};
  for (bool const sealed : {false, true}) {
    std::optional<sluice::snowflake::file_key> key;
    if (sealed) key = sluice::snowflake::file_key{std::string(16, 'k'), std::string(16, 'i')};
    auto rows =
        sluice::snowflake::detail::stage_rows::open({{.kind = kind}, compression, longest}, key);
    expect(rows.has_value());
    std::size_t at = 0;
    std::uint64_t next = 0;
    while (!rows->ended()) {
      if (rows->hungry()) {
        std::string part{stored.substr(at, 1 + stored.size() / 3)};
        at += part.size();
        rows->feed(std::move(part), at == stored.size());
      }
      auto const some = rows->next(wanted);
      if (!some) {
        expect(!some.error().message.empty());
        break;
      }
      for (auto const& one : *some) {
        expect(one.row >= next && one.row != 2 && one.text.ends_with('\n'));
        next = one.row + 1;
      }
    }
    expect(next <= rows->rows());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const body{reinterpret_cast<char const*>(data), size};

  if (auto const reply = sluice::snowflake::parse_statement_reply(body)) {
    expect_rectangular(reply->table);
    expect_readable(reply->table);
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
  table.types = {"timestamp_tz", "date", "time"};
  bool const parsed = sluice::snowflake::parse_chunk(body, 1, table).has_value();
  expect(table.rows.size() == (parsed ? 1 : 0));
  expect_rectangular(table);
  expect_readable(table);

  for (auto const compression : {sluice::codec::none, sluice::codec::gzip, sluice::codec::zstd}) {
    read_rows_back(body, sluice::format::csv, compression);
    read_rows_back(body, sluice::format::ndjson, compression);
  }
  auto const key =
      sluice::snowflake::unwrap_file_key({sluice::secret{"AAECAwQFBgcICQoLDA0ODw=="}, "q", "1"},
                                         body.substr(0, body.size() / 2),
                                         body.substr(body.size() / 2));
  if (!key) expect(!key.error().message.empty());
  return 0;
}
