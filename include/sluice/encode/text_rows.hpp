#ifndef SLUICE_ENCODE_TEXT_ROWS_HPP
#define SLUICE_ENCODE_TEXT_ROWS_HPP

#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/encode/row_format.hpp>
#include <sluice/encode/segment.hpp>
#include <sluice/result.hpp>
#include <sluice/schema/column_table.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

/// Rows of CSV as `csv<...>` writes them. Immutable, thread-safe.
// SLUICE_DECL stands on the virtual functions here too: one that becomes inline only with its body
// is a key function, which makes every unit that includes this emit the class.
class csv_rows final : public row_format {
 public:
  csv_rows(format_description shape, column_table columns);

  [[nodiscard]] format_description describe() const noexcept override { return shape_; }

  [[nodiscard]] column_table columns() const noexcept override { return columns_; }

  [[nodiscard]] SLUICE_DECL std::unique_ptr<body_writer> open_body() const override;

  [[nodiscard]] SLUICE_DECL result<std::string> slice(std::string_view body,
                                                      std::uint64_t first,
                                                      std::uint64_t count) const override;

  [[nodiscard]] SLUICE_DECL result<std::string> render(std::string_view body,
                                                       std::uint64_t row,
                                                       bool reveal_pii) const override;

 private:
  format_description shape_;
  column_table columns_;
  std::shared_ptr<std::string const> header_;  // empty without header
};

/// Rows of NDJSON: one object per line, '\n' after each. Immutable, thread-safe.
class ndjson_rows final : public row_format {
 public:
  ndjson_rows(format_description shape, column_table columns);

  [[nodiscard]] format_description describe() const noexcept override { return shape_; }

  [[nodiscard]] column_table columns() const noexcept override { return columns_; }

  [[nodiscard]] SLUICE_DECL std::unique_ptr<body_writer> open_body() const override;

  [[nodiscard]] SLUICE_DECL result<std::string> slice(std::string_view body,
                                                      std::uint64_t first,
                                                      std::uint64_t count) const override;

  [[nodiscard]] SLUICE_DECL result<std::string> render(std::string_view body,
                                                       std::uint64_t row,
                                                       bool reveal_pii) const override;

 private:
  format_description shape_;
  column_table columns_;
};

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/encode/impl/text_rows.ipp>
#endif

#endif  // SLUICE_ENCODE_TEXT_ROWS_HPP
