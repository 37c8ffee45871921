#ifndef SLUICE_SANDBOX_SKYFLOW_IMPL_PATTERN_IPP
#define SLUICE_SANDBOX_SKYFLOW_IMPL_PATTERN_IPP

#include <sluice/sandbox/skyflow/detail/pattern.hpp>

#include <regex.h>

#include <stdexcept>

namespace sluice::inline v0::sandbox::skyflow::detail {

namespace pattern_impl {

/// POSIX has names for what others write with a backslash.
inline std::string posix(std::string_view expression) {
  std::string out;
  bool bracket = false;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    char const c = expression[i];
    if (c == '\\' && i + 1 < expression.size()) {
      char const next = expression[++i];
      std::string_view const name = next == 'd'   ? "0-9"
                                    : next == 's' ? "[:space:]"
                                    : next == 'w' ? "[:alnum:]_"
                                                  : "";
      if (name.empty()) {
        if (!bracket) out.push_back(c);  // inside brackets a backslash stands for itself
        out.push_back(next);
      } else {
        out += bracket ? std::string(name) : '[' + std::string(name) + ']';
      }
      continue;
    }
    if (c == '[') bracket = true;
    if (c == ']') bracket = false;
    out.push_back(c);
  }
  return out;
}

}  // namespace pattern_impl

struct pattern::state {
  explicit state(std::string const& expression) {
    int const error = ::regcomp(&compiled, expression.c_str(), REG_EXTENDED);
    if (error == 0) return;
    char reason[128];
    ::regerror(error, &compiled, reason, sizeof reason);
    throw std::invalid_argument("regular expression '" + expression + "': " + reason);
  }

  ~state() { ::regfree(&compiled); }

  state(state const&) = delete;
  state& operator=(state const&) = delete;

  ::regex_t compiled{};
};

pattern::pattern(std::string_view expression)
    : state_(std::make_shared<state const>(pattern_impl::posix(expression))) {}

std::optional<pattern::spans> pattern::find(std::string_view text) const {
  std::vector<::regmatch_t> found(state_->compiled.re_nsub + 1);
  found.front() = {.rm_so = 0, .rm_eo = static_cast<::regoff_t>(text.size())};
  if (::regexec(&state_->compiled, text.data(), found.size(), found.data(), REG_STARTEND) != 0) {
    return std::nullopt;
  }
  spans out;
  for (auto const& f : found) {
    bool const set = f.rm_so >= 0;
    out.emplace_back(set ? static_cast<std::size_t>(f.rm_so) : 0,
                     set ? static_cast<std::size_t>(f.rm_eo) : 0);
  }
  return out;
}

bool pattern::matches(std::string_view text) const {
  auto const found = find(text);
  return found && found->front() == std::pair<std::size_t, std::size_t>(0, text.size());
}

std::string pattern::replaced(std::string_view text, std::string_view with) const {
  std::string out;
  while (!text.empty()) {
    auto const found = find(text);
    if (!found || found->front().second == 0) break;
    auto const [begin, end] = found->front();
    out += text.substr(0, begin);
    out += with;
    text.remove_prefix(end);
  }
  return out + std::string(text);
}

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_IMPL_PATTERN_IPP
