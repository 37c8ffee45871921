#ifndef SLUICE_SANDBOX_SRC_SNOWPIPE_HPP
#define SLUICE_SANDBOX_SRC_SNOWPIPE_HPP

/// \file
/// The bodies of the sandbox's Snowpipe; part of `<sluice/sandbox/src.hpp>`.

#include <sluice/sandbox/snowpipe/impl/body.ipp>
#include <sluice/sandbox/snowpipe/impl/channels.ipp>
#include <sluice/sandbox/snowpipe/impl/commits.ipp>
#include <sluice/sandbox/snowpipe/impl/file_pipes.ipp>
#include <sluice/sandbox/snowpipe/impl/routes.ipp>
#include <sluice/sandbox/snowpipe/impl/snowpipe_service.ipp>
#include <sluice/sandbox/snowpipe/impl/streaming_calls.ipp>
#include <sluice/sandbox/snowpipe/impl/tokens.ipp>

#endif  // SLUICE_SANDBOX_SRC_SNOWPIPE_HPP
