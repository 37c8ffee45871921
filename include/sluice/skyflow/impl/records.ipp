#ifndef SLUICE_SKYFLOW_IMPL_RECORDS_IPP
#define SLUICE_SKYFLOW_IMPL_RECORDS_IPP

#include <sluice/encode/detail/check.hpp>
#include <sluice/encode/detail/text_scan.hpp>
#include <sluice/skyflow/records.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::skyflow {

namespace detail {

/// '[', the rows without the comma of the first, ']'.
class array_body final : public body_writer {
 public:
  void begin(byte_sink& out) override { out.write(chunk{std::string{'['}}); }

  void add(segment_view const& rows, byte_sink& out) override {
    std::string_view bytes{rows.of->data() + rows.from.bytes, rows.bytes()};
    if (bytes.empty()) return;
    if (std::exchange(first_, false)) bytes.remove_prefix(1);
    out.write(chunk{rows.of, bytes});
  }

  void end(byte_sink& out) override { out.write(chunk{std::string{']'}}); }

 private:
  bool first_ = true;
};

inline error not_vault_rows() {
  return {sluice::errc::invalid_input, "the body is not an array of vault records"};
}

inline error too_few_records() {
  return {sluice::errc::invalid_input, "the body has fewer rows than asked for"};
}

// A line without its bracket or comma and without its line break.
inline std::string_view record_of(std::string_view line) noexcept {
  if (!line.empty()) line.remove_prefix(1);
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  return line;
}

/// The columns of one row, flat. `tokens`: names are those of the columns whose tokens these are.
class flat_row {
 public:
  flat_row(column_table columns, bool reveal_pii) : columns_{columns}, reveal_pii_{reveal_pii} {}

  [[nodiscard]] bool add(std::string_view object, bool tokens) {
    sluice::detail::json_members members{object};
    sluice::detail::json_member m;
    while (members.next(m)) {
      column_info const* const column = find(m.key, tokens);
      if (text_.size() != 1) text_ += ',';
      if (column != nullptr)
        sluice::detail::append_json_string(text_, column->name);
      else
        text_ += m.key;
      text_ += ':';
      // A name that is none of ours: hiding it is the safe side.
      bool const hide = column == nullptr || column->secret || (column->pii && !reveal_pii_);
      text_ += hide ? "\"[redacted]\"" : m.value;
    }
    return members.complete();
  }

  [[nodiscard]] std::string take() {
    text_ += '}';
    return std::move(text_);
  }

 private:
  [[nodiscard]] column_info const* find(std::string_view key, bool tokens) const {
    for (column_info const& column : columns_)
      if (column.token_of.empty() != tokens &&
          sluice::detail::is_key(key, tokens ? column.token_of : column.name))
        return &column;
    return nullptr;
  }

  column_table columns_;
  bool reveal_pii_;
  std::string text_ = "{";
};

}  // namespace detail

SLUICE_DECL std::unique_ptr<body_writer> vault_rows::open_body() const {
  return std::make_unique<detail::array_body>();
}

SLUICE_DECL result<std::string> vault_rows::slice(std::string_view body,
                                                  std::uint64_t first,
                                                  std::uint64_t count) const {
  sluice::detail::plain_lines lines{body};
  std::string_view line;
  for (; first != 0; --first)
    if (!lines.next(line)) return detail::too_few_records();
  std::string out;
  for (; count != 0; --count) {
    if (!lines.next(line)) return detail::too_few_records();
    out += line;
  }
  if (out.empty()) out += '[';
  out.front() = '[';
  out += ']';
  return out;
}

SLUICE_DECL result<std::string> vault_rows::render(std::string_view body,
                                                   std::uint64_t row,
                                                   bool reveal_pii) const {
  sluice::detail::plain_lines lines{body};
  std::string_view line;
  do {
    if (!lines.next(line)) return detail::too_few_records();
  } while (row-- != 0);
  std::string_view const record = detail::record_of(line);
  if (!sluice::detail::is_json(record)) return detail::not_vault_rows();

  detail::flat_row flat{columns_, reveal_pii};
  sluice::detail::json_members parts{record};
  sluice::detail::json_member part;
  while (parts.next(part)) {
    bool const tokens = part.key == "\"tokens\"";
    if (!tokens && part.key != "\"fields\"") return detail::not_vault_rows();
    if (!flat.add(part.value, tokens)) return detail::not_vault_rows();
  }
  if (!parts.complete()) return detail::not_vault_rows();
  return flat.take();
}

}  // namespace sluice::inline v0::skyflow

#endif  // SLUICE_SKYFLOW_IMPL_RECORDS_IPP
