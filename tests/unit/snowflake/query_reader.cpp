#include "catch.hpp"
#include "scripted_service.hpp"

#include <sluice/snowflake/detail/query_reader.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

namespace sf = sluice::snowflake;
using scripted::seen_request;
using scripted::service;

constexpr std::array columns{sluice::column_info{.name = "ID"}};
constexpr std::array<std::string_view, 1> headers{"ID"};
constexpr std::size_t chunks = 8;

/// A query with `chunks` chunks of one row each; `size` is what the service says of each.
struct account : service {
  explicit account(std::string const& size) {
    std::string list;
    for (std::size_t i = 0; i != chunks; ++i)
      list += std::string{i == 0 ? "" : ","} + R"({"url":"https://storage.example/)" +
              std::to_string(i) + R"(","rowCount":1)" + size + '}';
    answer = [list](seen_request const& r, std::size_t) {
      if (r.url.find("storage.example") == std::string::npos)
        return scripted::json(R"({"success":true,"data":{"rowtype":[{"name":"ID","type":"fixed"}],
          "rowset":[],"chunks":[)" +
                              list + "]}}");
      return scripted::json(R"([")" + r.url.substr(r.url.rfind('/') + 1, 1) + R"("])");
    };
  }

  /// The most chunks that were asked for beyond those that had been read.
  std::size_t most_ahead(std::uint64_t prefetch_bytes) {
    sf::detail::query_reader reader{
        *net, session, false, {.prefetch_bytes = prefetch_bytes}, columns, headers};
    REQUIRE(reader.start("SELECT ID FROM T"));
    std::size_t most = 0;
    for (std::size_t i = 0; i != chunks; ++i) {
      REQUIRE(reader.next() == sf::detail::query_reader::outcome::record);
      CHECK(reader.text(0).text == std::to_string(i));
      most = std::max(most, to("storage.example").size() - i);
    }
    CHECK(reader.next() == sf::detail::query_reader::outcome::end);
    return most;
  }
};

}  // namespace

TEST_CASE("chunks of unknown size are fetched one by one", "[snowflake][query]") {
  CHECK(account{""}.most_ahead(64u << 20) <= 2);
  CHECK(account{R"(,"uncompressedSize":100)"}.most_ahead(1) <= 2);
  CHECK(account{R"(,"uncompressedSize":100)"}.most_ahead(64u << 20) == chunks);
}
