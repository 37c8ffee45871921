#ifndef SLUICE_SOURCE_DETAIL_LINE_READER_HPP
#define SLUICE_SOURCE_DETAIL_LINE_READER_HPP

#include <sluice/config.hpp>
#include <sluice/result.hpp>
#include <sluice/source/detail/byte_input.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace sluice::inline v0::source::detail {

/// Cuts a stream of bytes into lines that end with LF or CRLF; the last one may lack its end.
/// Memory: one buffer that grows up to the longest line, at most `max_line_bytes` and a block.
/// Thread safety: none.
class line_reader {
 public:
  enum class outcome : std::uint8_t {
    line,
    too_long,  ///< a line of more than `max_line_bytes`; it has been skipped
    end,
    failed  ///< `failure()` says why
  };

  line_reader(byte_input input, std::size_t max_line_bytes);

  /// Goes to the next line. The text of the last one becomes invalid.
  outcome next();

  /// After outcome::line: without its end.
  [[nodiscard]] std::string_view line() const noexcept { return line_; }

  /// Of the line under way, from 1.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  [[nodiscard]] sluice::error const& failure() const noexcept { return *failure_; }

  [[nodiscard]] byte_input const& input() const noexcept { return input_; }

 private:
  outcome close(std::size_t end, std::size_t next, bool skipped) noexcept;
  [[nodiscard]] result<std::size_t> refill();

  byte_input input_;
  std::size_t max_line_bytes_;
  std::optional<sluice::error> failure_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;   ///< bytes in the buffer
  std::size_t begin_ = 0;  ///< where the line under way begins
  std::size_t next_ = 0;   ///< where the next one begins
  std::uint64_t number_ = 0;
  std::string_view line_;
};

}  // namespace sluice::inline v0::source::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/source/impl/line_reader.ipp>
#endif

#endif  // SLUICE_SOURCE_DETAIL_LINE_READER_HPP
