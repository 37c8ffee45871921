#ifndef SLUICE_LEDGER_IMPL_DEAD_LETTER_IPP
#define SLUICE_LEDGER_IMPL_DEAD_LETTER_IPP

#include <sluice/encode/detail/text_scan.hpp>
#include <sluice/ledger/dead_letter.hpp>
#include <sluice/ledger/detail/file.hpp>

#include <cstddef>
#include <exception>
#include <utility>

namespace sluice::inline v0 {

namespace detail {

inline void append_json_member(std::string& out, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  out.append(",\"").append(key).append("\":");
  append_json_string(out, value);
}

class file_of_dead_letters final : public dead_letter_sink {
 public:
  explicit file_of_dead_letters(std::string path) : path_{std::move(path)} {}

  result<void> write(std::span<dead_letter const> letters, std::string_view run_id) override {
    if (!file_.is_open()) {
      auto opened = append_file::open(path_);
      if (!opened) return std::move(opened).error();
      file_ = std::move(opened).value();
    }
    std::string lines;
    for (dead_letter const& letter : letters) {
      lines += to_json(letter, run_id);
      lines += '\n';
    }
    return file_.append_lines(lines);
  }

  result<void> sync() override { return file_.is_open() ? file_.sync() : result<void>{}; }

  [[nodiscard]] std::string describe() const override { return path_; }

 private:
  std::string path_;
  append_file file_;
};

class callback_for_dead_letters final : public dead_letter_sink {
 public:
  explicit callback_for_dead_letters(std::function<void(dead_letter const&)> take)
      : take_{std::move(take)} {}

  result<void> write(std::span<dead_letter const> letters, std::string_view) override {
    try {
      for (dead_letter const& letter : letters) take_(letter);
      return success;
    } catch (std::exception const& e) {
      return error{errc::internal, std::string{"the dead-letter callback threw: "} + e.what()};
    } catch (...) {
      return error{errc::internal, "the dead-letter callback threw"};
    }
  }

  // Nothing takes a letter back from a callback that throws at a later one.
  [[nodiscard]] std::size_t most_at_once() const noexcept override { return 1; }

  [[nodiscard]] std::string describe() const override { return "callback"; }

 private:
  std::function<void(dead_letter const&)> take_;
};

}  // namespace detail

SLUICE_DECL std::string to_json(dead_letter const& letter, std::string_view run_id) {
  std::string line = "{\"run\":";
  detail::append_json_string(line, run_id);
  line += ",\"position\":" + std::to_string(letter.at);
  detail::append_json_member(line, "reason", name_of(letter.why.reason));
  detail::append_json_member(line, "code", letter.why.code);
  detail::append_json_member(line, "message", letter.why.message);
  detail::append_json_member(line, "column", letter.why.column);
  if (letter.was_sent) line += ",\"payload\":" + std::to_string(letter.payload);
  if (letter.record.empty()) {
    line += ",\"record\":null";
  } else if (letter.record_is_text) {
    detail::append_json_member(line, "text", letter.record);
  } else {
    line += ",\"record\":" + letter.record;
  }
  line += '}';
  return line;
}

SLUICE_DECL std::shared_ptr<dead_letter_sink> dead_letter_file(std::string path) {
  return std::make_shared<detail::file_of_dead_letters>(std::move(path));
}

SLUICE_DECL std::shared_ptr<dead_letter_sink> dead_letter_callback(
    std::function<void(dead_letter const&)> take) {
  return std::make_shared<detail::callback_for_dead_letters>(std::move(take));
}

}  // namespace sluice::inline v0

#endif  // SLUICE_LEDGER_IMPL_DEAD_LETTER_IPP
