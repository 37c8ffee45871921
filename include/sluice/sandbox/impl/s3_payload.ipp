#ifndef SLUICE_SANDBOX_IMPL_S3_PAYLOAD_IPP
#define SLUICE_SANDBOX_IMPL_S3_PAYLOAD_IPP

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/sigv4.hpp>
#include <sluice/sandbox/detail/text.hpp>

#include <charconv>

namespace sluice::inline v0::sandbox::detail {

namespace payload_impl {

inline s3_error broken(std::string what) {
  return {400, "IncompleteBody", "The aws-chunked body is malformed: " + std::move(what), {}};
}

/// The value of a checksum header of this name over `body`; nothing for an unknown algorithm.
inline std::optional<std::string> checksum(std::string_view algorithm, std::string_view body) {
  auto const big_endian = [](std::uint64_t value, int bytes) {
    std::string out;
    for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
    return base64(out);
  };
  if (algorithm == "crc32") return big_endian(crc32(0, body), 4);
  if (algorithm == "crc32c") return big_endian(crc32c(0, body), 4);
  if (algorithm == "crc64nvme") return big_endian(crc64nvme(0, body), 8);
  if (algorithm == "sha1") return base64(sha1(body));
  if (algorithm == "sha256") return base64(sha256(body));
  return std::nullopt;
}

/// Walks through the chunks of one body.
class chunk_decoder {
 public:
  chunk_decoder(signed_request const& by, std::string_view body) : by_(by), rest_(body) {
    previous_ = by.signature;
    chunks_signed_ = by.payload_hash.starts_with("STREAMING-AWS4");
    trailer_expected_ = by.payload_hash.ends_with("-TRAILER");
  }

  std::optional<s3_error> run() {
    for (bool last = false; !last;) {
      if (auto error = chunk(last)) return error;
    }
    return trailer_expected_ ? trailer() : std::nullopt;
  }

  std::string decoded;
  name_values trailers;

 private:
  std::optional<std::string_view> line() {
    auto const end = rest_.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    auto const out = rest_.substr(0, end);
    rest_.remove_prefix(end + 2);
    return out;
  }

  std::optional<s3_error> chunk(bool& last) {
    auto const head = line();
    if (!head) return broken("a chunk has no header line");
    auto const semicolon = head->find(';');
    auto const size_text = head->substr(0, semicolon);
    std::uint64_t size = 0;
    auto const [end, error] =
        std::from_chars(size_text.data(), size_text.data() + size_text.size(), size, 16);
    if (error != std::errc{} || end != size_text.data() + size_text.size() || size > rest_.size()) {
      return broken("a chunk's size is wrong");
    }
    std::string_view const data = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(data.size());
    last = size == 0;
    if (chunks_signed_) {
      constexpr std::string_view name = ";chunk-signature=";
      auto const extension =
          semicolon == std::string_view::npos ? std::string_view{} : head->substr(semicolon);
      if (!extension.starts_with(name)) return broken("a chunk has no signature");
      std::string const to_sign = "AWS4-HMAC-SHA256-PAYLOAD\n" + by_.amz_date + '\n' + by_.scope +
                                  '\n' + previous_ + '\n' + sha256_hex("") + '\n' +
                                  sha256_hex(data);
      previous_ = hex(hmac_sha256(by_.signing_key, to_sign));
      if (!constant_time_equal(previous_, extension.substr(name.size()))) {
        return s3_error{403, "SignatureDoesNotMatch", "A chunk signature does not match.", {}};
      }
    }
    decoded += data;
    if (last && trailer_expected_) return std::nullopt;  // trailer lines follow at once
    if (!rest_.starts_with("\r\n")) return broken("a chunk does not end in CRLF");
    rest_.remove_prefix(2);
    return std::nullopt;
  }

  std::optional<s3_error> trailer() {
    std::string hashed;
    std::string signature;
    for (;;) {
      auto const text = line();
      if (!text) return broken("the trailer does not end");
      if (text->empty()) break;
      auto const colon = text->find(':');
      if (colon == std::string_view::npos) return broken("a trailer line has no colon");
      std::string const name = lower(text->substr(0, colon));
      std::string const value(trimmed(text->substr(colon + 1)));
      if (name == "x-amz-trailer-signature") {
        signature = value;
      } else {
        hashed += name + ':' + value + '\n';
        trailers.emplace_back(name, value);
      }
    }
    if (!chunks_signed_) return std::nullopt;
    std::string const to_sign = "AWS4-HMAC-SHA256-TRAILER\n" + by_.amz_date + '\n' + by_.scope +
                                '\n' + previous_ + '\n' + sha256_hex(hashed);
    if (!constant_time_equal(hex(hmac_sha256(by_.signing_key, to_sign)), signature)) {
      return s3_error{403, "SignatureDoesNotMatch", "The trailer signature does not match.", {}};
    }
    return std::nullopt;
  }

  signed_request const& by_;
  std::string_view rest_;
  std::string previous_;
  bool chunks_signed_ = false;
  bool trailer_expected_ = false;
};

}  // namespace payload_impl

std::optional<s3_error> decode_payload(http_request const& request,
                                       signed_request const& by,
                                       std::string& body) {
  using namespace payload_impl;
  if (!by.payload_hash.starts_with("STREAMING-")) {
    if (by.payload_hash != "UNSIGNED-PAYLOAD" && by.payload_hash != sha256_hex(body)) {
      return s3_error{
          400,
          "XAmzContentSHA256Mismatch",
          "The provided 'x-amz-content-sha256' header does not match what was computed.",
          {{"ClientComputedContentSHA256", by.payload_hash},
           {"S3ComputedContentSHA256", sha256_hex(body)}}};
    }
    return std::nullopt;
  }
  chunk_decoder decoder(by, body);
  if (auto error = decoder.run()) return error;
  auto const announced = to_integer(request.header("x-amz-decoded-content-length"));
  if (!announced || static_cast<std::uint64_t>(*announced) != decoder.decoded.size()) {
    return s3_error{400,
                    "IncompleteBody",
                    "x-amz-decoded-content-length is missing or not the decoded length.",
                    {}};
  }
  body = std::move(decoder.decoded);
  return verify_checksums(decoder.trailers, body);
}

std::optional<s3_error> verify_checksums(name_values const& headers, std::string_view body) {
  constexpr std::string_view prefix = "x-amz-checksum-";
  for (auto const& [name, value] : headers) {
    std::optional<std::string> expected;
    if (name == "content-md5") {
      expected = base64(md5(body));
    } else if (name.starts_with(prefix)) {
      expected = payload_impl::checksum(std::string_view(name).substr(prefix.size()), body);
    }
    if (expected && *expected != value) {
      return s3_error{
          400, "BadDigest", "The " + name + " you specified did not match what we received.", {}};
    }
  }
  return std::nullopt;
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_S3_PAYLOAD_IPP
