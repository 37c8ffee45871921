#include <sluice/snowpipe/offset_token.hpp>
#include <sluice/snowpipe/protocol.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

// Replies come from the network: whatever they are, they are read as declared or refused.

namespace {

namespace sp = sluice::snowpipe;

void expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const body{reinterpret_cast<char const*>(data), size};

  if (auto const host = sp::parse_hostname(body)) {
    expect(!host->empty() && host->size() < 300);
    expect(host->find_first_of("/@? \r\n") == std::string::npos);
  }
  if (auto const token = sp::parse_scoped_token(body, std::chrono::system_clock::time_point{})) {
    expect(!token->token.empty());
    expect(token->token.expose().find_first_of(" \r\n") == std::string_view::npos);
  }
  if (auto const open = sp::parse_open_reply(body)) {
    expect(!open->continuation.empty());
    expect(!open->status.committed || !open->status.committed->empty());
  }
  if (auto const next = sp::parse_append_reply(body)) expect(!next->empty());
  (void)sp::parse_status_reply(body, "CH");
  sp::refusal const why = sp::parse_refusal(body);
  expect(why.code.size() <= 128);
  expect(sp::plain_words(why.message).size() <= 600);
  for (auto const what : {sp::operation::append, sp::operation::open})
    expect(sp::classify(what, 400, why.code) != sp::outcome::success);
  if (auto const token = sp::parse_offset_token(body, "order_")) {
    auto const again = sp::parse_offset_token(sp::to_text(*token, "order_"), "order_");
    expect(again == *token);
  }
  return 0;
}
