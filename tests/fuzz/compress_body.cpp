// Compressed bodies that nobody of ours has written: read within the limit or refused.
#include <sluice/compress/codec_stream.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 2) return 0;
  constexpr std::uint64_t limit = 100'000;
  auto const kind = static_cast<sluice::codec>(data[0] % 3);
  std::string const bytes{reinterpret_cast<char const*>(data) + 2, size - 2};
  // In two parts: where a body is split must not matter.
  std::size_t const split = data[1] % (bytes.size() + 1);
  sluice::chunk_list parts{bytes.substr(0, split)};
  parts.push_back(sluice::chunk{bytes.substr(split)});
  auto const whole = sluice::decompress(kind, sluice::chunk_list{bytes}, limit);
  auto const halves = sluice::decompress(kind, parts, limit);
  if (whole.has_value() != halves.has_value()) std::abort();
  if (whole && (*whole != *halves || whole->size() > limit)) std::abort();
  return 0;
}
