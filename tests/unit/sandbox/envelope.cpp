#include "catch.hpp"

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/stage_files.hpp>

#include <filesystem>
#include <fstream>
#include <string>

namespace box = sluice::sandbox::detail;
namespace sql = sluice::sandbox::sql;

namespace {

struct vector_of_spec {
  std::string master;  ///< base64
  std::string wrapped;
  std::string iv;
  std::string cipher_hex;
  std::string bits;
};

vector_of_spec const aes128{"AAECAwQFBgcICQoLDA0ODw==",
                            "B/7vdOHVA26QDu4RjpSSk5VPZPLk6G6e7oLSAhZoSJk=",
                            "ICEiIyQlJicoKSorLC0uLw==",
                            "8a464268e4b3eba5cbe3686a8539867ef90b966c36c600d8add13cb06fa082a0",
                            "128"};
vector_of_spec const aes256{"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
                            "YaaTbk6PEBwcwfmTtUKg1OJ0Dor61OTRXQ1mGzguyomfO3UEkm+L024xGOkDpM1K",
                            "QEFCQ0RFRkdISUpLTE1OTw==",
                            "8370a5722ad7df6dc1edf18dc8c452eafbb73a4a9fbf810edc3290c7cc65d135",
                            "256"};

std::string unhex(std::string const& text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  return out;
}

/// A file of keys as the sandbox keeps it, holding the vector's master key.
class stored_key {
 public:
  explicit stored_key(std::string const& master)
      : path_(std::filesystem::temp_directory_path() / ("sluice-keys-" + box::random_hex(8))) {
    std::ofstream(path_) << "01c2-query 42 " << master << '\n';
  }

  ~stored_key() { std::filesystem::remove(path_); }

  stored_key(stored_key const&) = delete;
  stored_key& operator=(stored_key const&) = delete;

  box::key_ring ring() const { return box::key_ring(path_, 1); }

 private:
  std::filesystem::path path_;
};

box::object_info described(vector_of_spec const& v) {
  box::object_info out;
  out.key = "k";
  out.metadata = {{"x-amz-meta-x-amz-key", v.wrapped},
                  {"x-amz-meta-x-amz-iv", v.iv},
                  {"x-amz-meta-x-amz-matdesc",
                   R"({"queryId":"01c2-query","smkId":"42","keySize":")" + v.bits + "\"}"}};
  return out;
}

std::string read_all(sql::file_reader& in) {
  std::string out;
  char block[7];
  for (std::size_t got; (got = in.read(block)) > 0;) out.append(block, got);
  return out;
}

std::string opened(box::object_info const& info, std::string bytes, vector_of_spec const& v) {
  stored_key const key(v.master);
  auto const ring = key.ring();
  try {
    auto const reader =
        box::open_envelope(info, std::make_shared<std::string const>(std::move(bytes)), ring);
    return read_all(*reader);
  } catch (sql::file_error const& e) {
    return "refused: " + e.reason();
  }
}

}  // namespace

TEST_CASE("files encrypted by a driver are decrypted") {
  for (auto const& v : {aes128, aes256}) {
    CHECK(opened(described(v), unhex(v.cipher_hex), v) == "hello snowflake\n");
  }
  CHECK(opened(described(aes128), unhex("e82546cf4538181b3f0a24390107fd00"), aes128).empty());
}

TEST_CASE("every part of a wrong envelope is refused by name") {
  auto const& v = aes128;
  std::string const cipher = unhex(v.cipher_hex);
  auto const refused = [&](auto change, std::string bytes, std::string const& because) {
    auto info = described(v);
    change(info.metadata);
    std::string const answer = opened(info, std::move(bytes), v);
    INFO(answer);
    CHECK(answer.find("refused: ") == 0);
    CHECK(answer.find(because) != std::string::npos);
  };
  using meta = box::name_values;
  refused([](meta& m) { m.erase(m.begin()); }, cipher, "x-amz-meta-x-amz-key");
  refused([](meta& m) { m.erase(m.begin() + 1); }, cipher, "x-amz-meta-x-amz-iv");
  refused([](meta& m) { m.pop_back(); }, cipher, "x-amz-meta-x-amz-matdesc");
  refused([](meta& m) { m[0].second = "###"; }, cipher, "not base64");
  refused([](meta& m) { m[0].second = "AAAA"; }, cipher, "expected 32");
  refused(
      [](meta& m) {
        m[0].second[0] = 'C';
        m[0].second[43 - 20] = 'A';
      },
      cipher,
      "unwrap");
  refused([](meta& m) { m[1].second = "AAAA"; }, cipher, "x-amz-iv");
  refused([](meta& m) { m[2].second = "no json"; }, cipher, "JSON");
  refused([](meta& m) { m[2].second = R"({"queryId":"x","smkId":"42","keySize":"128"})"; },
          cipher,
          "unknown queryId x");
  refused([](meta& m) { m[2].second = R"({"queryId":"01c2-query","smkId":"43","keySize":"128"})"; },
          cipher,
          "smkId 43");
  refused([](meta& m) { m[2].second = R"({"queryId":"01c2-query","smkId":42,"keySize":"128"})"; },
          cipher,
          "smkId");
  refused([](meta& m) { m[2].second = R"({"queryId":"01c2-query","smkId":"42","keySize":"256"})"; },
          cipher,
          "keySize 256");
  refused([](meta&) {}, cipher.substr(0, 20), "multiple of 16");
  refused([](meta&) {}, cipher.substr(0, 16), "padding");
  refused([](meta&) {}, "", "multiple of 16");
}

TEST_CASE("a public key's fingerprint is that of its SubjectPublicKeyInfo") {
  // The RSA key of RFC 7515, appendix A.2.
  constexpr auto pem =
      "-----BEGIN PUBLIC KEY-----\n"
      "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj\n"
      "NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz\n"
      "P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo\n"
      "9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB\n"
      "EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX\n"
      "FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp\n"
      "oQIDAQAB\n"
      "-----END PUBLIC KEY-----\n";
  CHECK(box::public_key_fingerprint(pem) == "b9E8JDWjYefFiM0X9V9a098Bd6ZsFyemogCEX016uIw=");
  CHECK(box::public_key_fingerprint("no key").empty());
}
