#ifndef SLUICE_TESTS_UNIT_STORE_FAKE_S3_HPP
#define SLUICE_TESTS_UNIT_STORE_FAKE_S3_HPP

#include <sluice/test/scripted_wire.hpp>
#include <sluice/transport/message.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

inline sluice::test::scripted_reply s3_error(int status, std::string code, std::string more = {}) {
  return {.status = status,
          .headers = {{"x-amz-request-id", "REQ1"}},
          .body = "<?xml version=\"1.0\"?>\n<Error><Code>" + code +
                  "</Code><Message>It &lt;says&gt; so</Message>" + more + "</Error>"};
}

/// Enough of S3 to put objects into, single or in parts, and to go wrong on demand.
struct fake_s3 {
  std::map<std::string, std::string> objects;  // by path
  std::map<std::string, std::string> etags;    // of those that were put, by path
  std::map<std::string, std::map<int, std::string>> uploads;
  int completed = 0;
  int aborted = 0;
  /// Sees each request first; what it returns is the answer.
  std::function<std::optional<sluice::test::scripted_reply>(sluice::test::seen_request const&)>
      fault;
  /// Sees the answer that would be given, after the request was carried out.
  std::function<void(sluice::test::seen_request const&, sluice::test::scripted_reply&)> spoil;

  sluice::test::scripted_reply operator()(sluice::test::seen_request const& r) {
    if (fault)
      if (std::optional<sluice::test::scripted_reply> answer = fault(r)) return *answer;
    sluice::test::scripted_reply reply = handle(r);
    if (spoil) spoil(r, reply);
    return reply;
  }

  sluice::test::scripted_reply handle(sluice::test::seen_request const& r) {
    std::size_t const path_at = r.url.find('/', 8);
    std::size_t const question = std::min(r.url.find('?'), r.url.size());
    std::string const path = r.url.substr(path_at, question - path_at);
    std::string const query = r.url.substr(std::min(question + 1, r.url.size()));
    if (query == "uploads") {
      uploads["U+1/"];
      return {.body = "<InitiateMultipartUploadResult><UploadId>U+1/</UploadId></X>"};
    }
    if (query.starts_with("partNumber=")) {
      int const number = std::atoi(query.c_str() + 11);
      if (query.find("uploadId=U%2B1%2F") == std::string::npos || uploads.empty())
        return s3_error(404, "NoSuchUpload");
      uploads["U+1/"][number] = r.body;
      return {.headers = {{"ETag", "\"e" + std::to_string(number) + "\""}}};
    }
    if (query.starts_with("uploadId=") && r.method == sluice::http_method::post) {
      auto const found = uploads.find("U+1/");
      if (found == uploads.end()) return s3_error(404, "NoSuchUpload");
      std::string whole;
      int expected = 1;
      for (auto const& [number, part] : found->second) {
        if (number != expected++) return s3_error(400, "InvalidPart");
        if (r.body.find("<PartNumber>" + std::to_string(number) + "</PartNumber><ETag>&quot;e" +
                        std::to_string(number) + "&quot;</ETag>") == std::string::npos)
          return s3_error(400, "InvalidPart");
        whole += part;
      }
      objects[path] = whole;
      std::string const tag = "x-" + std::to_string(found->second.size());
      etags[path] = '"' + tag + '"';
      uploads.erase(found);
      ++completed;
      return {.body = "  <?xml?><CompleteMultipartUploadResult><ETag>&quot;" + tag +
                      "&quot;</ETag></C>"};
    }
    if (query.starts_with("uploadId=") && r.method == sluice::http_method::delete_) {
      ++aborted;
      uploads.clear();
      return {.status = 204};
    }
    if (r.method == sluice::http_method::put) {
      if (!sluice::find_header(r.headers, "If-None-Match").empty() && objects.contains(path))
        return s3_error(412, "PreconditionFailed");
      objects[path] = r.body;
      etags[path] = "\"single\"";
      return {.headers = {{"ETag", etags[path]}}};
    }
    if (r.method == sluice::http_method::head) {
      auto const found = objects.find(path);
      if (found == objects.end()) return {.status = 404};
      auto const tag = etags.find(path);
      return {.headers = {{"Content-Length", std::to_string(found->second.size())},
                          {"ETag", tag == etags.end() ? "\"h\"" : tag->second}}};
    }
    if (r.method == sluice::http_method::get) return part_of(path, r);
    objects.erase(path);
    return {.status = 204};
  }

  sluice::test::scripted_reply part_of(std::string const& path,
                                       sluice::test::seen_request const& r) {
    auto const found = objects.find(path);
    if (found == objects.end()) return s3_error(404, "NoSuchKey");
    std::string const& all = found->second;
    unsigned long long first = 0;
    unsigned long long last = 0;
    std::string const range{sluice::find_header(r.headers, "Range")};
    if (std::sscanf(range.c_str(), "bytes=%llu-%llu", &first, &last) != 2 || last < first)
      return s3_error(400, "InvalidArgument");
    if (first >= all.size()) return s3_error(416, "InvalidRange");
    std::string part = all.substr(first, last - first + 1);
    std::string const where = "bytes " + std::to_string(first) + '-' +
                              std::to_string(first + part.size() - 1) + '/' +
                              std::to_string(all.size());
    auto const tag = etags.find(path);
    return {.status = 206,
            .headers = {{"ETag", tag == etags.end() ? "\"h\"" : tag->second},
                        {"x-amz-meta-colour", "blue"},
                        {"Content-Range", where}},
            .body = std::move(part)};
  }
};

#endif  // SLUICE_TESTS_UNIT_STORE_FAKE_S3_HPP
