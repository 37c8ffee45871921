#ifndef SLUICE_SANDBOX_IMPL_COPY_FAULTS_IPP
#define SLUICE_SANDBOX_IMPL_COPY_FAULTS_IPP

#include <sluice/sandbox/detail/query_call.hpp>
#include <sluice/sandbox/detail/replies.hpp>
#include <sluice/sandbox/detail/text.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

namespace sluice::inline v0::sandbox::detail {

std::optional<std::string> snowflake_service::spoil_copy(query_call const& call,
                                                         sql::statement_request& request) {
  bool zero = call.zero_files;
  if (call.files_remain) {
    auto fewer = without_last_file(request.text);
    zero = zero || !fewer;
    if (fewer) request.text = *std::move(fewer);
  }
  if (call.foreign_file) add_foreign_file(*call.session, copied_stage_path(request.text));
  if (!zero) return std::nullopt;
  sql::result_set const nothing = single_text(request.query_id,
                                              sql::statement_type::copy,
                                              "status",
                                              "Copy executed with 0 files processed.");
  return render_result(nothing, *call.session);
}

void snowflake_service::add_foreign_file(driver_session& session, std::string const& stage_path) {
  if (stage_path.empty()) return;
  // The engine knows what the path means; a PUT resolves it without moving a byte.
  sql::statement_request put;
  put.text = fmt::format("PUT 'file:///tmp/other' '{}'", stage_path);
  sql::outcome const resolved = session.engine->execute(std::move(put));
  auto const* transfer = std::get_if<sql::transfer>(&resolved);
  if (transfer == nullptr) return;
  std::string const prefix = transfer->stage.prefix + transfer->stage.path;
  auto const files = stage_.files.list(prefix);
  if (files.empty()) return;
  std::string const& first = files.front().key;
  auto const slash = first.rfind('/');
  std::string const key = first.substr(0, slash + 1) + "other-job-" + first.substr(slash + 1);
  if (service_.configured.stage == stage_kind::local_fs) {
    std::error_code ignored;
    auto const directory = stage_.directories.make_directory(first.substr(0, slash + 1));
    std::filesystem::copy_file(
        directory / first.substr(slash + 1), directory / key.substr(slash + 1), ignored);
    return;
  }
  auto info = stage_.objects.find(first);
  auto const bytes = stage_.objects.bytes(first);
  if (!info || !bytes) return;
  info->key = key;
  stage_.objects.put(*std::move(info), *bytes);
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_COPY_FAULTS_IPP
