#ifndef SLUICE_STORE_S3_HPP
#define SLUICE_STORE_S3_HPP

#include <sluice/auth/sigv4.hpp>
#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/store/aws_credential_source.hpp>
#include <sluice/store/detail/s3_reply.hpp>
#include <sluice/store/object_store.hpp>
#include <sluice/transport/group.hpp>
#include <sluice/transport/retry.hpp>
#include <sluice/transport/sync.hpp>
#include <sluice/transport/task.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0 {

/// How a bucket is named in a URL.
enum class s3_addressing : std::uint8_t {
  automatic,     ///< path where the bucket holds a dot, or the endpoint is an address or has no dot
  virtual_host,  ///< https://bucket.host/key
  path           ///< https://host/bucket/key
};

/// What covers a body on its way.
enum class s3_payload : std::uint8_t {
  automatic,  ///< TLS over https, a digest over http
  unsigned_,  ///< TLS alone; over https only
  sha256      ///< a signed digest, which the store verifies; costs a pass over the body
};

/// Where objects go and how.
struct s3_options {
  std::string bucket = {};
  std::string region = "us-east-1";
  std::string endpoint = {};  ///< host[:port], or with http:// or https://; empty: Amazon's
  s3_addressing addressing = s3_addressing::automatic;
  s3_payload payload = s3_payload::automatic;
  std::uint64_t multipart_threshold = 64_MiB;  ///< bodies over this go in parts
  std::uint64_t part_bytes = 8_MiB;            ///< at least; grown to stay within 10,000 parts
  std::size_t parallel = 8;                    ///< requests under way at once, over all objects
  retry_policy retry = {};                     ///< of each request: each part is retried alone
  time_limits limits = {};
  request_observer* observer = nullptr;  ///< hears of requests; null: nobody does
};

/// Numbers of the service. Source: Amazon S3 user guide, "Amazon S3 multipart upload limits";
/// S3 API reference, "PutObject", "Error responses" (RequestTimeTooSkewed).
struct s3_limits {
  static constexpr std::uint64_t single_put_bytes = 5_GiB;
  static constexpr std::uint64_t part_bytes_min = 5_MiB;  ///< but for the last part
  static constexpr std::uint64_t parts = 10'000;
  static constexpr std::size_t key_bytes = 1'024;
  /// Signatures of a clock that is wrong by 15 minutes are refused; a minute is left for rounding.
  static constexpr std::chrono::minutes clock_tolerance{14};
};

/// Amazon S3, or a store that speaks its protocol.
///
/// Each request is signed for its attempt. Redirects to another region or host of the same store
/// are followed, signed anew, at most five; a clock that is wrong is corrected by the server's;
/// expired keys are renewed once per generation. On SlowDown the parallelism is halved and grows
/// back with each success. An upload in parts that fails is aborted at the service.
/// Errors: errc::http_status with the store's code in service_code and its request id, classified;
/// errc::invalid_configuration; those of the transport. Retryable ones were retried by policy.
/// Transport thread only; must outlive its tasks.
class s3_store final : public object_store {
 public:
  s3_store(transport& t, s3_options options, std::shared_ptr<aws_credential_source> keys);

  [[nodiscard]] SLUICE_DECL task<stored_object> put(std::string name,
                                                    chunk_list body,
                                                    put_options options = {}) override;
  [[nodiscard]] SLUICE_DECL task<std::optional<stored_object>> head(std::string name) override;
  [[nodiscard]] SLUICE_DECL task<std::optional<object_part>> get(std::string name,
                                                                 std::uint64_t offset,
                                                                 std::uint64_t length) override;
  [[nodiscard]] SLUICE_DECL task<void> remove(std::string name) override;

  /// What is added to this machine's time when signing.
  [[nodiscard]] std::chrono::seconds clock_offset() const noexcept { return clock_offset_; }

 private:
  struct call {
    http_method method = http_method::get;
    std::string_view key;
    std::string query = {};
    std::vector<header> headers = {};
    chunk_list body = {};
    std::string payload_sha256 = std::string{empty_payload_sha256};
    bool document_decides = false;
    std::string_view label = {};
    std::string_view answer_header = {};   ///< that a good reply has; a proxy's own page has none
    std::string_view answer_element = {};  ///< the same of its document
    std::size_t attempts_before = 0;       ///< see `put_options`
    std::uint64_t reply_bytes = 1_MiB;     ///< a longer reply is an error
  };

  /// What became of a call that was repeated.
  struct outcome {
    response reply;
    bool repeated = false;  ///< an earlier attempt may have been carried out
    std::uint64_t retries = 0;
  };

  /// A part of an object, and what came of sending it.
  struct part {
    std::size_t number = 0;  ///< from 1
    chunk_list body = {};
    std::string etag = {};
    std::uint64_t retries = 0;
  };

  struct place {
    std::string region;
    std::string host;  ///< after a redirect; empty: from the options
  };

  [[nodiscard]] task<outcome> send(call c);
  [[nodiscard]] task<response> attempt(call const& c, std::size_t n);
  [[nodiscard]] task<stored_object> put_single(std::string_view key,
                                               chunk_list body,
                                               put_options options);
  [[nodiscard]] task<stored_object> put_parts(std::string_view key,
                                              chunk_list body,
                                              put_options options);
  [[nodiscard]] task<void> put_part(std::string_view key,
                                    std::string_view upload_id,
                                    part& one,
                                    std::size_t attempts_before);
  [[nodiscard]] task<stored_object> complete(std::string_view key,
                                             std::string_view upload_id,
                                             std::vector<part> const& parts,
                                             std::uint64_t size,
                                             put_options const& options);
  [[nodiscard]] task<void> abort(std::string_view key, std::string_view upload_id);
  [[nodiscard]] task<stored_object> confirm(std::string_view key,
                                            std::uint64_t size,
                                            std::size_t parts,
                                            error why);
  [[nodiscard]] task<std::string> payload_hash(chunk_list body);

  [[nodiscard]] result<void> check(std::string_view name, std::uint64_t size) const;
  [[nodiscard]] std::string url_of(call const& c, place const& where) const;
  [[nodiscard]] bool follow(response const& reply, place& where) const;
  [[nodiscard]] error failure(call const& c,
                              response const& reply,
                              detail::s3_verdict const& verdict) const;
  void adapt(bool throttled_now) noexcept;

  transport& transport_;
  s3_options options_;
  std::shared_ptr<aws_credential_source> keys_;
  std::string scheme_;
  std::string endpoint_;  // host[:port]
  bool path_style_ = false;
  place home_;
  std::chrono::seconds clock_offset_{0};
  async_semaphore slots_;
};

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/store/impl/s3.ipp>
#include <sluice/store/impl/s3_get.ipp>
#include <sluice/store/impl/s3_put.ipp>
#endif

#endif  // SLUICE_STORE_S3_HPP
