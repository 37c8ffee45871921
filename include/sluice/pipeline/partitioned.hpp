#ifndef SLUICE_PIPELINE_PARTITIONED_HPP
#define SLUICE_PIPELINE_PARTITIONED_HPP

#include <sluice/config.hpp>
#include <sluice/destination/failed.hpp>
#include <sluice/ledger/dead_letter.hpp>
#include <sluice/ledger/position.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/pipeline/loader.hpp>
#include <sluice/pipeline/options.hpp>
#include <sluice/pipeline/report.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace sluice::inline v0 {

/// The part number `index` of `parts` equal ranges of [0, total): what one of several parallel
/// streams loads. The first ones have one element more where it does not come out even.
/// Preconditions: `parts >= 1`, `index < parts`.
[[nodiscard]] constexpr position_range partition_range(std::uint64_t total,
                                                       std::size_t parts,
                                                       std::size_t index) noexcept {
  std::uint64_t const each = total / parts;
  std::uint64_t const more = total % parts;
  std::uint64_t const before = index < more ? index : more;
  return {each * index + before, each + (index < more ? 1 : 0)};
}

/// What became of the parts of a partitioned load.
struct partitioned_report {
  report total;               ///< sums; names and lists are those of the parts
  std::vector<report> parts;  ///< by index

  [[nodiscard]] bool ok() const noexcept { return total.ok(); }
};

namespace detail {

template<class Destination>
constexpr std::size_t most_parts() noexcept {
  if constexpr (requires { Destination::most_parts; }) return Destination::most_parts;
  return std::numeric_limits<std::size_t>::max();
}

template<class Loader,
         std::size_t Parts,
         class Destination = typename Loader::plan_type::destination_type>
using parts_diagnosis =
    check<(Parts <= most_parts<Destination>()),
          failed::too_many_parts<Destination, Parts, most_parts<Destination>()>>;

}  // namespace detail

/// `Parts` loaders of one kind over one transport: parallel streams into one table, each with an
/// order, a place to resume and a producer of its own.
///
///     sluice::partitioned<order_loader, 4> load{transport, config, options};
///     // one thread each, or in turn:
///     auto const mine = sluice::partition_range(total, load.size(), i);
///     for (auto id = mine.first + *load[i].resume_position(); id != mine.end(); ++id)
///       load[i].push(make_order(id));
///     sluice::partitioned_report const r = load.finish();
///
/// The destination has `D::partition(config, index, count)`, which gives each part its own channel
/// or stream at the service, and may bound their number by `D::most_parts`. Positions count within
/// a part, so the number of parts belongs to the identity of the source: with another number
/// nothing is resumed by mistake. `run_options::memory_limit` is shared out evenly; a run id and a
/// journal's path get the suffix `-k<index>`. Thread safety: as for each loader; `finish` when
/// nobody pushes any more.
template<class Loader, std::size_t Parts>
class partitioned {
 public:
  static_assert(Parts >= 1, "a load has at least one part");
  static_assert(sizeof(require<detail::parts_diagnosis<Loader, Parts>>) != 0);

  using config = typename Loader::config;

  /// Throws std::system_error as `loader` does.
  partitioned(transport& t, config const& destination, run_options const& options = {});

  /// The same without exceptions.
  static result<partitioned> make(transport& t,
                                  config const& destination,
                                  run_options const& options = {});

  [[nodiscard]] static constexpr std::size_t size() noexcept { return Parts; }

  /// Precondition: `index < size()`.
  [[nodiscard]] Loader& operator[](std::size_t index) noexcept { return loaders_[index]; }

  /// Brings all parts to their end, side by side.
  partitioned_report finish();
  partitioned_report finish(deadline until);

 private:
  partitioned(transport& t, milliseconds within) : transport_{&t}, finish_within_{within} {}

  transport* transport_;
  milliseconds finish_within_;
  std::vector<Loader> loaders_;
};

namespace detail {

/// The options of one of `parts` loaders.
[[nodiscard]] SLUICE_DECL run_options options_of_part(run_options options,
                                                      std::size_t parts,
                                                      std::size_t index);

/// One sink for several loaders: their letters come one after another.
[[nodiscard]] SLUICE_DECL std::shared_ptr<dead_letter_sink> shared_sink(
    std::shared_ptr<dead_letter_sink> to);

SLUICE_DECL void add_to(report& total, report const& part);

}  // namespace detail
}  // namespace sluice::inline v0

#include <sluice/pipeline/impl/partitioned.hpp>

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/pipeline/impl/partitioned.ipp>
#endif

#endif  // SLUICE_PIPELINE_PARTITIONED_HPP
