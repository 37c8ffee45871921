#ifndef SLUICE_SANDBOX_SKYFLOW_DETAIL_VAULT_SERVICE_HPP
#define SLUICE_SANDBOX_SKYFLOW_DETAIL_VAULT_SERVICE_HPP

#include <sluice/config.hpp>
#include <sluice/sandbox/detail/http.hpp>
#include <sluice/sandbox/detail/service.hpp>
#include <sluice/sandbox/skyflow/detail/api_error.hpp>
#include <sluice/sandbox/skyflow/detail/credentials.hpp>
#include <sluice/sandbox/skyflow/detail/vault_store.hpp>
#include <sluice/sandbox/skyflow/options.hpp>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::sandbox::skyflow::detail {

using sandbox::detail::fault_gate;
using sandbox::detail::http_request;
using sandbox::detail::http_response;

/// One request on its way through the service.
struct call {
  http_request const& request;
  fault_gate& gate;
  std::vector<std::string> path;  ///< segments, decoded
  std::string_view body;
  bool tokens_null = false;               ///< the fault of that name is at work
  bool extra_fields = false;              ///< likewise
  std::optional<std::int64_t> partial{};  ///< every n-th record fails
  request_note note{};
};

/// The Skyflow host: token endpoint, v1 and FlowVault (v2) API.
class vault_service final : public sandbox::detail::http_handler {
 public:
  vault_service(sandbox::detail::service& s, sql::database& db, options const& configured);

  sandbox::detail::head_verdict on_head(http_request const& head) override;
  http_response on_request(http_request& request, sandbox::detail::connection& peer) override;
  std::uint32_t most_streams() override;
  void on_broken(http_request const& head, sandbox::detail::head_verdict const& verdict) override;
  http_response unreadable(int status, std::string_view why) override;

  /// What lies below /skyflow of the control endpoint.
  http_response control(http_request const& request);
  counters count();

  credentials& who() noexcept { return who_; }

  vault_store& store() noexcept { return store_; }

  /// Removes rows, tokens and requests, and forgets the counters.
  void reset();

  void stop() { store_.stop(); }

 private:
  // vault_service.ipp
  http_response dispatch(call& c);
  http_response route(call& c);
  void admit(std::string const& vault_id);
  void limited(http_response& reply);
  void settle(call const& c, http_response& reply);

  // vault_faults.ipp
  std::optional<http_response> refused_by_fault(call& c);
  void insert_faults(call& c, json_value const& records);
  std::optional<api_error> partial_fault(call const& c, std::size_t index) const;
  /// Items as a JSON list, spoiled as the faults want.
  std::string list_of(call& c, std::vector<std::string> items);
  void reply_faults(call& c, http_response& reply);

  // inserts.ipp
  http_response insert(call& c);
  http_response batch(call& c);
  std::string batch_item(
      call& c, vault_store::work& w, vault_info const& v, json_value const& entry, byot_mode byot);
  std::string tokens_json(call const& c, table_info const& t, record const& r, bool wanted) const;
  json_value const& records_of(call& c, json_value const& body, std::string_view key) const;

  // reads.ipp
  http_response get_rows(call& c);
  http_response get_row(call& c);
  http_response update_row(call& c);
  http_response delete_row(call& c);
  http_response delete_rows(call& c);
  http_response detokenize(call& c);
  http_response tokenize(call& c);
  http_response query(call& c);
  std::string query_records(call& c, vault_info const& v, json_value const& body);
  std::string fields_json(table_info const& t,
                          record const& r,
                          std::vector<std::size_t> const& columns,
                          std::string_view redaction_name,
                          bool as_tokens) const;

  // flow.ipp, flow_tokens.ipp
  http_response flow(call& c);
  http_response flow_insert(call& c, vault_info const& v, json_value const& body);
  http_response flow_get(call& c, vault_info const& v, json_value const& body);
  http_response flow_update(call& c, vault_info const& v, json_value const& body);
  http_response flow_delete(call& c, vault_info const& v, json_value const& body);
  http_response flow_detokenize(call& c, vault_info const& v, json_value const& body);
  http_response flow_tokenize(call& c, vault_info const& v, json_value const& body);
  http_response flow_delete_tokens(call& c, vault_info const& v, json_value const& body);
  http_response flow_metrics(call& c, vault_info const& v);

  struct bucket {
    double level = 0;
    std::chrono::system_clock::time_point filled{};
  };

  sandbox::detail::service& service_;
  options configured_;
  credentials who_;
  vault_store store_;
  std::mutex guard_;  // of what follows, and of the rate in configured_
  std::map<std::string, bucket> buckets_;
  std::map<std::uint64_t, std::uint64_t> connections_;  // requests of each
  std::uint64_t in_flight_ = 0;
  counters counted_;
};

// What the parts of the service share.

http_response reply_json(int status, std::string body);
http_response reply_error(api_error const& error);

/// \throws api_error 400 if the object has any other key
void allow_keys(json_value const& object, std::initializer_list<std::string_view> keys);
/// \throws api_error 400 if the body is no object
json_value parse_object(std::string_view body);
bool flag_of(json_value const& object, std::string_view key);
/// Empty if absent.
std::string text_of(json_value const& object, std::string_view key);
/// \throws api_error 400
std::string required_text(json_value const& object, std::string_view key);
/// The strings of an array; empty if absent.
std::vector<std::string> texts_of(json_value const& object, std::string_view key);

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_DETAIL_VAULT_SERVICE_HPP
