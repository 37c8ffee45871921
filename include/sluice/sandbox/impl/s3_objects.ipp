#ifndef SLUICE_SANDBOX_IMPL_S3_OBJECTS_IPP
#define SLUICE_SANDBOX_IMPL_S3_OBJECTS_IPP

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/s3_service.hpp>
#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/impl/s3_service.ipp>

#include <cstdio>

namespace sluice::inline v0::sandbox::detail {

namespace s3_impl {

constexpr std::uint64_t minimum_part = std::uint64_t{5} << 20;  // except the last
constexpr std::int64_t maximum_part_number = 10'000;

inline void add_object_headers(http_response& out, object_info const& info) {
  out.headers.emplace_back("ETag", '"' + info.etag + '"');
  out.headers.emplace_back("Last-Modified", http_date(info.last_modified));
  out.headers.emplace_back("Accept-Ranges", "bytes");
  out.headers.emplace_back("Content-Type",
                           info.content_type.empty() ? "binary/octet-stream" : info.content_type);
  if (!info.content_encoding.empty()) {
    out.headers.emplace_back("Content-Encoding", info.content_encoding);
  }
  for (auto const& [name, value] : info.metadata) out.headers.emplace_back(name, value);
}

inline s3_error no_such_upload() {
  return {404,
          "NoSuchUpload",
          "The specified upload does not exist. The upload ID may be invalid, or the upload may "
          "have been aborted or completed.",
          {}};
}

/// Text between `<name>` and `</name>` from `at` on; moves `at` behind it.
inline std::optional<std::string> next_element(std::string_view xml_text,
                                               std::string_view name,
                                               std::size_t& at) {
  std::string const open = '<' + std::string(name) + '>';
  std::string const close = "</" + std::string(name) + '>';
  auto const begin = xml_text.find(open, at);
  if (begin == std::string_view::npos) return std::nullopt;
  auto const end = xml_text.find(close, begin);
  if (end == std::string_view::npos) return std::nullopt;
  at = end + close.size();
  return std::string(xml_text.substr(begin + open.size(), end - begin - open.size()));
}

/// ETags come with quotes, without, or with them escaped.
inline std::string bare_etag(std::string text) {
  for (std::string_view const noise : {"&quot;", "&#34;", "\""}) {
    for (auto at = text.find(noise); at != std::string::npos; at = text.find(noise)) {
      text.erase(at, noise.size());
    }
  }
  return std::string(trimmed(text));
}

/// The object that a Complete asks for, or what is wrong with the request.
inline std::optional<s3_error> assemble(std::string_view request_xml,
                                        multipart_uploads::upload const& upload,
                                        std::string& bytes,
                                        std::string& etag) {
  std::string digests;
  std::size_t at = 0;
  std::int64_t previous = 0;
  std::uint64_t previous_size = minimum_part;
  std::size_t count = 0;
  while (auto const part_xml = next_element(request_xml, "Part", at)) {
    std::size_t from = 0;
    auto const number_text = next_element(*part_xml, "PartNumber", from);
    from = 0;
    auto const etag_text = next_element(*part_xml, "ETag", from);
    auto const number = to_integer(trimmed(number_text.value_or("")));
    if (!number || !etag_text) {
      return s3_error{400, "MalformedXML", "A Part lacks PartNumber or ETag.", {}};
    }
    if (*number <= previous) {
      return s3_error{400, "InvalidPartOrder", "The list of parts was not in ascending order.", {}};
    }
    if (previous_size < minimum_part) {
      return s3_error{400,
                      "EntityTooSmall",
                      "Your proposed upload is smaller than the minimum allowed size",
                      {{"MinSizeAllowed", std::to_string(minimum_part)},
                       {"PartNumber", std::to_string(previous)}}};
    }
    auto const part = upload.parts.find(static_cast<int>(*number));
    if (part == upload.parts.end() || part->second.etag != bare_etag(*etag_text)) {
      return s3_error{
          400,
          "InvalidPart",
          "One or more of the specified parts could not be found. The part may not have "
          "been uploaded, or its ETag may not match.",
          {{"PartNumber", std::to_string(*number)}}};
    }
    previous = *number;
    previous_size = part->second.bytes.size();
    bytes += part->second.bytes;
    digests += md5(part->second.bytes);
    ++count;
  }
  if (count == 0) return s3_error{400, "MalformedXML", "The XML you provided lists no part.", {}};
  etag = hex(md5(digests)) + '-' + std::to_string(count);
  return std::nullopt;
}

}  // namespace s3_impl

http_response s3_service::head_object(call& c) {
  auto const info = objects_.find(c.key);
  if (!info) return failure({404, "NoSuchKey", "", {}}, c.request);
  http_response out;
  s3_impl::add_object_headers(out, *info);
  out.headers.emplace_back("Content-Length", std::to_string(info->size));
  return out;
}

http_response s3_service::get_object(call& c) {
  auto const info = objects_.find(c.key);
  auto const bytes = objects_.bytes(c.key);
  if (!info || !bytes) {
    return failure({404, "NoSuchKey", "The specified key does not exist.", {{"Key", c.key}}},
                   c.request);
  }
  http_response out;
  s3_impl::add_object_headers(out, *info);
  out.shared_body = bytes;
  std::string const range(c.request.header("range"));
  unsigned long long first = 0;
  unsigned long long last = 0;
  int const fields = std::sscanf(range.c_str(), "bytes=%llu-%llu", &first, &last);
  if (fields < 1) return out;
  if (first >= bytes->size()) {
    return failure({416, "InvalidRange", "The requested range is not satisfiable", {}}, c.request);
  }
  if (fields == 1 || last >= bytes->size()) last = bytes->size() - 1;
  out.shared_body.reset();
  out.body = bytes->substr(first, last - first + 1);
  out.status = 206;
  out.headers.emplace_back("Content-Range",
                           "bytes " + std::to_string(first) + '-' + std::to_string(last) + '/' +
                               std::to_string(bytes->size()));
  return out;
}

http_response s3_service::put_object(call& c) {
  auto const existing = objects_.find(c.key);
  if (c.request.header("if-none-match") == "*" && existing) {
    return failure({412,
                    "PreconditionFailed",
                    "At least one of the pre-conditions you specified did not hold",
                    {}},
                   c.request);
  }
  object_info info = s3_impl::described(c.request, c.key, service_.clock.now());
  if (auto const error = s3_impl::metadata_too_large(info)) return failure(*error, c.request);
  info.etag = hex(md5(c.body));
  http_response out;
  out.headers.emplace_back("ETag", '"' + info.etag + '"');
  if (c.gate.hit("upload_lost")) return out;
  if (!c.body.empty() && c.gate.hit("upload_corrupted")) {
    c.body[c.body.size() / 2] = static_cast<char>(c.body[c.body.size() / 2] ^ 0x55);
  }
  objects_.put(std::move(info), std::move(c.body));
  return out;
}

http_response s3_service::start_upload(call& c) {
  object_info info = s3_impl::described(c.request, c.key, service_.clock.now());
  if (auto const error = s3_impl::metadata_too_large(info)) return failure(*error, c.request);
  std::string const id = uploads_.start(std::move(info));
  return s3_impl::xml(
      200,
      "<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" +
          s3_impl::element("Bucket", bucket) + s3_impl::element("Key", c.key) +
          s3_impl::element("UploadId", id) + "</InitiateMultipartUploadResult>");
}

http_response s3_service::put_part(call& c) {
  auto const number = to_integer(c.request.parameter("partNumber"));
  if (!number || *number < 1 || *number > s3_impl::maximum_part_number) {
    return failure({400,
                    "InvalidArgument",
                    "Part number must be an integer between 1 and 10000, inclusive",
                    {}},
                   c.request);
  }
  for (auto const& [name, value] : c.request.headers) {
    if (name.starts_with("x-amz-meta-")) {
      return failure({400,
                      "InvalidRequest",
                      "Metadata belongs to the start of a multipart upload: " + name,
                      {}},
                     c.request);
    }
  }
  std::string const etag = hex(md5(c.body));
  if (!uploads_.add(c.request.parameter("uploadId"),
                    c.key,
                    static_cast<int>(*number),
                    {std::move(c.body), etag})) {
    return failure(s3_impl::no_such_upload(), c.request);
  }
  http_response out;
  out.headers.emplace_back("ETag", '"' + etag + '"');
  return out;
}

http_response s3_service::complete_upload(call& c) {
  auto const id = c.request.parameter("uploadId");
  auto const upload = uploads_.find(id, c.key);
  if (!upload) return failure(s3_impl::no_such_upload(), c.request);
  if (c.gate.hit("complete_error_in_200")) {
    http_response out =
        failure({200, "InternalError", "We encountered an internal error. Please try again.", {}},
                c.request);
    out.body.insert(out.body.find('\n') + 1, "   \n   ");
    return out;
  }
  std::string bytes;
  object_info info = upload->info;
  if (auto const error = s3_impl::assemble(c.body, *upload, bytes, info.etag)) {
    return failure(*error, c.request);
  }
  info.last_modified = service_.clock.now();
  std::string const etag = info.etag;
  objects_.put(std::move(info), std::move(bytes));
  uploads_.take(id, c.key);
  http_response out = s3_impl::xml(
      200,
      "<CompleteMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" +
          s3_impl::element("Location",
                           service_.where.stage_url + '/' + std::string(bucket) + '/' + c.key) +
          s3_impl::element("Bucket", bucket) + s3_impl::element("Key", c.key) +
          s3_impl::element("ETag", '"' + etag + '"') + "</CompleteMultipartUploadResult>");
  out.send.drop = c.gate.hit("complete_reply_lost").has_value();
  return out;
}

http_response s3_service::abort_upload(call& c) {
  if (!uploads_.take(c.request.parameter("uploadId"), c.key)) {
    return failure(s3_impl::no_such_upload(), c.request);
  }
  http_response out;
  out.status = 204;
  return out;
}

http_response s3_service::list_objects(call& c) {
  std::string body = "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" +
                     s3_impl::element("Name", bucket) +
                     s3_impl::element("Prefix", c.request.parameter("prefix"));
  auto const objects = objects_.list(c.request.parameter("prefix"));
  for (auto const& info : objects) {
    body += "<Contents>" + s3_impl::element("Key", info.key) +
            s3_impl::element("ETag", '"' + info.etag + '"') +
            s3_impl::element("Size", std::to_string(info.size)) + "</Contents>";
  }
  body += s3_impl::element("KeyCount", std::to_string(objects.size())) +
          "<IsTruncated>false</IsTruncated></ListBucketResult>";
  return s3_impl::xml(200, std::move(body));
}

http_response s3_service::list_parts(call& c) {
  auto const upload = uploads_.find(c.request.parameter("uploadId"), c.key);
  if (!upload) return failure(s3_impl::no_such_upload(), c.request);
  std::string body = "<ListPartsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" +
                     s3_impl::element("Bucket", bucket) + s3_impl::element("Key", c.key) +
                     s3_impl::element("UploadId", c.request.parameter("uploadId"));
  for (auto const& [number, part] : upload->parts) {
    body += "<Part>" + s3_impl::element("PartNumber", std::to_string(number)) +
            s3_impl::element("ETag", '"' + part.etag + '"') +
            s3_impl::element("Size", std::to_string(part.bytes.size())) + "</Part>";
  }
  return s3_impl::xml(200, body + "<IsTruncated>false</IsTruncated></ListPartsResult>");
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_S3_OBJECTS_IPP
