#ifndef SLUICE_SANDBOX_SRC_SERVICE_HPP
#define SLUICE_SANDBOX_SRC_SERVICE_HPP

/// \file
/// The bodies of the sandbox's services; part of `<sluice/sandbox/src.hpp>`.

#include <sluice/sandbox/impl/codec.ipp>
#include <sluice/sandbox/impl/control.ipp>
#include <sluice/sandbox/impl/copy_faults.ipp>
#include <sluice/sandbox/impl/crypto.ipp>
#include <sluice/sandbox/impl/fault.ipp>
#include <sluice/sandbox/impl/http.ipp>
#include <sluice/sandbox/impl/login.ipp>
#include <sluice/sandbox/impl/object_store.ipp>
#include <sluice/sandbox/impl/query.ipp>
#include <sluice/sandbox/impl/replies.ipp>
#include <sluice/sandbox/impl/request_log.ipp>
#include <sluice/sandbox/impl/s3_objects.ipp>
#include <sluice/sandbox/impl/s3_payload.ipp>
#include <sluice/sandbox/impl/s3_service.ipp>
#include <sluice/sandbox/impl/sandbox.ipp>
#include <sluice/sandbox/impl/service.ipp>
#include <sluice/sandbox/impl/sessions.ipp>
#include <sluice/sandbox/impl/sigv4.ipp>
#include <sluice/sandbox/impl/snowflake_service.ipp>
#include <sluice/sandbox/impl/stage_files.ipp>
#include <sluice/sandbox/impl/statement_text.ipp>
#include <sluice/sandbox/impl/statements.ipp>
#include <sluice/sandbox/impl/text.ipp>
#include <sluice/sandbox/impl/tls.ipp>
#include <sluice/sandbox/impl/transfer.ipp>

#endif  // SLUICE_SANDBOX_SRC_SERVICE_HPP
