#ifndef SLUICE_AUTH_SECRET_HPP
#define SLUICE_AUTH_SECRET_HPP

#include <sluice/config.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0 {

/// Text that must not be seen: a password, a token, a private key.
///
/// It cannot be printed, formatted or converted; `expose()` is the one way to its text, easy to
/// find in a review. The bytes lie in one buffer on the heap, which is wiped before it is freed.
/// Thread safety: like a `std::string`.
class secret {
 public:
  secret() noexcept = default;

  /// Copies the text. Wiping the original is up to the caller.
  explicit secret(std::string_view text);

  secret(secret const& other);
  secret(secret&& other) noexcept;
  secret& operator=(secret const& other);
  secret& operator=(secret&& other) noexcept;
  ~secret();

  /// Takes the text over and wipes the string.
  [[nodiscard]] static secret take(std::string& text);

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// The text, valid as long as the secret. For the bytes of a request; never for a message.
  [[nodiscard]] std::string_view expose() const noexcept { return {text_.get(), size_}; }

  /// In a time that depends on the sizes alone.
  friend bool operator==(secret const& a, secret const& b) noexcept { return a.equals(b); }

  template<class Stream>
  friend Stream& operator<<(Stream&, secret const&) = delete;

 private:
  [[nodiscard]] bool equals(secret const& other) const noexcept;
  void wipe() noexcept;

  std::unique_ptr<char[]> text_;
  std::size_t size_ = 0;
};

/// Overwrites a string's bytes, unused capacity included, and empties it.
SLUICE_DECL void wipe(std::string& text) noexcept;

/// Whether the value of this header must not be shown: authorization, cookies, tokens, encryption
/// keys.
[[nodiscard]] SLUICE_DECL bool is_secret_header(std::string_view name) noexcept;

/// Takes known secrets out of text that is to be logged.
/// Thread safety: `operator()` from any thread once everything has been added.
class redactor {
 public:
  /// Secrets under 4 bytes are not looked for: they would blank ordinary text.
  void add(secret const& s);

  /// The text with "[redacted]" in place of each secret, also where it is percent-encoded.
  [[nodiscard]] std::string operator()(std::string_view text) const;

 private:
  std::vector<secret> secrets_;
};

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/auth/impl/secret.ipp>
#endif

#endif  // SLUICE_AUTH_SECRET_HPP
