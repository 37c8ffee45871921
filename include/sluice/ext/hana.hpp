#ifndef SLUICE_EXT_HANA_HPP
#define SLUICE_EXT_HANA_HPP

/// \file
/// The parts of Boost.Hana that read adapted structs; all of Hana costs twice as much to include.

#include <sluice/config.hpp>

#include <boost/hana/accessors.hpp>
#include <boost/hana/adapt_struct.hpp>
#include <boost/hana/concept/struct.hpp>
#include <boost/hana/pair.hpp>
#include <boost/hana/string.hpp>
#include <boost/hana/tuple.hpp>

#endif  // SLUICE_EXT_HANA_HPP
