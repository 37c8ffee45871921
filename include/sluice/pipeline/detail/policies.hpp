#ifndef SLUICE_PIPELINE_DETAIL_POLICIES_HPP
#define SLUICE_PIPELINE_DETAIL_POLICIES_HPP

#include <sluice/batch/batch_policy.hpp>
#include <sluice/compress/compress.hpp>
#include <sluice/config.hpp>
#include <sluice/destination/destination.hpp>
#include <sluice/destination/failed.hpp>
#include <sluice/destination/upload.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/ledger/durable.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/schema/schema.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace sluice::inline v0::detail {

enum class stage_kind : std::uint8_t { unknown, batch, encode, compress, upload, durable };

template<class Policy>
inline constexpr stage_kind kind_of = stage_kind::unknown;
template<class... Limits>
inline constexpr stage_kind kind_of<batch<Limits...>> = stage_kind::batch;
template<class Format>
inline constexpr stage_kind kind_of<encode<Format>> = stage_kind::encode;
template<class Codec>
inline constexpr stage_kind kind_of<compress<Codec>> = stage_kind::compress;
template<class Destination>
inline constexpr stage_kind kind_of<upload<Destination>> = stage_kind::upload;
template<class Strength>
inline constexpr stage_kind kind_of<durable<Strength>> = stage_kind::durable;

/// The first of `Policies` of a kind, else `Default`.
template<stage_kind Kind, class Default, class... Policies>
struct find_policy {
  using type = Default;
};

template<stage_kind Kind, class Default, class First, class... Rest>
struct find_policy<Kind, Default, First, Rest...>
    : std::conditional_t<kind_of<First> == Kind,
                         std::type_identity<First>,
                         find_policy<Kind, Default, Rest...>> {};

template<stage_kind Kind, class Default, class... Policies>
using policy_or = typename find_policy<Kind, Default, Policies...>::type;

/// The first policy that is no stage, else `void`.
template<class... Policies>
using unknown_policy = policy_or<stage_kind::unknown, void, Policies...>;

/// `passed`, or the first pair of policies of the same kind.
template<class... Policies>
struct duplicates {
  using type = passed;
};

template<class First, class... Rest>
struct duplicates<First, Rest...> {
  using same = policy_or<kind_of<First>, void, Rest...>;
  using type =
      typename std::conditional_t<std::is_void_v<same>,
                                  duplicates<Rest...>,
                                  std::type_identity<failed::duplicate_policy<First, same>>>::type;
};

template<class Stage>
struct destination_of {
  using type = void;
};

template<class Destination>
struct destination_of<upload<Destination>> {
  using type = Destination;
};

template<class Destination>
struct defaults_of {
  template<class D>
  static auto batch_of() {
    if constexpr (requires { typename D::default_batch; })
      return std::type_identity<typename D::default_batch>{};
    else
      return std::type_identity<balanced>{};
  }

  template<class D>
  static auto encode_of() {
    if constexpr (requires { typename D::default_encode; })
      return std::type_identity<typename D::default_encode>{};
    else
      return std::type_identity<void>{};
  }

  template<class D>
  static auto compress_of() {
    if constexpr (requires { typename D::default_compress; })
      return std::type_identity<typename D::default_compress>{};
    else
      return std::type_identity<compress<none>>{};
  }

  using batch_stage = typename decltype(batch_of<Destination>())::type;
  using encode_stage = typename decltype(encode_of<Destination>())::type;
  using compress_stage = typename decltype(compress_of<Destination>())::type;
};

/// What a destination takes, for a failure to show: a `failed::accepts`.
template<class Destination, std::size_t... N>
auto formats_of(std::index_sequence<N...>) -> failed::accepts<Destination::limits.formats.at(N)...>;
template<class Destination, std::size_t... N>
auto codecs_of(std::index_sequence<N...>) -> failed::accepts<Destination::limits.codecs.at(N)...>;

template<class Destination>
using accepted_formats = decltype(formats_of<Destination>(
    std::make_index_sequence<Destination::limits.formats.size()>{}));
template<class Destination>
using accepted_codecs =
    decltype(codecs_of<Destination>(std::make_index_sequence<Destination::limits.codecs.size()>{}));

/// The rules over what the limits of a batch may be at a destination.
template<class Plan>
consteval auto diagnose_limits() {
  using destination_type = typename Plan::destination_type;
  constexpr capabilities limits = destination_type::limits;
  constexpr batch_limits batch = Plan::batch_stage::limits(batch_limits{});
  constexpr bool compressed = Plan::compress_stage::codec_type::kind != codec::none;
  // Not std::min: <algorithm> is slow to compile.
  constexpr std::uint64_t file = compressed || batch.target_file_bytes < batch.max_bytes
                                     ? batch.target_file_bytes
                                     : batch.max_bytes;
  using batch_diagnosis = all_of<
      check<(batch.max_rows == batch_limits::none || batch.max_rows <= limits.max_payload_rows),
            failed::batch_rows_over_destination_limit<destination_type,
                                                      batch.max_rows,
                                                      limits.max_payload_rows>>,
      check<(file == batch_limits::none || file <= limits.max_payload_bytes),
            failed::batch_bytes_over_destination_limit<destination_type,
                                                       file,
                                                       limits.max_payload_bytes>>>;
  using columns_diagnosis =
      check<(schema<typename Plan::record_type>::count <= limits.max_columns),
            failed::too_many_columns<destination_type,
                                     typename Plan::record_type,
                                     schema<typename Plan::record_type>::count,
                                     limits.max_columns>>;
  using durable_diagnosis =
      check<(!Plan::is_durable || recoverable_session<typename destination_type::session>),
            failed::destination_cannot_resume<destination_type>>;
  return std::type_identity<all_of<batch_diagnosis, columns_diagnosis, durable_diagnosis>>{};
}

/// The rules of a destination over the record and the other stages.
template<class Plan>
consteval auto diagnose_destination() {
  using destination_type = typename Plan::destination_type;
  using record_type = typename Plan::record_type;
  if constexpr (!destination<destination_type>) {
    return std::type_identity<failed::not_a_destination<destination_type>>{};
  } else if constexpr (!requires { typename destination_type::template checks<record_type>; }) {
    return std::type_identity<failed::destination_has_no_checks<destination_type>>{};
  } else if constexpr (std::is_void_v<typename Plan::encode_stage>) {
    return std::type_identity<failed::encode_stage_is_missing<destination_type>>{};
  } else {
    using format_type = typename Plan::encode_stage::format_type;
    using codec_type = typename Plan::compress_stage::codec_type;
    using own = all_of<format_diagnosis<format_type>,
                       codec_diagnosis<codec_type>,
                       typename Plan::batch_stage::diagnosis>;
    if constexpr (!own::ok) {
      return std::type_identity<own>{};
    } else {
      constexpr capabilities limits = destination_type::limits;
      constexpr format given = format_description{format_type::description}.kind;
      if constexpr (!limits.formats.has(given)) {
        return std::type_identity<
            failed::
                format_not_accepted<destination_type, given, accepted_formats<destination_type>>>{};
      } else if constexpr (!limits.codecs.has(codec_type::kind)) {
        return std::type_identity<failed::codec_not_accepted<destination_type,
                                                             codec_type::kind,
                                                             accepted_codecs<destination_type>>>{};
      } else {
        using figures = typename decltype(diagnose_limits<Plan>())::type;
        using checked = all_of<figures, typename destination_type::template checks<record_type>>;
        return std::type_identity<checked>{};
      }
    }
  }
}

/// All rules in order; the first that is broken is the diagnosis.
template<class Plan, class... Policies>
consteval auto diagnose() {
  using record_type = typename Plan::record_type;
  if constexpr (!schema_diagnosis<record_type>::ok) {
    return std::type_identity<schema_diagnosis<record_type>>{};
  } else if constexpr (!std::is_void_v<unknown_policy<Policies...>>) {
    return std::type_identity<failed::unknown_option<unknown_policy<Policies...>>>{};
  } else if constexpr (!duplicates<Policies...>::type::ok) {
    return std::type_identity<typename duplicates<Policies...>::type>{};
  } else if constexpr (std::is_void_v<typename Plan::upload_stage>) {
    return std::type_identity<failed::upload_stage_is_missing<record_type>>{};
  } else {
    return diagnose_destination<Plan>();
  }
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_DETAIL_POLICIES_HPP
