#ifndef SLUICE_SANDBOX_SNOWPIPE_IMPL_ROUTES_IPP
#define SLUICE_SANDBOX_SNOWPIPE_IMPL_ROUTES_IPP

#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/snowpipe/detail/routes.hpp>

#include <optional>
#include <vector>

namespace sluice::inline v0::sandbox::snowpipe {

namespace routes_impl {

constexpr std::string_view files_prefix = "/v1/data/pipes/";
constexpr std::string_view elastic_channel = "ELASTIC";
constexpr std::string_view telemetry_path = "/telemetry/send/sessionless";

/// Reads a path segment by segment.
class segments {
 public:
  explicit segments(std::string_view path) : parts_(detail::split(path, '/')) {}

  bool take(std::string_view word) {
    if (at_ >= parts_.size() || parts_[at_] != word) return false;
    ++at_;
    return true;
  }

  std::string name() {
    if (at_ >= parts_.size()) return {};
    return detail::percent_decoded(parts_[at_++]);
  }

  bool done() const { return at_ == parts_.size(); }

 private:
  std::vector<std::string_view> parts_;
  std::size_t at_ = 0;
};

inline route with_method(route out, operation what, bool fits) {
  out.what = what;
  out.wrong_method = !fits;
  return out;
}

/// DB.SCHEMA.PIPE with quoted parts.
inline bool split_pipe(std::string_view text, route& out) {
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (char const c : text) {
    if (c == '"') quoted = !quoted;
    if (c == '.' && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (quoted || parts.size() != 3) return false;
  out.database = parts[0];
  out.schema = parts[1];
  out.pipe = parts[2];
  return true;
}

inline route file_route(std::string_view method, std::string_view path) {
  route out;
  auto const rest = path.substr(files_prefix.size());
  auto const slash = rest.find('/');
  if (slash == std::string_view::npos ||
      !split_pipe(detail::percent_decoded(rest.substr(0, slash)), out)) {
    return out;
  }
  auto const call = rest.substr(slash + 1);
  if (call == "insertFiles") return with_method(out, operation::insert_files, method == "POST");
  if (call == "insertReport") return with_method(out, operation::insert_report, method == "GET");
  if (call == "loadHistoryScan") return with_method(out, operation::load_history, method == "GET");
  return out;
}

}  // namespace routes_impl

bool is_snowpipe_path(std::string_view path) {
  return path.starts_with("/v2/streaming/") || path == "/oauth/token" ||
         path == routes_impl::telemetry_path || path.starts_with(routes_impl::files_prefix);
}

route find_route(std::string_view method, std::string_view path) {
  using namespace routes_impl;
  route out;
  if (path == "/oauth/token") return with_method(out, operation::exchange, method == "POST");
  if (path == telemetry_path) return with_method(out, operation::telemetry, method == "POST");
  if (path.starts_with(files_prefix)) return file_route(method, path);
  segments in(path);
  if (!in.take("") || !in.take("v2") || !in.take("streaming")) return out;
  if (in.take("hostname")) {
    return in.done() ? with_method(out, operation::hostname, method == "GET") : out;
  }
  bool const data = in.take("data");
  if (in.take("org")) {  // official SDKs name organization and account as well
    in.name();
    if (!in.take("accounts")) return out;
    in.name();
  }
  if (!in.take("databases")) return out;
  out.database = in.name();
  if (!in.take("schemas")) return out;
  out.schema = in.name();
  bool const post = method == "POST";
  if (data && in.take("tables")) {
    out.table = in.name();
    return in.take("rows") && in.done() ? with_method(out, operation::elastic, post) : out;
  }
  if (!in.take("pipes")) return out;
  out.pipe = in.name();
  if (in.done() && !data) {
    auto const colon = out.pipe.rfind(':');
    if (colon == std::string::npos) return out;
    auto const action = out.pipe.substr(colon + 1);
    out.pipe.resize(colon);
    if (action == "bulk-channel-status") return with_method(out, operation::bulk_status, post);
    if (action == "pipe-info") return with_method(out, operation::pipe_info, true);
    return out;
  }
  if (!in.take("channels")) return out;
  out.channel = in.name();
  if (data) {
    if (!in.take("rows") || !in.done()) return out;
    bool const elastic = detail::same_text(out.channel, elastic_channel);
    return with_method(out, elastic ? operation::elastic : operation::append, post);
  }
  if (!in.done()) return out;
  if (method == "DELETE") return with_method(out, operation::drop, true);
  return with_method(out, operation::open, method == "PUT");
}

std::string_view kind_of(operation what) noexcept {
  switch (what) {
    case operation::hostname:
      return "hostname";
    case operation::exchange:
      return "exchange";
    case operation::open:
      return "open";
    case operation::append:
      return "append";
    case operation::drop:
      return "drop_channel";
    case operation::bulk_status:
      return "bulk_status";
    case operation::pipe_info:
      return "pipe_info";
    case operation::elastic:
      return "elastic";
    case operation::insert_files:
      return "insert_files";
    case operation::insert_report:
      return "insert_report";
    case operation::load_history:
      return "load_history";
    case operation::telemetry:
      return "telemetry";
    case operation::unknown:
      break;
  }
  return "snowpipe";
}

}  // namespace sluice::inline v0::sandbox::snowpipe

#endif  // SLUICE_SANDBOX_SNOWPIPE_IMPL_ROUTES_IPP
