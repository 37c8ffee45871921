#ifndef SLUICE_SOURCE_IMPL_LINE_READER_IPP
#define SLUICE_SOURCE_IMPL_LINE_READER_IPP

#include <sluice/source/detail/line_reader.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

namespace sluice::inline v0::source::detail {

inline constexpr std::size_t line_block = 128 * 1024;

SLUICE_DECL line_reader::line_reader(byte_input input, std::size_t max_line_bytes)
    : input_{std::move(input)},
      max_line_bytes_{max_line_bytes},
      buffer_{std::make_unique_for_overwrite<char[]>(line_block)},
      capacity_{line_block} {}

SLUICE_DECL line_reader::outcome line_reader::next() {
  if (failure_) return outcome::failed;
  begin_ = next_;
  std::size_t seen = begin_;
  bool skipped = false;
  for (;;) {
    char const* const from = buffer_.get() + seen;
    if (auto const* const found = static_cast<char const*>(std::memchr(from, '\n', size_ - seen))) {
      auto const end = static_cast<std::size_t>(found - buffer_.get());
      return close(end, end + 1, skipped);
    }
    // What is known to be too long is not kept.
    skipped = skipped || size_ - begin_ > max_line_bytes_;
    if (skipped) begin_ = size_;
    auto const read = refill();
    if (!read) {
      failure_ = read.error();
      return outcome::failed;
    }
    if (*read == 0) {
      bool const nothing = size_ == begin_ && !skipped;
      next_ = size_;
      return nothing ? outcome::end : close(size_, size_, skipped);
    }
    seen = size_ - *read;
  }
}

SLUICE_DECL line_reader::outcome line_reader::close(std::size_t end,
                                                    std::size_t next,
                                                    bool skipped) noexcept {
  ++number_;
  next_ = next;
  if (skipped || end - begin_ > max_line_bytes_) return outcome::too_long;
  line_ = {buffer_.get() + begin_, end - begin_};
  if (!line_.empty() && line_.back() == '\r') line_.remove_suffix(1);
  return outcome::line;
}

/// Reads more behind the line under way, which may move. Returns the bytes read, 0 at the end.
SLUICE_DECL result<std::size_t> line_reader::refill() {
  std::size_t const kept = size_ - begin_;
  if (kept + line_block / 2 > capacity_) {
    std::size_t const wider = std::min(2 * capacity_, max_line_bytes_ + line_block);
    auto grown = std::make_unique_for_overwrite<char[]>(wider);
    std::memcpy(grown.get(), buffer_.get() + begin_, kept);
    buffer_ = std::move(grown);
    capacity_ = wider;
  } else {
    std::memmove(buffer_.get(), buffer_.get() + begin_, kept);
  }
  begin_ = 0;
  next_ = 0;
  size_ = kept;
  auto const read = input_.read(buffer_.get() + size_, capacity_ - size_);
  if (read) size_ += *read;
  return read;
}

}  // namespace sluice::inline v0::source::detail

#endif  // SLUICE_SOURCE_IMPL_LINE_READER_IPP
