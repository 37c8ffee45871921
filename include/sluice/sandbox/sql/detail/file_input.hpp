#ifndef SLUICE_SANDBOX_SQL_DETAIL_FILE_INPUT_HPP
#define SLUICE_SANDBOX_SQL_DETAIL_FILE_INPUT_HPP

/// \file
/// Bytes of a stage file, decompressed.

#include <sluice/config.hpp>
#include <sluice/sandbox/sql/detail/format_options.hpp>
#include <sluice/sandbox/sql/file_store.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sluice::inline v0::sandbox::sql::detail {

/// Anything that gives bytes from front to back; 0 at the end.
class byte_source {
 public:
  virtual ~byte_source() = default;
  virtual std::size_t read(std::span<char> out) = 0;
};

/// A stage file through its decompressor. All members of a gzip file and all frames of a zstd file
/// are read. AUTO looks at the first bytes: gzip, zstd or zlib, else plain.
class file_input final : public byte_source {
 public:
  file_input(std::unique_ptr<file_reader> reader, compression packed);
  ~file_input() override;
  /// \throws sql_error 100142-style if the compressed data is damaged or cut short
  std::size_t read(std::span<char> out) override;

 private:
  class decoder;
  class plain_decoder;
  class zlib_decoder;
  class zstd_decoder;

  std::unique_ptr<file_reader> reader_;
  std::unique_ptr<decoder> decoder_;
};

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_DETAIL_FILE_INPUT_HPP
