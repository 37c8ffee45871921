#ifndef SLUICE_TESTS_UNIT_ENCODE_COLUMNAR_MODEL_HPP
#define SLUICE_TESTS_UNIT_ENCODE_COLUMNAR_MODEL_HPP

#include <sluice/encode/detail/text_scan.hpp>
#include <sluice/encode/encoder.hpp>
#include <sluice/schema/schema.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// The interface of encoders, seen from the other side: columns in lanes, which become row groups.
/// It is what a Parquet writer does, without the pages.
///
/// Segment: lanes of ids, of ends of text, of null flags, for as many rows as half the segment
/// holds; behind them a heap of text that grows to the end.
/// Body: "COLS", then row groups { u32 rows, u32 heap bytes, ids, ends of text, flags, heap },
/// then "ENDS".
namespace columnar {

struct reading {
  std::int64_t id = 0;
  std::optional<std::string> note;
};

struct lanes {
  static constexpr std::size_t row_width = 8 + 4 + 1;

  std::size_t rows;  // there is room for

  explicit lanes(std::size_t capacity) noexcept
      : rows{std::max<std::size_t>(1, capacity / (2 * row_width))} {}

  [[nodiscard]] std::size_t ends() const noexcept { return 8 * rows; }

  [[nodiscard]] std::size_t flags() const noexcept { return 12 * rows; }

  [[nodiscard]] std::size_t heap() const noexcept { return row_width * rows; }
};

template<class T>
T read(char const* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template<class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<char const*>(&value), sizeof value);
}

/// One row group inside a body. False if `body` has no whole group at `at`.
struct group {
  std::uint32_t rows = 0;
  char const* ids = nullptr;
  char const* ends = nullptr;
  char const* flags = nullptr;
  std::string_view heap;

  bool open(std::string_view body, std::size_t& at) {
    if (body.size() - at < 8) return false;
    rows = read<std::uint32_t>(body.data() + at);
    std::uint64_t const heap_size = read<std::uint32_t>(body.data() + at + 4);
    std::uint64_t const size = 8 + std::uint64_t{lanes::row_width} * rows + heap_size;
    if (body.size() - at < size) return false;
    ids = body.data() + at + 8;
    ends = ids + 8 * std::size_t{rows};
    flags = ends + 4 * std::size_t{rows};
    heap = {flags + rows, static_cast<std::size_t>(heap_size)};
    at += static_cast<std::size_t>(size);
    return true;
  }

  [[nodiscard]] std::int64_t id(std::size_t row) const { return read<std::int64_t>(ids + 8 * row); }

  [[nodiscard]] std::optional<std::string_view> note(std::size_t row) const {
    if (flags[row] == 0) return std::nullopt;
    std::size_t const begin = row == 0 ? 0 : read<std::uint32_t>(ends + 4 * (row - 1));
    std::size_t const end = read<std::uint32_t>(ends + 4 * row);
    if (begin > end || end > heap.size()) return std::nullopt;
    return heap.substr(begin, end - begin);
  }
};

class writer final : public sluice::body_writer {
 public:
  void begin(sluice::byte_sink& out) override { out.write(sluice::chunk{std::string{"COLS"}}); }

  void add(sluice::segment_view const& view, sluice::byte_sink& out) override {
    char const* const data = view.of->data();
    lanes const at{view.of->capacity()};
    auto const end_of = [&](std::uint32_t row) {
      return row == 0 ? 0u : read<std::uint32_t>(data + at.ends() + 4 * (row - 1));
    };
    std::uint32_t const first = view.from.rows;
    std::uint32_t const last = view.to.rows;
    std::uint32_t const base = end_of(first);
    std::string sealed;
    put(sealed, last - first);
    put(sealed, end_of(last) - base);
    sealed.append(data + 8 * std::size_t{first}, data + 8 * std::size_t{last});
    for (std::uint32_t row = first; row != last; ++row) put(sealed, end_of(row + 1) - base);
    sealed.append(data + at.flags() + first, data + at.flags() + last);
    sealed.append(data + at.heap() + base, data + at.heap() + end_of(last));
    out.write(sluice::chunk{std::move(sealed)});
  }

  void end(sluice::byte_sink& out) override { out.write(sluice::chunk{std::string{"ENDS"}}); }
};

class rows_of_readings final : public sluice::row_format {
 public:
  [[nodiscard]] sluice::format_description describe() const noexcept override {
    return {.kind = sluice::format::parquet};
  }

  [[nodiscard]] sluice::column_table columns() const noexcept override;

  [[nodiscard]] std::unique_ptr<sluice::body_writer> open_body() const override {
    return std::make_unique<writer>();
  }

  [[nodiscard]] sluice::result<std::string> slice(std::string_view body,
                                                  std::uint64_t first,
                                                  std::uint64_t count) const override {
    std::string out = "COLS";
    std::uint64_t seen = 0;
    std::string ids, ends, flags, heap;
    std::uint32_t rows = 0;
    bool const whole = each_row(body, [&](group const& g, std::size_t row) {
      if (seen++ < first || rows == count) return;
      put(ids, g.id(row));
      auto const note = g.note(row);
      heap += note.value_or("");
      put(ends, static_cast<std::uint32_t>(heap.size()));
      flags += note ? '\1' : '\0';
      ++rows;
    });
    if (!whole || rows != count || first > seen)
      return sluice::error{sluice::errc::invalid_input, "the body has fewer rows than asked for"};
    put(out, rows);
    put(out, static_cast<std::uint32_t>(heap.size()));
    return out + ids + ends + flags + heap + "ENDS";
  }

  [[nodiscard]] sluice::result<std::string> render(std::string_view body,
                                                   std::uint64_t wanted,
                                                   bool reveal_pii) const override {
    std::string line;
    std::uint64_t seen = 0;
    bool const whole = each_row(body, [&](group const& g, std::size_t row) {
      if (seen++ != wanted) return;
      line = "{\"ID\":" + std::to_string(g.id(row)) + ",\"NOTE\":";
      auto const note = g.note(row);
      if (!reveal_pii)
        line += "\"[redacted]\"";
      else if (note)
        sluice::detail::append_json_string(line, *note);
      else
        line += "null";
      line += '}';
    });
    if (!whole || line.empty())
      return sluice::error{sluice::errc::invalid_input, "the body has no such row"};
    return line;
  }

 private:
  template<class Visit>
  static bool each_row(std::string_view body, Visit visit) {
    if (!body.starts_with("COLS") || body.size() < 8 || !body.ends_with("ENDS")) return false;
    body.remove_suffix(4);
    group g;
    for (std::size_t at = 4; at != body.size();) {
      if (!g.open(body, at)) return false;
      for (std::size_t row = 0; row != g.rows; ++row) visit(g, row);
    }
    return true;
  }
};

struct encoder {
  static constexpr sluice::format_description description{.kind = sluice::format::parquet};

  bool append(reading const& r, sluice::segment& open) const noexcept {
    lanes const at{open.capacity()};
    std::size_t const row = open.filled().rows;
    std::string_view const note = r.note ? std::string_view{*r.note} : std::string_view{};
    if (open.capacity() < at.heap() || row == at.rows) return false;
    std::size_t const used =
        row == 0 ? 0 : read<std::uint32_t>(open.data() + at.ends() + 4 * (row - 1));
    if (open.capacity() - at.heap() - used < note.size()) return false;
    auto const end = static_cast<std::uint32_t>(used + note.size());
    std::memcpy(open.data() + 8 * row, &r.id, 8);
    std::memcpy(open.data() + at.ends() + 4 * row, &end, 4);
    open.data()[at.flags() + row] = r.note ? '\1' : '\0';
    if (!note.empty()) std::memcpy(open.data() + at.heap() + used, note.data(), note.size());
    open.commit(open.data() + at.heap() + end);
    return true;
  }

  [[nodiscard]] std::size_t max_size(reading const& r) const noexcept {
    return 2 * (lanes::row_width + (r.note ? r.note->size() : 0));
  }

  [[nodiscard]] sluice::result<void> validate(reading const&) const { return sluice::success; }

  [[nodiscard]] static sluice::row_format const& rows() {
    static rows_of_readings const all;
    return all;
  }
};

}  // namespace columnar

template<>
struct sluice::schema<columnar::reading>
    : sluice::columns<columnar::reading,
                      sluice::column<"ID", &columnar::reading::id>,
                      sluice::column<"NOTE", &columnar::reading::note, sluice::pii>> {};

inline sluice::column_table columnar::rows_of_readings::columns() const noexcept {
  return sluice::columns_of<reading>();
}

#endif  // SLUICE_TESTS_UNIT_ENCODE_COLUMNAR_MODEL_HPP
