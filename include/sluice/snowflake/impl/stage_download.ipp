#ifndef SLUICE_SNOWFLAKE_IMPL_STAGE_DOWNLOAD_IPP
#define SLUICE_SNOWFLAKE_IMPL_STAGE_DOWNLOAD_IPP

#include <sluice/snowflake/copy_result.hpp>
#include <sluice/snowflake/detail/json_reader.hpp>
#include <sluice/snowflake/detail/stage_download.hpp>
#include <sluice/snowflake/impl/stage_rows.ipp>
#include <sluice/snowflake/sql.hpp>
#include <sluice/store/directory_store.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::snowflake::detail {

struct next_rows {
  stage_rows& rows;
  std::span<row_run const> wanted;

  result<std::vector<row_text>> operator()() const { return rows.next(wanted); }
};

SLUICE_DECL stage_download::stage_download(transport& t,
                                           session_pool& sessions,
                                           std::string location,
                                           std::string name,
                                           file_shape shape,
                                           s3_options how)
    : transport_{t},
      sessions_{sessions},
      location_{std::move(location)},
      name_{std::move(name)},
      shape_{shape},
      how_{std::move(how)} {}

SLUICE_DECL error stage_download::gone() const {
  return error{make_error_code(errc::object_missing),
               disposition::permanent,
               "the stage does not hold it any more"};
}

SLUICE_DECL task<get_reply> stage_download::ask() {
  statement s;
  s.sql = get_text(location_, name_);
  s.title = "GET from " + location_;
  std::shared_ptr<session> const on = sessions_.pick();
  result<statement_reply> reply = co_await on->execute(std::move(s));
  if (!reply) co_return std::move(reply).error();
  if (!reply->get) co_return malformed("to GET says nothing about downloading");
  co_return *std::move(reply->get);
}

SLUICE_DECL task<void> stage_download::connect() {
  result<get_reply> reply = co_await ask();
  if (!reply) co_return std::move(reply).error();
  std::vector<get_reply::file>& files = reply->files;
  auto const found = std::find_if(files.begin(), files.end(), [&](get_reply::file const& f) {
    return base_name(f.name) == name_;
  });
  if (found == files.end()) co_return gone();
  stage_target const& target = reply->target;
  if (target.kind == stage_kind::local_fs) {
    object_ = found->name;
    store_ = std::make_unique<directory_store>(transport_, directory_options{target.prefix});
    co_return success;
  }
  if (target.kind != stage_kind::s3)
    co_return error{make_error_code(errc::stage_not_supported),
                    disposition::permanent,
                    "the stage lies in a place of the kind \"" + target.kind_name +
                        "\", from which this version does not read"};
  object_ = target.prefix + found->name;
  encryption_ = std::move(found->encryption);
  how_.bucket = target.bucket;
  if (!target.region.empty()) how_.region = target.region;
  if (how_.endpoint.empty()) how_.endpoint = target.endpoint;
  auto keys = std::make_shared<aws_credential_source>(
      aws_credential{target.access_key_id, target.secret_access_key, target.session_token},
      [this] { return renew(); });
  store_ = std::make_unique<s3_store>(transport_, how_, std::move(keys));
  co_return success;
}

SLUICE_DECL task<aws_credential> stage_download::renew() {
  result<get_reply> reply = co_await ask();
  if (!reply) co_return std::move(reply).error();
  stage_target const& t = reply->target;
  co_return aws_credential{t.access_key_id, t.secret_access_key, t.session_token};
}

SLUICE_DECL task<object_part> stage_download::fetch(std::uint64_t offset) {
  result<std::optional<object_part>> part = co_await store_->get(object_, offset, part_bytes);
  if (!part) co_return std::move(part).error();
  if (!*part) co_return gone();
  stored_object const& whole = (*part)->whole;
  bool const first = offset == 0 && etag_.empty();
  if (first) {
    etag_ = whole.etag;
    size_ = whole.size;
  }
  bool const same = whole.etag == etag_ && whole.size == size_;
  if (!same || (*part)->bytes.size() != std::min(part_bytes, size_ - std::min(size_, offset)))
    co_return damaged_file("has changed while it was read");
  co_return **std::move(part);
}

SLUICE_DECL result<void> stage_download::rewind() {
  result<stage_rows> rows = stage_rows::open(shape_, key_);
  if (!rows) return std::move(rows).error();
  rows_ = *std::move(rows);
  offset_ = 0;
  return success;
}

SLUICE_DECL task<void> stage_download::check(std::uint64_t rows) {
  result<void> connected = co_await connect();
  if (!connected) co_return std::move(connected).error();
  result<object_part> first = co_await fetch(0);
  if (!first) co_return std::move(first).error();
  std::vector<header> const& about = first->whole.headers;
  digest_ = find_header(about, "x-amz-meta-sfc-digest");
  if (encryption_) {
    result<file_key> key = unwrap_file_key(*encryption_,
                                           find_header(about, "x-amz-meta-x-amz-key"),
                                           find_header(about, "x-amz-meta-x-amz-iv"));
    if (!key) co_return std::move(key).error();
    key_ = *std::move(key);
  }
  kept_.push_back(std::move(first->bytes));
  result<void> ready = rewind();
  if (!ready) co_return std::move(ready).error();
  while (!rows_->ended()) {
    result<std::vector<row_text>> none = co_await step({});
    if (!none) co_return std::move(none).error();
  }
  if (rows_->rows() != rows)
    co_return damaged_file("has " + std::to_string(rows_->rows()) + " rows, not the " +
                           std::to_string(rows) + " that were sent");
  if (!digest_.empty() && rows_->digest() != digest_)
    co_return damaged_file("is not what was sent: its digest is another");
  ready = rewind();
  co_return ready;
}

SLUICE_DECL task<std::vector<row_text>> stage_download::step(std::span<row_run const> wanted) {
  if (rows_->hungry()) {
    auto const index = static_cast<std::size_t>(offset_ / part_bytes);
    std::string bytes;
    if (index < kept_.size()) {
      bytes = kept_[index];
    } else {
      result<object_part> part = co_await fetch(offset_);
      if (!part) co_return std::move(part).error();
      bytes = std::move(part->bytes);
      if (index == kept_.size() && size_ <= kept_bytes) kept_.push_back(bytes);
    }
    offset_ += bytes.size();
    rows_->feed(std::move(bytes), offset_ >= size_);
  }
  result<std::vector<row_text>> rows = co_await transport_.on_worker(next_rows{*rows_, wanted});
  co_return rows;
}

SLUICE_DECL task<std::vector<row_text>> stage_download::next(std::span<row_run const> wanted) {
  while (!rows_->ended()) {
    result<std::vector<row_text>> rows = co_await step(wanted);
    if (!rows || !rows->empty()) co_return rows;
  }
  co_return std::vector<row_text>{};
}

}  // namespace sluice::inline v0::snowflake::detail

#endif  // SLUICE_SNOWFLAKE_IMPL_STAGE_DOWNLOAD_IPP
