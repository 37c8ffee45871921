#ifndef SLUICE_STORE_DETAIL_S3_REPLY_HPP
#define SLUICE_STORE_DETAIL_S3_REPLY_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/transport/message.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::inline v0::detail {

/// Text of the first element `name` of an S3 document, entities undone; empty if absent. S3's
/// replies are flat enough for this; it never reads outside `xml`, whatever that is.
[[nodiscard]] SLUICE_DECL std::string xml_text(std::string_view xml, std::string_view name);

/// Name of the root element; empty if there is none. White space and declarations before it are
/// skipped: S3 sends blanks to keep a slow completion alive.
[[nodiscard]] SLUICE_DECL std::string_view xml_root(std::string_view xml) noexcept;

/// What can be done about a reply without waiting.
enum class s3_repair : std::uint8_t {
  none,
  redirect,  ///< another region or host
  clock,     ///< our clock is wrong: take the server's
  renew      ///< the keys have expired
};

/// A reply of S3, judged.
struct s3_verdict {
  bool good = false;
  s3_repair repair = s3_repair::none;
  disposition kind = disposition::permanent;
  std::string code;     ///< of the error document or x-amz-error-code; else the HTTP status
  std::string message;  ///< the service's words, at most 300 bytes
  std::string_view remedy;
};

/// A pure function. `document_decides`: a 200 may hold an error (CompleteMultipartUpload).
/// Source: S3 API reference, "Error responses".
[[nodiscard]] SLUICE_DECL s3_verdict judge_s3(response const& reply,
                                              http_method method,
                                              bool document_decides);

}  // namespace sluice::inline v0::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/store/impl/s3_reply.ipp>
#endif

#endif  // SLUICE_STORE_DETAIL_S3_REPLY_HPP
