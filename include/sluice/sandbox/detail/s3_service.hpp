#ifndef SLUICE_SANDBOX_DETAIL_S3_SERVICE_HPP
#define SLUICE_SANDBOX_DETAIL_S3_SERVICE_HPP

#include <sluice/sandbox/detail/object_store.hpp>
#include <sluice/sandbox/detail/service.hpp>
#include <sluice/sandbox/detail/sigv4.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace sluice::inline v0::sandbox::detail {

/// Chunks of large results, behind presigned-looking URLs that want their own headers.
class result_chunks {
 public:
  /// `name` is the path below `/results/`.
  void add(std::string name, std::string gzip_body);
  std::shared_ptr<std::string const> find(std::string_view name) const;

  /// What `chunkHeaders` tells the client to send.
  name_values const& required_headers() const noexcept { return headers_; }

  result_chunks();

 private:
  name_values headers_;
  mutable std::mutex guard_;
  std::map<std::string, std::shared_ptr<std::string const>, std::less<>> chunks_;
};

/// The S3 double: one bucket, addressed by path or by virtual host.
/// Source: Amazon S3 API reference: PutObject, multipart upload, error responses.
class s3_service final : public http_handler {
 public:
  static constexpr std::string_view bucket = "sluice-stage";

  s3_service(service& s,
             object_store& objects,
             multipart_uploads& uploads,
             credential_table& credentials,
             result_chunks& chunks)
      : service_(s),
        objects_(objects),
        uploads_(uploads),
        credentials_(credentials),
        chunks_(chunks) {}

  head_verdict on_head(http_request const& head) override;
  http_response on_request(http_request& request, connection& peer) override;
  void on_broken(http_request const& head, head_verdict const& verdict) override;

 private:
  struct call {
    http_request& request;
    fault_gate& gate;
    std::string key;
    std::string body;  ///< decoded
  };

  std::string object_key(http_request const& request) const;
  std::vector<std::string> kinds_of(http_request const& request) const;
  http_response execute(http_request& request, fault_gate& gate);
  http_response dispatch(call& c, signed_request const& by);
  http_response head_object(call& c);
  http_response get_object(call& c);
  http_response put_object(call& c);
  http_response start_upload(call& c);
  http_response put_part(call& c);
  http_response complete_upload(call& c);
  http_response abort_upload(call& c);
  http_response list_objects(call& c);
  http_response list_parts(call& c);
  http_response chunk(http_request const& request);
  http_response failure(s3_error const& error, http_request const& request) const;
  signature_check verify(http_request const& request) const;

  service& service_;
  object_store& objects_;
  multipart_uploads& uploads_;
  credential_table& credentials_;
  result_chunks& chunks_;
};

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_S3_SERVICE_HPP
