#ifndef SLUICE_TEST_MODEL_SERVICE_HPP
#define SLUICE_TEST_MODEL_SERVICE_HPP

#include <sluice/chunk.hpp>
#include <sluice/config.hpp>
#include <sluice/encode/payload.hpp>
#include <sluice/error.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::test {

/// A service in memory for the model destinations: a table of text rows that outlives sessions.
/// A row is one line of a body of csv or ndjson without line breaks in its values.
/// Thread safety: all members; the functions are set before the service is used.
class model_service {
 public:
  /// Rows that the service refuses, by their text; null: none.
  std::function<bool(std::string_view)> is_bad;

  /// Called with the name of each step ("open", "send", "commit", "flush", "finish", "recover")
  /// before it is done; what it returns is the step's failure. Null: nothing fails.
  std::function<std::optional<error>(std::string_view)> fails;

  /// How many attempts beyond the first a payload needs until the service holds it, by its
  /// sequence; null: none.
  std::function<std::uint64_t(std::uint64_t)> retries;

  /// The failure that was ordered for a step, if any. Counts the step.
  [[nodiscard]] std::optional<error> step(std::string_view name) {
    {
      std::scoped_lock const lock{mutex_};
      ++steps_;
    }
    return fails ? fails(name) : std::nullopt;
  }

  /// Writes a row. Returns false if it is bad.
  bool write(std::string_view row) {
    if (is_bad && is_bad(row)) return false;
    std::scoped_lock const lock{mutex_};
    ++rows_[std::string{row}];
    return true;
  }

  /// Whether `name` was not there before: what makes a repeated request harmless.
  bool claim(std::string const& name) {
    std::scoped_lock const lock{mutex_};
    return names_.insert(name).second;
  }

  [[nodiscard]] bool knows(std::string const& name) const {
    std::scoped_lock const lock{mutex_};
    return names_.contains(name);
  }

  /// Remembers that row `row` of the request `name` was refused.
  void refuse(std::string const& name, std::uint64_t row, std::string text) {
    std::scoped_lock const lock{mutex_};
    refused_[name][row] = std::move(text);
  }

  /// The refused rows of a request, by their place in its body.
  [[nodiscard]] std::map<std::uint64_t, std::string> refused(std::string const& name) const {
    std::scoped_lock const lock{mutex_};
    auto const found = refused_.find(name);
    return found == refused_.end() ? std::map<std::uint64_t, std::string>{} : found->second;
  }

  /// Number of different rows.
  [[nodiscard]] std::uint64_t rows() const {
    std::scoped_lock const lock{mutex_};
    return rows_.size();
  }

  /// Rows that were written more than once.
  [[nodiscard]] std::uint64_t doubled() const {
    std::scoped_lock const lock{mutex_};
    std::uint64_t n = 0;
    for (auto const& [row, times] : rows_) n += times > 1;
    return n;
  }

  [[nodiscard]] bool has(std::string_view row) const {
    std::scoped_lock const lock{mutex_};
    return rows_.contains(std::string{row});
  }

  [[nodiscard]] std::uint64_t steps() const {
    std::scoped_lock const lock{mutex_};
    return steps_;
  }

  /// For services with offsets: the position behind the last row they hold.
  [[nodiscard]] std::uint64_t offset() const {
    std::scoped_lock const lock{mutex_};
    return offset_;
  }

  void set_offset(std::uint64_t to) {
    std::scoped_lock const lock{mutex_};
    offset_ = to;
  }

 private:
  std::mutex mutable mutex_;
  std::map<std::string, std::uint64_t> rows_;
  std::set<std::string> names_;
  std::map<std::string, std::map<std::uint64_t, std::string>> refused_;
  std::uint64_t steps_ = 0;
  std::uint64_t offset_ = 0;
};

/// The lines of a payload's body. Error: it cannot be decompressed.
[[nodiscard]] SLUICE_DECL result<std::vector<std::string>> lines_of(payload const& p);

/// Fails the `nth` step counted from 1, once: tests loop over n until a run meets no failure.
class fail_once {
 public:
  fail_once(std::uint64_t nth, error with) : nth_{nth}, with_{std::move(with)} {}

  std::optional<error> operator()(std::string_view) {
    if (++steps_ != nth_) return std::nullopt;
    fired_ = true;
    return with_;
  }

  [[nodiscard]] bool fired() const noexcept { return fired_; }

 private:
  std::uint64_t nth_;
  error with_;
  std::uint64_t steps_ = 0;
  bool fired_ = false;
};

}  // namespace sluice::inline v0::test

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/test/impl/model_service.ipp>
#endif

#endif  // SLUICE_TEST_MODEL_SERVICE_HPP
