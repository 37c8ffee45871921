#include "catch.hpp"

#include <sluice/store/detail/s3_reply.hpp>
#include <sluice/store/object_store.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

using namespace sluice;

TEST_CASE("documents of any shape are read without harm") {
  using detail::xml_root;
  using detail::xml_text;
  CHECK(xml_text("<A><B>x &amp; y &lt;&#1;&gt;</B></A>", "B") == "x & y <&#1;>");
  CHECK(xml_text("<A></A>", "A").empty());
  CHECK(xml_text("<Code>never closed", "Code").empty());
  CHECK(xml_text("", "Code").empty());
  CHECK(xml_root(" \n<?xml version='1.0'?><!-- c --><Root a='1'/>") == "Root");
  for (std::string_view const s : {"", "<", "no xml", "<?", "<!", "<?<"})
    CHECK(xml_root(s).size() < 3);
  response html;
  html.status = 503;
  html.body = "<html><Message>x</Message></html>";
  detail::s3_verdict const verdict = detail::judge_s3(html, http_method::put, false);
  CHECK(verdict.code == "503");
  CHECK(verdict.kind == disposition::throttled);
}

TEST_CASE("slices share the bytes of a body and lose none") {
  chunk_list body;
  body.push_back(chunk{"abc"});
  body.push_back(chunk{std::string{}});
  body.push_back(chunk{"defgh"});
  for (std::uint64_t size = 1; size != 10; ++size) {
    std::string all;
    for (std::uint64_t at = 0; at < body.size(); at += size) {
      chunk_list const part = slice(body, at, size);
      CHECK(part.size() == std::min(size, body.size() - at));
      all += part.joined();
    }
    CHECK(all == "abcdefgh");
  }
  CHECK(slice(body, 100, 5).empty());
  CHECK(slice(body, 2, 0).empty());
  chunk_list const part = slice(body, 4, 2);
  char const* const inside = part.begin()->bytes().data();
  char const* const whole = body.begin()[2].bytes().data();
  CHECK(inside == whole + 1);
}
