#ifndef SLUICE_COMPRESS_COMPRESS_HPP
#define SLUICE_COMPRESS_COMPRESS_HPP

#include <sluice/codec.hpp>
#include <sluice/compress/levels.hpp>
#include <sluice/config.hpp>
#include <sluice/meta/check.hpp>

#include <concepts>

namespace sluice::inline v0 {

namespace failed {

/// gzip has levels 1 (fastest) to 9 (smallest); for no compression use compress<none>.
template<int Given, int Lowest, int Highest>
struct gzip_level_out_of_range {
  static constexpr bool ok = false;
};

/// zstd levels 1 (fastest) to 19 (smallest); higher ones need more memory than readers allow.
template<int Given, int Lowest, int Highest>
struct zstd_level_out_of_range {
  static constexpr bool ok = false;
};

/// `compress<Codec>` takes none, gzip<level> or zstd<level>.
template<class Codec>
struct not_a_codec {
  static constexpr bool ok = false;
};

/// Rows of text in Snappy are read by none of the services: COPY knows Snappy inside Parquet alone
/// ("COPY INTO <table>", COMPRESSION). Use zstd or gzip.
template<class Codec>
struct snappy_needs_parquet {
  static constexpr bool ok = false;
};

}  // namespace failed

/// Codec: bodies as they are.
struct none {
  using diagnosis = passed;
  static constexpr codec kind = codec::none;
  static constexpr int level = 0;
};

/// Codec: one gzip member per body (RFC 1952).
/// Levels 1 to 3 are 4 to 6 times as fast as zlib's at about the same ratio where ISA-L is
/// installed.
template<int Level = 1>
struct gzip {
  static constexpr codec kind = codec::gzip;
  static constexpr int level = Level;
  static constexpr levels range = level_range(kind);
  using diagnosis = check<(Level >= range.lowest && Level <= range.highest),
                          failed::gzip_level_out_of_range<Level, range.lowest, range.highest>>;
};

/// The level that guides for loaders advise: zlib's own default, between size and processor time.
/// `compress<balanced_gzip>`; where only one's own reader counts, zstd<1> is smaller and faster.
using balanced_gzip = gzip<6>;

/// Codec: one zstd frame per body (RFC 8878).
template<int Level = 1>
struct zstd {
  static constexpr codec kind = codec::zstd;
  static constexpr int level = Level;
  static constexpr levels range = level_range(kind);
  using diagnosis = check<(Level >= range.lowest && Level <= range.highest),
                          failed::zstd_level_out_of_range<Level, range.lowest, range.highest>>;
};

/// No codec of the formats there are; says why.
struct snappy {
  using diagnosis = failed::snappy_needs_parquet<snappy>;
  static constexpr codec kind = codec::none;
  static constexpr int level = 0;
};

// GCC shows these names of parameters where `compress<zstd>` stands for `compress<zstd<>>`.
template<class Type_with_its_brackets>
struct compress;

/// The stage `compress` of a loader: `compress<none>`, `compress<gzip<6>>`, `compress<zstd<1>>`.
template<class Codec>
struct compress {
  using codec_type = Codec;
};

namespace detail {

template<class Codec>
struct codec_rules {
  using type = failed::not_a_codec<Codec>;
};

template<class Codec>
  requires requires {
    typename Codec::diagnosis;
    { Codec::kind } -> std::convertible_to<codec>;
    { Codec::level } -> std::convertible_to<int>;
  }
struct codec_rules<Codec> {
  using type = typename Codec::diagnosis;
};

}  // namespace detail

/// `passed`, or what is wrong with a codec.
template<class Codec>
using codec_diagnosis = typename detail::codec_rules<Codec>::type;

}  // namespace sluice::inline v0

#endif  // SLUICE_COMPRESS_COMPRESS_HPP
