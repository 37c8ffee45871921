#ifndef SLUICE_PIPELINE_IMPL_BODY_IPP
#define SLUICE_PIPELINE_IMPL_BODY_IPP

#include <sluice/pipeline/detail/body.hpp>
#include <sluice/pipeline/detail/decode.hpp>

#include <algorithm>
#include <string>

namespace sluice::inline v0::detail {

/// Counts what a body writer passes on to the codec.
class into_codec final : public byte_sink {
 public:
  explicit into_codec(codec_stream& codec) : codec_{codec} {}

  void write(chunk bytes) override {
    raw_ += bytes.size();
    codec_.write(std::move(bytes));
  }

  [[nodiscard]] std::uint64_t raw() const noexcept { return raw_; }

 private:
  codec_stream& codec_;
  std::uint64_t raw_ = 0;
};

SLUICE_DECL open_body::open_body(load_shape const& s,
                                 std::shared_ptr<budget> memory,
                                 made_of what,
                                 std::unique_ptr<codec_stream> codec)
    : shape_{s},
      // The level was checked at compile time.
      codec_{codec ? std::move(codec) : std::move(open_codec(s.compression, s.level)).value()},
      memory_{std::move(memory), 0} {
  data_.compression = s.compression;
  data_.rows = s.rows;
  if (what == made_of::text) return;
  writer_ = s.rows->open_body();
  into_codec out{*codec_};
  writer_->begin(out);
  data_.raw_bytes = out.raw();
}

/// Compressed bytes lie in blocks of their own; uncompressed text lies in its segment, which is
/// charged already.
SLUICE_DECL void open_body::charge(std::uint64_t body_bytes) {
  if (shape_.compression == codec::none) return;
  std::uint64_t const blocks = (body_bytes + codec_block_bytes - 1) / codec_block_bytes;
  std::uint64_t const wanted = blocks * codec_block_bytes;
  if (wanted > memory_.bytes()) memory_.grow(wanted - memory_.bytes());
}

SLUICE_DECL batch_fill open_body::fill() const noexcept {
  return {data_.row_count, data_.raw_bytes, codec_->body_bytes(), milliseconds{0}};
}

SLUICE_DECL bool open_body::takes(handed_over const& rows) const noexcept {
  if (data_.row_count == 0) return true;
  std::uint64_t const row_count = data_.row_count + rows.rows.rows();
  std::uint64_t const raw = data_.raw_bytes + rows.rows.bytes();
  // A codec holds back up to a block, and what it cannot make smaller grows by less than 1 %.
  std::uint64_t const sent =
      shape_.compression == codec::none
          ? raw
          : codec_->body_bytes() + codec_block_bytes + rows.rows.bytes() + rows.rows.bytes() / 100;
  return row_count <= std::min(shape_.batch.max_rows, shape_.limits.max_payload_rows) &&
         raw <= shape_.batch.max_bytes && sent <= shape_.limits.max_payload_bytes;
}

SLUICE_DECL void open_body::count(std::uint64_t raw_bytes, std::uint64_t rows) {
  data_.raw_bytes += raw_bytes;
  data_.row_count += rows;
  if (rows_stand_alone(data_.rows->describe()))
    windows_.push_back({data_.raw_bytes, data_.row_count});
}

SLUICE_DECL void open_body::add(handed_over const& rows) {
  into_codec out{*codec_};
  writer_->add(rows.rows, out);
  charge(codec_->body_bytes());
  count(out.raw(), rows.rows.rows());
  add_positions(rows.at);
  since_ = std::min(since_, rows.since);
}

SLUICE_DECL void open_body::add_text(std::string_view body, std::uint64_t rows) {
  if (shape_.compression == codec::none) memory_.grow(body.size());
  codec_->write(chunk{std::string{body}});
  charge(codec_->body_bytes());
  count(body.size(), rows);
}

SLUICE_DECL void open_body::add_positions(position_range rows) {
  if (!data_.positions.empty() && data_.positions.back().end() == rows.first)
    data_.positions.back().count += rows.count;
  else
    data_.positions.push_back(rows);
}

SLUICE_DECL bool open_body::full() const noexcept {
  batch_limits now = shape_.batch;
  now.max_rows = std::min(now.max_rows, shape_.limits.max_payload_rows);
  // Full also where the next segment will not fit: waiting for it would only cost time.
  if (now.max_bytes != batch_limits::none)
    now.max_bytes -= std::min<std::uint64_t>(now.max_bytes - 1, shape_.segment_bytes);
  return sluice::full(now, fill());
}

SLUICE_DECL result<sealed_body> open_body::seal(std::uint64_t sequence) {
  if (writer_) {
    into_codec out{*codec_};
    writer_->end(out);
    data_.raw_bytes += out.raw();
  }
  data_.sequence = sequence;
  auto body = codec_->finish();
  if (!body) return std::move(body).error();
  data_.body = std::move(body).value();
  charge(data_.body.size());
  return sealed_body{std::move(data_), std::move(windows_), std::move(memory_), since_};
}

SLUICE_DECL result<void> for_each_part(
    sealed_body const& body,
    std::function<bool(std::string_view, std::uint64_t, std::uint64_t)> const& visit) {
  std::vector<window> parts = body.windows;
  if (parts.empty()) parts.push_back({body.data.raw_bytes, body.data.row_count});
  std::string text;
  std::size_t part = 0;
  std::uint64_t raw_begin = 0;
  std::uint64_t row_begin = 0;
  bool more = true;
  auto decoded = decode(body.data.compression, body.data.body, [&](std::string_view bytes) {
    while (!bytes.empty() && more && part != parts.size()) {
      auto const wanted = static_cast<std::size_t>(parts[part].raw_end - raw_begin) - text.size();
      std::size_t const taken = std::min(wanted, bytes.size());
      text += bytes.substr(0, taken);
      bytes.remove_prefix(taken);
      if (taken != wanted) break;
      more = visit(text, row_begin, parts[part].row_end - row_begin);
      raw_begin = parts[part].raw_end;
      row_begin = parts[part].row_end;
      text.clear();
      ++part;
    }
    return more && part != parts.size();
  });
  if (!decoded) return decoded;
  if (more && part != parts.size())
    return error{errc::internal, "a body is shorter than what was written into it"};
  return success;
}

SLUICE_DECL result<sealed_body> extract(load_shape const& s,
                                        std::shared_ptr<budget> memory,
                                        sealed_body const& body,
                                        std::uint64_t first,
                                        std::uint64_t count,
                                        std::uint64_t sequence) {
  std::uint64_t const end = first + count;
  // The header and footer of a format whose rows do not stand alone come with the slice.
  bool const alone = rows_stand_alone(s.rows->describe());
  open_body part{s, std::move(memory), open_body::made_of::text};
  std::optional<error> failed;
  auto visited =
      for_each_part(body, [&](std::string_view text, std::uint64_t first_row, std::uint64_t rows) {
        std::uint64_t const from = std::max(first, first_row);
        std::uint64_t const to = std::min(end, first_row + rows);
        if (from >= to) return first_row < end;
        if (from == first_row && to == first_row + rows && alone) {
          part.add_text(text, rows);
          return true;
        }
        auto slice = s.rows->slice(text, from - first_row, to - from);
        if (!slice) {
          failed = slice.error();
          return false;
        }
        part.add_text(*slice, to - from);
        return true;
      });
  if (!visited) return visited.error();
  if (failed) return *failed;

  std::uint64_t skip = first;
  std::uint64_t left = count;
  for (position_range rows : body.data.positions) {
    std::uint64_t const before = std::min(skip, rows.count);
    skip -= before;
    position_range const wanted{rows.first + before, std::min(rows.count - before, left)};
    left -= wanted.count;
    if (wanted.count != 0) part.add_positions(wanted);
  }
  return part.seal(sequence);
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_IMPL_BODY_IPP
