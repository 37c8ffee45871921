#ifndef SLUICE_SNOWFLAKE_IMPL_INTERNAL_STAGE_IPP
#define SLUICE_SNOWFLAKE_IMPL_INTERNAL_STAGE_IPP

#include <sluice/snowflake/internal_stage.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace sluice::inline v0::snowflake {

namespace detail {

/// Credentials of a stage live about an hour; the service does not say how long.
inline constexpr std::chrono::minutes stage_credential_life{40};

struct digest_job {
  chunk_list const& body;

  std::string operator()() const { return file_digest(body); }
};

/// Encrypts a file under a key that no other file has.
struct seal_job {
  chunk_list const& body;
  encryption_material const& material;

  result<sealed_file> operator()() const {
    result<file_key> key = make_file_key(material);
    if (!key) return std::move(key).error();
    return seal_file(body, material, *key);
  }
};

inline error unsupported_stage(stage_target const& target) {
  std::string text = "the stage lies in ";
  switch (target.kind) {
    case stage_kind::azure:
      text += "Azure Blob Storage, and uploads to Azure are not part of this version";
      break;
    case stage_kind::gcs:
      text += "Google Cloud Storage, and uploads to Google Cloud are not part of this version";
      break;
    default:
      text += "a place of the unknown kind \"" + target.kind_name + "\"";
  }
  text += "; load through an account whose internal stages lie in Amazon S3";
  return error{make_error_code(errc::stage_not_supported), disposition::permanent, std::move(text)};
}

}  // namespace detail

SLUICE_DECL internal_stage::internal_stage(transport& t,
                                           session_pool& sessions,
                                           std::string location,
                                           codec compression,
                                           retry_policy retry,
                                           std::string endpoint,
                                           logger log,
                                           load_metrics* metrics)
    : transport_{t},
      sessions_{sessions},
      location_{std::move(location)},
      compression_{compression},
      retry_{retry},
      endpoint_{std::move(endpoint)},
      log_{std::move(log)},
      metrics_{metrics} {}

SLUICE_DECL task<void> internal_stage::open() {
  result<void> done = co_await refresh(0);
  co_return done;
}

SLUICE_DECL task<void> internal_stage::refresh(std::uint64_t failed_generation) {
  result<permit> held = co_await refresh_lock_.lock();
  if (!held) co_return std::move(held).error();
  if (generation_ != failed_generation) co_return success;
  statement s;
  s.sql = put_text(location_, compression_);
  s.title = "PUT to " + location_;
  result<statement_reply> reply = co_await sessions_.pick()->execute(std::move(s));
  if (!reply) co_return std::move(reply).error();
  if (!reply->put) co_return detail::malformed("to PUT says nothing about uploading");
  stage_kind const kind = reply->put->target.kind;
  if (kind != stage_kind::s3 && kind != stage_kind::local_fs)
    co_return detail::unsupported_stage(reply->put->target);
  // The material belongs to the path, not to the credentials: files sealed before stay readable.
  reply_ = *std::move(reply->put);
  if (!endpoint_.empty()) reply_.target.endpoint = endpoint_;
  ++generation_;
  fresh_until_ = transport_.now() + detail::stage_credential_life;
  log_.debug("snowflake", "credentials for " + location_ + (generation_ == 1 ? "" : " renewed"));
  co_return success;
}

SLUICE_DECL task<internal_stage::outgoing> internal_stage::prepare(std::string name,
                                                                   chunk_list const& body) {
  outgoing out;
  out.name = std::move(name);
  out.encrypted = reply_.target.kind == stage_kind::s3 && reply_.encryption.has_value();
  if (!out.encrypted) {
    out.file.body = body;
    result<std::string> digest = co_await transport_.on_worker(detail::digest_job{body});
    if (!digest) co_return std::move(digest).error();
    out.file.digest = *std::move(digest);
    co_return out;
  }
  encryption_material const material = *reply_.encryption;
  result<sealed_file> sealed = co_await transport_.on_worker(detail::seal_job{body, material});
  if (!sealed) co_return std::move(sealed).error();
  out.file = *std::move(sealed);
  co_return out;
}

SLUICE_DECL task<std::uint64_t> internal_stage::put(std::string name, chunk_list const& body) {
  if (transport_.now() >= fresh_until_) {
    result<void> fresh = co_await refresh(generation_);
    if (!fresh) co_return std::move(fresh).error();
  }
  result<outgoing> out = co_await prepare(std::move(name), body);
  if (!out) co_return std::move(out).error();
  constexpr int most_renewals = 3;
  for (int renewals = 0;; ++renewals) {
    std::uint64_t const used = generation_;
    result<void> done = co_await upload(*out);
    if (done) break;
    if (!detail::expired(done.error()) || renewals == most_renewals)
      co_return std::move(done).error();
    log_.info("snowflake", "credentials of the stage expired while a file was sent; renewing them");
    result<void> fresh = co_await refresh(used);
    if (!fresh) co_return std::move(fresh).error();
  }
  co_return out->file.body.size();
}

SLUICE_DECL task<void> internal_stage::upload(outgoing const& out) {
  if (reply_.target.kind == stage_kind::local_fs) {
    result<void> done = co_await upload_local(out);
    co_return done;
  }
  result<void> done = co_await upload_s3(out);
  co_return done;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_INTERNAL_STAGE_IPP
