#ifndef SLUICE_SCHEMA_JSON_HPP
#define SLUICE_SCHEMA_JSON_HPP

#include <sluice/config.hpp>
#include <sluice/schema/column_table.hpp>  // before `json`, which its enumerator would shadow
#include <sluice/schema/text.hpp>

#include <string>

namespace sluice::inline v0 {

/// One JSON value as text that the record owns.
using json = basic_json<std::string>;

}  // namespace sluice::inline v0

#endif  // SLUICE_SCHEMA_JSON_HPP
