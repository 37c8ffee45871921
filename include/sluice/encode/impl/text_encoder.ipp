#ifndef SLUICE_ENCODE_IMPL_TEXT_ENCODER_IPP
#define SLUICE_ENCODE_IMPL_TEXT_ENCODER_IPP

#include <sluice/encode/text_encoder.hpp>

#include <string>

namespace sluice::inline v0::detail {

SLUICE_DECL error refused_record(column_problem const& found) {
  std::string text = "column ";
  text += found.column;
  text += ": ";
  text += found.what;
  return {errc::invalid_input, std::move(text)};
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_ENCODE_IMPL_TEXT_ENCODER_IPP
