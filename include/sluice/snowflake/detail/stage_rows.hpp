#ifndef SLUICE_SNOWFLAKE_DETAIL_STAGE_ROWS_HPP
#define SLUICE_SNOWFLAKE_DETAIL_STAGE_ROWS_HPP

#include <sluice/config.hpp>
#include <sluice/encode/format.hpp>
#include <sluice/result.hpp>
#include <sluice/snowflake/encryption.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sluice::inline v0::snowflake::detail {

/// Rows [first, end) of a stage file, counted from 0.
struct row_run {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

/// One row as it stands in its file.
struct row_text {
  std::uint64_t row = 0;
  std::string text;  ///< with its line break
};

/// How the rows of a stage file were made into its bytes.
struct file_shape {
  format_description format;  ///< csv or ndjson
  codec compression = codec::none;
  std::uint64_t max_row_bytes = 0;  ///< a longer row is none of ours
};

/// The way back from the bytes that a stage holds to the encoded rows: decrypts, decompresses, cuts
/// into rows. The bytes come from outside: whatever they are, they are read as rows or refused.
///
/// Memory: the bytes given last, the decoder's window (`sluice::detail::decoder`), a batch, and
/// twice the longest row, which is at most `file_shape::max_row_bytes`. For a worker; one owner at
/// a time.
class stage_rows {
 public:
  /// Text that one call of `next` looks at, about: what cannot be cancelled.
  static constexpr std::size_t step_bytes = std::size_t{4} << 20;
  /// Text of wanted rows that one call gives, about.
  static constexpr std::size_t batch_bytes = std::size_t{256} << 10;
  static constexpr std::size_t batch_rows = 4'096;

  /// `key` absent: the bytes are not encrypted. Errors: those of `unsealer::open`.
  [[nodiscard]] static SLUICE_DECL result<stage_rows> open(file_shape const& shape,
                                                           std::optional<file_key> const& key);

  stage_rows(stage_rows&&) noexcept;
  stage_rows& operator=(stage_rows&&) noexcept;
  ~stage_rows();

  /// The next bytes of the file; `last`: none come behind them. Precondition: `hungry()`.
  void feed(std::string stored, bool last);

  /// `next` needs bytes to go on.
  [[nodiscard]] bool hungry() const noexcept;

  /// All rows were seen.
  [[nodiscard]] bool ended() const noexcept;

  /// Rows that were seen so far.
  [[nodiscard]] std::uint64_t rows() const noexcept;

  /// Goes on for a step and gives those of `wanted` that it meets, in order; maybe none.
  /// Precondition: neither `hungry()` nor `ended()`; `wanted` ascends and is the same in every
  /// call. Errors: errc::invalid_input, errc::malformed_encryption: the file is damaged.
  [[nodiscard]] result<std::vector<row_text>> next(std::span<row_run const> wanted);

  /// base64 of SHA-256 of the file before encryption. Call once, after `ended()`.
  [[nodiscard]] std::string digest();

 private:
  struct state;
  explicit stage_rows(std::unique_ptr<state> s) noexcept;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::inline v0::snowflake::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/stage_rows.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_DETAIL_STAGE_ROWS_HPP
