#ifndef SLUICE_SANDBOX_SKYFLOW_SRC_HPP
#define SLUICE_SANDBOX_SKYFLOW_SRC_HPP

/// \file
/// All bodies of the Skyflow sandbox; part of `<sluice/sandbox/src.hpp>`.

#include <sluice/sandbox/skyflow/impl/api_error.ipp>
#include <sluice/sandbox/skyflow/impl/credentials.ipp>
#include <sluice/sandbox/skyflow/impl/flow.ipp>
#include <sluice/sandbox/skyflow/impl/flow_tokens.ipp>
#include <sluice/sandbox/skyflow/impl/inserts.ipp>
#include <sluice/sandbox/skyflow/impl/json_value.ipp>
#include <sluice/sandbox/skyflow/impl/jwt.ipp>
#include <sluice/sandbox/skyflow/impl/options.ipp>
#include <sluice/sandbox/skyflow/impl/pattern.ipp>
#include <sluice/sandbox/skyflow/impl/reads.ipp>
#include <sluice/sandbox/skyflow/impl/schema.ipp>
#include <sluice/sandbox/skyflow/impl/vault_control.ipp>
#include <sluice/sandbox/skyflow/impl/vault_faults.ipp>
#include <sluice/sandbox/skyflow/impl/vault_rows.ipp>
#include <sluice/sandbox/skyflow/impl/vault_service.ipp>
#include <sluice/sandbox/skyflow/impl/vault_store.ipp>

#endif  // SLUICE_SANDBOX_SKYFLOW_SRC_HPP
