#include "catch.hpp"

#include <sluice/snowflake/encryption.hpp>

#include <cstdio>
#include <string>
#include <string_view>

namespace {

namespace sf = sluice::snowflake;

std::string unhex(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string{text.substr(i, 2)}, nullptr, 16));
  return bytes;
}

std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (char const c : bytes) {
    text += digits[static_cast<unsigned char>(c) >> 4];
    text += digits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

sf::encryption_material const narrow{sluice::secret{"AAECAwQFBgcICQoLDA0ODw=="}, "q-1", "42"};
sf::encryption_material const wide{
    sluice::secret{"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}, "q-2", "43"};
sf::file_key const narrow_key{unhex("101112131415161718191a1b1c1d1e1f"),
                              unhex("202122232425262728292a2b2c2d2e2f")};
sf::file_key const wide_key{
    unhex("202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"),
    unhex("404142434445464748494a4b4c4d4e4f")};

}  // namespace

TEST_CASE("AES-128 envelope equals the known answer", "[snowflake][encryption]") {
  auto const file = sf::seal_file(sluice::chunk_list{"hello snowflake\n"}, narrow, narrow_key);
  REQUIRE(file);
  CHECK(hex(file->body.joined()) ==
        "8a464268e4b3eba5cbe3686a8539867ef90b966c36c600d8add13cb06fa082a0");
  CHECK(file->wrapped_key == "B/7vdOHVA26QDu4RjpSSk5VPZPLk6G6e7oLSAhZoSJk=");
  CHECK(file->iv == "ICEiIyQlJicoKSorLC0uLw==");
  CHECK(file->digest == "mhfHzdgxCvvDKi1TKBHkIKZo0+cHipIztczPDCTXDUk=");
  CHECK(file->description == R"({"queryId":"q-1","smkId":"42","keySize":"128"})");
}

TEST_CASE("AES-256 envelope equals the known answer", "[snowflake][encryption]") {
  auto const file = sf::seal_file(sluice::chunk_list{"hello snowflake\n"}, wide, wide_key);
  REQUIRE(file);
  CHECK(hex(file->body.joined()) ==
        "8370a5722ad7df6dc1edf18dc8c452eafbb73a4a9fbf810edc3290c7cc65d135");
  CHECK(file->wrapped_key == "YaaTbk6PEBwcwfmTtUKg1OJ0Dor61OTRXQ1mGzguyomfO3UEkm+L024xGOkDpM1K");
  CHECK(file->iv == "QEFCQ0RFRkdISUpLTE1OTw==");
  CHECK(file->digest == "mhfHzdgxCvvDKi1TKBHkIKZo0+cHipIztczPDCTXDUk=");
  CHECK(file->description == R"({"queryId":"q-2","smkId":"43","keySize":"256"})");
}

TEST_CASE("an empty file is one block of padding", "[snowflake][encryption]") {
  auto const file = sf::seal_file(sluice::chunk_list{}, narrow, narrow_key);
  REQUIRE(file);
  CHECK(hex(file->body.joined()) == "e82546cf4538181b3f0a24390107fd00");
  CHECK(file->digest == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

TEST_CASE("the cut into chunks does not change the ciphertext", "[snowflake][encryption]") {
  std::string text(3u << 20, 'x');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 31 % 251);
  sluice::chunk_list pieces;
  std::size_t at = 0;
  for (std::size_t size = 1; at < text.size(); at += size, size = size * 3 + 1)
    pieces.push_back(sluice::chunk{text.substr(at, size)});
  auto const whole = sf::seal_file(sluice::chunk_list{text}, wide, wide_key);
  auto const cut = sf::seal_file(pieces, wide, wide_key);
  REQUIRE(whole);
  REQUIRE(cut);
  CHECK(whole->body.size() == text.size() + 16 - text.size() % 16);
  CHECK(whole->body.joined() == cut->body.joined());
  CHECK(whole->digest == cut->digest);
  CHECK(sf::file_digest(pieces) == whole->digest);
}

TEST_CASE("no two files share a key", "[snowflake][encryption]") {
  auto const a = sf::make_file_key(wide);
  auto const b = sf::make_file_key(wide);
  REQUIRE(a);
  REQUIRE(b);
  CHECK(a->key.size() == 32);
  CHECK(sf::make_file_key(narrow)->key.size() == 16);
  CHECK(a->key != b->key);
  CHECK(a->iv != b->iv);
}

TEST_CASE("a master key of another shape is refused", "[snowflake][encryption]") {
  for (char const* key : {"", "AAEC", "not base64!!", "AAECAwQFBgcICQoLDA0ODw", "%%%%"}) {
    INFO(key);
    auto const made = sf::make_file_key({sluice::secret{key}, "q", "1"});
    REQUIRE_FALSE(made);
    CHECK(made.error().code == sf::errc::malformed_encryption);
    CHECK_FALSE(
        sf::seal_file(sluice::chunk_list{"x"}, {sluice::secret{key}, "q", "1"}, narrow_key));
  }
}

namespace {

sluice::result<std::string> unseal(std::string_view sealed,
                                   sf::file_key const& key,
                                   std::size_t step = 1'000) {
  sluice::result<sf::unsealer> cipher = sf::unsealer::open(key);
  if (!cipher) return cipher.error();
  std::string plain;
  for (std::size_t at = 0; at < sealed.size(); at += step) {
    sluice::result<std::string> more = cipher->update(sealed.substr(at, step));
    if (!more) return more.error();
    plain += *more;
  }
  sluice::result<std::string> rest = cipher->finish();
  if (!rest) return rest.error();
  return plain + *rest;
}

}  // namespace

TEST_CASE("known answers are decrypted", "[snowflake][encryption]") {
  struct vector {
    sf::encryption_material const& material;
    sf::file_key const& key;
    char const* wrapped;
    char const* iv;
    char const* sealed;
  };

  for (vector const& v :
       {vector{narrow,
               narrow_key,
               "B/7vdOHVA26QDu4RjpSSk5VPZPLk6G6e7oLSAhZoSJk=",
               "ICEiIyQlJicoKSorLC0uLw==",
               "8a464268e4b3eba5cbe3686a8539867ef90b966c36c600d8add13cb06fa082a0"},
        vector{wide,
               wide_key,
               "YaaTbk6PEBwcwfmTtUKg1OJ0Dor61OTRXQ1mGzguyomfO3UEkm+L024xGOkDpM1K",
               "QEFCQ0RFRkdISUpLTE1OTw==",
               "8370a5722ad7df6dc1edf18dc8c452eafbb73a4a9fbf810edc3290c7cc65d135"}}) {
    auto const key = sf::unwrap_file_key(v.material, v.wrapped, v.iv);
    REQUIRE(key);
    CHECK(hex(key->key) == hex(v.key.key));
    CHECK(hex(key->iv) == hex(v.key.iv));
    for (std::size_t const step : {1u, 15u, 16u, 17u, 100u}) {
      auto const plain = unseal(unhex(v.sealed), *key, step);
      REQUIRE(plain);
      CHECK(*plain == "hello snowflake\n");
    }
  }
  auto const empty = unseal(unhex("e82546cf4538181b3f0a24390107fd00"), narrow_key);
  REQUIRE(empty);
  CHECK(empty->empty());
  // Of an object that the Node driver has written.
  auto const of_driver = sf::unwrap_file_key(
      narrow, "mPtG6DT9bUA85mNUg3Xd25VPZPLk6G6e7oLSAhZoSJk=", "ICEiIyQlJicoKSorLC0uLw==");
  REQUIRE(of_driver);
  CHECK(hex(of_driver->key) == "66b51d8ad990f92eae64926e0eea0217");
}

TEST_CASE("what was sealed otherwise, cut off or changed is refused", "[snowflake][encryption]") {
  auto const refused = [](auto const& outcome) {
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == sf::errc::malformed_encryption);
  };
  std::string const wrapped = "B/7vdOHVA26QDu4RjpSSk5VPZPLk6G6e7oLSAhZoSJk=";
  std::string const iv = "ICEiIyQlJicoKSorLC0uLw==";
  refused(sf::unwrap_file_key(wide, wrapped, iv));
  refused(sf::unwrap_file_key(narrow, "", iv));
  refused(sf::unwrap_file_key(narrow, "not base64", iv));
  refused(sf::unwrap_file_key(narrow, wrapped, "AAEC"));
  refused(sf::unwrap_file_key({sluice::secret{"AAEC"}, "q", "1"}, wrapped, iv));
  // Under another master key the padding of the wrapped key is none.
  refused(sf::unwrap_file_key({sluice::secret{"AAAAAAAAAAAAAAAAAAAAAA=="}, "q", "1"}, wrapped, iv));
  refused(sf::unsealer::open({"short", std::string(16, 'i')}));

  std::string const sealed =
      unhex("8a464268e4b3eba5cbe3686a8539867ef90b966c36c600d8add13cb06fa082a0");
  refused(unseal("", narrow_key));
  refused(unseal(std::string_view{sealed}.substr(0, 16), narrow_key));
  refused(unseal(std::string_view{sealed}.substr(0, 31), narrow_key));
  refused(unseal(sealed, {std::string(16, 'k'), narrow_key.iv}));
}

TEST_CASE("large files come back as they were", "[snowflake][encryption]") {
  std::string text(3u << 20, 'x');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 31 % 251);
  auto const file = sf::seal_file(sluice::chunk_list{text}, wide, wide_key);
  REQUIRE(file);
  auto const key = sf::unwrap_file_key(wide, file->wrapped_key, file->iv);
  REQUIRE(key);
  for (std::size_t const step : {std::size_t{4'099}, std::size_t{8} << 20}) {
    auto const plain = unseal(file->body.joined(), *key, step);
    REQUIRE(plain);
    CHECK((*plain == text));
  }
}
