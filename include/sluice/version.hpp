#ifndef SLUICE_VERSION_HPP
#define SLUICE_VERSION_HPP

#define SLUICE_VERSION_MAJOR 0
#define SLUICE_VERSION_MINOR 1
#define SLUICE_VERSION_PATCH 0
/// The version as text, `major.minor.patch`. The build system reads the three numbers above.
#define SLUICE_VERSION "0.1.0"

#endif  // SLUICE_VERSION_HPP
