#ifndef SLUICE_STORE_IMPL_S3_IPP
#define SLUICE_STORE_IMPL_S3_IPP

#include <sluice/store/s3.hpp>
#include <sluice/transport/url.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0 {

namespace detail {

/// An address or a name without a domain: no name server knows a bucket in front of it.
SLUICE_DECL bool is_plain_host(std::string_view host) noexcept {
  return host.starts_with('[') || host.find('.') == std::string_view::npos ||
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

SLUICE_DECL std::string_view without_port(std::string_view authority) noexcept {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

/// A page of some proxy on the way, with status 200: the store has not answered.
SLUICE_DECL error not_the_store(std::string_view label,
                                std::string_view key,
                                std::string_view lacking) {
  return error{
      errc::malformed_reply,
      fmt::format("{} of '{}': the reply has no {}; check that the endpoint is an S3 store",
                  label,
                  key,
                  lacking),
      disposition::retryable};
}

/// Amazon's domain for a region.
SLUICE_DECL std::string s3_host(std::string_view region) {
  return fmt::format("s3.{}.amazonaws.com{}", region, region.starts_with("cn-") ? ".cn" : "");
}

}  // namespace detail

SLUICE_DECL s3_store::s3_store(transport& t,
                               s3_options options,
                               std::shared_ptr<aws_credential_source> keys)
    : transport_{t},
      options_{std::move(options)},
      keys_{std::move(keys)},
      scheme_{"https"},
      slots_{std::max<std::size_t>(options_.parallel, 1)} {
  if (options_.region.empty()) options_.region = "us-east-1";
  std::string_view endpoint = options_.endpoint;
  for (std::string_view const scheme : {"https", "http"})
    if (std::string const prefix = std::string{scheme} + "://"; endpoint.starts_with(prefix)) {
      scheme_ = scheme;
      endpoint.remove_prefix(prefix.size());
      break;
    }
  while (endpoint.ends_with('/')) endpoint.remove_suffix(1);
  endpoint_ = endpoint;
  path_style_ = options_.addressing == s3_addressing::path ||
                (options_.addressing == s3_addressing::automatic &&
                 (options_.bucket.find('.') != std::string::npos ||
                  (!endpoint_.empty() && detail::is_plain_host(detail::without_port(endpoint_)))));
  home_.region = options_.region;
}

SLUICE_DECL result<void> s3_store::check(std::string_view name, std::uint64_t size) const {
  auto const bad = [](std::string text) {
    return error{errc::invalid_configuration, std::move(text)};
  };
  if (options_.bucket.empty()) return bad("the bucket has no name; set s3_options::bucket");
  if (name.empty() || name.size() > s3_limits::key_bytes)
    return bad(fmt::format(
        "an object's name has {} bytes; give 1 to {}", name.size(), s3_limits::key_bytes));
  if (size > options_.multipart_threshold && options_.part_bytes < s3_limits::part_bytes_min)
    return bad(fmt::format("part_bytes is {}; S3 takes parts from {} bytes on",
                           options_.part_bytes,
                           s3_limits::part_bytes_min));
  if (size > s3_limits::parts * s3_limits::single_put_bytes)
    return bad(
        fmt::format("an object of {} bytes is larger than S3 takes; send smaller files", size));
  if (scheme_ == "http" && options_.payload == s3_payload::unsigned_)
    return bad("a body without digest is accepted over https only; use s3_payload::sha256");
  return success;
}

SLUICE_DECL std::string s3_store::url_of(call const& c, place const& where) const {
  std::string host = !where.host.empty()  ? where.host
                     : !endpoint_.empty() ? endpoint_
                                          : detail::s3_host(where.region);
  // A host from a redirect names the bucket already, where the store speaks so.
  std::string const in_front = options_.bucket + ".";
  if (!path_style_ && !host.starts_with(in_front)) host = in_front + host;
  std::string url = fmt::format("{}://{}/", scheme_, host);
  if (path_style_) url += percent_encode(options_.bucket) + "/";
  url += percent_encode(c.key, "/");
  if (!c.query.empty()) url += "?" + c.query;
  return url;
}

SLUICE_DECL bool s3_store::follow(response const& reply, place& where) const {
  std::string region{reply.header_value("x-amz-bucket-region")};
  if (region.empty()) region = detail::xml_text(reply.body, "Region");
  bool changed = false;
  if (!region.empty() && region != where.region &&
      region.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos) {
    where.region = region;
    where.host.clear();
    changed = true;
  }
  result<url_parts> const target = parse_url(reply.header_value("Location"));
  if (target && target->scheme == scheme_) {
    // A signed request and its token go nowhere but to hosts of the same store.
    std::string_view const home = detail::without_port(endpoint_);
    bool const same_store =
        endpoint_.empty() ? target->host.ends_with(".amazonaws.com") ||
                                target->host.ends_with(".amazonaws.com.cn")
                          : target->host == home || target->host.ends_with("." + std::string{home});
    std::string const host = target->authority();
    if (same_store && host != where.host) {
      where.host = host;
      changed = true;
    }
  }
  return changed;
}

SLUICE_DECL error s3_store::failure(call const& c,
                                    response const& reply,
                                    detail::s3_verdict const& verdict) const {
  error e{errc::http_status,
          fmt::format("{} of '{}' in bucket '{}': HTTP {} {}{}{}; {}",
                      c.label,
                      c.key,
                      options_.bucket,
                      reply.status,
                      verdict.code,
                      verdict.message.empty() ? "" : ": ",
                      verdict.message,
                      verdict.remedy),
          verdict.kind};
  e.service_code = verdict.code;
  e.request_id = reply.header_value("x-amz-request-id");
  e.retry_after = parse_retry_after(reply.header_value("Retry-After"), transport_.system_now())
                      .value_or(std::chrono::milliseconds{0});
  return e;
}

SLUICE_DECL void s3_store::adapt(bool throttled_now) noexcept {
  std::size_t const limit = slots_.limit();
  if (throttled_now)
    slots_.limit(std::max<std::size_t>(limit / 2, 1));
  else if (limit < options_.parallel)
    slots_.limit(limit + 1);
}

SLUICE_DECL task<response> s3_store::attempt(call const& c, std::size_t n) {
  constexpr int most_hops = 5;
  place where = home_;
  bool clock_set = false;
  bool renewed = false;
  for (int hops = 0;;) {
    request r;
    r.method = c.method;
    r.url = url_of(c, where);
    r.headers = c.headers;
    r.body = c.body;
    r.limits = options_.limits;
    r.max_reply_bytes = c.reply_bytes;
    r.decode_content = false;  // an object's own encoding is no affair of the store's
    r.label = c.label;
    r.attempt = c.attempts_before + n;
    r.observer = options_.observer;
    std::uint64_t const generation = keys_->generation();
    std::chrono::seconds const signed_with = clock_offset_;
    sigv4_signer signer{where.region, "s3"};
    result<void> const signed_ok =
        signer.sign(r, keys_->current(), c.payload_sha256, transport_.system_now() + signed_with);
    if (!signed_ok) co_return signed_ok.error();
    result<response> reply = co_await transport_.perform(std::move(r));
    if (!reply) co_return reply.error();
    detail::s3_verdict const verdict = detail::judge_s3(*reply, c.method, c.document_decides);
    if (verdict.good) {
      if (!c.answer_header.empty() && reply->header_value(c.answer_header).empty())
        co_return detail::not_the_store(c.label, c.key, c.answer_header);
      if (!c.answer_element.empty() && detail::xml_text(reply->body, c.answer_element).empty())
        co_return detail::not_the_store(c.label, c.key, c.answer_element);
      home_ = where;
      co_return reply;
    }
    switch (verdict.repair) {
      case detail::s3_repair::redirect:
        if (hops == most_hops || !follow(*reply, where)) co_return failure(c, *reply, verdict);
        ++hops;
        continue;
      case detail::s3_repair::clock: {
        auto const server_time = parse_http_date(reply->header_value("Date"));
        if (clock_set || !server_time) co_return failure(c, *reply, verdict);
        auto const offset =
            std::chrono::round<std::chrono::seconds>(*server_time - transport_.system_now());
        bool const far = std::chrono::abs(offset - signed_with) >= s3_limits::clock_tolerance;
        if (!far && verdict.code != "RequestTimeTooSkewed") co_return failure(c, *reply, verdict);
        clock_offset_ = offset;
        clock_set = true;
        continue;
      }
      case detail::s3_repair::renew: {
        if (renewed || !keys_->renewable()) co_return failure(c, *reply, verdict);
        result<void> fresh = co_await keys_->renew(generation);
        if (!fresh) co_return fresh.error();
        renewed = true;
        continue;
      }
      case detail::s3_repair::none:
        break;
    }
    if (verdict.kind == disposition::throttled) adapt(true);
    co_return failure(c, *reply, verdict);
  }
}

SLUICE_DECL task<s3_store::outcome> s3_store::send(call c) {
  bool ambiguous = false;
  bool repeated = false;
  std::uint64_t retries = c.attempts_before != 0 ? 1 : 0;
  auto const one = [&](std::size_t n) -> task<response> {
    repeated = ambiguous;
    result<permit> slot = co_await slots_.acquire();
    if (!slot) co_return slot.error();
    result<response> reply = co_await attempt(c, n);
    // Only a refusal says that a request was not carried out.
    if (!reply && reply.error().retryable()) ambiguous = true;
    if (reply) adapt(false);
    co_return reply;
  };
  std::string what = fmt::format("{} of '{}'", c.label, c.key);
  result<response> reply =
      co_await retry(transport_, options_.retry, std::move(what), one, options_.observer, &retries);
  if (!reply) {
    // Callers look at how it went before they judge.
    error e = std::move(reply).error();
    if (repeated && (e.service_code == "NoSuchUpload" || e.service_code == "PreconditionFailed"))
      co_return outcome{{}, true, retries};
    co_return e;
  }
  co_return outcome{std::move(*reply), repeated, retries};
}

SLUICE_DECL task<std::optional<stored_object>> s3_store::head(std::string name) {
  result<void> const good = check(name, 0);
  if (!good) co_return good.error();
  call c{.method = http_method::head, .key = name, .label = "HEAD"};
  result<outcome> done = co_await send(std::move(c));
  if (!done) {
    if (done.error().service_code == "404" || done.error().service_code == "NoSuchKey")
      co_return std::optional<stored_object>{};
    co_return done.error();
  }
  stored_object object;
  std::string_view const length = done->reply.header_value("Content-Length");
  std::from_chars(length.data(), length.data() + length.size(), object.size);
  object.etag = done->reply.header_value("ETag");
  object.headers = std::move(done->reply.headers);
  object.retries = done->retries;
  co_return std::optional<stored_object>{std::move(object)};
}

SLUICE_DECL task<void> s3_store::remove(std::string name) {
  result<void> const good = check(name, 0);
  if (!good) co_return good.error();
  call c{.method = http_method::delete_, .key = name, .label = "DELETE"};
  result<outcome> done = co_await send(std::move(c));
  if (!done && done.error().service_code != "NoSuchKey" && done.error().service_code != "404")
    co_return done.error();
  co_return success;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_STORE_IMPL_S3_IPP
