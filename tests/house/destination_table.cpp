#include <sluice/destination/file.hpp>
#include <sluice/skyflow/vault.hpp>
#include <sluice/snowflake/bulk.hpp>
#include <sluice/snowflake/insert.hpp>
#include <sluice/snowpipe/files.hpp>
#include <sluice/snowpipe/streaming.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

// Prints the README's table of destinations from their `limits`.

namespace {

std::string size_text(std::uint64_t bytes) {
  if (bytes == sluice::unlimited) return "unlimited";
  for (auto const& [unit, name] : {std::pair{1ull << 30, " GiB"}, std::pair{1ull << 20, " MiB"}})
    if (bytes % unit == 0) return std::to_string(bytes / unit) + name;
  if (bytes % 1'000'000'000 == 0) return std::to_string(bytes / 1'000'000'000) + " GB";
  if (bytes % 1'000'000 == 0) return std::to_string(bytes / 1'000'000) + " MB";
  return std::to_string(bytes) + " bytes";
}

template<class Enum, std::size_t N>
std::string names(sluice::enum_set<Enum> set, std::array<Enum, N> const& all) {
  std::string text;
  for (Enum const each : all) {
    if (!set.has(each)) continue;
    if (!text.empty()) text += ", ";
    text += name_of(each);
  }
  return text;
}

template<class Destination>
void row(char const* name, char const* header, char const* what) {
  using enum sluice::codec;
  constexpr sluice::capabilities limits = Destination::limits;
  std::printf("| `%s` | `%s` | %s | %s | %s | %s | %s |\n",
              name,
              header,
              what,
              // What there is an encoder for.
              names(limits.formats,
                    std::array{sluice::format::csv, sluice::format::ndjson, sluice::format::json})
                  .c_str(),
              names(limits.codecs, std::array{none, gzip, zstd}).c_str(),
              size_text(limits.max_payload_bytes).c_str(),
              size_text(limits.max_row_bytes).c_str());
}

}  // namespace

int main() {
  std::printf(
      "| destination | header | what happens | formats | codecs | largest file | largest row |\n");
  std::printf("|---|---|---|---|---|---:|---:|\n");
  row<sluice::snowflake::bulk<>>("snowflake::bulk<>",
                                 "sluice/snowflake/bulk.hpp",
                                 "files in an internal stage, loaded by COPY INTO");
  row<sluice::snowflake::insert>("snowflake::insert",
                                 "sluice/snowflake/insert.hpp",
                                 "INSERT with bound arrays, for few rows or short waits");
  row<sluice::snowpipe::streaming<>>("snowpipe::streaming<>",
                                     "sluice/snowpipe/streaming.hpp",
                                     "rows into a channel of Snowpipe Streaming");
  row<sluice::snowpipe::files>("snowpipe::files",
                               "sluice/snowpipe/files.hpp",
                               "files in an internal stage, loaded by a pipe that is told of them");
  row<sluice::skyflow::vault<>>("skyflow::vault<>",
                                "sluice/skyflow/vault.hpp",
                                "records of a table of a vault, one insert per batch");
  row<sluice::file>("file", "sluice/destination/file.hpp", "files in a local directory");
}
