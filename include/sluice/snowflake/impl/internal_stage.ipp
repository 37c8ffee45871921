#ifndef SLUICE_SNOWFLAKE_IMPL_INTERNAL_STAGE_IPP
#define SLUICE_SNOWFLAKE_IMPL_INTERNAL_STAGE_IPP

#include <sluice/snowflake/detail/json_reader.hpp>
#include <sluice/snowflake/internal_stage.hpp>
#include <sluice/snowflake/sql.hpp>
#include <sluice/store/directory_store.hpp>
#include <sluice/store/s3.hpp>

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

inline aws_credential keys_of(stage_target const& target) {
  return {target.access_key_id, target.secret_access_key, target.session_token};
}

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
                                           upload_options options,
                                           logger log,
                                           load_metrics* metrics)
    : transport_{t},
      sessions_{sessions},
      location_{std::move(location)},
      compression_{compression},
      options_{std::move(options)},
      log_{std::move(log)},
      requests_{log_, "snowflake", metrics} {}

SLUICE_DECL task<put_reply> internal_stage::ask() {
  statement s;
  s.sql = put_text(location_, compression_);
  s.title = "PUT to " + location_;
  std::shared_ptr<session> const on = sessions_.pick();
  result<statement_reply> reply = co_await on->execute(std::move(s));
  if (!reply) co_return std::move(reply).error();
  if (!reply->put) co_return detail::malformed("to PUT says nothing about uploading");
  renew_at_ = transport_.now() + detail::stage_credential_life;
  co_return *std::move(reply->put);
}

SLUICE_DECL task<void> internal_stage::open() {
  result<put_reply> reply = co_await ask();
  if (!reply) co_return std::move(reply).error();
  stage_kind const kind = reply->target.kind;
  if (kind != stage_kind::s3 && kind != stage_kind::local_fs)
    co_return detail::unsupported_stage(reply->target);
  connect(*reply);
  co_return success;
}

SLUICE_DECL void internal_stage::connect(put_reply const& reply) {
  stage_target const& target = reply.target;
  if (target.kind == stage_kind::local_fs) {
    // The service reads what we write, and may run as another user.
    store_ = std::make_unique<directory_store>(transport_, directory_options{target.prefix, 0644});
    return;
  }
  prefix_ = target.prefix;
  encryption_ = reply.encryption;
  keys_ =
      std::make_shared<aws_credential_source>(detail::keys_of(target), [this] { return renew(); });
  s3_options o;
  o.bucket = target.bucket;
  if (!target.region.empty()) o.region = target.region;
  o.endpoint = options_.endpoint.empty() ? target.endpoint : options_.endpoint;
  if (reply.multipart_threshold != 0) o.multipart_threshold = reply.multipart_threshold;
  o.parallel = options_.parallel;
  o.retry = options_.retry;
  o.limits = options_.limits;
  o.observer = requests_.observer();
  store_ = std::make_unique<s3_store>(transport_, std::move(o), keys_);
}

SLUICE_DECL task<aws_credential> internal_stage::renew() {
  // Only the keys are taken: files that are sealed already keep the material they were sealed with.
  result<put_reply> reply = co_await ask();
  if (!reply) co_return std::move(reply).error();
  log_.debug("snowflake", "credentials for " + location_ + " renewed");
  co_return detail::keys_of(reply->target);
}

SLUICE_DECL task<void> internal_stage::refresh_if_old() {
  if (!keys_ || transport_.now() < renew_at_) co_return success;
  result<void> renewed = co_await keys_->renew(keys_->generation());
  co_return renewed;
}

SLUICE_DECL task<sealed_file> internal_stage::prepare(chunk_list const& body) {
  if (encryption_) {
    result<sealed_file> sealed =
        co_await transport_.on_worker(detail::seal_job{body, *encryption_});
    co_return sealed;
  }
  sealed_file plain;
  plain.body = body;
  result<std::string> digest = co_await transport_.on_worker(detail::digest_job{body});
  if (!digest) co_return std::move(digest).error();
  plain.digest = *std::move(digest);
  co_return plain;
}

SLUICE_DECL task<accepted> internal_stage::put(std::string name, chunk_list const& body) {
  result<void> fresh = co_await refresh_if_old();
  if (!fresh) co_return std::move(fresh).error();
  result<sealed_file> file = co_await prepare(body);
  if (!file) co_return std::move(file).error();
  if (log_.enabled(log_level::debug))
    log_.debug("snowflake",
               "stage file " + name + ": " + (encryption_ ? "encrypted, " : "not encrypted, ") +
                   std::to_string(file->body.size()) + " bytes go to " + location_);
  steady_time const started = transport_.now();
  std::string const key = prefix_ + name;
  accepted taken{file->body.size()};
  constexpr std::size_t most_uploads = 3;
  for (std::size_t i = 0; i != most_uploads; ++i) {
    result<std::uint64_t> sent = co_await send(key, *file, i);
    if (!sent) co_return std::move(sent).error();
    taken.retries += *sent;
    if (!options_.verify) {
      log_upload(name, taken.bytes_sent, started);
      co_return taken;
    }
    result<std::optional<stored_object>> found = co_await store_->head(key);
    if (!found) co_return std::move(found).error();
    if (*found) taken.retries += (*found)->retries;
    if (*found && (*found)->size == taken.bytes_sent) {
      log_upload(name, taken.bytes_sent, started);
      co_return taken;
    }
    log_.warning("snowflake", "stage file " + name + " was accepted and is not there; sent again");
  }
  co_return error{make_error_code(errc::service_failure),
                  disposition::permanent,
                  "stage file " + name +
                      " was accepted three times and is not there; check the "
                      "storage behind the stage"};
}

SLUICE_DECL void internal_stage::log_upload(std::string const& name,
                                            std::uint64_t bytes,
                                            steady_time started) const {
  if (!log_.enabled(log_level::debug)) return;
  auto const took =
      std::chrono::duration_cast<std::chrono::milliseconds>(transport_.now() - started);
  log_.debug("snowflake",
             "stage file " + name + " is uploaded: " + std::to_string(bytes) + " bytes in " +
                 std::to_string(took.count()) + " ms");
}

/// Gives the attempts that repeated an earlier one.
SLUICE_DECL task<std::uint64_t> internal_stage::send(std::string const& key,
                                                     sealed_file const& file,
                                                     std::size_t attempts_before) {
  put_options o;
  o.attempts_before = attempts_before;
  o.headers = {{"Content-Type", "application/octet-stream"},
               {"x-amz-meta-sfc-digest", file.digest}};
  if (!file.wrapped_key.empty()) {
    o.headers.push_back({"x-amz-meta-x-amz-key", file.wrapped_key});
    o.headers.push_back({"x-amz-meta-x-amz-iv", file.iv});
    o.headers.push_back({"x-amz-meta-x-amz-matdesc", file.description});
  }
  result<stored_object> stored = co_await store_->put(key, file.body, std::move(o));
  if (!stored) co_return std::move(stored).error();
  co_return stored->retries;
}

SLUICE_DECL std::unique_ptr<detail::stage_download> internal_stage::download(
    std::string name, detail::file_shape const& shape) {
  s3_options o;
  o.endpoint = options_.endpoint;
  o.parallel = 1;
  o.retry = options_.retry;
  o.limits = options_.limits;
  o.observer = requests_.observer();
  return std::make_unique<detail::stage_download>(
      transport_, sessions_, location_, std::move(name), shape, std::move(o));
}

SLUICE_DECL task<std::optional<stored_object>> internal_stage::find(std::string name) {
  result<void> fresh = co_await refresh_if_old();
  if (!fresh) co_return std::move(fresh).error();
  result<std::optional<stored_object>> found = co_await store_->head(prefix_ + name);
  co_return found;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_INTERNAL_STAGE_IPP
