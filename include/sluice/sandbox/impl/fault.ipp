#ifndef SLUICE_SANDBOX_IMPL_FAULT_IPP
#define SLUICE_SANDBOX_IMPL_FAULT_IPP

#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/fault.hpp>
#include <sluice/sandbox/impl/fault_catalogue.ipp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <random>
#include <stdexcept>
#include <tuple>

namespace sluice::inline v0::sandbox {

namespace fault_impl {

constexpr std::uint64_t forever = std::numeric_limits<std::uint64_t>::max();

/// What a fault is if its definition does not say; no text if it takes none.
struct preset {
  std::int64_t value = 0;
  std::optional<std::string> text{};
};

/// Every name that can be armed.
inline std::map<std::string, preset, std::less<>> const& defaults() {
  static auto const table = [] {
    std::map<std::string, preset, std::less<>> out;
    for (auto const& entry : fault_names()) {
      preset& made = out[entry.name];
      made.value = entry.default_value;
      if (!entry.text_meaning.empty()) made.text = entry.default_text;
    }
    for (auto const& kind : fault_kinds()) {
      for (auto const& action : fault_actions()) {
        out[kind.name + '.' + action.name].value = action.default_value;
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

/// The text form ends a part at each of these marks.
inline void refuse_marks(fault const& f,
                         std::string_view part,
                         std::string_view content,
                         std::string_view marks) {
  if (content.find_first_of(marks) == std::string_view::npos) return;
  throw std::invalid_argument(
      fmt::format("fault '{}': the {} has none of {}", f.name, part, marks));
}

/// The preset of a fault whose definition makes sense.
inline preset const& checked(fault const& f) {
  auto const known = defaults().find(f.name);
  if (known == defaults().end()) unknown(f.name);
  if (f.nth == 0 || f.count == 0) {
    throw std::invalid_argument("fault '" + f.name + "': nth and count start at 1");
  }
  if (f.percent < 1 || f.percent > 100) {
    throw std::invalid_argument("fault '" + f.name + "': percent is a number from 1 to 100");
  }
  if (!f.text.empty() && !known->second.text) {
    throw std::invalid_argument("fault '" + f.name + "' takes no text");
  }
  refuse_marks(f, "text", f.text, ":@%");
  refuse_marks(f, "subject", f.only, "%");
  if (f.name == "rows_rejected_range" && !f.text.empty() && !parse_row_range(f.text)) {
    throw std::invalid_argument("fault '" + f.name + "': the text is <from>-<to>, rows from 1");
  }
  return known->second;
}

}  // namespace fault_impl

std::optional<std::pair<std::int64_t, std::int64_t>> parse_row_range(std::string_view text) {
  auto const dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  auto const from = detail::to_integer(text.substr(0, dash));
  auto const to = detail::to_integer(text.substr(dash + 1));
  if (!from || !to || *from < 1 || *to < *from) return std::nullopt;
  return std::pair(*from, *to);
}

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
                                "': expected "
                                "name[=value][~text][:nth[:count]][@subject][%percent]");
  }
  std::string_view what = parts[0];
  if (auto const mark = what.find('~'); mark != std::string_view::npos) {
    out.text = what.substr(mark + 1);
    what = what.substr(0, mark);
  }
  auto const equals = what.find('=');
  out.name = what.substr(0, equals);
  if (equals != std::string_view::npos) {
    out.value = detail::to_integer(what.substr(equals + 1));
    if (!out.value) {
      throw std::invalid_argument("fault '" + std::string(text) + "': the value is no number");
    }
  }
  if (parts.size() > 1) out.nth = fault_impl::ordinal(parts[1], text);
  if (parts.size() > 2) out.count = fault_impl::ordinal(parts[2], text);
  fault_impl::checked(out);
  return out;
}

std::string to_text(fault const& f) {
  std::string out = f.name;
  if (f.value) out += fmt::format("={}", *f.value);
  if (!f.text.empty()) out += '~' + f.text;
  if (f.nth != 1 || f.count != 1) out += fmt::format(":{}", f.nth);
  if (f.count == fault_impl::forever) {
    out += ":*";
  } else if (f.count != 1) {
    out += fmt::format(":{}", f.count);
  }
  if (!f.only.empty()) out += '@' + f.only;
  if (f.percent != 100) out += fmt::format("%{}", f.percent);
  return out;
}

struct fault_control::state {
  struct entry {
    fault definition;
    std::int64_t value;
    std::string text;
    std::uint64_t seen = 0;

    /// Nothing: there is no end to it.
    std::optional<std::uint64_t> remaining() const {
      auto const& [nth, count] = std::tie(definition.nth, definition.count);
      if (count == fault_impl::forever) return std::nullopt;
      if (seen < nth) return count;
      return count - std::min(count, seen - nth + 1);
    }

    bool spent() const { return remaining() == 0; }
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
  auto const& preset = fault_impl::checked(f);
  std::lock_guard const lock(state_->guard);
  state_->entries.emplace(f.name,
                          state::entry{.definition = f,
                                       .value = f.value.value_or(preset.value),
                                       .text = f.text.empty() ? preset.text.value_or("") : f.text});
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
  std::string const only(subject);
  auto const hit = fire(name, fault_event{.subjects = {&only, 1}});
  return hit ? std::optional(hit->value) : std::nullopt;
}

std::optional<fault_hit> fault_control::fire(std::string_view name, fault_event const& event) {
  if (state_->armed == 0) return std::nullopt;
  std::lock_guard const lock(state_->guard);
  std::optional<fault_hit> hit;
  auto const [first, last] = state_->entries.equal_range(name);
  for (auto at = first; at != last; ++at) {
    auto& e = at->second;
    auto const& [nth, count] = std::tie(e.definition.nth, e.definition.count);
    bool const meant =
        e.definition.only.empty() ||
        std::any_of(event.subjects.begin(), event.subjects.end(), [&](std::string const& s) {
          return detail::same_text(e.definition.only, s);
        });
    if (!meant || (event.holds && !event.holds(e.text))) continue;
    ++e.seen;
    bool const due = e.seen >= nth && (count == fault_impl::forever || e.seen - nth < count);
    bool const chosen = e.definition.percent >= 100 ||
                        state_->random() % 100 < static_cast<std::uint64_t>(e.definition.percent);
    if (due && chosen && !hit) hit = {e.value, e.text};
  }
  if (hit) ++state_->fired[std::string(name)];
  return hit;
}

std::vector<armed_fault> fault_control::armed() const {
  std::lock_guard const lock(state_->guard);
  std::vector<armed_fault> out;
  for (auto const& [name, e] : state_->entries) {
    if (!e.spent()) out.push_back({e.definition, e.remaining()});
  }
  return out;
}

bool fault_control::armed(std::string_view name) const {
  if (state_->armed == 0) return false;
  std::lock_guard const lock(state_->guard);
  auto const [first, last] = state_->entries.equal_range(name);
  return std::any_of(first, last, [](auto const& e) { return !e.second.spent(); });
}

}  // namespace sluice::inline v0::sandbox

#endif  // SLUICE_SANDBOX_IMPL_FAULT_IPP
