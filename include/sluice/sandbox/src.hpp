#ifndef SLUICE_SANDBOX_SRC_HPP
#define SLUICE_SANDBOX_SRC_HPP

/// \file
/// All bodies of the sandbox, compiled once.

#include <sluice/config.hpp>

#endif  // SLUICE_SANDBOX_SRC_HPP
