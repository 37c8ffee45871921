#ifndef SLUICE_SANDBOX_IMPL_FAULT_IPP
#define SLUICE_SANDBOX_IMPL_FAULT_IPP

#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/fault.hpp>
#include <sluice/sandbox/impl/fault_catalogue.ipp>

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <random>
#include <stdexcept>

namespace sluice::inline v0::sandbox {

namespace fault_impl {

constexpr std::uint64_t forever = std::numeric_limits<std::uint64_t>::max();

/// Every name that can be armed, with its default value.
inline std::map<std::string, std::int64_t, std::less<>> const& defaults() {
  static auto const table = [] {
    std::map<std::string, std::int64_t, std::less<>> out;
    for (auto const& entry : fault_names()) out.emplace(entry.name, entry.default_value);
    for (auto const& kind : fault_kinds()) {
      for (auto const& action : fault_actions()) {
        out.emplace(kind.name + '.' + action.name, action.default_value);
      }
    }
    return out;
  }();
  return table;
}

[[noreturn]] inline void unknown(std::string_view name) {
  auto const& known = defaults();
  auto const nearest = std::min_element(known.begin(), known.end(), [&](auto& a, auto& b) {
    return detail::distance(a.first, name) < detail::distance(b.first, name);
  });
  throw std::invalid_argument("unknown fault '" + std::string(name) + "': did you mean '" +
                              nearest->first + "'?");
}

inline std::uint64_t ordinal(std::string_view text, std::string_view whole) {
  if (text == "*") return forever;
  auto const value = detail::to_integer(text);
  if (!value || *value < 1) {
    throw std::invalid_argument("fault '" + std::string(whole) +
                                "': nth and count are numbers from 1 (or * as count)");
  }
  return static_cast<std::uint64_t>(*value);
}

}  // namespace fault_impl

fault parse_fault(std::string_view text) {
  fault out;
  std::string_view rest = detail::trimmed(text);
  if (auto const mark = rest.find('%'); mark != std::string_view::npos) {
    auto const percent = detail::to_integer(rest.substr(mark + 1));
    if (!percent || *percent < 1 || *percent > 100) {
      throw std::invalid_argument("fault '" + std::string(text) +
                                  "': % is followed by a number from 1 to 100");
    }
    out.percent = static_cast<int>(*percent);
    rest = rest.substr(0, mark);
  }
  if (auto const mark = rest.find('@'); mark != std::string_view::npos) {
    out.only = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  auto const parts = detail::split(rest, ':');
  if (parts.size() > 3) {
    throw std::invalid_argument("fault '" + std::string(text) +
                                "': expected name[=value][:nth[:count]][@channel][%percent]");
  }
  auto const equals = parts[0].find('=');
  out.name = parts[0].substr(0, equals);
  if (equals != std::string_view::npos) {
    out.value = detail::to_integer(parts[0].substr(equals + 1));
    if (!out.value) {
      throw std::invalid_argument("fault '" + std::string(text) + "': the value is no number");
    }
  }
  if (parts.size() > 1) out.nth = fault_impl::ordinal(parts[1], text);
  if (parts.size() > 2) out.count = fault_impl::ordinal(parts[2], text);
  if (!fault_impl::defaults().contains(out.name)) fault_impl::unknown(out.name);
  return out;
}

struct fault_control::state {
  struct entry {
    std::uint64_t nth;
    std::uint64_t count;
    std::int64_t value;
    std::string only;
    int percent;
    std::uint64_t seen = 0;

    bool spent() const { return count != fault_impl::forever && seen + 1 >= nth + count; }
  };

  mutable std::mutex guard;
  std::atomic<std::size_t> armed{0};  // so that an idle control costs no lock per request
  std::multimap<std::string, entry, std::less<>> entries;
  std::map<std::string, std::uint64_t, std::less<>> fired;
  std::mt19937_64 random;
};

fault_control::fault_control() : state_(std::make_unique<state>()) {}

fault_control::~fault_control() = default;

void fault_control::arm(fault const& f) {
  auto const known = fault_impl::defaults().find(f.name);
  if (known == fault_impl::defaults().end()) fault_impl::unknown(f.name);
  if (f.nth == 0 || f.count == 0) {
    throw std::invalid_argument("fault '" + f.name + "': nth and count start at 1");
  }
  std::lock_guard const lock(state_->guard);
  state_->entries.emplace(f.name,
                          state::entry{.nth = f.nth,
                                       .count = f.count,
                                       .value = f.value.value_or(known->second),
                                       .only = f.only,
                                       .percent = f.percent});
  state_->fired.try_emplace(f.name, 0);
  ++state_->armed;
}

void fault_control::arm(std::string_view text) {
  arm(parse_fault(text));
}

void fault_control::disarm(std::string_view name) {
  std::lock_guard const lock(state_->guard);
  auto const [first, last] = state_->entries.equal_range(name);
  state_->entries.erase(first, last);
  state_->armed = state_->entries.size();
}

void fault_control::clear() {
  std::lock_guard const lock(state_->guard);
  state_->entries.clear();
  state_->fired.clear();
  state_->armed = 0;
}

std::uint64_t fault_control::fired(std::string_view name) const {
  std::lock_guard const lock(state_->guard);
  auto const found = state_->fired.find(name);
  return found == state_->fired.end() ? 0 : found->second;
}

std::map<std::string, std::uint64_t> fault_control::fired() const {
  std::lock_guard const lock(state_->guard);
  return {state_->fired.begin(), state_->fired.end()};
}

void fault_control::seed(std::uint64_t seed) {
  std::lock_guard const lock(state_->guard);
  state_->random.seed(seed);
}

std::optional<std::int64_t> fault_control::fire(std::string_view name, std::string_view subject) {
  if (state_->armed == 0) return std::nullopt;
  std::lock_guard const lock(state_->guard);
  std::optional<std::int64_t> value;
  auto const [first, last] = state_->entries.equal_range(name);
  for (auto at = first; at != last; ++at) {
    auto& e = at->second;
    if (!e.only.empty() && !detail::same_text(e.only, subject)) continue;
    ++e.seen;
    bool const acts =
        e.seen >= e.nth && (e.count == fault_impl::forever || e.seen - e.nth < e.count);
    bool const chosen =
        e.percent >= 100 || state_->random() % 100 < static_cast<std::uint64_t>(e.percent);
    if (acts && chosen && !value) value = e.value;
  }
  if (value) ++state_->fired[std::string(name)];
  return value;
}

bool fault_control::armed(std::string_view name) const {
  if (state_->armed == 0) return false;
  std::lock_guard const lock(state_->guard);
  auto const [first, last] = state_->entries.equal_range(name);
  return std::any_of(first, last, [](auto const& e) { return !e.second.spent(); });
}

}  // namespace sluice::inline v0::sandbox

#endif  // SLUICE_SANDBOX_IMPL_FAULT_IPP
