#ifndef SLUICE_STORE_IMPL_AWS_CREDENTIAL_SOURCE_IPP
#define SLUICE_STORE_IMPL_AWS_CREDENTIAL_SOURCE_IPP

#include <sluice/store/aws_credential_source.hpp>

#include <cstdint>
#include <utility>

namespace sluice::inline v0 {

SLUICE_DECL task<void> aws_credential_source::renew(std::uint64_t failed_generation) {
  if (!renew_)
    co_return error{errc::invalid_configuration,
                    "the keys of the object store have expired and cannot be renewed; give fresh "
                    "ones or a way to renew them"};
  result<permit> held = co_await lock_.lock();
  if (!held) co_return held.error();
  if (generation_ != failed_generation) co_return success;
  result<aws_credential> fresh = co_await renew_();
  if (!fresh) co_return fresh.error();
  replace(std::move(*fresh));
  co_return success;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_STORE_IMPL_AWS_CREDENTIAL_SOURCE_IPP
