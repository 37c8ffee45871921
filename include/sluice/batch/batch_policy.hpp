#ifndef SLUICE_BATCH_BATCH_POLICY_HPP
#define SLUICE_BATCH_BATCH_POLICY_HPP

/// \file
/// When a batch is complete. A batch is what the service sees: one request, or one file.
///
///     sluice::batch<sluice::max_rows<200'000>, sluice::max_bytes<128_MiB>, sluice::max_age<5_s>>
///
/// The first limit that is reached closes the batch. `dynamic` instead of a number leaves it to the
/// configuration at run time: each distinct constant is another instantiation of the loader.

#include <sluice/config.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>

namespace sluice::inline v0 {

/// Limit that is set at run time.
struct dynamic_t {};

inline constexpr dynamic_t dynamic{};

/// Number of rows, or `dynamic`. 0 for anything below one row, which no batch accepts.
struct row_limit {
  std::uint64_t rows = 0;
  bool at_run_time = false;

  template<std::integral Integer>
  consteval explicit(false) row_limit(Integer n)
      : rows{n < 1 ? 0 : static_cast<std::uint64_t>(n)} {}

  consteval explicit(false) row_limit(dynamic_t) : at_run_time{true} {}
};

/// Number of bytes, or `dynamic`. 0 for anything below one byte, which no batch accepts.
struct byte_limit {
  std::uint64_t bytes = 0;
  bool at_run_time = false;

  template<std::integral Integer>
  consteval explicit(false) byte_limit(Integer n)
      : bytes{n < 1 ? 0 : static_cast<std::uint64_t>(n)} {}

  consteval explicit(false) byte_limit(dynamic_t) : at_run_time{true} {}
};

/// A time in whole milliseconds, or `dynamic`. (std::chrono durations cannot be template arguments
/// in libstdc++.)
struct age_limit {
  std::int64_t ms = 0;
  bool at_run_time = false;

  consteval explicit(false) age_limit(std::chrono::milliseconds age)
      : ms{age.count() < 1 ? 0 : age.count()} {}

  consteval explicit(false) age_limit(dynamic_t) : at_run_time{true} {}
};

/// The limits of a batch at run time. A limit that is not set is never reached.
struct batch_limits {
  static constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();
  static constexpr milliseconds no_age = milliseconds::max();

  std::uint64_t max_rows = none;
  std::uint64_t max_bytes = none;          ///< of the body before compression
  std::uint64_t target_file_bytes = none;  ///< of the body after compression
  milliseconds max_age = no_age;           ///< from the batch's first record

  friend constexpr bool operator==(batch_limits const&, batch_limits const&) = default;
};

/// How far an open batch is.
struct batch_fill {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;       ///< before compression
  std::uint64_t file_bytes = 0;  ///< after compression, as far as written
  milliseconds age{0};           ///< since the first record; 0 while there is none
};

/// Whether the batch is to be closed. A batch without rows never is.
[[nodiscard]] constexpr bool full(batch_limits const& limits, batch_fill const& fill) noexcept {
  return fill.rows != 0 &&
         (fill.rows >= limits.max_rows || fill.bytes >= limits.max_bytes ||
          fill.file_bytes >= limits.target_file_bytes || fill.age >= limits.max_age);
}

/// How many more rows the batch takes before `max_rows` closes it.
[[nodiscard]] constexpr std::uint64_t rows_left(batch_limits const& limits,
                                                batch_fill const& fill) noexcept {
  return fill.rows >= limits.max_rows ? 0 : limits.max_rows - fill.rows;
}

/// When a batch whose first record came at `first` reaches its age; the end of time if it has no
/// limit.
[[nodiscard]] constexpr steady_time due(batch_limits const& limits, steady_time first) noexcept {
  return limits.max_age == batch_limits::no_age ? steady_time::max() : first + limits.max_age;
}

/// Policy: at most `Limit` rows.
template<row_limit Limit>
struct max_rows {
  static constexpr bool at_run_time = Limit.at_run_time;
  static constexpr bool positive = at_run_time || Limit.rows != 0;

  static constexpr void apply(batch_limits& to, batch_limits const& configured) noexcept {
    to.max_rows = at_run_time ? configured.max_rows : Limit.rows;
  }
};

/// Policy: close the batch when its body, before compression, has reached `Limit` bytes. The last
/// segment may carry it over by up to its size.
template<byte_limit Limit>
struct max_bytes {
  static constexpr bool at_run_time = Limit.at_run_time;
  static constexpr bool positive = at_run_time || Limit.bytes != 0;

  static constexpr void apply(batch_limits& to, batch_limits const& configured) noexcept {
    to.max_bytes = at_run_time ? configured.max_bytes : Limit.bytes;
  }
};

/// Policy: close the batch when its body, after compression, has reached `Limit` bytes, give or
/// take what the codec still holds.
template<byte_limit Limit>
struct target_file_bytes {
  static constexpr bool at_run_time = Limit.at_run_time;
  static constexpr bool positive = at_run_time || Limit.bytes != 0;

  static constexpr void apply(batch_limits& to, batch_limits const& configured) noexcept {
    to.target_file_bytes = at_run_time ? configured.target_file_bytes : Limit.bytes;
  }
};

/// Policy: close the batch this long after its first record, also when no further record comes.
template<age_limit Limit>
struct max_age {
  static constexpr bool at_run_time = Limit.at_run_time;
  static constexpr bool positive = at_run_time || Limit.ms != 0;

  static constexpr void apply(batch_limits& to, batch_limits const& configured) noexcept {
    to.max_age = at_run_time ? configured.max_age : milliseconds{Limit.ms};
  }
};

namespace failed {

/// `Policy` is none of max_rows, max_bytes, target_file_bytes, max_age, nor a preset.
template<class Policy>
struct unknown_batch_policy {
  static constexpr bool ok = false;
};

/// A batch has at least one row, one byte and one millisecond.
template<class Policy>
struct batch_limit_below_one {
  static constexpr bool ok = false;
};

/// Two policies set the same limit.
template<class First, class Second>
struct batch_limit_given_twice {
  static constexpr bool ok = false;
};

}  // namespace failed

namespace detail {

template<class... Policies>
struct batch_rules;

}  // namespace detail

/// The stage `batch` of a loader. Policies in any order, each kind once; or one preset.
template<class... Policies>
struct batch {
  /// `passed`, or what is wrong with the policies.
  using diagnosis = typename detail::batch_rules<Policies...>::type;

  /// Whether some limit is `dynamic`.
  static constexpr bool at_run_time = (Policies::at_run_time || ...);

  /// The limits; `dynamic` ones are taken from `configured`.
  [[nodiscard]] static constexpr batch_limits limits(batch_limits const& configured = {}) noexcept {
    batch_limits resolved;
    (Policies::apply(resolved, configured), ...);
    return resolved;
  }
};

/// A batch is under way at most a second; for tables that are watched.
using low_latency = batch<max_rows<50'000>, max_bytes<16_MiB>, max_age<1_s>>;

/// Neither many small files nor long waits.
using balanced = batch<max_rows<100'000>, max_bytes<128_MiB>, max_age<5_s>>;

/// Files of the size that warehouses read best, 100 MB compressed at least where rows are large.
using throughput =
    batch<max_rows<200'000>, target_file_bytes<100'000'000>, max_bytes<512_MiB>, max_age<5_s>>;

}  // namespace sluice::inline v0

#include <sluice/batch/impl/batch_policy.hpp>

#endif  // SLUICE_BATCH_BATCH_POLICY_HPP
