#ifndef SLUICE_SANDBOX_SRC_HPP
#define SLUICE_SANDBOX_SRC_HPP

/// \file
/// All bodies of the sandbox. Include this in exactly one source file of a program, or, to compile
/// them side by side, each of the headers below in a source file of its own.

#include <sluice/sandbox/skyflow/src.hpp>
#include <sluice/sandbox/sql/src.hpp>
#include <sluice/sandbox/src_http.hpp>
#include <sluice/sandbox/src_service.hpp>
#include <sluice/sandbox/src_snowpipe.hpp>

#endif  // SLUICE_SANDBOX_SRC_HPP
