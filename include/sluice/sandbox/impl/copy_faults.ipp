#ifndef SLUICE_SANDBOX_IMPL_COPY_FAULTS_IPP
#define SLUICE_SANDBOX_IMPL_COPY_FAULTS_IPP

#include <sluice/sandbox/detail/query_call.hpp>
#include <sluice/sandbox/detail/replies.hpp>
#include <sluice/sandbox/detail/text.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

namespace sluice::inline v0::sandbox::detail {

namespace copy_impl {

/// Skips white space and comments.
inline std::string_view skip_blank(std::string_view sql) {
  for (;;) {
    auto const rest = trimmed(sql);
    std::size_t const before = rest.size();
    sql = rest;
    if (sql.starts_with("--")) {
      auto const end = sql.find('\n');
      sql = end == std::string_view::npos ? std::string_view{} : sql.substr(end + 1);
    } else if (sql.starts_with("/*")) {
      auto const end = sql.find("*/");
      sql = end == std::string_view::npos ? std::string_view{} : sql.substr(end + 2);
    }
    if (sql.size() == before) return sql;
  }
}

inline bool word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$';
}

inline std::string_view first_word(std::string_view sql) {
  std::size_t size = 0;
  while (size < sql.size() && word_char(sql[size])) ++size;
  return sql.substr(0, size);
}

/// End of the quoted text that starts at `at`, one behind its closing quote.
inline std::size_t quoted_end(std::string_view sql, std::size_t at) {
  char const quote = sql[at];
  for (std::size_t i = at + 1; i < sql.size(); ++i) {
    if (quote == '\'' && sql[i] == '\\') {
      ++i;
    } else if (sql[i] == quote) {
      if (i + 1 >= sql.size() || sql[i + 1] != quote) return i + 1;
      ++i;
    }
  }
  return sql.size();
}

/// Where this word stands outside quotes, from `from` on.
inline std::size_t find_word(std::string_view sql, std::string_view word, std::size_t from = 0) {
  for (std::size_t i = from; i < sql.size();) {
    if (sql[i] == '\'' || sql[i] == '"') {
      i = quoted_end(sql, i);
    } else if (word_char(sql[i])) {
      auto const found = first_word(sql.substr(i));
      if (same_text(found, word)) return i;
      i += found.size();
    } else {
      ++i;
    }
  }
  return std::string_view::npos;
}

}  // namespace copy_impl

statement_kind classify_statement(std::string_view sql) {
  using namespace copy_impl;
  std::string const word = lower(first_word(skip_blank(sql)));
  auto const any_of = [&](auto... names) { return ((word == names) || ...); };
  if (any_of("put", "get")) return {word, false, false};
  if (word == "copy") return {"copy", true, false};
  if (word == "insert") return {"insert", true, false};
  if (any_of("select", "with")) {
    // SELECT without FROM asks no table, e.g. SELECT CURRENT_VERSION().
    return {"select", find_word(sql, "from") != std::string_view::npos, false};
  }
  if (any_of("create", "alter", "drop", "truncate", "undrop")) {
    bool const on_table = word != "create" && find_word(sql, "table") != std::string_view::npos;
    return {"ddl", on_table, false};
  }
  if (any_of("begin", "start", "commit", "rollback")) {
    return {"transaction", false, word == "commit"};
  }
  if (any_of("desc", "describe")) return {"statement", true, false};
  if (any_of("update", "delete", "merge")) return {"statement", true, false};
  return {"statement", false, false};
}

std::optional<std::string> without_last_file(std::string_view copy_sql) {
  using namespace copy_impl;
  std::size_t const word = find_word(copy_sql, "files");
  if (word == std::string_view::npos) return std::nullopt;
  std::size_t at = copy_sql.find('(', word);
  if (at == std::string_view::npos) return std::nullopt;
  std::size_t previous_end = 0;  // behind the last file but one
  std::size_t last_end = 0;
  for (++at; at < copy_sql.size() && copy_sql[at] != ')';) {
    if (copy_sql[at] == '\'') {
      at = quoted_end(copy_sql, at);
      previous_end = last_end;
      last_end = at;
    } else {
      ++at;
    }
  }
  if (previous_end == 0) return std::nullopt;
  return std::string(copy_sql.substr(0, previous_end)) + std::string(copy_sql.substr(last_end));
}

std::string copied_stage_path(std::string_view copy_sql) {
  using namespace copy_impl;
  std::size_t const from = find_word(copy_sql, "from");
  if (from == std::string_view::npos) return {};
  std::size_t const at = copy_sql.find('@', from);
  if (at == std::string_view::npos) return {};
  if (at > 0 && copy_sql[at - 1] == '\'') {
    std::size_t const end = quoted_end(copy_sql, at - 1);
    return std::string(copy_sql.substr(at, end - at - 1));
  }
  std::size_t end = at;
  while (end < copy_sql.size() &&
         std::string_view(" \t\r\n();,").find(copy_sql[end]) == std::string_view::npos) {
    end = copy_sql[end] == '"' ? quoted_end(copy_sql, end) : end + 1;
  }
  return std::string(copy_sql.substr(at, end - at));
}

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
