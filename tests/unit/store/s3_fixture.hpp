#ifndef SLUICE_TESTS_UNIT_STORE_S3_FIXTURE_HPP
#define SLUICE_TESTS_UNIT_STORE_S3_FIXTURE_HPP

#include "../transport/fixture.hpp"
#include "fake_s3.hpp"

#include <sluice/auth/digest.hpp>
#include <sluice/store/s3.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace s3_tests {

using namespace sluice;
using namespace std::chrono_literals;
using test::scripted_reply;
using test::seen_request;

struct fixture {
  fake_s3 service;
  transport_fixture f{
      test::scripted_wire::answer_function{[this](seen_request const& r) { return service(r); }}};
  int renewals = 0;
  std::shared_ptr<aws_credential_source> keys = std::make_shared<aws_credential_source>(
      aws_credential{"AKID", secret{"key"}, secret{"TOKEN1"}}, [this]() -> task<aws_credential> {
        ++renewals;
        co_return aws_credential{
            "AKID", secret{"key"}, secret{"TOKEN" + std::to_string(renewals + 1)}};
      });
  s3_options options{.bucket = "bkt", .region = "eu-west-1"};

  result<stored_object> put(std::string name, chunk_list body, put_options how = {}) {
    s3_store store{*f.net, options, keys};
    return f.run(store.put(std::move(name), std::move(body), std::move(how)));
  }

  result<std::optional<object_part>> get(std::string name,
                                         std::uint64_t offset,
                                         std::uint64_t length) {
    s3_store store{*f.net, options, keys};
    return f.run(store.get(std::move(name), offset, length));
  }

  [[nodiscard]] std::size_t count(std::string_view label) const {
    std::size_t n = 0;
    for (seen_request const& r : f.wire->requests()) n += r.label == label ? 1 : 0;
    return n;
  }
};

inline chunk_list large_body() {
  chunk_list body;
  for (char const c : {'a', 'b', 'c', 'd'}) body.push_back(chunk{std::string(3 << 20, c)});
  return body;
}

inline void use_parts(fixture& x) {
  x.options.multipart_threshold = 1_MiB;
  x.options.part_bytes = 5_MiB;
}

}  // namespace s3_tests

#endif  // SLUICE_TESTS_UNIT_STORE_S3_FIXTURE_HPP
