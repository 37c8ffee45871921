#include "catch.hpp"

#include <sluice/sandbox/fault.hpp>

#include <stdexcept>

namespace sandbox = sluice::sandbox;

TEST_CASE("faults are read from text") {
  auto const plain = sandbox::parse_fault("copy_reply_lost");
  CHECK(plain.name == "copy_reply_lost");
  CHECK(plain.nth == 1);
  CHECK(plain.count == 1);
  CHECK_FALSE(plain.value);
  auto const full = sandbox::parse_fault(" upload_part.delay=250:3:2 ");
  CHECK(full.name == "upload_part.delay");
  CHECK(full.nth == 3);
  CHECK(full.count == 2);
  CHECK(full.value == 250);
  CHECK(sandbox::parse_fault("clock_skew=-90").value == -90);

  CHECK_THROWS_AS(sandbox::parse_fault("query.drop_reply:0"), std::invalid_argument);
  CHECK_THROWS_AS(sandbox::parse_fault("query.drop_reply:1:x"), std::invalid_argument);
  CHECK_THROWS_AS(sandbox::parse_fault("query.drop_reply:1:1:1"), std::invalid_argument);
  CHECK_THROWS_AS(sandbox::parse_fault("query.delay=soon"), std::invalid_argument);
  CHECK_THROWS_WITH(sandbox::parse_fault("copy_replay_lost"),
                    "unknown fault 'copy_replay_lost': did you mean 'copy_reply_lost'?");
}

TEST_CASE("a fault's text form is read back") {
  for (std::string const text : {"slow_down",
                                 "slow_down:3",
                                 "slow_down:1:2",
                                 "slow_down:2:*",
                                 "query.delay=250:3:2",
                                 "clock_skew=-90",
                                 "vault_poison=1~a b=c@vault_insert%50",
                                 "append.status:1:*@CH%25"}) {
    CHECK(sandbox::to_text(sandbox::parse_fault(text)) == text);
  }
  CHECK(sandbox::parse_fault("vault_poison=1~a b=c").text == "a b=c");
  CHECK_THROWS_WITH(sandbox::parse_fault("slow_down~x"), "fault 'slow_down' takes no text");
}

TEST_CASE("a fault that its text form could not hold is refused") {
  sandbox::fault_control faults;
  for (std::string const text : {"a:b", "a@b", "a%b", "%"}) {
    CHECK_THROWS_WITH(faults.arm({.name = "vault_poison", .text = text}),
                      "fault 'vault_poison': the text has none of :@%");
  }
  CHECK_THROWS_WITH(faults.arm({.name = "append.status", .only = "CH%1"}),
                    "fault 'append.status': the subject has none of %");
  CHECK(faults.armed().empty());
  sandbox::fault const taken{.name = "vault_poison", .only = "a:b@c", .text = "a~b=c"};
  faults.arm(taken);
  auto const again = sandbox::parse_fault(sandbox::to_text(taken));
  CHECK(again.text == taken.text);
  CHECK(again.only == taken.only);
}

TEST_CASE("what is armed is shown with the events that are left") {
  sandbox::fault_control faults;
  faults.arm("slow_down:2:3");
  faults.arm("login.drop_reply:1:*");
  faults.arm("copy_reply_lost");
  CHECK(faults.armed().size() == 3);
  for (int i = 0; i < 3; ++i) faults.fire("slow_down");
  faults.fire("login.drop_reply");
  faults.fire("copy_reply_lost");
  auto const armed = faults.armed();
  REQUIRE(armed.size() == 2);
  CHECK(sandbox::to_text(armed[0].definition) == "login.drop_reply:1:*");
  CHECK_FALSE(armed[0].remaining);
  CHECK(sandbox::to_text(armed[1].definition) == "slow_down:2:3");
  CHECK(armed[1].remaining == 1);
}

TEST_CASE("a fault fires on the nth event and count times") {
  sandbox::fault_control faults;
  CHECK_FALSE(faults.fire("slow_down"));
  faults.arm("slow_down:2:2");
  CHECK(faults.armed("slow_down"));
  CHECK_FALSE(faults.fire("slow_down"));
  CHECK(faults.fire("slow_down"));
  CHECK(faults.fire("slow_down"));
  CHECK_FALSE(faults.armed("slow_down"));
  CHECK_FALSE(faults.fire("slow_down"));
  CHECK(faults.fired("slow_down") == 2);

  faults.arm("slow_down:1:*");
  for (int i = 0; i < 100; ++i) CHECK(faults.fire("slow_down"));
  CHECK(faults.fired("slow_down") == 102);
  faults.disarm("slow_down");
  CHECK_FALSE(faults.fire("slow_down"));
  CHECK(faults.fired("slow_down") == 102);
}

TEST_CASE("values are the fault's own or its default") {
  sandbox::fault_control faults;
  faults.arm("query.status");
  CHECK(faults.fire("query.status") == 503);
  faults.arm("query.status=504");
  CHECK(faults.fire("query.status") == 504);
}

TEST_CASE("counts cover what was armed, fired or not, and clear forgets them") {
  sandbox::fault_control faults;
  faults.arm("slow_down:5");
  faults.arm("login.drop_reply");
  faults.fire("login.drop_reply");
  auto const counts = faults.fired();
  CHECK(counts.size() == 2);
  CHECK(counts.at("slow_down") == 0);
  CHECK(counts.at("login.drop_reply") == 1);
  faults.clear();
  CHECK(faults.fired().empty());
  CHECK_FALSE(faults.armed("slow_down"));
  CHECK_THROWS_AS(faults.arm({.name = "slow_down", .nth = 0}), std::invalid_argument);
}
