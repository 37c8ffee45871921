#include <sluice/auth/jwt.hpp>
#include <sluice/skyflow/credential.hpp>
#include <sluice/skyflow/error.hpp>
#include <sluice/skyflow/protocol.hpp>
#include <sluice/skyflow/records.hpp>
#include <sluice/skyflow/requests.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

// Replies come from the network: whatever they are, they are read as declared or refused.

namespace {

namespace skyflow = sluice::skyflow;

void expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const body{reinterpret_cast<char const*>(data), size};

  for (std::size_t rows : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
    auto const reply = skyflow::parse_insert_reply(body, rows, skyflow::keep::everything);
    auto const brief = skyflow::parse_insert_reply(body, rows, skyflow::keep::outcome);
    expect(reply.has_value() == brief.has_value());
    if (!reply) continue;
    expect(reply->size() == rows && brief->size() == rows);
    for (std::size_t i = 0; i != rows; ++i) {
      expect((*reply)[i].why.status == (*brief)[i].why.status);
      expect(!(*reply)[i].stored() || !(*reply)[i].skyflow_id.empty());
      expect((*reply)[i].why.status >= 100 && (*reply)[i].why.status <= 999);
    }
  }

  skyflow::refusal const why = skyflow::parse_refusal(400, body);
  auto const shown = skyflow::service_error("insert", skyflow::classify(why), why, "ssn");
  expect(!shown.message.empty() && shown.message.size() < 1'000);
  for (char const c : shown.message) expect(static_cast<unsigned char>(c) >= 0x20);

  if (auto const rows = skyflow::parse_rows(body))
    for (auto const& row : *rows)
      for (auto const& field : row.fields) expect(!field.json.empty());
  if (auto const values = skyflow::parse_detokenized(body, 1)) expect(values->size() == 1);
  (void)skyflow::parse_deleted(body);
  if (auto const token = skyflow::parse_token_reply(body)) expect(!token->empty());
  (void)sluice::jwt_expiry(body, {});
  if (auto const account = skyflow::parse_service_account(body))
    expect(account->key.check().has_value());

  // A body of ours comes back from a journal or a halved payload: it is only read.
  static constexpr std::array<sluice::column_info, 2> columns{
      {{.name = "ssn", .pii = true}, {.name = "t", .pii = true, .token_of = "ssn"}}};
  skyflow::vault_rows const rows{columns};
  if (auto const part = rows.slice(body, 0, 1))
    expect(part->starts_with('[') && part->ends_with(']'));
  if (auto const line = rows.render(body, 0, false)) expect(line->starts_with('{'));
  sluice::chunk_list const records{std::string{body}};
  (void)skyflow::values_of(records, "ssn");
  skyflow::insert_frame frame;
  frame.record = "{\"data\":";
  (void)skyflow::insert_body(frame, records, {});
  return 0;
}
