#ifndef SLUICE_TEST_IMPL_ENCODER_LAWS_IPP
#define SLUICE_TEST_IMPL_ENCODER_LAWS_IPP

#include <sluice/test/encoder_laws.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace sluice::inline v0::test::detail {

SLUICE_DECL error broken_law(char const* law) {
  return {errc::internal, std::string{"encoder law broken: "} + law};
}

SLUICE_DECL bool knows_columns(column_table known, column_table schema) noexcept {
  if (known.size() != schema.size()) return false;
  for (std::size_t i = 0; i != known.size(); ++i) {
    column_info const& k = known[i];
    column_info const& s = schema[i];
    bool const same_type = k.type == s.type && k.nullable == s.nullable && k.unit == s.unit &&
                           k.zone == s.zone && k.precision == s.precision && k.scale == s.scale &&
                           k.bits == s.bits && k.is_unsigned == s.is_unsigned &&
                           k.children == s.children && k.child_count == s.child_count;
    bool const same_name = k.name == s.name && k.token_of == s.token_of;
    if (!same_type || !same_name || k.max_length != s.max_length) return false;
    if ((s.pii && !k.pii) || k.secret != s.secret) return false;
  }
  return true;
}

SLUICE_DECL bool same_description(format_description const& a, format_description const& b) {
  return a.kind == b.kind && a.delimiter == b.delimiter && a.quote == b.quote &&
         a.null_marker == b.null_marker && a.header == b.header;
}

class text_sink final : public byte_sink {
 public:
  void write(chunk bytes) override { text += bytes.bytes(); }

  std::string text;
};

// One body from the rows of `filled`, cut into views that end at the given marks.
SLUICE_DECL std::string make_body(row_format const& rows,
                                  std::shared_ptr<segment const> const& filled,
                                  std::span<segment::mark const> cuts) {
  auto const writer = rows.open_body();
  text_sink out;
  writer->begin(out);
  for (std::size_t i = 1; i < cuts.size(); ++i) writer->add({filled, cuts[i - 1], cuts[i]}, out);
  writer->end(out);
  return std::move(out.text);
}

SLUICE_DECL result<std::vector<std::string>> render_all(row_format const& rows,
                                                        std::string_view body,
                                                        std::uint64_t count,
                                                        bool reveal_pii) {
  std::vector<std::string> lines;
  for (std::uint64_t row = 0; row != count; ++row) {
    auto line = rows.render(body, row, reveal_pii);
    if (!line) return broken_law("render must find every row of a body");
    if (line->find('\n') != std::string::npos || !line->starts_with('{') || !line->ends_with('}'))
      return broken_law("render must yield one JSON object on one line");
    lines.push_back(std::move(*line));
  }
  if (rows.render(body, count, reveal_pii))
    return broken_law("render must refuse a row behind the last");
  return lines;
}

SLUICE_DECL result<void> check_slices(row_format const& rows,
                                      std::string_view body,
                                      std::vector<std::string> const& lines) {
  std::uint64_t const count = lines.size();
  for (std::uint64_t first = 0; first <= count; ++first) {
    for (std::uint64_t size = 0; first + size <= count; ++size) {
      auto part = rows.slice(body, first, size);
      if (!part) return broken_law("slice must yield every range of rows, the empty one too");
      auto const part_lines = render_all(rows, *part, size, true);
      if (!part_lines) return part_lines.error();
      for (std::uint64_t row = 0; row != size; ++row)
        if ((*part_lines)[row] != lines[first + row])
          return broken_law("slice must keep just the rows that are asked for");
    }
  }
  if (rows.slice(body, 0, count + 1) || rows.slice(body, count + 1, 0))
    return broken_law("slice must refuse rows that are not there");
  return success;
}

// Every prefix of a body: an answer or an error, never a crash.
SLUICE_DECL void read_damaged(row_format const& rows, std::string_view body, std::uint64_t count) {
  for (std::size_t size = 0; size < body.size(); ++size) {
    static_cast<void>(rows.render(body.substr(0, size), count - 1, false));
    static_cast<void>(rows.slice(body.substr(0, size), 0, count));
  }
}

SLUICE_DECL result<void> check_redaction(row_format const& rows,
                                         std::string_view body,
                                         std::uint64_t count) {
  bool any_pii = false;
  bool any_secret = false;
  for (column_info const& column : rows.columns()) {
    any_pii = any_pii || column.pii;
    any_secret = any_secret || column.secret;
  }
  constexpr std::string_view redacted = "\"[redacted]\"";
  for (std::uint64_t row = 0; row != count; ++row) {
    bool const hides = rows.render(body, row, false)->find(redacted) != std::string::npos;
    bool const always = rows.render(body, row, true)->find(redacted) != std::string::npos;
    if ((any_pii || any_secret) && !hides)
      return broken_law("render must redact pii and secret columns");
    if (any_secret && !always) return broken_law("render must redact secret columns always");
  }
  return success;
}

SLUICE_DECL result<void> check_row_laws(row_format const& rows,
                                        std::shared_ptr<segment const> const& filled,
                                        std::span<segment::mark const> marks) {
  std::uint64_t const count = marks.size() - 1;
  segment::mark const ends[]{marks.front(), marks.back()};
  std::string const body = make_body(rows, filled, ends);
  auto const lines = render_all(rows, body, count, true);
  if (!lines) return lines.error();

  auto const cut_lines = render_all(rows, make_body(rows, filled, marks), count, true);
  if (!cut_lines) return cut_lines.error();
  if (*cut_lines != *lines)
    return broken_law("a body must not depend on where its segment was cut");

  auto const slices = check_slices(rows, body, *lines);
  if (!slices) return slices.error();
  auto const redaction = check_redaction(rows, body, count);
  if (!redaction) return redaction.error();
  read_damaged(rows, body, count);
  return success;
}

}  // namespace sluice::inline v0::test::detail

#endif  // SLUICE_TEST_IMPL_ENCODER_LAWS_IPP
