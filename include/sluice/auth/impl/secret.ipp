#ifndef SLUICE_AUTH_IMPL_SECRET_IPP
#define SLUICE_AUTH_IMPL_SECRET_IPP

#include <sluice/auth/secret.hpp>
#include <sluice/transport/message.hpp>
#include <sluice/transport/url.hpp>

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0 {

SLUICE_DECL secret::secret(std::string_view text)
    : text_{text.empty() ? nullptr : std::make_unique<char[]>(text.size())}, size_{text.size()} {
  std::copy(text.begin(), text.end(), text_.get());
}

SLUICE_DECL secret::secret(secret const& other) : secret{other.expose()} {}

SLUICE_DECL secret::secret(secret&& other) noexcept
    : text_{std::move(other.text_)}, size_{std::exchange(other.size_, 0)} {}

SLUICE_DECL secret& secret::operator=(secret const& other) {
  if (this != &other) *this = secret{other};
  return *this;
}

SLUICE_DECL secret& secret::operator=(secret&& other) noexcept {
  if (this != &other) {
    wipe();
    text_ = std::move(other.text_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SLUICE_DECL secret::~secret() {
  wipe();
}

SLUICE_DECL void secret::wipe() noexcept {
  if (text_) OPENSSL_cleanse(text_.get(), size_);
}

SLUICE_DECL secret secret::take(std::string& text) {
  secret s{text};
  sluice::wipe(text);
  return s;
}

SLUICE_DECL bool secret::equals(secret const& other) const noexcept {
  return size_ == other.size_ &&
         (size_ == 0 || CRYPTO_memcmp(text_.get(), other.text_.get(), size_) == 0);
}

SLUICE_DECL void wipe(std::string& text) noexcept {
  text.resize(text.capacity());  // never reallocates, so nothing is left behind
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

SLUICE_DECL bool is_secret_header(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 10> names{"Authorization",
                                                   "Proxy-Authorization",
                                                   "Cookie",
                                                   "Set-Cookie",
                                                   "X-Amz-Security-Token",
                                                   "X-Amz-Meta-X-Amz-Key",
                                                   "X-Ms-Encryption-Key",
                                                   "X-Goog-Encryption-Key",
                                                   "X-Skyflow-Authorization",
                                                   "X-Amz-Server-Side-Encryption-Customer-Key"};
  return std::any_of(names.begin(), names.end(), [&](std::string_view secret_name) {
    return same_header_name(name, secret_name);
  });
}

SLUICE_DECL void redactor::add(secret const& s) {
  if (s.size() < 4) return;
  secrets_.push_back(s);
  std::string encoded = percent_encode(s.expose());
  if (encoded != s.expose()) secrets_.emplace_back(encoded);
  sluice::wipe(encoded);
  // Longer ones first: one secret may be part of another.
  std::stable_sort(secrets_.begin(), secrets_.end(), [](secret const& a, secret const& b) {
    return a.size() > b.size();
  });
}

SLUICE_DECL std::string redactor::operator()(std::string_view text) const {
  constexpr std::string_view mark = "[redacted]";
  std::string out{text};
  for (secret const& s : secrets_)
    for (std::size_t at = 0; (at = out.find(s.expose(), at)) != std::string::npos;
         at += mark.size())
      out.replace(at, s.size(), mark);
  return out;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_AUTH_IMPL_SECRET_IPP
