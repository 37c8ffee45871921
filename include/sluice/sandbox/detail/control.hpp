#ifndef SLUICE_SANDBOX_DETAIL_CONTROL_HPP
#define SLUICE_SANDBOX_DETAIL_CONTROL_HPP

#include <sluice/sandbox/detail/service.hpp>
#include <sluice/sandbox/detail/sessions.hpp>
#include <sluice/sandbox/detail/sigv4.hpp>
#include <sluice/sandbox/sql/engine.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::inline v0::sandbox::detail {

/// The endpoint by which scripts steer a running sandbox; plain HTTP, no authentication.
class control_service final : public http_handler {
 public:
  control_service(service& s,
                  sql::database& db,
                  session_table& sessions,
                  credential_table& credentials,
                  std::function<void()> reset)
      : service_(s),
        db_(db),
        sessions_(sessions),
        credentials_(credentials),
        reset_(std::move(reset)) {}

  /// Answers requests whose path starts with `prefix`; before the server listens.
  void attach(std::string prefix, std::function<http_response(http_request const&)> handler) {
    attached_.emplace_back(std::move(prefix), std::move(handler));
  }

  head_verdict on_head(http_request const& head) override;
  http_response on_request(http_request& request, connection& peer) override;
  void on_broken(http_request const& head, head_verdict const& verdict) override;

 private:
  http_response faults(http_request const& request);
  http_response requests() const;
  http_response executions() const;
  http_response query(http_request const& request) const;
  http_response catalogue() const;

  service& service_;
  sql::database& db_;
  session_table& sessions_;
  credential_table& credentials_;
  std::function<void()> reset_;
  std::vector<std::pair<std::string, std::function<http_response(http_request const&)>>> attached_;
};

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_CONTROL_HPP
