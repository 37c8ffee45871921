#include "catch.hpp"

#include <sluice/auth/secret.hpp>

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace sluice;

TEST_CASE("a secret owns its text, and moves without leaving a copy") {
  std::string text = "hunter2 and more than fits into a small string";
  secret a = secret::take(text);
  CHECK(text.empty());
  CHECK(a.size() == 46);
  char const* const where = a.expose().data();
  secret b = std::move(a);
  CHECK(a.empty());  // NOLINT: what a moved-from secret holds is specified
  CHECK(b.expose().data() == where);
  secret c = b;
  CHECK(c == b);
  CHECK(c.expose().data() != where);
  c = secret{"other"};
  CHECK_FALSE(c == b);
  c = std::move(b);
  CHECK(c.expose().data() == where);
  CHECK(secret{} == secret{""});
}

TEST_CASE("short secrets do not hide in the object itself") {
  secret const s{"short"};
  auto const* const begin = reinterpret_cast<char const*>(&s);
  CHECK((s.expose().data() < begin || s.expose().data() >= begin + sizeof s));
}

TEST_CASE("a wiped string keeps nothing, not even behind its end") {
  std::string text = "a password that is long enough for the heap";
  text.resize(10);
  char const* const bytes = text.data();
  std::size_t const capacity = text.capacity();
  wipe(text);
  CHECK(text.empty());
  REQUIRE(text.data() == bytes);
  text.resize(capacity, 'x');  // the buffer is the same, and was all zero behind the terminator
  CHECK(text.data() == bytes);
}

TEST_CASE("headers with secrets are known by name") {
  CHECK(is_secret_header("authorization"));
  CHECK(is_secret_header("X-AMZ-SECURITY-TOKEN"));
  CHECK(is_secret_header("Set-Cookie"));
  CHECK_FALSE(is_secret_header("Content-Type"));
  CHECK_FALSE(is_secret_header(""));
}

TEST_CASE("a redactor takes secrets out of text, encoded ones too") {
  redactor redact;
  redact.add(secret{"p@ss word"});
  redact.add(secret{"p@ss word and more"});
  redact.add(secret{"abc"});  // too short to look for
  CHECK(redact("user p@ss word, twice p@ss word") == "user [redacted], twice [redacted]");
  CHECK(redact("url?pw=p%40ss%20word&x=1") == "url?pw=[redacted]&x=1");
  CHECK(redact("p@ss word and more") == "[redacted]");
  CHECK(redact("abc") == "abc");
  CHECK(redact("").empty());
}
