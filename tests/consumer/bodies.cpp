#include <sluice/src.hpp>
