#ifndef SLUICE_SANDBOX_SKYFLOW_DETAIL_PATTERN_HPP
#define SLUICE_SANDBOX_SKYFLOW_DETAIL_PATTERN_HPP

#include <sluice/config.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::sandbox::skyflow::detail {

/// A regular expression of a vault's schema: POSIX extended, and `\d`, `\w`, `\s` in it.
class pattern {
 public:
  /// \throws std::invalid_argument with the expression and what is wrong with it
  explicit pattern(std::string_view expression);

  /// Begin and end of the first match and of each group; nothing if there is no match.
  using spans = std::vector<std::pair<std::size_t, std::size_t>>;
  std::optional<spans> find(std::string_view text) const;

  /// Whether the text matches as a whole.
  bool matches(std::string_view text) const;

  /// Every match replaced.
  std::string replaced(std::string_view text, std::string_view with) const;

 private:
  struct state;
  std::shared_ptr<state const> state_;
};

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_DETAIL_PATTERN_HPP
