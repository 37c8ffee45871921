#include "catch.hpp"
#include "records.hpp"

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

namespace {

std::atomic<std::uint64_t> allocations{0};

}  // namespace

// Counted for the whole program; only the difference over a stretch of code is looked at.
// Not inlined: GCC 12 takes malloc behind an inlined operator new for a mismatch with free.
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc{};
}

[[gnu::noinline]] void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size == 0 ? 1 : size);
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace {

template<class Format>
std::uint64_t allocations_of_a_thousand_rows() {
  records::everything r;
  r.text = std::string(3'000, '"') + "\xC3\xA9";
  r.note = "not null, and longer than any small string";
  r.document.text = "{\"a\":[1,2,3]}";
  r.points = {{1, "one"}, {2, {}}};
  r.measures = {{"m", 1}};
  sluice::encoder_for<Format, records::everything> const encode;
  sluice::segment rows{1'000 * encode.max_size(r)};
  std::uint64_t const before = allocations.load();
  bool all = true;
  for (int i = 0; i != 1'000; ++i) all = encode.append(r, rows) && all;
  std::uint64_t const after = allocations.load();
  CHECK(all);
  return after - before;
}

}  // namespace

TEST_CASE("the counter counts") {
  std::uint64_t const before = allocations.load();
  std::string const big(1'000, 'x');
  CHECK(allocations.load() > before);
}

TEST_CASE("encoding a record allocates nothing") {
  CHECK(allocations_of_a_thousand_rows<sluice::csv<>>() == 0);
  CHECK(allocations_of_a_thousand_rows<sluice::ndjson>() == 0);
}
