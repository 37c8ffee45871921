#ifndef SLUICE_SLUICE_HPP
#define SLUICE_SLUICE_HPP

/// \file
/// Schema, stages and loader in one. Services, sources, displays and the heavier doors to a schema
/// are included by name: `sluice/snowflake/bulk.hpp`, `sluice/source/csv.hpp`,
/// `sluice/observe/live_display.hpp`, `sluice/schema/{hana,aggregate,chrono}.hpp`.

#include <sluice/batch/batch_policy.hpp>
#include <sluice/compress/compress.hpp>
#include <sluice/config.hpp>
#include <sluice/destination/upload.hpp>
#include <sluice/encode/csv.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/error.hpp>
#include <sluice/ledger/dead_letter.hpp>
#include <sluice/ledger/durable.hpp>
#include <sluice/pipeline/loader.hpp>
#include <sluice/result.hpp>
#include <sluice/schema/describe.hpp>
#include <sluice/schema/json.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/transport/transport.hpp>
#include <sluice/units.hpp>
#include <sluice/version.hpp>

#endif  // SLUICE_SLUICE_HPP
