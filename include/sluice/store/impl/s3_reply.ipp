#ifndef SLUICE_STORE_IMPL_S3_REPLY_IPP
#define SLUICE_STORE_IMPL_S3_REPLY_IPP

#include <sluice/store/detail/s3_reply.hpp>
#include <sluice/transport/retry.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::detail {

SLUICE_DECL std::string xml_text(std::string_view xml, std::string_view name) {
  std::string const open = "<" + std::string{name} + ">";
  std::size_t const at = xml.find(open);
  if (at == std::string_view::npos) return {};
  xml.remove_prefix(at + open.size());
  std::size_t const end = xml.find('<');
  if (end == std::string_view::npos) return {};
  xml = xml.substr(0, end);
  constexpr std::array<std::pair<std::string_view, char>, 5> entities{
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};
  std::string text;
  while (!xml.empty()) {
    auto const entity = std::find_if(
        entities.begin(), entities.end(), [&](auto const& e) { return xml.starts_with(e.first); });
    text += entity == entities.end() ? xml.front() : entity->second;
    xml.remove_prefix(entity == entities.end() ? 1 : entity->first.size());
  }
  return text;
}

SLUICE_DECL std::string_view xml_root(std::string_view xml) noexcept {
  for (;;) {
    std::size_t const open = xml.find('<');
    if (open == std::string_view::npos || open + 1 == xml.size()) return {};
    xml.remove_prefix(open + 1);
    if (xml[0] == '?' || xml[0] == '!') continue;
    std::string_view const name = xml.substr(0, xml.find_first_of(" \t\r\n/>"));
    return name;
  }
}

SLUICE_DECL s3_verdict judge_s3(response const& reply, http_method method, bool document_decides) {
  struct row {
    std::string_view code;
    disposition kind;
    s3_repair repair;
    std::string_view remedy;
  };
  using enum disposition;
  constexpr std::string_view again = "the store has a passing problem: try again";
  constexpr std::string_view slower = "the store asks for fewer requests: lower the parallelism";
  constexpr std::string_view keys = "check the keys and their permissions";
  constexpr std::string_view damaged = "the body was damaged on its way: try again";
  constexpr std::array<row, 24> rows{{
      {"SlowDown", throttled, s3_repair::none, slower},
      {"ServiceUnavailable", throttled, s3_repair::none, slower},
      {"RequestLimitExceeded", throttled, s3_repair::none, slower},
      {"TooManyRequestsException", throttled, s3_repair::none, slower},
      {"Throttling", throttled, s3_repair::none, slower},
      {"ThrottlingException", throttled, s3_repair::none, slower},
      {"BandwidthLimitExceeded", throttled, s3_repair::none, slower},
      {"InternalError", retryable, s3_repair::none, again},
      {"RequestTimeout", retryable, s3_repair::none, again},
      {"OperationAborted", retryable, s3_repair::none, again},
      {"ConditionalRequestConflict", retryable, s3_repair::none, again},
      {"BadDigest", retryable, s3_repair::none, damaged},
      {"XAmzContentSHA256Mismatch", retryable, s3_repair::none, damaged},
      {"IncompleteBody", retryable, s3_repair::none, damaged},
      {"RequestTimeTooSkewed", permanent, s3_repair::clock, "correct this machine's clock"},
      {"ExpiredToken", permanent, s3_repair::renew, "renew the keys"},
      {"TokenRefreshRequired", permanent, s3_repair::renew, "renew the keys"},
      {"AuthorizationHeaderMalformed", permanent, s3_repair::redirect, "check the region"},
      {"PermanentRedirect", permanent, s3_repair::redirect, "check the region"},
      {"TemporaryRedirect", permanent, s3_repair::redirect, "check the region"},
      {"SignatureDoesNotMatch", permanent, s3_repair::none, keys},
      {"InvalidAccessKeyId", permanent, s3_repair::none, keys},
      {"AccessDenied", permanent, s3_repair::none, keys},
      {"NoSuchBucket", permanent, s3_repair::none, "check the bucket's name and region"},
  }};
  s3_verdict v;
  v.good = reply.status >= 200 && reply.status <= 299;
  if (v.good && (!document_decides || xml_root(reply.body) == "CompleteMultipartUploadResult"))
    return v;
  bool const broken_document = v.good && xml_root(reply.body) != "Error";
  v.good = false;
  v.code = xml_root(reply.body) == "Error" ? xml_text(reply.body, "Code")
                                           : std::string{reply.header_value("x-amz-error-code")};
  v.message = xml_text(reply.body, "Message").substr(0, 300);
  if (broken_document) {
    v.kind = retryable;
    v.message = "the reply to the completion is not the document that S3 specifies";
    v.remedy = again;
    return v;
  }
  if (auto const known =
          std::find_if(rows.begin(), rows.end(), [&](row const& r) { return r.code == v.code; });
      known != rows.end()) {
    v.kind = known->kind;
    v.repair = known->repair;
    v.remedy = known->remedy;
    return v;
  }
  v.kind = document_decides && reply.status == 200 ? permanent : classify_status(reply.status);
  v.remedy = v.kind == permanent ? "check bucket, name and permissions" : again;
  int const s = reply.status;
  if (s == 301 || s == 307 || s == 308 || s == 302) v.repair = s3_repair::redirect;
  // A HEAD has no document; temporary keys that have expired are then a bare 400.
  if (s == 400 && method == http_method::head && v.code.empty()) v.repair = s3_repair::renew;
  // So is a clock that is wrong: a bare 403, which may mean other things too.
  if (s == 403 && method == http_method::head && v.code.empty()) v.repair = s3_repair::clock;
  if (v.code.empty()) v.code = std::to_string(s);
  return v;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_STORE_IMPL_S3_REPLY_IPP
