#ifndef SLUICE_DESTINATION_FAILED_HPP
#define SLUICE_DESTINATION_FAILED_HPP

/// \file
/// What can be wrong with the combination of a record, stages and a destination, each as a type
/// that the compiler prints. What a single stage or schema can get wrong stands beside it.

#include <sluice/config.hpp>
#include <sluice/encode/format.hpp>

#include <cstddef>
#include <cstdint>

namespace sluice::inline v0::failed {

/// A loader takes batch<>, encode<>, compress<>, upload<> and durable<>, not `Option`.
template<class Option>
struct unknown_option {
  static constexpr bool ok = false;
};

/// The same stage is given twice.
template<class First, class Second>
struct duplicate_policy {
  static constexpr bool ok = false;
};

/// A loader needs `upload<Destination>`.
template<class Record>
struct upload_stage_is_missing {
  static constexpr bool ok = false;
};

/// `Destination` has no default format: add `encode<csv<>>` or another that it accepts.
template<class Destination>
struct encode_stage_is_missing {
  static constexpr bool ok = false;
};

/// `Type` lacks what the concept `destination` asks for; `static_assert(destination<Type>)` says
/// what.
template<class Type>
struct not_a_destination {
  static constexpr bool ok = false;
};

/// Operand of the failures below: what the destination takes instead.
template<auto... Values>
struct accepts;

/// `Accepted`: the formats of `Destination::limits`; one of its own needs no stage `encode`.
template<class Destination, format Given, class Accepted>
struct format_not_accepted {
  static constexpr bool ok = false;
};

/// `Accepted`: the codecs of `Destination::limits`.
template<class Destination, codec Given, class Accepted>
struct codec_not_accepted {
  static constexpr bool ok = false;
};

/// `max_rows` of the batch is above `Destination::limits.max_payload_rows`.
template<class Destination, std::uint64_t Given, std::uint64_t Limit>
struct batch_rows_over_destination_limit {
  static constexpr bool ok = false;
};

/// `max_bytes` (uncompressed) or `target_file_bytes` of the batch is above
/// `Destination::limits.max_payload_bytes`.
template<class Destination, std::uint64_t Given, std::uint64_t Limit>
struct batch_bytes_over_destination_limit {
  static constexpr bool ok = false;
};

/// See `Destination::limits.max_columns`.
template<class Destination, class Record, std::size_t Given, std::size_t Limit>
struct too_many_columns {
  static constexpr bool ok = false;
};

/// `durable<journal>` needs a destination whose session can `recover`.
template<class Destination>
struct destination_cannot_resume {
  static constexpr bool ok = false;
};

/// `loader::resume` needs to know where the last run stopped: `Destination` keeps no count of what
/// it holds, so the loader needs `durable<journal>`.
template<class Destination>
struct destination_keeps_no_count {
  static constexpr bool ok = false;
};

/// `loader::resume` moves `Source` to where the last run stopped: it needs `seek(position)`.
template<class Source>
struct source_cannot_seek {
  static constexpr bool ok = false;
};

/// `Destination` has no member template `checks<Record>`; `passed` is a fine value for it.
template<class Destination>
struct destination_has_no_checks {
  static constexpr bool ok = false;
};

/// `partitioned` makes more streams of one load than the service has; see
/// `Destination::most_parts`.
template<class Destination, std::size_t Parts, std::size_t Most>
struct too_many_parts {
  static constexpr bool ok = false;
};

}  // namespace sluice::inline v0::failed

#endif  // SLUICE_DESTINATION_FAILED_HPP
