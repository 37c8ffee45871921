#ifndef SLUICE_SKYFLOW_DETAIL_ALL_STORED_HPP
#define SLUICE_SKYFLOW_DETAIL_ALL_STORED_HPP

#include <sluice/config.hpp>

#include <cstddef>
#include <string_view>

namespace sluice::inline v0::skyflow::detail {

/// Whether an answer to an insert plainly says of each of `rows` records that it was stored:
/// `records` with an id each and neither error nor code. Most answers do, and when only the outcome
/// is asked for they are read by this alone: no value of them is built. False says nothing: the
/// answer has another shape, another word, or is broken.
[[nodiscard]] SLUICE_DECL bool all_stored(std::string_view body, std::size_t rows);

}  // namespace sluice::inline v0::skyflow::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/skyflow/impl/all_stored.ipp>
#endif

#endif  // SLUICE_SKYFLOW_DETAIL_ALL_STORED_HPP
