#ifndef SLUICE_SRC_HPP
#define SLUICE_SRC_HPP

/// \file
/// All non-template bodies. Include this in exactly one source file of a program that defines
/// `SLUICE_SEPARATE_COMPILATION` everywhere.

#if !defined(SLUICE_SEPARATE_COMPILATION)
#error "define SLUICE_SEPARATE_COMPILATION for the whole program before including <sluice/src.hpp>"
#endif

#include <sluice/config.hpp>
#include <sluice/impl/error.ipp>
#include <sluice/observe/impl/log.ipp>
#include <sluice/observe/impl/metrics.ipp>
#include <sluice/observe/impl/stats.ipp>

#endif  // SLUICE_SRC_HPP
