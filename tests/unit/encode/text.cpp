#include "catch.hpp"

#include <sluice/encode/detail/check.hpp>
#include <sluice/encode/detail/escape.hpp>
#include <sluice/encode/detail/text_scan.hpp>

#include <memory>
#include <random>
#include <string>
#include <string_view>

namespace {

using namespace sluice;

// In a heap block of exactly the text's size, so that a sanitizer sees any read beyond it.
template<class Escape>
std::pair<std::string, bool> escape(std::string_view text) {
  auto const exact = std::make_unique<char[]>(text.size());
  std::copy(text.begin(), text.end(), exact.get());
  auto const room = std::make_unique<char[]>(Escape::longest * text.size());
  auto const done = detail::put_text<Escape>(room.get(), {exact.get(), text.size()});
  return {std::string{room.get(), done.end}, done.utf8};
}

template<class Escape>
std::string escape_slowly(std::string_view text) {
  std::string out;
  for (char const c : text) {
    char room[8];
    if (Escape::is_special(c))
      out.append(room, Escape::put(room, c));
    else
      out += c;
  }
  return out;
}

}  // namespace

TEST_CASE("escaping finds special bytes at every place of texts of every length") {
  std::uint64_t wrong = 0;
  for (std::size_t length = 0; length != 100; ++length) {
    std::string text(length, 'x');
    if (escape<detail::csv_escape<'"'>>(text) != std::pair{text, true}) ++wrong;
    if (escape<detail::json_escape>(text) != std::pair{text, true}) ++wrong;
    for (std::size_t at = 0; at != length; ++at) {
      for (char const c : {'"', '\\', '\n', '\0', '\x1F', ' ', '!', '#', '\x7F', '\x80', '\xFF'}) {
        text[at] = c;
        bool const utf8 = static_cast<unsigned char>(c) < 0x80;
        if (escape<detail::csv_escape<'"'>>(text) !=
            std::pair{escape_slowly<detail::csv_escape<'"'>>(text), utf8})
          ++wrong;
        if (escape<detail::json_escape>(text) !=
            std::pair{escape_slowly<detail::json_escape>(text), utf8})
          ++wrong;
        text[at] = 'x';
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("text beyond ASCII is UTF-8 wherever its characters stand") {
  using csv = detail::csv_escape<'"'>;
  using json = detail::json_escape;
  std::uint64_t wrong = 0;
  for (std::size_t before = 0; before != 70; ++before)
    for (unsigned const after : {0u, 1u, 5u, 40u})
      for (char const filler : {'x', '"'})
        for (std::string_view const letter : {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x9B\xA9"}) {
          std::string const left(before, filler);
          std::string const right(after, filler);
          std::string const whole = left + std::string{letter} + right;
          std::string const cut = left + std::string{letter.substr(0, 1)} + right;
          if (escape<csv>(whole) != std::pair{escape_slowly<csv>(whole), true}) ++wrong;
          if (escape<json>(whole) != std::pair{escape_slowly<json>(whole), true}) ++wrong;
          if (escape<csv>(cut) != std::pair{escape_slowly<csv>(cut), false}) ++wrong;
          if (escape<json>(cut) != std::pair{escape_slowly<json>(cut), false}) ++wrong;
        }
  CHECK(wrong == 0);
}

TEST_CASE("escaping random bytes") {
  std::mt19937 random{42};
  std::uint64_t wrong = 0;
  for (int i = 0; i != 20'000; ++i) {
    std::string text(random() % 200, '\0');
    unsigned const kinds = 1 + random() % 256;
    for (char& c : text) c = static_cast<char>('"' + random() % kinds);
    if (escape<detail::json_escape>(text).first != escape_slowly<detail::json_escape>(text))
      ++wrong;
    if (escape<detail::csv_escape<'\''>>(text).first !=
        escape_slowly<detail::csv_escape<'\''>>(text))
      ++wrong;
    std::size_t const size = escape_slowly<detail::json_escape>(text).size();
    std::size_t const counted =
        detail::text_bound<detail::json_escape, detail::bound_by::content>(text);
    if (counted < size) ++wrong;
    if (detail::text_bound<detail::json_escape, detail::bound_by::size>(text) < counted) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("the bound of long text is what it needs") {
  std::string const quotes(100'000, '"');
  using quote = detail::csv_escape<'"'>;
  CHECK(detail::text_bound<quote, detail::bound_by::content>(quotes) == 200'000);
  std::string const plain(100'000, 'x');
  CHECK(detail::text_bound<detail::json_escape, detail::bound_by::content>(plain) == 100'000);
  CHECK(detail::text_bound<detail::json_escape, detail::bound_by::size>(plain) == 600'000);
}

TEST_CASE("UTF-8 is told from what is not") {
  for (std::string_view const good : {"",
                                      "plain",
                                      "\x7F",
                                      "\xC2\x80",
                                      "\xDF\xBF",
                                      "\xE0\xA0\x80",
                                      "\xED\x9F\xBF",
                                      "\xEE\x80\x80",
                                      "\xEF\xBF\xBF",
                                      "\xF0\x90\x80\x80",
                                      "\xF4\x8F\xBF\xBF",
                                      "eight by\xC3\xA9 and more than that"}) {
    INFO(good);
    CHECK(detail::is_utf8(good));
  }
  for (std::string_view const bad : {"\x80",
                                     "\xC0\x80",
                                     "\xC1\xBF",
                                     "\xC2",
                                     "\xC2\x20",
                                     "\xE0\x9F\xBF",
                                     "\xED\xA0\x80",
                                     "\xE2\x82",
                                     "\xF0\x8F\xBF\xBF",
                                     "\xF4\x90\x80\x80",
                                     "\xF5\x80\x80\x80",
                                     "\xFF",
                                     "good until the end \xC3"}) {
    INFO(bad);
    CHECK_FALSE(detail::is_utf8(bad));
  }
}

TEST_CASE("JSON is told from what is not") {
  for (std::string_view const good : {"null",
                                      "true",
                                      " false ",
                                      "0",
                                      "-0",
                                      "-1.5e+10",
                                      "1E2",
                                      "\"\"",
                                      "\"a\\u00e9\\n\\/\"",
                                      "[]",
                                      "{}",
                                      "[1,[2,[3]],{}]",
                                      "{\"a\":1,\"b\":[{\"c\":null}]}",
                                      " \n\t\r[ 1 , 2 ] \n",
                                      "\"\xC3\xA9\""}) {
    INFO(good);
    CHECK(detail::is_json(good));
  }
  for (std::string_view const bad : {"",
                                     " ",
                                     "nul",
                                     "nulll",
                                     "True",
                                     "01",
                                     "1.",
                                     ".5",
                                     "+1",
                                     "1e",
                                     "-",
                                     "\"",
                                     "\"\\",
                                     "\"\\x\"",
                                     "\"\\u12g4\"",
                                     "\"\n\"",
                                     "[",
                                     "]",
                                     "[1,]",
                                     "[,1]",
                                     "[1 2]",
                                     "{",
                                     "{\"a\"}",
                                     "{\"a\":}",
                                     "{a:1}",
                                     "{\"a\":1,}",
                                     "[1}",
                                     "{\"a\":1]",
                                     "1 2",
                                     "{} {}",
                                     "'a'",
                                     "NaN",
                                     "\"\xC3\"",
                                     "\xEF\xBB\xBF{}"}) {
    INFO(bad);
    CHECK_FALSE(detail::is_json(bad));
  }
}

TEST_CASE("JSON nests as deep as it may and no deeper") {
  std::string const most = std::string(512, '[') + std::string(512, ']');
  CHECK(detail::is_json(most));
  CHECK_FALSE(detail::is_json("[" + most + "]"));
  CHECK_FALSE(detail::is_json(std::string(100'000, '[')));
}

TEST_CASE("text becomes a JSON string, broken UTF-8 becomes U+FFFD") {
  auto const quoted = [](std::string_view text) {
    std::string out;
    detail::append_json_string(out, text);
    return out;
  };
  CHECK(quoted("") == "\"\"");
  CHECK(quoted("a\"b\\c\n") == "\"a\\\"b\\\\c\\n\"");
  CHECK(quoted("\xC3\xA9") == "\"\xC3\xA9\"");
  CHECK(quoted("a\xFF\xC3\xA9\xC3") == "\"a\xEF\xBF\xBD\xC3\xA9\xEF\xBF\xBD\"");
}
