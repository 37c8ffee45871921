#ifndef SLUICE_STORE_IMPL_S3_PUT_IPP
#define SLUICE_STORE_IMPL_S3_PUT_IPP

#include <sluice/auth/digest.hpp>
#include <sluice/store/s3.hpp>
#include <sluice/transport/url.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0 {

namespace detail {

/// Whether an object is the one of `size` bytes that was sent in so many parts, 0 for one that was
/// sent whole. The ETag of an upload in parts ends in their number.
inline bool is_upload(stored_object const& found, std::uint64_t size, std::size_t parts) {
  if (found.size != size) return false;
  if (parts == 0) return true;
  std::string_view tag = found.etag;
  if (tag.ends_with('"')) tag.remove_suffix(1);
  return tag.ends_with(fmt::format("-{}", parts));
}

inline error not_the_upload(std::string_view key, std::string_view bucket, error why) {
  why.message = fmt::format(
      "'{}' in bucket '{}': {}; it is not the one that was sent: choose "
      "another name",
      key,
      bucket,
      why.message);
  return why;
}

}  // namespace detail

SLUICE_DECL task<std::string> s3_store::payload_hash(chunk_list body) {
  bool const cover = options_.payload == s3_payload::sha256 ||
                     (options_.payload == s3_payload::automatic && scheme_ == "http");
  if (!cover) co_return std::string{unsigned_payload};
  constexpr std::uint64_t quick = 256_KiB;  // under a millisecond on any machine
  if (body.size() <= quick) co_return to_hex(sha256(body));
  result<std::string> hex = co_await transport_.on_worker([&body] { return to_hex(sha256(body)); });
  co_return hex;
}

SLUICE_DECL task<stored_object> s3_store::put(std::string name,
                                              chunk_list body,
                                              put_options options) {
  result<void> const good = check(name, body.size());
  if (!good) co_return good.error();
  bool const whole =
      body.size() <= std::min(options_.multipart_threshold, s3_limits::single_put_bytes);
  if (whole) {
    result<stored_object> stored = co_await put_single(name, std::move(body), std::move(options));
    co_return stored;
  }
  result<stored_object> stored = co_await put_parts(name, std::move(body), std::move(options));
  co_return stored;
}

SLUICE_DECL task<stored_object> s3_store::put_single(std::string_view key,
                                                     chunk_list body,
                                                     put_options options) {
  std::uint64_t const size = body.size();
  result<std::string> hash = co_await payload_hash(body);
  if (!hash) co_return hash.error();
  call c{.method = http_method::put,
         .key = key,
         .headers = std::move(options.headers),
         .body = std::move(body),
         .payload_sha256 = std::move(*hash),
         .label = "PUT",
         .answer_header = "ETag",
         .attempts_before = options.attempts_before};
  if (options.create_only) c.headers.push_back({"If-None-Match", "*"});
  result<outcome> done = co_await send(std::move(c));
  if (!done) co_return done.error();
  if (done->reply.status == 0) {
    error const lost{errc::outcome_unknown, "an object of this name is there already"};
    result<stored_object> found = co_await confirm(key, size, 0, lost);
    if (found) found->retries += done->retries;
    co_return found;
  }
  stored_object stored;
  stored.size = size;
  stored.etag = done->reply.header_value("ETag");
  stored.headers = std::move(done->reply.headers);
  stored.retries = done->retries;
  co_return stored;
}

SLUICE_DECL task<stored_object> s3_store::confirm(std::string_view key,
                                                  std::uint64_t size,
                                                  std::size_t parts,
                                                  error why) {
  result<std::optional<stored_object>> found = co_await head(std::string{key});
  if (!found) co_return found.error();
  if (*found && detail::is_upload(**found, size, parts)) co_return std::move(**found);
  co_return detail::not_the_upload(key, options_.bucket, std::move(why));
}

SLUICE_DECL task<stored_object> s3_store::put_parts(std::string_view key,
                                                    chunk_list body,
                                                    put_options options) {
  std::uint64_t const size = body.size();
  std::uint64_t const least = (size + s3_limits::parts - 1) / s3_limits::parts;
  constexpr std::uint64_t step = 1_MiB;
  std::uint64_t const part_bytes = std::max(options_.part_bytes, (least + step - 1) / step * step);

  call start{.method = http_method::post,
             .key = key,
             .query = "uploads",
             .headers = std::move(options.headers),
             .label = "multipart start",
             .answer_element = "UploadId",
             .attempts_before = options.attempts_before};
  result<outcome> started = co_await send(std::move(start));
  if (!started) co_return started.error();
  std::string const upload_id = detail::xml_text(started->reply.body, "UploadId");

  std::vector<part> parts(static_cast<std::size_t>((size + part_bytes - 1) / part_bytes));
  task_group uploads{transport_, task_group::on_failure::cancel_rest};
  for (std::size_t i = 0; i != parts.size(); ++i) {
    parts[i].number = i + 1;
    parts[i].body = slice(body, i * part_bytes, part_bytes);
    uploads.spawn(put_part(key, upload_id, parts[i], options.attempts_before));
  }
  result<void> sent = co_await uploads.wait();
  if (!sent) {
    result<void> gone = co_await shielded(abort(key, upload_id));
    (void)gone;  // the error of the parts is what counts
    co_return sent.error();
  }
  result<stored_object> stored = co_await complete(key, upload_id, parts, size, options);
  if (!stored) {
    result<void> gone = co_await shielded(abort(key, upload_id));
    (void)gone;
    co_return stored;
  }
  stored->retries += started->retries;
  for (part const& one : parts) stored->retries += one.retries;
  co_return stored;
}

SLUICE_DECL task<void> s3_store::put_part(std::string_view key,
                                          std::string_view upload_id,
                                          part& one,
                                          std::size_t attempts_before) {
  result<std::string> hash = co_await payload_hash(one.body);
  if (!hash) co_return hash.error();
  call c{.method = http_method::put,
         .key = key,
         .query = fmt::format("partNumber={}&uploadId={}", one.number, percent_encode(upload_id)),
         .body = std::move(one.body),
         .payload_sha256 = std::move(*hash),
         .label = "PUT part",
         .answer_header = "ETag",
         .attempts_before = attempts_before};
  result<outcome> done = co_await send(std::move(c));
  if (!done) co_return done.error();
  one.etag = done->reply.header_value("ETag");
  one.retries = done->retries;
  co_return success;
}

SLUICE_DECL task<stored_object> s3_store::complete(std::string_view key,
                                                   std::string_view upload_id,
                                                   std::vector<part> const& parts,
                                                   std::uint64_t size,
                                                   put_options const& options) {
  std::string xml = R"(<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)";
  for (part const& one : parts) {
    std::string tag;
    for (char const ch : one.etag) {
      if (ch == '"')
        tag += "&quot;";
      else if (ch == '&')
        tag += "&amp;";
      else if (ch == '<')
        tag += "&lt;";
      else
        tag += ch;
    }
    xml += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", one.number, tag);
  }
  xml += "</CompleteMultipartUpload>";
  call c{.method = http_method::post,
         .key = key,
         .query = "uploadId=" + percent_encode(upload_id),
         .headers = {{"Content-Type", "application/xml"}},
         .payload_sha256 = to_hex(sha256(xml)),
         .document_decides = true,
         .label = "multipart completion",
         .attempts_before = options.attempts_before};
  if (options.create_only) c.headers.push_back({"If-None-Match", "*"});
  c.body.push_back(chunk{std::move(xml)});
  result<outcome> done = co_await send(std::move(c));
  if (!done && done.error().service_code == "NoSuchUpload" && !options.create_only) {
    // A proxy that repeats requests may have completed it before this answer.
    result<std::optional<stored_object>> found = co_await head(std::string{key});
    if (found && *found) {
      if (detail::is_upload(**found, size, parts.size())) co_return std::move(**found);
      error other{errc::outcome_unknown, "the upload is gone, an object of this name is there"};
      other.service_code = done.error().service_code;
      co_return detail::not_the_upload(key, options_.bucket, std::move(other));
    }
  }
  if (!done) co_return done.error();
  if (done->reply.status == 0) {
    // The upload is gone: an earlier attempt, whose reply was lost, completed it.
    error const lost{errc::outcome_unknown, "the upload ended without an object"};
    result<stored_object> found = co_await confirm(key, size, parts.size(), lost);
    if (found) found->retries += done->retries;
    co_return found;
  }
  stored_object stored;
  stored.size = size;
  stored.etag = detail::xml_text(done->reply.body, "ETag");
  stored.headers = std::move(done->reply.headers);
  stored.retries = done->retries;
  co_return stored;
}

SLUICE_DECL task<void> s3_store::abort(std::string_view key, std::string_view upload_id) {
  constexpr std::chrono::seconds patience{10};
  call c{.method = http_method::delete_,
         .key = key,
         .query = "uploadId=" + percent_encode(upload_id),
         .label = "multipart abort"};
  result<outcome> done =
      co_await with_deadline(transport_, send(std::move(c)), transport_.now() + patience);
  if (!done) co_return done.error();
  co_return success;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_STORE_IMPL_S3_PUT_IPP
