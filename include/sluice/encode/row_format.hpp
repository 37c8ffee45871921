#ifndef SLUICE_ENCODE_ROW_FORMAT_HPP
#define SLUICE_ENCODE_ROW_FORMAT_HPP

#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/encode/segment.hpp>
#include <sluice/result.hpp>
#include <sluice/schema/column_table.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

/// Writes one file or request body from segments: header, rows of each segment, footer.
/// One owner at a time; calls in the order begin, add*, end. Runs on a worker.
class body_writer {
 public:
  virtual ~body_writer() = default;

  virtual void begin(byte_sink& out) = 0;

  /// Seals the rows of `rows` and writes them. Text is passed on without a copy.
  virtual void add(segment_view const& rows, byte_sink& out) = 0;

  virtual void end(byte_sink& out) = 0;
};

/// The run-time half of an encoder: everything that happens to rows behind `append`, where the
/// record type is forgotten. Stateless and thread-safe; one constant object per encoder and record.
class row_format {
 public:
  virtual ~row_format() = default;

  [[nodiscard]] virtual format_description describe() const noexcept = 0;

  [[nodiscard]] virtual column_table columns() const noexcept = 0;

  [[nodiscard]] virtual std::unique_ptr<body_writer> open_body() const = 0;

  /// A complete body with only rows [first, first + count) of `body`, which is uncompressed.
  /// Errors: errc::invalid_input if `body` is not of this format or has fewer rows.
  [[nodiscard]] virtual result<std::string> slice(std::string_view body,
                                                  std::uint64_t first,
                                                  std::uint64_t count) const = 0;

  /// One row of `body` as one JSON object on one line, keyed by column name; columns marked pii
  /// read "[redacted]" unless `reveal_pii`, columns marked secret always do.
  [[nodiscard]] virtual result<std::string> render(std::string_view body,
                                                   std::uint64_t row,
                                                   bool reveal_pii) const = 0;
};

}  // namespace sluice::inline v0

#endif  // SLUICE_ENCODE_ROW_FORMAT_HPP
