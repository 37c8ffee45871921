#ifndef SLUICE_SKYFLOW_IMPL_READING_IPP
#define SLUICE_SKYFLOW_IMPL_READING_IPP

/// \file
/// What a client reads back and deletes.

#include <sluice/skyflow/client.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::skyflow {

namespace detail {

inline call read_call(read_request r, std::string_view label, std::string names) {
  call c;
  c.method = r.body.empty() ? http_method::get : http_method::post;
  c.url = std::move(r.url);
  if (!r.body.empty()) c.body = chunk_list{std::move(r.body)};
  c.label = label;
  c.names = std::move(names);
  return c;
}

struct read_rows {
  std::vector<vault_row>& into;

  result<void> operator()(std::string_view body) const {
    result<std::vector<vault_row>> rows = parse_rows(body);
    if (!rows) return std::move(rows).error();
    into = *std::move(rows);
    return success;
  }
};

struct read_values {
  std::vector<detokenized>& into;
  std::size_t count;

  result<void> operator()(std::string_view body) const {
    result<std::vector<detokenized>> values = parse_detokenized(body, count);
    if (!values) return std::move(values).error();
    into = *std::move(values);
    return success;
  }
};

struct read_deleted {
  std::size_t& into;

  result<void> operator()(std::string_view body) const {
    result<std::size_t> const deleted = parse_deleted(body);
    if (!deleted) return deleted.error();
    into = *deleted;
    return success;
  }
};

}  // namespace detail

SLUICE_DECL task<std::vector<vault_row>> client::get(get_request what) {
  std::vector<vault_row> rows;
  call c = detail::read_call(make_get(connection_, what), "get", what.table);
  c.read = detail::read_rows{rows};
  progress so_far;
  result<void> done = co_await ask(c, so_far);
  // "No Records Found": the service has no empty list.
  if (!done && done.error().code == errc::not_found) co_return std::vector<vault_row>{};
  if (!done) co_return std::move(done).error();
  co_return rows;
}

SLUICE_DECL task<std::vector<detokenized>> client::detokenize(std::vector<secret> tokens,
                                                              redaction how) {
  std::vector<detokenized> all;
  all.reserve(tokens.size());
  for (std::size_t at = 0; at < tokens.size(); at += service_limits::rows_per_read) {
    std::size_t const count = std::min(service_limits::rows_per_read, tokens.size() - at);
    std::vector<detokenized> some;
    call c = detail::read_call(
        make_detokenize(connection_, std::span{tokens}.subspan(at, count), how), "detokenize", {});
    c.read = detail::read_values{some, count};
    progress so_far;
    result<void> done = co_await ask(c, so_far);
    if (!done && done.error().code != errc::not_found) co_return std::move(done).error();
    if (!done) {
      some.resize(count);
      for (detokenized& d : some) d.why.status = 404;
    }
    for (detokenized& d : some) all.push_back(std::move(d));
  }
  co_return all;
}

SLUICE_DECL task<std::vector<vault_row>> client::query(std::string sql) {
  std::vector<vault_row> rows;
  call c = detail::read_call(make_query(connection_, sql), "query", {});
  c.read = detail::read_rows{rows};
  progress so_far;
  result<void> done = co_await ask(c, so_far);
  if (!done) co_return std::move(done).error();
  co_return rows;
}

SLUICE_DECL task<std::uint64_t> client::erase(std::string table, std::vector<std::string> ids) {
  std::uint64_t deleted = 0;
  for (std::size_t at = 0; at < ids.size(); at += service_limits::ids_per_delete) {
    std::size_t const count = std::min(service_limits::ids_per_delete, ids.size() - at);
    std::size_t some = 0;
    call c = detail::read_call(
        make_delete(connection_, table, std::span{ids}.subspan(at, count)), "delete", table);
    if (connection_.api == vault_api::classic) c.method = http_method::delete_;
    c.read = detail::read_deleted{some};
    progress so_far;
    result<void> done = co_await ask(c, so_far);
    if (!done) co_return std::move(done).error();
    deleted += some;
  }
  co_return deleted;
}

SLUICE_DECL task<std::uint64_t> client::clear(std::string table) {
  std::uint64_t deleted = 0;
  std::vector<std::string> last;
  for (int stuck = 0;;) {
    get_request page;
    page.table = table;
    page.limit = service_limits::ids_per_delete;
    page.redaction = redaction::redacted;
    result<std::vector<vault_row>> rows = co_await get(std::move(page));
    if (!rows) co_return std::move(rows).error();
    std::vector<std::string> ids;
    for (vault_row& row : *rows)
      if (!row.skyflow_id.empty()) ids.push_back(std::move(row.skyflow_id));
    if (rows->empty()) co_return deleted;
    constexpr int patience = 3;
    stuck = ids == last ? stuck + 1 : 0;
    if (ids.empty() || stuck == patience)
      co_return error{make_error_code(errc::refused),
                      disposition::permanent,
                      "clear: rows stay in the table although the vault was told to delete them; "
                      "check the role's policy for deleting"};
    last = ids;
    result<std::uint64_t> some = co_await erase(table, std::move(ids));
    // Somebody else was faster, or an answer got lost: the next page tells.
    bool const gone = !some && some.error().code == errc::not_found;
    if (!some && !gone) co_return std::move(some).error();
    if (some) deleted += *some;
  }
}

}  // namespace sluice::inline v0::skyflow

#endif  // SLUICE_SKYFLOW_IMPL_READING_IPP
