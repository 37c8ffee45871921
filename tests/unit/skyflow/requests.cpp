#include "catch.hpp"

#include <sluice/skyflow/requests.hpp>

#include <string>
#include <utility>

namespace {

namespace skyflow = sluice::skyflow;
using skyflow::insert_endpoint;

std::string const classic = "https://ebfc9bee4242.vault.skyflowapis.com";

skyflow::connection connection_to(std::string url) {
  skyflow::connection c;
  c.vault_url = std::move(url);
  c.vault_id = "v 1";
  return c;
}

skyflow::insert_frame frame_for(insert_endpoint endpoint) {
  skyflow::insert_options options;
  options.endpoint = endpoint;
  options.table = "per/sons";
  options.upsert = "ssn";
  return skyflow::make_insert_frame(connection_to(classic + "//"), options);
}

}  // namespace

TEST_CASE("the URL of an insert is built once, whole, with the rest of its frame",
          "[skyflow][requests]") {
  CHECK(frame_for(insert_endpoint::table).url == classic + "/v1/vaults/v%201/per%2Fsons");
  CHECK(frame_for(insert_endpoint::table_continue).url == classic + "/v1/vaults/v%201/per%2Fsons");
  CHECK(frame_for(insert_endpoint::batch).url == classic + "/v1/vaults/v%201");
  CHECK(frame_for(insert_endpoint::flowvault).url == classic + "/v2/records/insert");
}

TEST_CASE("only a table that is asked to go on behind errors hears of it", "[skyflow][requests]") {
  CHECK(frame_for(insert_endpoint::table).tail == R"(,"tokenization":false,"upsert":"ssn"})");
  CHECK(frame_for(insert_endpoint::table_continue).tail ==
        R"(,"continueOnError":true,"tokenization":false,"upsert":"ssn"})");
  CHECK(frame_for(insert_endpoint::table_continue).record.empty());
}

TEST_CASE("reads name their whole URL", "[skyflow][requests]") {
  auto const to = connection_to(classic);
  CHECK(skyflow::make_query(to, "SELECT 1").url == classic + "/v1/vaults/v%201/query");
  CHECK(skyflow::make_detokenize(to, {}, skyflow::redaction::masked).url ==
        classic + "/v1/vaults/v%201/detokenize");
  CHECK(skyflow::make_delete(to, "persons", {}).url == classic + "/v1/vaults/v%201/persons");
  auto flow = to;
  flow.api = skyflow::vault_api::flowvault;
  for (std::string const& url : {skyflow::make_query(flow, "SELECT 1").url,
                                 skyflow::make_get(flow, {}).url,
                                 skyflow::make_delete(flow, "persons", {}).url})
    CHECK(url.starts_with(classic + "/v2/"));
}
