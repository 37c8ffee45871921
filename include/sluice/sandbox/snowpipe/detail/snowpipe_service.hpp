#ifndef SLUICE_SANDBOX_SNOWPIPE_DETAIL_SNOWPIPE_SERVICE_HPP
#define SLUICE_SANDBOX_SNOWPIPE_DETAIL_SNOWPIPE_SERVICE_HPP

#include <sluice/sandbox/detail/service.hpp>
#include <sluice/sandbox/detail/sessions.hpp>
#include <sluice/sandbox/snowpipe/detail/channels.hpp>
#include <sluice/sandbox/snowpipe/detail/file_pipes.hpp>
#include <sluice/sandbox/snowpipe/detail/routes.hpp>
#include <sluice/sandbox/snowpipe/streaming.hpp>
#include <sluice/sandbox/sql/engine.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>

namespace sluice::inline v0::sandbox::snowpipe {

/// Snowpipe's calls: discovery, token exchange and files on the account host, streaming on the
/// ingest host. Official SDKs keep the account's scheme and port for the ingest host, so that both
/// listeners serve everything.
class snowpipe_service final : public detail::http_handler, public streaming_control {
 public:
  snowpipe_service(detail::service& s, sql::database& db);

  detail::head_verdict on_head(detail::http_request const& head) override;
  detail::http_response on_request(detail::http_request& request,
                                   detail::connection& peer) override;
  void on_broken(detail::http_request const& head, detail::head_verdict const& verdict) override;

  /// What scripts may see and do: `/streaming/...` of the control endpoint.
  detail::http_response control(detail::http_request const& request);

  /// Commits what was accepted and ends the engines. Idempotent.
  void stop();

  void commit_now() override { channels_->commit_now(); }

  std::size_t uncommitted() const override { return channels_->uncommitted(); }

  streaming_counts counts() const override { return channels_->counts(); }

  std::vector<committed_rowset> committed() const override { return channels_->committed(); }

  bool invalidate(std::string_view channel, std::string_view code) override {
    return channels_->invalidate(channel, code);
  }

  bool expire_channel(std::string_view channel) override { return channels_->expire(channel); }

  void reset() override;

  void revoke_tokens() override { tokens_->revoke_all(); }

  void fail_over() override;

 private:
  using names = std::tuple<std::string, std::string, std::string>;

  // snowpipe_service.ipp
  detail::http_response dispatch(detail::http_request const& request,
                                 std::string_view body,
                                 route const& to,
                                 detail::fault_gate& gate);
  detail::http_response hostname(detail::http_request const& request);
  detail::http_response exchange(detail::http_request const& request, std::string_view body);
  /// Who an account credential belongs to; empty, with the refusal, if it is no good.
  std::string account_user(std::string_view token, std::string_view kind, detail::refusal& why);
  std::optional<detail::http_response> unauthorised(detail::http_request const& request,
                                                    detail::fault_gate& gate);
  std::string ingest_host() const;

  // streaming_calls.ipp
  detail::http_response open(std::string_view body, route const& to, detail::fault_gate& gate);
  detail::http_response append(detail::http_request const& request,
                               std::string_view body,
                               route const& to,
                               detail::fault_gate& gate);
  detail::http_response drop(std::string_view body, route const& to);
  detail::http_response bulk_status(std::string_view body, route const& to);
  detail::http_response pipe_info(route const& to);
  detail::http_response elastic(detail::http_request const& request,
                                std::string_view body,
                                route const& to);
  /// The decoded rows of an append, or the refusal.
  std::variant<std::string, detail::http_response> decoded(detail::http_request const& request,
                                                           std::string_view body) const;
  found_pipe pipe_of(route const& to);
  static names names_of(route const& to);

  detail::service& service_;
  snowpipe_options const& options_;
  sql::pipe_session pipes_;
  std::unique_ptr<scoped_tokens> tokens_;
  std::unique_ptr<channel_table> channels_;
  std::unique_ptr<file_pipes> files_;
  std::atomic<unsigned> failovers_{0};
};

}  // namespace sluice::inline v0::sandbox::snowpipe

#endif  // SLUICE_SANDBOX_SNOWPIPE_DETAIL_SNOWPIPE_SERVICE_HPP
