#ifndef SLUICE_SNOWPIPE_REQUESTS_HPP
#define SLUICE_SNOWPIPE_REQUESTS_HPP

/// \file
/// Paths, query strings and bodies of Snowpipe Streaming. Pure.
/// Source: "Snowpipe Streaming REST API endpoints", read 2026.

#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/snowpipe/streaming_config.hpp>

#include <string>
#include <string_view>

namespace sluice::inline v0::snowpipe {

/// A pipe, or the table behind a default pipe, in stored spelling.
struct pipe_path {
  std::string database;
  std::string schema;
  std::string pipe;  ///< `<TABLE>-STREAMING` is the default pipe of a table
};

/// The pipe that a configuration means.
[[nodiscard]] SLUICE_DECL pipe_path pipe_of(streaming_config const& c, streaming_names const& n);

/// Whether it can be one. Error: sluice::errc::invalid_configuration, naming the member.
[[nodiscard]] SLUICE_DECL result<void> check_pipe(streaming_config const& c,
                                                  streaming_names const& n);

/// Where appends of one rowset go. Texts are not encoded.
struct append_marks {
  std::string_view continuation;
  std::string_view first_token;
  std::string_view last_token;
  std::string_view request_id;
};

/// One segment of a path: a name that needs quotes in SQL gets them, then everything is
/// percent-encoded. The hyphen of a default pipe needs none.
[[nodiscard]] SLUICE_DECL std::string path_segment(std::string_view name);

/// `/v2/streaming/databases/DB/schemas/SC/pipes/P/channels/CH`
[[nodiscard]] SLUICE_DECL std::string channel_path(pipe_path const& at, std::string_view channel);

/// `/v2/streaming/data/databases/DB/schemas/SC/pipes/P/channels/CH/rows`
[[nodiscard]] SLUICE_DECL std::string append_path(pipe_path const& at, std::string_view channel);

/// `/v2/streaming/data/databases/DB/schemas/SC/tables/T/rows`
[[nodiscard]] SLUICE_DECL std::string elastic_path(pipe_path const& at, std::string_view table);

/// `/v2/streaming/databases/DB/schemas/SC/pipes/P:bulk-channel-status`
[[nodiscard]] SLUICE_DECL std::string status_path(pipe_path const& at);

[[nodiscard]] SLUICE_DECL std::string append_query(append_marks const& marks);

/// `{}` or `{"fail_on_uncommitted_rows":true}`, for open and drop.
[[nodiscard]] SLUICE_DECL std::string guard_body(bool guarded);

[[nodiscard]] SLUICE_DECL std::string status_body(std::string_view channel);

/// The form of a token exchange. `role` may be empty.
[[nodiscard]] SLUICE_DECL std::string exchange_form(std::string_view ingest_host,
                                                    std::string_view role);

}  // namespace sluice::inline v0::snowpipe

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowpipe/impl/requests.ipp>
#endif

#endif  // SLUICE_SNOWPIPE_REQUESTS_HPP
