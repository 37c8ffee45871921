// expect: nullable_json_needs_a_pipe_of_your_own<document, .*>::ok
#include "loader_parts.hpp"

#include <sluice/schema/json.hpp>
#include <sluice/snowpipe/streaming.hpp>

#include <optional>

struct document {
  std::optional<sluice::json> body;
};

template<>
struct sluice::schema<document>
    : sluice::columns<document, sluice::column<"BODY", &document::body>> {};

#ifdef SLUICE_REJECT
using destination = sluice::snowpipe::streaming<>;
#else
using destination = sluice::snowpipe::streaming<sluice::snowpipe::pipe<>>;
#endif

using loader = sluice::loader<document, sluice::upload<destination>>;

sluice::report load(sluice::transport& transport) {
  loader documents{transport, {.table = "DOCUMENTS"}};
  documents.push(document{});
  return documents.finish();
}
