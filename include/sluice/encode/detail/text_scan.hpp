#ifndef SLUICE_ENCODE_DETAIL_TEXT_SCAN_HPP
#define SLUICE_ENCODE_DETAIL_TEXT_SCAN_HPP

/// \file
/// Finding rows and fields again in bodies of text. The bytes may come from anywhere: every scan is
/// bounded by them. Only bodies of dead letters and halved files come here, so simple loops do.

#include <sluice/config.hpp>
#include <sluice/encode/format.hpp>

#include <string>
#include <string_view>

namespace sluice::inline v0::detail {

/// The lines of CSV: a line break inside quotes belongs to the row.
class csv_lines {
 public:
  csv_lines(std::string_view body, char quote) noexcept
      : at_{body.data()}, end_{body.data() + body.size()}, quote_{quote} {}

  /// The next row with its line break; false at the end, or if the last row has no line break.
  bool next(std::string_view& line) noexcept;

  /// Where the next row begins.
  [[nodiscard]] char const* position() const noexcept { return at_; }

 private:
  char const* at_;
  char const* end_;
  char quote_;
};

/// Lines that end with '\n'.
class plain_lines {
 public:
  explicit plain_lines(std::string_view body) noexcept
      : at_{body.data()}, end_{body.data() + body.size()} {}

  /// The next row with its line break; false at the end, or if the last row has no line break.
  bool next(std::string_view& line) noexcept;

  [[nodiscard]] char const* position() const noexcept { return at_; }

 private:
  char const* at_;
  char const* end_;
};

struct csv_field {
  std::string text;  ///< without quotes
  bool null = false;
};

/// The fields of one row of CSV.
class csv_fields {
 public:
  csv_fields(std::string_view line, format_description const& shape) noexcept
      : rest_{line}, shape_{shape} {}

  /// False behind the last field, or if the row is malformed.
  bool next(csv_field& field);

 private:
  std::string_view rest_;
  format_description shape_;
  bool done_ = false;
};

/// A member of a JSON object, as written.
struct json_member {
  std::string_view key;  ///< with quotes
  std::string_view value;
};

/// The members of a JSON object. Precondition: `is_json(object)`.
class json_members {
 public:
  explicit json_members(std::string_view object) noexcept : rest_{object} {}

  /// False behind the last member, or if the value is no object.
  bool next(json_member& member) noexcept;

  /// After `next` returned false: whether the whole text was one object.
  [[nodiscard]] bool complete() const noexcept { return complete_; }

 private:
  void skip_space() noexcept;

  std::string_view rest_;
  bool first_ = true;
  bool complete_ = false;
};

/// Bytes of the JSON value at the front of `text`, which starts with well-formed JSON.
SLUICE_DECL std::size_t json_value_size(std::string_view text) noexcept;

/// Whether the JSON string `key` is `name`, however it is escaped.
SLUICE_DECL bool is_key(std::string_view key, std::string_view name);

/// `text` as a JSON string; bytes that are not UTF-8 become U+FFFD.
SLUICE_DECL void append_json_string(std::string& out, std::string_view text);

}  // namespace sluice::inline v0::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/encode/impl/text_scan.ipp>
#endif

#endif  // SLUICE_ENCODE_DETAIL_TEXT_SCAN_HPP
