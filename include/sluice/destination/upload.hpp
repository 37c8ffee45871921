#ifndef SLUICE_DESTINATION_UPLOAD_HPP
#define SLUICE_DESTINATION_UPLOAD_HPP

#include <sluice/config.hpp>

namespace sluice::inline v0 {

// GCC shows these names of parameters where `upload<snowflake::bulk>` lacks its `<>`.
template<class Type_with_its_brackets>
struct upload;

/// The stage `upload` of a loader: `upload<snowflake::bulk<>>`, `upload<file>`.
template<class Destination>
struct upload {
  using destination_type = Destination;
};

}  // namespace sluice::inline v0

#endif  // SLUICE_DESTINATION_UPLOAD_HPP
