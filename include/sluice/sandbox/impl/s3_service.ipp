#ifndef SLUICE_SANDBOX_IMPL_S3_SERVICE_IPP
#define SLUICE_SANDBOX_IMPL_S3_SERVICE_IPP

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/s3_service.hpp>
#include <sluice/sandbox/detail/text.hpp>

#include <algorithm>
#include <ctime>

namespace sluice::inline v0::sandbox::detail {

result_chunks::result_chunks()
    : headers_{{"x-amz-server-side-encryption-customer-algorithm", "AES256"},
               {"x-amz-server-side-encryption-customer-key", base64(random_bytes(32))}} {}

void result_chunks::add(std::string name, std::string gzip_body) {
  std::lock_guard const lock(guard_);
  chunks_.insert_or_assign(std::move(name),
                           std::make_shared<std::string const>(std::move(gzip_body)));
}

std::shared_ptr<std::string const> result_chunks::find(std::string_view name) const {
  std::lock_guard const lock(guard_);
  auto const found = chunks_.find(name);
  return found == chunks_.end() ? nullptr : found->second;
}

namespace s3_impl {

constexpr std::string_view results_path = "/results/";

inline std::string http_date(std::chrono::system_clock::time_point when) {
  std::time_t const seconds = std::chrono::system_clock::to_time_t(when);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  std::size_t const size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return std::string(text, size);
}

inline http_response xml(int status, std::string body) {
  http_response out;
  out.status = status;
  out.headers.emplace_back("Content-Type", "application/xml");
  out.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + std::move(body);
  return out;
}

inline std::string element(std::string_view name, std::string_view value) {
  std::string const tag(name);
  return '<' + tag + '>' + xml_escaped(value) + "</" + tag + '>';
}

/// Metadata, type and coding that a PUT or the start of a multipart upload carries.
inline object_info described(http_request const& request,
                             std::string key,
                             std::chrono::system_clock::time_point now) {
  object_info out;
  out.key = std::move(key);
  out.content_type = request.header("content-type");
  for (auto const part : split(request.header("content-encoding"), ',')) {
    if (trimmed(part) == "aws-chunked" || trimmed(part).empty()) continue;
    if (!out.content_encoding.empty()) out.content_encoding += ',';
    out.content_encoding += trimmed(part);
  }
  for (auto const& [name, value] : request.headers) {
    if (name.starts_with("x-amz-meta-")) out.metadata.emplace_back(name, value);
  }
  out.last_modified = now;
  return out;
}

inline std::optional<s3_error> metadata_too_large(object_info const& info) {
  std::size_t bytes = 0;
  for (auto const& [name, value] : info.metadata) bytes += name.size() - 11 + value.size();
  if (bytes <= 2048) return std::nullopt;
  return s3_error{400,
                  "MetadataTooLarge",
                  "Your metadata headers exceed the maximum allowed metadata size",
                  {}};
}

}  // namespace s3_impl

std::string s3_service::object_key(http_request const& request) const {
  std::string const path = percent_decoded(request.path);
  std::string_view rest = std::string_view(path).substr(path.empty() ? 0 : 1);
  if (request.header("host").starts_with(std::string(bucket) + '.')) return std::string(rest);
  if (!rest.starts_with(bucket)) return {};
  rest.remove_prefix(bucket.size());
  if (rest.empty() || rest.front() != '/') return {};
  return std::string(rest.substr(1));
}

std::vector<std::string> s3_service::kinds_of(http_request const& request) const {
  std::vector<std::string> out{"any", "stage"};
  bool const part = request.has_parameter("partNumber");
  bool const upload = request.has_parameter("uploadId");
  std::string kind;
  if (request.path.starts_with(s3_impl::results_path)) {
    kind = "chunk";
  } else if (request.method == "HEAD") {
    kind = "head_object";
  } else if (request.method == "PUT") {
    kind = part ? "upload_part" : "upload";
  } else if (request.method == "POST" && request.has_parameter("uploads")) {
    kind = "upload_start";
  } else if (request.method == "POST" && upload) {
    kind = "complete";
  } else if (request.method == "DELETE" && upload) {
    kind = "abort_upload";
  } else if (request.method == "GET" && !object_key(request).empty()) {
    kind = "download";
  }
  if (!kind.empty()) out.push_back(std::move(kind));
  return out;
}

http_response s3_service::failure(s3_error const& error, http_request const& request) const {
  std::string body =
      "<Error>" + s3_impl::element("Code", error.code) + s3_impl::element("Message", error.message);
  for (auto const& [name, value] : error.details) body += s3_impl::element(name, value);
  body += s3_impl::element("RequestId", random_hex(8)) +
          s3_impl::element("HostId", random_hex(16)) + "</Error>";
  http_response out = s3_impl::xml(error.status, std::move(body));
  if (request.method == "HEAD") out.body.clear();
  out.headers.emplace_back("x-amz-bucket-region", service_.configured.region);
  out.code = error.code;
  return out;
}

signature_check s3_service::verify(http_request const& request) const {
  return verify_signature(
      request,
      credentials_,
      {.region = service_.configured.region,
       .unsigned_payload_allowed = service_.configured.unsigned_payload_over_http,
       .now = service_.clock.now()});
}

head_verdict s3_service::on_head(http_request const& head) {
  head_verdict out;
  bool const sends = head.method == "PUT";
  bool const framed = head.has_header("x-amz-decoded-content-length");
  if (sends && !head.has_header("content-length") && !framed) {
    out.reply = failure(
        {411, "MissingContentLength", "You must provide the Content-Length HTTP header.", {}},
        head);
  } else if (sends && same_text(head.header("expect"), "100-continue")) {
    // The body is invited only once the head has passed.
    if (auto const check = verify(head); !check.accepted) out.reply = failure(check.refused, head);
  }
  if (out.reply) {
    request_record record = describe(service_, "stage", head);
    record.kinds = kinds_of(head);
    record.status = out.reply->status;
    record.code = out.reply->code;
    service_.log.add(std::move(record));
    return out;
  }
  fault_gate gate(service_, kinds_of(head));
  gate.apply_to_head(out);
  if (!out.reset_after && (head.method == "PUT")) {
    if (auto const bytes = gate.hit("broken_pipe")) {
      out.reset_after = static_cast<std::uint64_t>(*bytes);
    }
  }
  out.faults = gate.fired();
  return out;
}

void s3_service::on_broken(http_request const& head, head_verdict const& verdict) {
  request_record record = describe(service_, "stage", head);
  record.kinds = kinds_of(head);
  record.body_bytes = head.body.size();
  record.faults = verdict.faults;
  service_.log.add(std::move(record));
}

http_response s3_service::on_request(http_request& request, connection& peer) {
  fault_gate gate(service_, kinds_of(request));
  request_record record = describe(service_, "stage", request);
  record.body_bytes = request.body.size();
  http_response reply = gate.around(request, peer, [&] { return execute(request, gate); });
  reply.headers.emplace_back("x-amz-request-id", random_hex(8));
  reply.headers.emplace_back("Date", s3_impl::http_date(service_.clock.now()));
  reply.headers.emplace_back("Server", "AmazonS3");
  record.kinds = gate.kinds();
  record.faults = gate.fired();
  record.status = logged_status(reply);
  record.code = reply.code;
  service_.log.add(std::move(record));
  return reply;
}

http_response s3_service::execute(http_request& request, fault_gate& gate) {
  if (request.path.starts_with(s3_impl::results_path)) return chunk(request);
  if (gate.hit("slow_down")) {
    return failure({503, "SlowDown", "Please reduce your request rate.", {}}, request);
  }
  if (gate.hit("stage_redirect")) {
    http_response out = failure({307,
                                 "TemporaryRedirect",
                                 "Please re-send this request to the specified temporary endpoint.",
                                 {}},
                                request);
    out.headers.emplace_back("Location", other_port(service_, request));
    return out;
  }
  signature_check const check = verify(request);
  if (!check.accepted) return failure(check.refused, request);
  if (gate.hit("stage_credentials_expired")) {
    credentials_.expire(check.accepted->credential.access_key);
    return failure({400, "ExpiredToken", "The provided token has expired.", {}}, request);
  }
  call c{request, gate, object_key(request), request.body};
  if (auto const error = decode_payload(request, *check.accepted, c.body)) {
    return failure(*error, request);
  }
  if (auto const error = verify_checksums(request.headers, c.body)) return failure(*error, request);
  return dispatch(c, *check.accepted);
}

http_response s3_service::dispatch(call& c, signed_request const& by) {
  auto const& method = c.request.method;
  bool const bucket_level = c.key.empty();
  std::string_view const touched =
      bucket_level ? c.request.parameter("prefix") : std::string_view(c.key);
  bool const writes = method == "PUT" || method == "POST" || method == "DELETE";
  if (!touched.starts_with(by.credential.prefix) || (writes && !by.credential.may_write)) {
    return failure({403, "AccessDenied", "Access Denied", {}}, c.request);
  }
  if (c.key.size() > 1024) {
    return failure({400, "KeyTooLongError", "Your key is too long", {}}, c.request);
  }
  if (bucket_level) {
    if (method == "GET" && c.request.parameter("list-type") == "2") return list_objects(c);
  } else if (method == "HEAD") {
    return head_object(c);
  } else if (method == "GET") {
    return c.request.has_parameter("uploadId") ? list_parts(c) : get_object(c);
  } else if (method == "PUT") {
    return c.request.has_parameter("partNumber") ? put_part(c) : put_object(c);
  } else if (method == "POST" && c.request.has_parameter("uploads")) {
    return start_upload(c);
  } else if (method == "POST" && c.request.has_parameter("uploadId")) {
    return complete_upload(c);
  } else if (method == "DELETE" && c.request.has_parameter("uploadId")) {
    return abort_upload(c);
  } else if (method == "DELETE") {
    objects_.remove(c.key);
    http_response out;
    out.status = 204;
    return out;
  }
  return failure({501, "NotImplemented", "The S3 double does not implement this request.", {}},
                 c.request);
}

http_response s3_service::chunk(http_request const& request) {
  if (request.has_header("authorization")) {
    return failure({400, "InvalidArgument", "Unsupported Authorization Type", {}}, request);
  }
  for (auto const& [name, value] : chunks_.required_headers()) {
    if (request.header(name) != value) {
      return failure({403, "AccessDenied", "chunkHeaders are missing or wrong: " + name, {}},
                     request);
    }
  }
  auto const body = chunks_.find(request.path.substr(s3_impl::results_path.size()));
  if (!body) return failure({404, "NoSuchKey", "The specified key does not exist.", {}}, request);
  http_response out;
  // No Content-Encoding: readers must look at the magic bytes as well.
  out.headers.emplace_back("Content-Type", "application/octet-stream");
  out.shared_body = body;
  return out;
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_S3_SERVICE_IPP
