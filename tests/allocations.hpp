#ifndef SLUICE_TESTS_ALLOCATIONS_HPP
#define SLUICE_TESTS_ALLOCATIONS_HPP

/// \file
/// Counts what a program allocates. Replaces operator new and delete: for one file of a program.

#include <sluice/encode/segment.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace sluice_test {

inline std::atomic<std::uint64_t> allocations{0};

}  // namespace sluice_test

// Counted for the whole program; only the difference over a stretch of code is looked at.
// Not inlined: GCC 12 takes malloc behind an inlined operator new for a mismatch with free.
[[gnu::noinline]] void* operator new(std::size_t size) {
  sluice_test::allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc{};
}

[[gnu::noinline]] void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
  sluice_test::allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size == 0 ? 1 : size);
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace sluice_test {

/// What the encoder allocates while it writes `record` a thousand times; all ones if it refuses.
template<class Encoder, class Record>
std::uint64_t allocations_of_a_thousand_rows(Encoder const& encode, Record const& record) {
  sluice::segment rows{1'000 * encode.max_size(record)};
  std::uint64_t const before = allocations.load();
  bool all = true;
  for (int i = 0; i != 1'000; ++i) all = encode.append(record, rows) && all;
  std::uint64_t const after = allocations.load();
  return all ? after - before : ~std::uint64_t{0};
}

}  // namespace sluice_test

#endif  // SLUICE_TESTS_ALLOCATIONS_HPP
