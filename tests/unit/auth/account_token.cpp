#include "catch.hpp"

#include <sluice/auth/account_token.hpp>
#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>

#include <chrono>
#include <string>
#include <utility>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct tokens_of {
  credential who;
  transport net{{}};
  account_token tokens{net, 1h};

  explicit tokens_of(credential c) : who{std::move(c)} {}

  std::string current() {
    result<secret> const got =
        block_on(net, tokens.current(who, parse_account("acme-main").value(), "loader"));
    return got ? std::string{got->expose()} : "error: " + got.error().message;
  }

  result<bool> renew() { return block_on(net, tokens.renew(who)); }
};

}  // namespace

TEST_CASE("a token that was given is used as it is, and has no successor", "[auth]") {
  for (credential const& who : {credential{oauth{secret{"given"}, {}}},
                                credential{programmatic_access_token{secret{"given"}}}}) {
    tokens_of t{who};
    CHECK(t.current() == "given");
    REQUIRE(t.renew());
    CHECK_FALSE(*t.renew());
    CHECK(t.current() == "given");
  }
  CHECK(tokens_of{user_password{"loader", secret{"password"}}}.current().empty());
}

TEST_CASE("a refused OAuth token is replaced by the program's next one, which is kept", "[auth]") {
  int asked = 0;
  auto const refresh = [&]() -> result<secret> {
    return secret{"fresh " + std::to_string(++asked)};
  };
  tokens_of given{oauth{secret{"given"}, refresh}};
  CHECK(given.current() == "given");
  CHECK(asked == 0);
  CHECK(given.renew().value());
  CHECK(given.current() == "fresh 1");
  CHECK(given.current() == "fresh 1");
  CHECK(asked == 1);
  // Without a token at the start the first use asks for one.
  tokens_of none{oauth{{}, refresh}};
  CHECK(none.current() == "fresh 2");
  CHECK(none.current() == "fresh 2");
}

TEST_CASE("why the program has no token is the error", "[auth]") {
  auto const refresh = []() -> result<secret> {
    return error{errc::io, "the token file is gone; log in again"};
  };
  tokens_of t{oauth{secret{"given"}, refresh}};
  result<bool> const renewed = t.renew();
  REQUIRE(!renewed);
  CHECK(renewed.error().message.find("log in again") != std::string::npos);
  CHECK(t.current() == "given");
  CHECK(tokens_of{oauth{{}, refresh}}.current().find("log in again") != std::string::npos);
}
