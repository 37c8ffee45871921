#ifndef SLUICE_SNOWFLAKE_IMPL_STAGE_ROWS_IPP
#define SLUICE_SNOWFLAKE_IMPL_STAGE_ROWS_IPP

#include <sluice/auth/digest.hpp>
#include <sluice/compress/detail/decoder.hpp>
#include <sluice/encode/detail/text_scan.hpp>
#include <sluice/snowflake/detail/stage_rows.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::snowflake::detail {

struct digest_deleter {
  void operator()(EVP_MD_CTX* c) const noexcept { EVP_MD_CTX_free(c); }
};

inline error damaged_file(std::string what) {
  return error{sluice::errc::invalid_input, "the stage file " + std::move(what)};
}

inline std::unique_ptr<sluice::detail::decoder> decoder_for(codec compression) {
  switch (compression) {
    case codec::gzip:
      return sluice::detail::make_gzip_decoder();
    case codec::zstd:
      return sluice::detail::make_zstd_decoder();
    case codec::none:
      break;
  }
  return nullptr;
}

struct stage_rows::state {
  static constexpr std::size_t block_bytes = std::size_t{128} << 10;

  explicit state(file_shape const& s)
      : shape{s},
        unpack{decoder_for(s.compression)},
        hash{EVP_MD_CTX_new()},
        block{std::make_unique_for_overwrite<char[]>(block_bytes)},
        header_due{s.format.kind == format::csv && s.format.header} {
    EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
  }

  /// Appends text. False: there is none without more bytes, or the file has ended.
  result<bool> more_text();
  result<bool> more_packed();
  result<void> unpack_some(std::size_t& produced);

  /// Cuts rows off the text; false: the first of them is not complete.
  bool cut(std::span<row_run const> wanted, std::vector<row_text>& out, std::size_t& out_bytes);
  template<class Lines>
  bool cut_lines(Lines lines,
                 std::span<row_run const> wanted,
                 std::vector<row_text>& out,
                 std::size_t& out_bytes);

  [[nodiscard]] std::size_t uncut() const noexcept { return text.size() - text_at; }

  file_shape shape;
  std::optional<unsealer> cipher;
  std::unique_ptr<sluice::detail::decoder> unpack;
  std::unique_ptr<EVP_MD_CTX, digest_deleter> hash;
  std::unique_ptr<char[]> block;
  std::string stored;  ///< as the stage holds them
  std::size_t stored_at = 0;
  std::string packed;  ///< decrypted
  std::size_t packed_at = 0;
  std::string text;
  std::size_t text_at = 0;
  std::size_t cut_from = 0;  ///< as much text there must be before cutting is tried again
  std::size_t wanted_at = 0;
  std::uint64_t rows = 0;
  bool header_due;
  bool hungry = true;
  bool last = false;
  bool unpack_holds_more = false;  ///< its last output was full
  bool deciphered = false;         ///< `cipher` has given its last bytes
  bool no_more = false;            ///< all text is in `text`
  bool ended = false;
};

inline result<bool> stage_rows::state::more_packed() {
  packed.clear();
  packed_at = 0;
  if (stored_at != stored.size()) {
    std::string_view const run = std::string_view{stored}.substr(stored_at, block_bytes);
    stored_at += run.size();
    result<std::string> plain =
        cipher ? cipher->update(run) : result<std::string>{std::string{run}};
    if (!plain) return std::move(plain).error();
    packed = *std::move(plain);
  } else if (!last) {
    hungry = true;
    return false;
  } else if (!deciphered) {
    deciphered = true;
    result<std::string> rest = cipher ? cipher->finish() : result<std::string>{std::string{}};
    if (!rest) return std::move(rest).error();
    packed = *std::move(rest);
  } else {
    if (unpack && !unpack->complete()) return damaged_file("ends too early");
    no_more = true;
    return false;
  }
  EVP_DigestUpdate(hash.get(), packed.data(), packed.size());
  return true;
}

inline result<void> stage_rows::state::unpack_some(std::size_t& produced) {
  for (;;) {
    std::size_t const left = packed.size() - packed_at;
    // zstd takes many calls without input or output for a mistake.
    if (left == 0 && !std::exchange(unpack_holds_more, false)) return success;
    auto const step = unpack->decode(packed.data() + packed_at, left, block.get(), block_bytes);
    if (!step) return damaged_file("cannot be decompressed: " + step.error().message);
    packed_at += step->consumed;
    produced = step->produced;
    unpack_holds_more = produced == block_bytes;
    if (produced != 0 || packed_at == packed.size()) return success;
    if (step->consumed == 0) return damaged_file("cannot be decompressed");
  }
}

inline result<bool> stage_rows::state::more_text() {
  text.erase(0, text_at);
  text_at = 0;
  for (;;) {
    if (!unpack && packed_at != packed.size()) {
      text += packed;
      packed_at = packed.size();
      return true;
    }
    if (unpack) {
      std::size_t produced = 0;
      if (result<void> done = unpack_some(produced); !done) return std::move(done).error();
      if (produced != 0) {
        text.append(block.get(), produced);
        return true;
      }
    }
    result<bool> more = more_packed();
    if (!more || !*more) return more;
  }
}

template<class Lines>
bool stage_rows::state::cut_lines(Lines lines,
                                  std::span<row_run const> wanted,
                                  std::vector<row_text>& out,
                                  std::size_t& out_bytes) {
  std::string_view line;
  bool whole = true;
  while (out_bytes < batch_bytes && out.size() < batch_rows && (whole = lines.next(line))) {
    if (std::exchange(header_due, false)) continue;
    while (wanted_at != wanted.size() && wanted[wanted_at].end <= rows) ++wanted_at;
    if (wanted_at != wanted.size() && wanted[wanted_at].first <= rows) {
      out.push_back({rows, std::string{line}});
      out_bytes += line.size();
    }
    ++rows;
  }
  text_at = static_cast<std::size_t>(lines.position() - text.data());
  return whole;
}

inline bool stage_rows::state::cut(std::span<row_run const> wanted,
                                   std::vector<row_text>& out,
                                   std::size_t& out_bytes) {
  std::string_view const uncut_text = std::string_view{text}.substr(text_at);
  if (shape.format.kind == format::csv)
    return cut_lines(
        sluice::detail::csv_lines{uncut_text, shape.format.quote}, wanted, out, out_bytes);
  return cut_lines(sluice::detail::plain_lines{uncut_text}, wanted, out, out_bytes);
}

SLUICE_DECL stage_rows::stage_rows(std::unique_ptr<state> s) noexcept : state_{std::move(s)} {}

SLUICE_DECL stage_rows::stage_rows(stage_rows&&) noexcept = default;
SLUICE_DECL stage_rows& stage_rows::operator=(stage_rows&&) noexcept = default;
SLUICE_DECL stage_rows::~stage_rows() = default;

SLUICE_DECL result<stage_rows> stage_rows::open(file_shape const& shape,
                                                std::optional<file_key> const& key) {
  auto s = std::make_unique<state>(shape);
  if (key) {
    result<unsealer> cipher = unsealer::open(*key);
    if (!cipher) return std::move(cipher).error();
    s->cipher = *std::move(cipher);
  }
  return stage_rows{std::move(s)};
}

SLUICE_DECL void stage_rows::feed(std::string stored, bool last) {
  state_->stored = std::move(stored);
  state_->stored_at = 0;
  state_->last = last;
  state_->hungry = false;
}

SLUICE_DECL bool stage_rows::hungry() const noexcept {
  return state_->hungry;
}

SLUICE_DECL bool stage_rows::ended() const noexcept {
  return state_->ended;
}

SLUICE_DECL std::uint64_t stage_rows::rows() const noexcept {
  return state_->rows;
}

SLUICE_DECL result<std::vector<row_text>> stage_rows::next(std::span<row_run const> wanted) {
  state& s = *state_;
  std::vector<row_text> out;
  std::size_t out_bytes = 0;
  for (std::size_t seen = 0; seen < step_bytes;) {
    // A row that is not complete is looked at again only when its text has doubled.
    if (s.uncut() >= s.cut_from || s.no_more) {
      if (s.cut(wanted, out, out_bytes)) return out;
      s.cut_from = 2 * s.uncut();
      if (s.uncut() > s.shape.max_row_bytes)
        return damaged_file("has a row that is longer than rows are");
    }
    if (s.no_more) {
      if (s.uncut() != 0) return damaged_file("ends within a row");
      s.ended = true;
      return out;
    }
    std::size_t const before = s.uncut();
    result<bool> more = s.more_text();
    if (!more) return std::move(more).error();
    if (!*more && s.hungry) return out;
    seen += s.uncut() - before;
  }
  return out;
}

SLUICE_DECL std::string stage_rows::digest() {
  sha256_digest digest{};
  EVP_DigestFinal_ex(state_->hash.get(), digest.data(), nullptr);
  return to_base64(as_text(digest));
}

}  // namespace sluice::inline v0::snowflake::detail

#endif  // SLUICE_SNOWFLAKE_IMPL_STAGE_ROWS_IPP
