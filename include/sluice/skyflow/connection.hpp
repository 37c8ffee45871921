#ifndef SLUICE_SKYFLOW_CONNECTION_HPP
#define SLUICE_SKYFLOW_CONNECTION_HPP

#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/skyflow/credential.hpp>
#include <sluice/transport/message.hpp>
#include <sluice/transport/retry.hpp>
#include <sluice/units.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice::inline v0::skyflow {

/// The two generations of the API. A vault belongs to one; its URL tells which: `.vault.` or
/// `.skyvault.`.
enum class vault_api : std::uint8_t {
  classic,   ///< v1
  flowvault  ///< v2
};

/// Numbers of the service that are not about single payloads.
struct service_limits {
  /// Requests at once: what loaders in the field are run with, at most.
  static constexpr std::size_t requests_at_once = 128;
  /// "Get Records": documented maximum and default of `limit`; "Query": rows at most; tokens of one
  /// detokenize call in the vendor's samples. All read 2026.
  static constexpr std::size_t rows_per_read = 25;
  /// Ids of one bulk delete: what the public loader sends; the service documents none.
  static constexpr std::size_t ids_per_delete = 100;
  /// Bytes of values in the URL of a read. No number is documented; servers take URLs of 8 KB, and
  /// every byte of a value may become three.
  static constexpr std::size_t url_value_bytes = 2'000;
  /// "Insert Records", read 2026: characters of a value in a unique column.
  static constexpr std::size_t unique_characters = 2'500;
};

/// Where a vault is and as whom to come. Only `vault_url`, `vault_id` and `auth` have no default.
struct connection {
  std::string vault_url = {};  ///< "https://ebfc9bee4242.vault.skyflowapis.com"
  std::string vault_id = {};
  credential auth = {};
  vault_api api = vault_api::classic;
  /// 1 to 128; fewer while the service asks for it. For a `vault` its option `concurrency` counts.
  std::size_t requests_at_once = 32;
  milliseconds gap{0};      ///< at least this between two requests; 0: none
  bool plain_http = false;  ///< lets URLs be http: whoever carries the bytes can read them
  /// Streams of one connection instead of connections. A stream that the service refuses counts as
  /// one of which no answer came.
  bool http2 = false;
  /// Until a request gives up: there is no endless retry.
  retry_policy retry{};
  milliseconds longest_wait{30'000};  ///< what the service may ask to wait before the next attempt
  /// Of one attempt.
  time_limits limits{milliseconds{10'000}, milliseconds{90'000}, milliseconds{120'000}};
};

/// Whether the connection can be used at all.
/// Error: sluice::errc::invalid_configuration, naming the member, or the credential's own.
[[nodiscard]] SLUICE_DECL result<void> validate(connection const& c);

}  // namespace sluice::inline v0::skyflow

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/skyflow/impl/connection.ipp>
#endif

#endif  // SLUICE_SKYFLOW_CONNECTION_HPP
