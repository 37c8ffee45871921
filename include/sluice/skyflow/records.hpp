#ifndef SLUICE_SKYFLOW_RECORDS_HPP
#define SLUICE_SKYFLOW_RECORDS_HPP

#include <sluice/config.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/encode/row_format.hpp>
#include <sluice/encode/segment.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/result.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/skyflow/detail/record_row.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::inline v0::skyflow {

/// Rows as a vault takes them, in one JSON array:
///
///     [{"fields":{"ssn":"..."},"tokens":{"ssn":"..."}}\n
///     ,{"fields":{"ssn":"..."},"tokens":{"ssn":"..."}}\n
///     ]
///
/// `render` gives the columns of the record again, tokens under the names of their own columns.
/// Immutable, thread-safe.
class vault_rows final : public row_format {
 public:
  explicit vault_rows(column_table columns) : columns_{columns} {}

  [[nodiscard]] format_description describe() const noexcept override {
    return {.kind = format::json};
  }

  [[nodiscard]] column_table columns() const noexcept override { return columns_; }

  [[nodiscard]] SLUICE_DECL std::unique_ptr<body_writer> open_body() const override;

  [[nodiscard]] SLUICE_DECL result<std::string> slice(std::string_view body,
                                                      std::uint64_t first,
                                                      std::uint64_t count) const override;

  [[nodiscard]] SLUICE_DECL result<std::string> render(std::string_view body,
                                                       std::uint64_t row,
                                                       bool reveal_pii) const override;

 private:
  column_table columns_;
};

/// The encoder of `records`; satisfies `encoder<..., Record>`.
///
/// Columns marked `token_of` are written under "tokens", by the name of the column whose tokens
/// they hold, and left out where they are null; all others under "fields". Refused, because the
/// vault would refuse the whole request: text that is not UTF-8 or holds NUL, and empty tokens.
template<class Record>
class record_encoder {
 public:
  static constexpr format_description description{.kind = format::json};

  /// Writes `record` as one row of `open` and commits it. Complexity: linear in its bytes.
  bool append(Record const& record, segment& open) const noexcept;

  /// Upper bound of the row's bytes.
  [[nodiscard]] std::size_t max_size(Record const& record) const noexcept;

  /// Why `append` never takes `record`; permanent.
  [[nodiscard]] result<void> validate(Record const& record) const;

  /// What happens to rows after `append`. Its columns are all marked `pii`: what goes into a vault
  /// is personal.
  [[nodiscard]] static row_format const& rows();
};

/// Format: see `vault_rows`. Values look as in `ndjson`.
struct records {
  using diagnosis = passed;
  static constexpr format_description description{.kind = format::json};

  template<class Record>
  using encoder_for = record_encoder<Record>;
};

}  // namespace sluice::inline v0::skyflow

#include <sluice/skyflow/impl/records.hpp>

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/skyflow/impl/records.ipp>
#endif

#endif  // SLUICE_SKYFLOW_RECORDS_HPP
