#ifndef SLUICE_SNOWFLAKE_IMPL_PROTOCOL_IPP
#define SLUICE_SNOWFLAKE_IMPL_PROTOCOL_IPP

#include <sluice/compress/codec_stream.hpp>
#include <sluice/snowflake/connection.hpp>
#include <sluice/snowflake/detail/json_reader.hpp>
#include <sluice/snowflake/protocol.hpp>
#include <sluice/transport/url.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::snowflake {

namespace detail {

inline constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline bool same_without_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return lower(x) == lower(y);
         });
}

inline refusal read_head(json::object const& reply) {
  refusal head;
  head.code = text_at(reply, "code");
  head.message = text_at(reply, "message");
  if (json::object const* const data = find_object(reply, "data")) {
    head.sql_state = text_at(*data, "sqlState");
    head.query_id = text_at(*data, "queryId");
  }
  return head;
}

inline result<void> read_rows(json::array const& rows, result_table& table) {
  for (json::value const& item : rows) {
    json::array const* const row = item.if_array();
    if (row == nullptr || row->size() != table.columns.size())
      return malformed("has a row that does not fit its columns");
    std::vector<cell>& cells = table.rows.emplace_back();
    cells.reserve(row->size());
    for (json::value const& value : *row)
      cells.push_back(value.is_null() ? cell{} : cell{text_of(value)});
  }
  return success;
}

inline result<void> read_chunks(json::object const& data, result_table& table) {
  json::array const* const chunks = find_array(data, "chunks");
  if (chunks == nullptr) return success;
  for (json::value const& item : *chunks) {
    json::object const* const c = item.if_object();
    // A chunk that is passed over would be rows that are missing without a word.
    if (c == nullptr || find(*c, "url") == nullptr || find(*c, "rowCount") == nullptr)
      return malformed("names further rows without saying where and how many they are");
    table.chunks.push_back(
        {text_at(*c, "url"), number_at(*c, "rowCount", 0), number_at(*c, "uncompressedSize", 0)});
  }
  if (json::object const* const headers = find_object(data, "chunkHeaders")) {
    for (auto const& pair : *headers)
      table.chunk_headers.emplace_back(std::string{pair.key().data(), pair.key().size()},
                                       text_of(pair.value()));
  } else if (std::string key = text_at(data, "qrmk"); !key.empty()) {
    table.chunk_headers = {{"x-amz-server-side-encryption-customer-algorithm", "AES256"},
                           {"x-amz-server-side-encryption-customer-key", std::move(key)}};
  }
  return success;
}

inline result<void> read_table(json::object const& data, result_table& table) {
  if (json::array const* const types = find_array(data, "rowtype")) {
    for (json::value const& item : *types) {
      json::object const* const type = item.if_object();
      if (type == nullptr) return malformed("has a column without a name");
      table.columns.push_back(text_at(*type, "name"));
      table.types.push_back(text_at(*type, "type"));
    }
  }
  if (result<void> read = read_chunks(data, table); !read) return read;
  json::array const* const rows = find_array(data, "rowset");
  return rows == nullptr ? result<void>{success} : read_rows(*rows, table);
}

inline stage_kind stage_kind_of(std::string_view name) noexcept {
  if (name == "S3") return stage_kind::s3;
  if (name == "AZURE") return stage_kind::azure;
  if (name == "GCS") return stage_kind::gcs;
  if (name == "LOCAL_FS") return stage_kind::local_fs;
  return stage_kind::other;
}

inline std::string first_text(json::object const& o, std::string_view a, std::string_view b) {
  std::string text = text_at(o, a);
  return text.empty() ? text_at(o, b) : text;
}

inline result<stage_target> read_target(json::object const& info) {
  stage_target target;
  target.kind_name = text_at(info, "locationType");
  target.kind = stage_kind_of(target.kind_name);
  target.region = text_at(info, "region");
  target.endpoint = text_at(info, "endPoint");
  std::string location = text_at(info, "location");
  if (location.empty()) return malformed("about a transfer names no location");
  if (target.kind == stage_kind::local_fs) {
    target.prefix = std::move(location);
  } else {
    std::size_t const slash = location.find('/');
    target.bucket = location.substr(0, slash);
    if (slash != std::string::npos) target.prefix = location.substr(slash + 1);
  }
  if (!target.prefix.empty() && !target.prefix.ends_with('/')) target.prefix += '/';
  if (json::object const* const creds = find_object(info, "creds")) {
    target.access_key_id = first_text(*creds, "AWS_KEY_ID", "AWS_ID");
    target.secret_access_key = secret{first_text(*creds, "AWS_SECRET_KEY", "AWS_KEY")};
    target.session_token = secret{text_at(*creds, "AWS_TOKEN")};
  }
  return target;
}

inline encryption_material read_material(json::object const& o) {
  return {secret{text_at(o, "queryStageMasterKey")}, text_at(o, "queryId"), text_at(o, "smkId")};
}

inline result<get_reply> read_get(json::object const& data) {
  json::object const* const info = find_object(data, "stageInfo");
  if (info == nullptr) return malformed("to GET has no stageInfo");
  result<stage_target> target = read_target(*info);
  if (!target) return std::move(target).error();
  get_reply get;
  get.target = *std::move(target);
  json::array const* const names = find_array(data, "src_locations");
  if (names == nullptr) return get;
  json::array const* materials = find_array(data, "encryptionMaterial");
  if (!flag_at(*info, "isClientSideEncrypted", true)) materials = nullptr;
  for (std::size_t i = 0; i != names->size(); ++i) {
    get_reply::file& file = get.files.emplace_back();
    file.name = text_of((*names)[i]);
    if (materials == nullptr || i >= materials->size()) continue;
    if (json::object const* const material = (*materials)[i].if_object())
      file.encryption = read_material(*material);
  }
  return get;
}

inline result<put_reply> read_put(json::object const& data) {
  json::object const* const info = find_object(data, "stageInfo");
  if (info == nullptr) return malformed("to PUT has no stageInfo");
  result<stage_target> target = read_target(*info);
  if (!target) return std::move(target).error();
  put_reply put;
  put.target = *std::move(target);
  put.multipart_threshold = number_at(data, "threshold", 0);
  put.parallel =
      static_cast<std::uint32_t>(std::clamp<std::uint64_t>(number_at(data, "parallel", 1), 1, 99));
  json::object const* const material = find_object(data, "encryptionMaterial");
  if (material != nullptr && flag_at(*info, "isClientSideEncrypted", true)) {
    put.encryption = read_material(*material);
  }
  return put;
}

inline result<void> read_data(json::object const& data, statement_reply& reply) {
  reply.poll_path = text_at(data, "getResultUrl");
  reply.result_format = text_at(data, "queryResultFormat");
  reply.parameters = parameters_at(data);
  std::string const command = text_at(data, "command");
  if (command == "UPLOAD") {
    result<put_reply> put = read_put(data);
    if (!put) return std::move(put).error();
    reply.put = *std::move(put);
  } else if (command == "DOWNLOAD") {
    result<get_reply> get = read_get(data);
    if (!get) return std::move(get).error();
    reply.get = *std::move(get);
  }
  return read_table(data, reply.table);
}

inline std::string_view snowflake_domain(std::string_view host) noexcept {
  for (std::string_view const domain :
       {".snowflakecomputing.com", ".snowflakecomputing.cn", ".snowflakecomputing.mil"})
    if (host.ends_with(domain)) return domain;
  return {};
}

}  // namespace detail

SLUICE_DECL std::optional<std::size_t> result_table::column(std::string_view name) const noexcept {
  for (std::size_t i = 0; i != columns.size(); ++i)
    if (detail::same_without_case(columns[i], name)) return i;
  return std::nullopt;
}

SLUICE_DECL cell result_table::at(std::size_t row, std::string_view name) const {
  std::optional<std::size_t> const index = column(name);
  return index && row < rows.size() ? rows[row][*index] : cell{};
}

SLUICE_DECL std::optional<std::uint64_t> result_table::number_at(std::size_t row,
                                                                 std::string_view name) const {
  cell const text = at(row, name);
  if (!text) return std::nullopt;
  std::uint64_t number = 0;
  auto const [end, failure] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failure != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return number;
}

SLUICE_DECL result<statement_reply> parse_statement_reply(std::string_view body) {
  result<detail::json::value> const parsed = detail::parse_bounded(body);
  if (!parsed) return parsed.error();
  detail::json::object const* const root = parsed->if_object();
  if (root == nullptr) return detail::malformed("is not a JSON object");
  if (detail::find(*root, "success") == nullptr)
    return detail::malformed("does not say whether the request succeeded");
  statement_reply reply;
  reply.success = detail::flag_at(*root, "success", false);
  reply.head = detail::read_head(*root);
  if (detail::json::object const* const data = detail::find_object(*root, "data")) {
    result<void> read = detail::read_data(*data, reply);
    if (!read) return std::move(read).error();
  }
  return reply;
}

SLUICE_DECL result<token_reply> parse_token_reply(std::string_view body) {
  result<detail::json::value> const parsed = detail::parse_bounded(body);
  if (!parsed) return parsed.error();
  detail::json::object const* const root = parsed->if_object();
  if (root == nullptr) return detail::malformed("is not a JSON object");
  token_reply reply;
  reply.success = detail::flag_at(*root, "success", false);
  reply.head = detail::read_head(*root);
  if (!reply.success) return reply;
  detail::json::object const* const data = detail::find_object(*root, "data");
  if (data == nullptr) return detail::malformed("to the login has no data");
  reply.tokens.session = secret{detail::first_text(*data, "token", "sessionToken")};
  reply.tokens.master = secret{detail::text_at(*data, "masterToken")};
  if (reply.tokens.session.empty() || reply.tokens.master.empty())
    return detail::malformed("to the login lacks a token");
  auto const life = [&](std::string_view a, std::string_view b, std::uint64_t otherwise) {
    std::uint64_t const s = detail::number_at(*data, a, detail::number_at(*data, b, otherwise));
    return std::chrono::seconds{static_cast<std::int64_t>(std::min<std::uint64_t>(s, 1u << 30))};
  };
  reply.tokens.session_validity = life("validityInSeconds", "validityInSecondsST", 3'600);
  reply.tokens.master_validity = life("masterValidityInSeconds", "validityInSecondsMT", 14'400);
  reply.session_id = detail::text_at(*data, "sessionId");
  reply.parameters = detail::parameters_at(*data);
  if (detail::json::object const* const info = detail::find_object(*data, "sessionInfo")) {
    reply.database = detail::text_at(*info, "databaseName");
    reply.schema = detail::text_at(*info, "schemaName");
    reply.warehouse = detail::text_at(*info, "warehouseName");
    reply.role = detail::text_at(*info, "roleName");
  }
  return reply;
}

SLUICE_DECL result<void> parse_chunk(std::string_view body,
                                     std::uint64_t expected_rows,
                                     result_table& table) {
  // Storage sends gzip without saying so.
  result<std::string> inflated = std::string{};
  if (body.starts_with("\x1f\x8b")) {
    inflated = decompress(codec::gzip, chunk_list{std::string{body}}, session_limits::chunk_bytes);
    if (!inflated) return detail::malformed("with more rows is damaged");
    body = *inflated;
  }
  std::string text = "[";
  text += body;
  text += ']';
  result<detail::json::value> const parsed = detail::parse_bounded(text);
  if (!parsed) return parsed.error();
  detail::json::array const* const rows = parsed->if_array();
  if (rows == nullptr || rows->size() != expected_rows)
    return detail::malformed("with more rows has not the number of rows that was announced");
  std::size_t const before = table.rows.size();
  result<void> read = detail::read_rows(*rows, table);
  if (!read) table.rows.resize(before);
  return read;
}

SLUICE_DECL outcome classify(request_kind kind,
                             int status,
                             bool success,
                             std::string_view code) noexcept {
  bool const session_bound = kind == request_kind::statement || kind == request_kind::poll;
  if (status == 307 || status == 308) return outcome::redirect;
  if (status == 429 || code == "390505") return outcome::throttled;
  if (status == 401) return session_bound ? outcome::renew : outcome::failed;
  if (status == 408 || status >= 500) return outcome::retry;
  // Presigned URLs are refused now and then for a moment; a statement never is.
  if (status == 403 && kind == request_kind::chunk) return outcome::retry;
  if (code == "333333" || code == "333334") return outcome::in_progress;
  if (code == "390112") return session_bound ? outcome::renew : outcome::login_again;
  if (code == "390104" || code == "390110" || code == "390111" || code == "390113" ||
      code == "390114" || code == "390115" || code == "390400")
    return kind == request_kind::login ? outcome::failed : outcome::login_again;
  return status == 200 && success ? outcome::success : outcome::failed;
}

SLUICE_DECL std::optional<std::string> redirect_target(std::string_view url,
                                                       std::string_view location) {
  result<url_parts> const from = parse_url(url);
  if (!from || location.empty()) return std::nullopt;
  if (location.starts_with('/') && !location.starts_with("//"))
    return from->origin() + std::string{location};
  result<url_parts> const to = parse_url(location);
  if (!to) return std::nullopt;
  if (from->scheme == "https" && to->scheme != "https") return std::nullopt;
  std::string_view const domain = detail::snowflake_domain(from->host);
  bool const same_domain = !domain.empty() && detail::snowflake_domain(to->host) == domain;
  if (from->host != to->host && !same_domain) return std::nullopt;
  return std::string{location};
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_PROTOCOL_IPP
