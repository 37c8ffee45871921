#ifndef SLUICE_AUTH_DETAIL_FILE_HPP
#define SLUICE_AUTH_DETAIL_FILE_HPP

#include <sluice/auth/secret.hpp>
#include <sluice/config.hpp>
#include <sluice/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::detail {

/// A file that holds a secret.
struct private_file {
  secret text;
  std::vector<std::string> warnings;  ///< others on this machine can read it
};

/// Reads a small file. `what` names it in errors ("private key"). Errors: errc::io;
/// errc::invalid_configuration if it is over `limit` bytes.
[[nodiscard]] SLUICE_DECL result<private_file> read_private_file(std::string const& path,
                                                                 std::string_view what,
                                                                 std::size_t limit);

}  // namespace sluice::inline v0::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/auth/impl/file.ipp>
#endif

#endif  // SLUICE_AUTH_DETAIL_FILE_HPP
