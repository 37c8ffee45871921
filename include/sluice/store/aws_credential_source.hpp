#ifndef SLUICE_STORE_AWS_CREDENTIAL_SOURCE_HPP
#define SLUICE_STORE_AWS_CREDENTIAL_SOURCE_HPP

#include <sluice/auth/sigv4.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/transport/sync.hpp>
#include <sluice/transport/task.hpp>

#include <cstdint>
#include <functional>
#include <utility>

namespace sluice::inline v0 {

/// Keys that can be renewed, shared by everybody who signs with them. However many find out at once
/// that they have expired, they are renewed once: each says which generation it used.
/// Transport thread only.
class aws_credential_source {
 public:
  using renew_function = std::function<task<aws_credential>()>;

  /// `renew` null: the keys are all there is.
  explicit aws_credential_source(aws_credential keys, renew_function renew = nullptr)
      : keys_{std::move(keys)}, renew_{std::move(renew)} {}

  [[nodiscard]] aws_credential const& current() const noexcept { return keys_; }

  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

  [[nodiscard]] bool renewable() const noexcept { return renew_ != nullptr; }

  /// Gets keys newer than those of `failed_generation`. Error: what the renewal says;
  /// errc::invalid_configuration if there is none.
  [[nodiscard]] task<void> renew(std::uint64_t failed_generation);

  /// Keys that somebody else has renewed.
  void replace(aws_credential keys) {
    keys_ = std::move(keys);
    ++generation_;
  }

 private:
  aws_credential keys_;
  renew_function renew_;
  std::uint64_t generation_ = 1;
  async_mutex lock_;
};

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/store/impl/aws_credential_source.ipp>
#endif

#endif  // SLUICE_STORE_AWS_CREDENTIAL_SOURCE_HPP
