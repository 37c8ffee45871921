#include "catch.hpp"

#include <sluice/error.hpp>
#include <sluice/result.hpp>

#include <initializer_list>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using sluice::errc;
using sluice::error;
using sluice::result;

using text = result<std::string>;
using box = result<std::unique_ptr<int>>;

static_assert(std::is_nothrow_move_constructible_v<text> &&
              std::is_nothrow_move_assignable_v<text>);
static_assert(std::is_copy_constructible_v<text> && std::is_copy_assignable_v<text>);
static_assert(std::is_move_constructible_v<box> && !std::is_copy_constructible_v<box>);

/// A value that can also be a list of such values.
struct node {
  node() = default;

  node(std::initializer_list<node> children) : below{children} {}

  std::vector<node> below;
};

// Too long for the small string, so that a value that is destroyed twice or never is found by the
// sanitizers.
std::string const long_text(100, 'x');

}  // namespace

TEST_CASE("a result holds its value or its error") {
  text const good{long_text};
  REQUIRE(good.has_value());
  CHECK(*good == long_text);
  CHECK(good->size() == 100);

  text const bad{error{errc::io, long_text}};
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().code == errc::io);
  CHECK(bad.error().message == long_text);
}

TEST_CASE("assignment takes a result from either state to either state") {
  for (bool const from_value : {false, true}) {
    for (bool const to_value : {false, true}) {
      text const source = from_value ? text{long_text + "s"} : text{error{errc::io, long_text}};
      text copied = to_value ? text{long_text + "t"} : text{error{errc::tls, long_text}};
      text moved = copied;
      copied = source;
      moved = text{source};
      for (text const* const now : {&copied, &moved}) {
        REQUIRE(now->has_value() == from_value);
        if (from_value)
          CHECK(**now == long_text + "s");
        else
          CHECK(now->error().code == errc::io);
      }
    }
  }
}

TEST_CASE("a result of a value that cannot be copied moves") {
  box first{std::make_unique<int>(7)};
  box second{error{errc::io, long_text}};
  second = std::move(first);
  REQUIRE(second.has_value());
  std::unique_ptr<int> const taken = std::move(second).value();
  CHECK(*taken == 7);
}

TEST_CASE("a value that can be a list stays what it is") {
  result<node> const leaf{node{}};
  REQUIRE(leaf.has_value());
  CHECK(leaf->below.empty());
}
