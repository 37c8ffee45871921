#ifndef SLUICE_PIPELINE_HEALTH_HPP
#define SLUICE_PIPELINE_HEALTH_HPP

#include <sluice/config.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

enum class health_status : std::uint8_t {
  healthy,
  degraded,  ///< it goes on, but payloads or dead letters fail
  failed     ///< it takes no more records; `finish` tells the rest
};

/// "healthy", "degraded", "failed".
[[nodiscard]] constexpr std::string_view name_of(health_status status) noexcept {
  switch (status) {
    case health_status::healthy:
      return "healthy";
    case health_status::degraded:
      return "degraded";
    case health_status::failed:
      return "failed";
  }
  return "unknown";
}

/// The part of the pipeline that the others wait for.
enum class pipeline_stage : std::uint8_t {
  source,    ///< records come slower than they are loaded
  compress,  ///< workers are busy all the time
  upload     ///< the service or the network
};

/// "source", "compress", "upload".
[[nodiscard]] constexpr std::string_view name_of(pipeline_stage stage) noexcept {
  switch (stage) {
    case pipeline_stage::source:
      return "source";
    case pipeline_stage::compress:
      return "compress";
    case pipeline_stage::upload:
      return "upload";
  }
  return "unknown";
}

/// How a loader is doing.
struct health {
  health_status status = health_status::healthy;
  pipeline_stage bottleneck = pipeline_stage::source;
  std::string message;  ///< one sentence with cause and figures
};

}  // namespace sluice::inline v0

#endif  // SLUICE_PIPELINE_HEALTH_HPP
