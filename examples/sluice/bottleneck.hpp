#ifndef SLUICE_EXAMPLES_SLUICE_BOTTLENECK_HPP
#define SLUICE_EXAMPLES_SLUICE_BOTTLENECK_HPP

// Which step of a load is the slowest, measured on a sample.

#include <sluice/result.hpp>
#include <sluice/snowflake/connection.hpp>
#include <sluice/transport/transport.hpp>

#include <string>

namespace commands {

/// Reads the lines of a text file, encodes and compresses them, and loads them into a table that is
/// dropped again; each once by itself, so that what a step adds can be seen. Prints what it finds.
sluice::result<void> find_bottleneck(sluice::transport_options options,
                                     sluice::snowflake::connection connection,
                                     std::string const& sample);

}  // namespace commands

#endif  // SLUICE_EXAMPLES_SLUICE_BOTTLENECK_HPP
