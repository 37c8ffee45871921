#include "catch.hpp"
#include "loads.hpp"

#include <sluice/compress/compress.hpp>
#include <sluice/pipeline/loader.hpp>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

namespace {

std::atomic<std::uint64_t> all_allocations{0};
thread_local constinit std::uint64_t own_allocations = 0;

void* counted(std::size_t size) noexcept {
  all_allocations.fetch_add(1, std::memory_order_relaxed);
  ++own_allocations;
  return std::malloc(size == 0 ? 1 : size);
}

}  // namespace

// Counted for the whole program; only differences over a stretch of code are looked at.
// Not inlined: GCC 12 takes malloc behind an inlined operator new for a mismatch with free.
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (void* const memory = counted(size)) return memory;
  throw std::bad_alloc{};
}

[[gnu::noinline]] void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
  return counted(size);
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

using namespace sluice_test;

namespace {

/// Confirms everything at once.
struct discard : sluice::test::row_errors {
  class session : public sluice::test::row_errors::session {
   public:
    using sluice::test::row_errors::session::session;

    sluice::task<sluice::accepted> send(sluice::payload const& p, sluice::ack& a) {
      a.confirm(p);
      co_return sluice::accepted{p.body.size()};
    }
  };
};

}  // namespace

TEST_CASE("push allocates nothing, a batch little", "[pipeline][allocations]") {
  using loader = sluice::loader<order,
                                sluice::batch<sluice::max_bytes<(4 << 20)>>,
                                sluice::encode<sluice::csv<>>,
                                sluice::compress<sluice::gzip<1>>,
                                sluice::upload<discard>>;
  sluice::transport transport{{}};
  loader load{transport, {.service = std::make_shared<model_service>()}};
  order const one = make_order(1);
  REQUIRE(load.push(one));

  std::uint64_t const own_before = own_allocations;
  for (int i = 0; i != 10'000; ++i) load.push(one);
  CHECK(own_allocations == own_before);

  constexpr std::uint64_t rows = 1'000'000;
  std::uint64_t const all_before = all_allocations.load();
  for (std::uint64_t i = 0; i != rows; ++i) load.push(one);
  auto const report = load.finish();
  CHECK(report.confirmed == rows + 10'001);
  // 33 MB in segments of 1 MiB and batches of 4 MiB: some dozens for each of them.
  CHECK(all_allocations.load() - all_before < rows / 100);
}

TEST_CASE("the counter of allocations counts", "[pipeline][allocations]") {
  std::uint64_t const before = own_allocations;
  std::string const big(1'000, 'x');
  CHECK(big.size() == 1'000);
  CHECK(own_allocations == before + 1);
}
