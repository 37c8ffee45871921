#ifndef SLUICE_SANDBOX_IMPL_TRANSFER_IPP
#define SLUICE_SANDBOX_IMPL_TRANSFER_IPP

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/query_call.hpp>
#include <sluice/sandbox/detail/replies.hpp>

#include <fmt/format.h>

namespace sluice::inline v0::sandbox::detail {

namespace transfer_impl {

/// `encryptionMaterial` of one file.
inline std::string material(stage_key const& key, bool id_as_text) {
  std::string const id = std::to_string(key.smk_id);
  return fmt::format(R"({{"queryStageMasterKey":{},"queryId":{},"smkId":{}}})",
                     json_text(base64(key.master_key)),
                     json_text(key.query_id),
                     id_as_text ? json_text(id) : id);
}

/// The PUT that an object was uploaded under, from its material description.
inline std::optional<stage_key> key_of(object_info const& info, key_ring const& keys) {
  for (auto const& [name, value] : info.metadata) {
    if (name != "x-amz-meta-x-amz-matdesc") continue;
    auto const description = service_impl::parse_object(value);
    return description ? keys.find(service_impl::text_member(*description, "queryId"))
                       : std::nullopt;
  }
  return std::nullopt;
}

inline std::string text_array(std::vector<std::string> const& texts) {
  std::string out = "[";
  for (auto const& text : texts) {
    if (out.size() > 1) out.push_back(',');
    append_json(out, text);
  }
  return out + ']';
}

}  // namespace transfer_impl

std::string snowflake_service::render_transfer(sql::transfer const& transfer,
                                               driver_session& session) {
  try {
    return transfer.command == sql::transfer::direction::upload
               ? render_upload(transfer, session)
               : render_download(transfer, session);
  } catch (sql::file_error const& e) {
    return failure_reply({.code = "091016",
                          .sql_state = "22000",
                          .message = "Remote file access error: " + e.reason(),
                          .query_id = transfer.query_id});
  }
}

std::string snowflake_service::stage_info(sql::transfer const& transfer, bool may_write) {
  options const& o = service_.configured;
  std::string const path = transfer.stage.prefix + transfer.stage.path;
  if (o.stage == stage_kind::local_fs) {
    auto const directory = stage_.directories.make_directory(path);
    return fmt::format(
        R"({{"locationType":"LOCAL_FS","location":{},"path":{},"region":{},"storageAccount":null,)"
        R"("endPoint":null,"isClientSideEncrypted":false,"presignedUrl":null,"creds":{{}}}})",
        json_text(directory.string()),
        json_text(path),
        json_text(o.region));
  }
  // A key that continues the path without '/' would belong to another directory: drivers add one.
  std::string const prefix = path.ends_with('/') ? path : path + '/';
  auto const credential = stage_.credentials.issue(
      prefix, may_write, service_.clock.now() + o.stage_credential_validity);
  bool const encrypted = o.encryption != stage_encryption::server_side &&
                         transfer.stage.encryption == sql::stage_encryption::snowflake_full;
  bool const secure = o.stage_tls.value_or(o.tls);
  // Drivers put https:// in front of an end point unless it names a scheme itself.
  std::string const end_point =
      fmt::format("{}{}:{}", secure ? "" : "http://", o.stage_host, service_.where.stage_port);
  return fmt::format(
      R"({{"locationType":"S3","location":{},"path":{},"region":{},"storageAccount":null,)"
      R"("endPoint":{},"isClientSideEncrypted":{},"useS3RegionalUrl":false,"useRegionalUrl":false,)"
      R"("useVirtualUrl":false,"presignedUrl":null,"creds":{{"AWS_KEY_ID":{},"AWS_SECRET_KEY":{},)"
      R"("AWS_TOKEN":{},"AWS_ID":{},"AWS_KEY":{}}}}})",
      json_text(std::string(s3_service::bucket) + '/' + prefix),
      json_text(prefix),
      json_text(o.region),
      json_text(end_point),
      encrypted,
      json_text(credential.access_key),
      json_text(credential.secret_key),
      json_text(credential.token),
      json_text(credential.access_key),
      json_text(credential.secret_key));
}

std::string snowflake_service::render_upload(sql::transfer const& transfer,
                                             driver_session& session) {
  options const& o = service_.configured;
  bool const encrypted = o.stage == stage_kind::s3 &&
                         o.encryption != stage_encryption::server_side &&
                         transfer.stage.encryption == sql::stage_encryption::snowflake_full;
  std::string material = "null";
  if (encrypted) {
    std::size_t const bytes = o.encryption == stage_encryption::client_side_256 ? 32 : 16;
    material = transfer_impl::material(stage_.keys.issue(transfer.query_id, bytes),
                                       session.smk_id_as_string || o.smk_id_as_string);
  }
  return success_envelope(fmt::format(
      R"({{"command":"UPLOAD","queryId":{},"statementTypeId":{},"kind":null,"operation":"Node",)"
      R"("src_locations":{},"parallel":{},"threshold":{},"autoCompress":{},"overwrite":{},)"
      R"("sourceCompression":{},"clientShowEncryptionParameter":true,"presignedUrls":null,)"
      R"("parameters":[],"encryptionMaterial":{},"stageInfo":{}}})",
      json_text(transfer.query_id),
      sql::statement_type::put,
      transfer_impl::text_array({transfer.local}),
      transfer.parallel,
      o.multipart_threshold,
      transfer.auto_compress,
      transfer.overwrite,
      json_text(transfer.source_compression),
      material,
      stage_info(transfer, true)));
}

std::string snowflake_service::render_download(sql::transfer const& transfer,
                                               driver_session& session) {
  options const& o = service_.configured;
  std::vector<std::string> names;
  std::string materials;
  for (auto const& file : transfer.files) {
    names.push_back(file.name);
    if (!materials.empty()) materials.push_back(',');
    auto const info = stage_.objects.find(file.key);
    auto const key = info ? transfer_impl::key_of(*info, stage_.keys) : std::nullopt;
    materials += key ? transfer_impl::material(*key, session.smk_id_as_string || o.smk_id_as_string)
                     : "null";
  }
  // A GET that matches nothing is answered without src_locations.
  std::string const sources =
      names.empty() ? "" : R"("src_locations":)" + transfer_impl::text_array(names) + ',';
  return success_envelope(fmt::format(
      R"({{"command":"DOWNLOAD","queryId":{},"statementTypeId":{},"kind":null,"operation":"Node",)"
      R"({}"localLocation":{},"parallel":{},"threshold":{},"autoCompress":false,"overwrite":false,)"
      R"("sourceCompression":"none","clientShowEncryptionParameter":true,"presignedUrls":[],)"
      R"("parameters":[],"encryptionMaterial":[{}],"stageInfo":{}}})",
      json_text(transfer.query_id),
      sql::statement_type::get,
      sources,
      json_text(transfer.local),
      transfer.parallel,
      o.multipart_threshold,
      materials,
      stage_info(transfer, false)));
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_TRANSFER_IPP
