#ifndef SLUICE_ENCODE_IMPL_TEXT_ROWS_IPP
#define SLUICE_ENCODE_IMPL_TEXT_ROWS_IPP

#include <sluice/encode/detail/json_dialect.hpp>
#include <sluice/encode/detail/text_scan.hpp>
#include <sluice/encode/text_rows.hpp>

#include <cstddef>
#include <utility>

namespace sluice::inline v0 {

namespace detail {

// A text body is its header and then the bytes of the segments as they are.
class text_body final : public body_writer {
 public:
  explicit text_body(std::shared_ptr<std::string const> header) : header_{std::move(header)} {}

  void begin(byte_sink& out) override {
    if (!header_->empty()) out.write(chunk{header_, *header_});
  }

  void add(segment_view const& rows, byte_sink& out) override {
    std::string_view const bytes{rows.of->data() + rows.from.bytes, rows.bytes()};
    if (!bytes.empty()) out.write(chunk{rows.of, bytes});
  }

  void end(byte_sink&) override {}

 private:
  std::shared_ptr<std::string const> header_;
};

SLUICE_DECL error too_few_rows() {
  return {errc::invalid_input, "the body has fewer rows than asked for"};
}

SLUICE_DECL error not_csv() {
  return {errc::invalid_input, "the body is not CSV with one field per column"};
}

SLUICE_DECL error not_ndjson() {
  return {errc::invalid_input, "the body is not NDJSON with one object per line"};
}

// Whether any part of a column must not be seen. A nested field hides its whole column.
SLUICE_DECL bool hidden(column_info const& column, bool reveal_pii) noexcept {
  if (column.secret || (column.pii && !reveal_pii)) return true;
  for (std::size_t i = 0; i != column.child_count; ++i)
    if (hidden(column.children[i], reveal_pii)) return true;
  return false;
}

inline constexpr std::string_view redacted = "\"[redacted]\"";

// The CSV field as a JSON value.
SLUICE_DECL void render_field(std::string& out, csv_field const& field, column_info const& column) {
  if (field.null) {
    out += "null";
    return;
  }
  bool const as_number =
      column.type != logical_type::decimal || column.precision <= exact_json_digits;
  switch (column.type) {
    case logical_type::boolean:
    case logical_type::integer:
    case logical_type::float32:
    case logical_type::float64:
    case logical_type::decimal:
    case logical_type::json:
    case logical_type::array:
    case logical_type::object:
      // Text that is JSON already, except words such as NaN and what a stranger has written.
      if (as_number && is_json(field.text)) {
        std::string_view value = field.text;
        constexpr std::string_view space = " \t\r\n";
        value.remove_prefix(value.find_first_not_of(space));
        value = value.substr(0, value.find_last_not_of(space) + 1);
        for (char const c : value) out += c == '\n' || c == '\r' ? ' ' : c;
        return;
      }
      break;
    default:
      break;
  }
  append_json_string(out, field.text);
}

}  // namespace detail

SLUICE_DECL csv_rows::csv_rows(format_description shape, column_table columns)
    : shape_{shape}, columns_{columns} {
  std::string header;
  if (shape.header) {
    for (column_info const& column : columns) {
      if (!header.empty()) header += shape.delimiter;
      header += shape.quote;
      for (char const c : column.name) {
        if (c == shape.quote) header += c;
        header += c;
      }
      header += shape.quote;
    }
    header += '\n';
  }
  header_ = std::make_shared<std::string const>(std::move(header));
}

SLUICE_DECL std::unique_ptr<body_writer> csv_rows::open_body() const {
  return std::make_unique<detail::text_body>(header_);
}

SLUICE_DECL result<std::string> csv_rows::slice(std::string_view body,
                                                std::uint64_t first,
                                                std::uint64_t count) const {
  detail::csv_lines lines{body, shape_.quote};
  std::string_view line;
  std::string out;
  if (shape_.header) {
    if (!lines.next(line)) return detail::not_csv();
    out = line;
  }
  for (; first != 0; --first)
    if (!lines.next(line)) return detail::too_few_rows();
  char const* const begin = lines.position();
  for (; count != 0; --count)
    if (!lines.next(line)) return detail::too_few_rows();
  out.append(begin, lines.position());
  return out;
}

SLUICE_DECL result<std::string> csv_rows::render(std::string_view body,
                                                 std::uint64_t row,
                                                 bool reveal_pii) const {
  detail::csv_lines lines{body, shape_.quote};
  std::string_view line;
  if (shape_.header && !lines.next(line)) return detail::not_csv();
  do {
    if (!lines.next(line)) return detail::too_few_rows();
  } while (row-- != 0);

  detail::csv_fields fields{line, shape_};
  detail::csv_field field;
  std::string out = "{";
  for (column_info const& column : columns_) {
    if (!fields.next(field)) return detail::not_csv();
    if (out.size() != 1) out += ',';
    detail::append_json_string(out, column.name);
    out += ':';
    if (detail::hidden(column, reveal_pii))
      out += detail::redacted;
    else
      detail::render_field(out, field, column);
  }
  if (fields.next(field)) return detail::not_csv();
  out += '}';
  return out;
}

SLUICE_DECL ndjson_rows::ndjson_rows(format_description shape, column_table columns)
    : shape_{shape}, columns_{columns} {}

SLUICE_DECL std::unique_ptr<body_writer> ndjson_rows::open_body() const {
  return std::make_unique<detail::text_body>(std::make_shared<std::string const>());
}

SLUICE_DECL result<std::string> ndjson_rows::slice(std::string_view body,
                                                   std::uint64_t first,
                                                   std::uint64_t count) const {
  detail::plain_lines lines{body};
  std::string_view line;
  for (; first != 0; --first)
    if (!lines.next(line)) return detail::too_few_rows();
  char const* const begin = lines.position();
  for (; count != 0; --count)
    if (!lines.next(line)) return detail::too_few_rows();
  return std::string{begin, lines.position()};
}

SLUICE_DECL result<std::string> ndjson_rows::render(std::string_view body,
                                                    std::uint64_t row,
                                                    bool reveal_pii) const {
  detail::plain_lines lines{body};
  std::string_view line;
  do {
    if (!lines.next(line)) return detail::too_few_rows();
  } while (row-- != 0);
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!detail::is_json(line)) return detail::not_ndjson();

  std::string out = "{";
  detail::json_members members{line};
  detail::json_member member;
  while (members.next(member)) {
    if (out.size() != 1) out += ',';
    out += member.key;
    out += ':';
    bool hide = false;
    for (column_info const& column : columns_)
      hide =
          hide || (detail::hidden(column, reveal_pii) && detail::is_key(member.key, column.name));
    out += hide ? detail::redacted : member.value;
  }
  if (!members.complete()) return detail::not_ndjson();
  out += '}';
  return out;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_ENCODE_IMPL_TEXT_ROWS_IPP
