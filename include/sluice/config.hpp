#ifndef SLUICE_CONFIG_HPP
#define SLUICE_CONFIG_HPP

/// \file
/// What every other header may assume: the language level and how bodies are compiled.
///
/// By default sluice is header-only. A program that defines `SLUICE_SEPARATE_COMPILATION`
/// everywhere and includes `<sluice/src.hpp>` in exactly one source file compiles the non-template
/// bodies once.

#if !defined(__cplusplus) || __cplusplus < 202002L
#error "sluice needs C++20: compile with -std=c++20 or later"
#endif

// Marks functions whose bodies are in impl/*.ipp. Virtual ones carry it in the class as well: one
// that becomes inline only where it is defined makes GCC emit the vtable, and all it leads to,
// wherever the header is included.
#if defined(SLUICE_SEPARATE_COMPILATION)
#define SLUICE_DECL
#else
#define SLUICE_DECL inline
#endif

/// Root namespace. `v0` changes with every layout change, so that two versions in one program
/// cannot merge in silence.
namespace sluice::inline v0 {}

#endif  // SLUICE_CONFIG_HPP
