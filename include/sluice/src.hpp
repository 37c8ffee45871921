#ifndef SLUICE_SRC_HPP
#define SLUICE_SRC_HPP

/// \file
/// All non-template bodies. Include this in exactly one source file of a program that defines
/// `SLUICE_SEPARATE_COMPILATION` everywhere.

#if !defined(SLUICE_SEPARATE_COMPILATION)
#error "define SLUICE_SEPARATE_COMPILATION for the whole program before including <sluice/src.hpp>"
#endif

// GCC 12 and 14 take the frame of a coroutine for a type of the header and its lambdas for types of
// this unit alone, and warn of the mixture; there is exactly one such unit.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif

#include <sluice/auth/impl/account.ipp>
#include <sluice/auth/impl/account_token.ipp>
#include <sluice/auth/impl/bearer_source.ipp>
#include <sluice/auth/impl/credential.ipp>
#include <sluice/auth/impl/digest.ipp>
#include <sluice/auth/impl/file.ipp>
#include <sluice/auth/impl/jwt.ipp>
#include <sluice/auth/impl/key_pair.ipp>
#include <sluice/auth/impl/profile.ipp>
#include <sluice/auth/impl/profile_parts.ipp>
#include <sluice/auth/impl/request_id.ipp>
#include <sluice/auth/impl/secret.ipp>
#include <sluice/auth/impl/sigv4.ipp>
#include <sluice/compress/impl/codec_stream.ipp>
#include <sluice/compress/impl/decoder.ipp>
#include <sluice/config.hpp>
#include <sluice/destination/impl/file.ipp>
#include <sluice/destination/impl/request_monitor.ipp>
#include <sluice/encode/impl/check.ipp>
#include <sluice/encode/impl/digits.ipp>
#include <sluice/encode/impl/text_encoder.ipp>
#include <sluice/encode/impl/text_rows.ipp>
#include <sluice/encode/impl/text_scan.ipp>
#include <sluice/impl/error.ipp>
#include <sluice/ledger/impl/dead_letter.ipp>
#include <sluice/ledger/impl/file.ipp>
#include <sluice/ledger/impl/interval_set.ipp>
#include <sluice/ledger/impl/journal.ipp>
#include <sluice/ledger/impl/ledger.ipp>
#include <sluice/observe/impl/format.ipp>
#include <sluice/observe/impl/live_display.ipp>
#include <sluice/observe/impl/log.ipp>
#include <sluice/observe/impl/metrics.ipp>
#include <sluice/observe/impl/prometheus.ipp>
#include <sluice/observe/impl/stats.ipp>
#include <sluice/pipeline/impl/body.ipp>
#include <sluice/pipeline/impl/dead_letter_office.ipp>
#include <sluice/pipeline/impl/decode.ipp>
#include <sluice/pipeline/impl/engine.ipp>
#include <sluice/pipeline/impl/engine_age.ipp>
#include <sluice/pipeline/impl/engine_end.ipp>
#include <sluice/pipeline/impl/engine_send.ipp>
#include <sluice/pipeline/impl/engine_work.ipp>
#include <sluice/pipeline/impl/front.ipp>
#include <sluice/pipeline/impl/intake.ipp>
#include <sluice/pipeline/impl/load_owner.ipp>
#include <sluice/pipeline/impl/partitioned.ipp>
#include <sluice/pipeline/impl/plan.ipp>
#include <sluice/pipeline/impl/results.ipp>
#include <sluice/skyflow/impl/all_stored.ipp>
#include <sluice/skyflow/impl/client.ipp>
#include <sluice/skyflow/impl/connection.ipp>
#include <sluice/skyflow/impl/credential.ipp>
#include <sluice/skyflow/impl/error.ipp>
#include <sluice/skyflow/impl/governor.ipp>
#include <sluice/skyflow/impl/protocol.ipp>
#include <sluice/skyflow/impl/reading.ipp>
#include <sluice/skyflow/impl/records.ipp>
#include <sluice/skyflow/impl/requests.ipp>
#include <sluice/skyflow/impl/vault.ipp>
#include <sluice/snowflake/impl/bindings.ipp>
#include <sluice/snowflake/impl/bulk.ipp>
#include <sluice/snowflake/impl/copier.ipp>
#include <sluice/snowflake/impl/copier_letters.ipp>
#include <sluice/snowflake/impl/copier_settle.ipp>
#include <sluice/snowflake/impl/copy_result.ipp>
#include <sluice/snowflake/impl/encryption.ipp>
#include <sluice/snowflake/impl/error.ipp>
#include <sluice/snowflake/impl/error_table.ipp>
#include <sluice/snowflake/impl/exchange.ipp>
#include <sluice/snowflake/impl/insert.ipp>
#include <sluice/snowflake/impl/internal_stage.ipp>
#include <sluice/snowflake/impl/login.ipp>
#include <sluice/snowflake/impl/protocol.ipp>
#include <sluice/snowflake/impl/query_block.ipp>
#include <sluice/snowflake/impl/query_reader.ipp>
#include <sluice/snowflake/impl/requests.ipp>
#include <sluice/snowflake/impl/retention.ipp>
#include <sluice/snowflake/impl/session.ipp>
#include <sluice/snowflake/impl/session_pool.ipp>
#include <sluice/snowflake/impl/sql.ipp>
#include <sluice/snowflake/impl/stage_download.ipp>
#include <sluice/snowflake/impl/stage_rows.ipp>
#include <sluice/snowflake/impl/table_check.ipp>
#include <sluice/snowflake/impl/transaction.ipp>
#include <sluice/snowflake/impl/unsealer.ipp>
#include <sluice/snowflake/impl/verdicts.ipp>
#include <sluice/snowpipe/impl/channel.ipp>
#include <sluice/snowpipe/impl/channel_open.ipp>
#include <sluice/snowpipe/impl/channel_status.ipp>
#include <sluice/snowpipe/impl/elastic.ipp>
#include <sluice/snowpipe/impl/error.ipp>
#include <sluice/snowpipe/impl/files.ipp>
#include <sluice/snowpipe/impl/files_protocol.ipp>
#include <sluice/snowpipe/impl/files_recovery.ipp>
#include <sluice/snowpipe/impl/ingest.ipp>
#include <sluice/snowpipe/impl/offset_token.ipp>
#include <sluice/snowpipe/impl/protocol.ipp>
#include <sluice/snowpipe/impl/requests.ipp>
#include <sluice/snowpipe/impl/streaming.ipp>
#include <sluice/source/impl/byte_input.ipp>
#include <sluice/source/impl/cell_report.ipp>
#include <sluice/source/impl/csv_errors.ipp>
#include <sluice/source/impl/csv_reader.ipp>
#include <sluice/source/impl/csv_scanner.ipp>
#include <sluice/source/impl/dead_letter_summary.ipp>
#include <sluice/source/impl/letter_reader.ipp>
#include <sluice/source/impl/line_reader.ipp>
#include <sluice/source/impl/parse_cell.ipp>
#include <sluice/source/impl/parse_letter.ipp>
#include <sluice/store/impl/aws_credential_source.ipp>
#include <sluice/store/impl/directory_store.ipp>
#include <sluice/store/impl/object_store.ipp>
#include <sluice/store/impl/s3.ipp>
#include <sluice/store/impl/s3_get.ipp>
#include <sluice/store/impl/s3_put.ipp>
#include <sluice/store/impl/s3_reply.ipp>
#include <sluice/test/impl/destination_models.ipp>
#include <sluice/test/impl/encoder_laws.ipp>
#include <sluice/test/impl/model_service.ipp>
#include <sluice/test/impl/scripted_wire.ipp>
#include <sluice/transport/impl/circuit_breaker.ipp>
#include <sluice/transport/impl/clock.ipp>
#include <sluice/transport/impl/curl_error.ipp>
#include <sluice/transport/impl/curl_transfer.ipp>
#include <sluice/transport/impl/curl_wire.ipp>
#include <sluice/transport/impl/duplex.ipp>
#include <sluice/transport/impl/message.ipp>
#include <sluice/transport/impl/one_reply.ipp>
#include <sluice/transport/impl/rate_limiter.ipp>
#include <sluice/transport/impl/request_checks.ipp>
#include <sluice/transport/impl/retry.ipp>
#include <sluice/transport/impl/scope.ipp>
#include <sluice/transport/impl/transport.ipp>
#include <sluice/transport/impl/url.ipp>
#include <sluice/transport/impl/worker_pool.ipp>

#endif  // SLUICE_SRC_HPP
