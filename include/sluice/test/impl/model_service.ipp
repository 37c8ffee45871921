#ifndef SLUICE_TEST_IMPL_MODEL_SERVICE_IPP
#define SLUICE_TEST_IMPL_MODEL_SERVICE_IPP

#include <sluice/compress/codec_stream.hpp>
#include <sluice/test/model_service.hpp>

namespace sluice::inline v0::test {

SLUICE_DECL result<std::vector<std::string>> lines_of(payload const& p) {
  result<std::string> const text = decompress(p.compression, p.body, p.raw_bytes);
  if (!text) return text.error();
  std::vector<std::string> lines;
  std::string_view rest = *text;
  while (!rest.empty()) {
    auto const end = std::min(rest.find('\n'), rest.size() - 1);
    lines.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace sluice::inline v0::test

#endif  // SLUICE_TEST_IMPL_MODEL_SERVICE_IPP
