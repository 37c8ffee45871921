#ifndef SLUICE_PIPELINE_DETAIL_BODY_HPP
#define SLUICE_PIPELINE_DETAIL_BODY_HPP

#include <sluice/chunk.hpp>
#include <sluice/compress/codec_stream.hpp>
#include <sluice/config.hpp>
#include <sluice/encode/payload.hpp>
#include <sluice/encode/row_format.hpp>
#include <sluice/pipeline/detail/budget.hpp>
#include <sluice/pipeline/detail/intake.hpp>
#include <sluice/pipeline/detail/shape.hpp>
#include <sluice/result.hpp>
#include <sluice/units.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::detail {

/// Where a run of rows ends in a body before compression.
struct window {
  std::uint64_t raw_end = 0;
  std::uint64_t row_end = 0;
};

/// A complete body with what the pipeline needs to take it apart again.
struct sealed_body {
  payload data;
  std::vector<window> windows;  ///< empty: the body can only be read as a whole
  credit memory;
  steady_time since{};
};

/// Whether a part of a body, cut between rows, is a body too.
[[nodiscard]] inline bool rows_stand_alone(format_description const& d) noexcept {
  return (d.kind == format::csv && !d.header) || d.kind == format::ndjson;
}

/// A body under construction: rows go in, compressed bytes pile up. One owner at a time.
class open_body {
 public:
  enum class made_of : std::uint8_t {
    segments,  ///< of rows from producers, by `add`
    text       ///< of parts of other bodies, by `add_text`
  };

  /// `codec`: one that an earlier body left behind, or null.
  open_body(load_shape const& s,
            std::shared_ptr<budget> memory,
            made_of what = made_of::segments,
            std::unique_ptr<codec_stream> codec = nullptr);

  /// Whether `rows` may be added without breaking a limit; an empty body takes anything.
  [[nodiscard]] bool takes(handed_over const& rows) const noexcept;

  void add(handed_over const& rows);

  /// Rows that are a body already.
  void add_text(std::string_view body, std::uint64_t rows);

  void add_positions(position_range rows);

  /// A limit is reached: nothing more should be added.
  [[nodiscard]] bool full() const noexcept;

  [[nodiscard]] std::uint64_t rows() const noexcept { return data_.row_count; }

  [[nodiscard]] steady_time since() const noexcept { return since_; }

  [[nodiscard]] position first_position() const noexcept { return data_.positions.front().first; }

  /// Ends the body. Nothing may be added afterwards. Error: the codec failed.
  [[nodiscard]] result<sealed_body> seal(std::uint64_t sequence);

  /// After `seal`: the codec, whose context is worth keeping for the next body.
  [[nodiscard]] std::unique_ptr<codec_stream> take_codec() noexcept { return std::move(codec_); }

 private:
  [[nodiscard]] batch_fill fill() const noexcept;
  void charge(std::uint64_t body_bytes);
  void count(std::uint64_t raw_bytes, std::uint64_t rows);

  load_shape const& shape_;
  std::unique_ptr<codec_stream> codec_;
  std::unique_ptr<body_writer> writer_;
  payload data_;
  std::vector<window> windows_;
  credit memory_;
  steady_time since_ = steady_time::max();
};

/// Gives the rows of `body` in order to `visit(text, first_row, rows)`, uncompressed and in parts
/// that are bodies of their own, until it returns false. Needs the memory of one part.
/// Error: the body cannot be decompressed.
SLUICE_DECL result<void> for_each_part(
    sealed_body const& body,
    std::function<bool(std::string_view, std::uint64_t, std::uint64_t)> const& visit);

/// A body with the rows [first, first + count) of `body`.
SLUICE_DECL result<sealed_body> extract(load_shape const& s,
                                        std::shared_ptr<budget> memory,
                                        sealed_body const& body,
                                        std::uint64_t first,
                                        std::uint64_t count,
                                        std::uint64_t sequence);

}  // namespace sluice::inline v0::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/pipeline/impl/body.ipp>
#endif

#endif  // SLUICE_PIPELINE_DETAIL_BODY_HPP
