#ifndef SLUICE_LEDGER_DEAD_LETTER_HPP
#define SLUICE_LEDGER_DEAD_LETTER_HPP

#include <sluice/config.hpp>
#include <sluice/ledger/ack.hpp>
#include <sluice/ledger/position.hpp>
#include <sluice/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sluice::inline v0 {

/// "source", "too_large", "rejected", "undelivered", "unknown", "invalid".
[[nodiscard]] constexpr std::string_view name_of(dead_reason reason) noexcept {
  switch (reason) {
    case dead_reason::source:
      return "source";
    case dead_reason::too_large:
      return "too_large";
    case dead_reason::rejected:
      return "rejected";
    case dead_reason::undelivered:
      return "undelivered";
    case dead_reason::unknown:
      return "unknown";
    case dead_reason::invalid:
      return "invalid";
  }
  return "unknown";
}

/// One record that will not be delivered, and why.
struct dead_letter {
  position at = 0;
  rejection why;
  std::uint64_t payload = 0;    ///< sequence of the payload that held it, if `was_sent`
  bool was_sent = false;        ///< false: the record never left this process
  std::string record;           ///< one JSON object keyed by column name; or `text` says otherwise
  bool record_is_text = false;  ///< `record` is not JSON but the encoded row or the source's line
};

/// One line of NDJSON without its line break: run, position, reason, code, message, column,
/// payload, and `record` (object), `text` (string) or `"record":null` where the record is not at
/// hand.
[[nodiscard]] SLUICE_DECL std::string to_json(dead_letter const& letter, std::string_view run_id);

/// Where dead letters go. `write` is called by one thread at a time, never on the transport thread.
class dead_letter_sink {
 public:
  virtual ~dead_letter_sink() = default;

  /// Takes all of `letters` or, with an error, none. After success the caller forgets them.
  /// Precondition: they are no more than `most_at_once()`.
  virtual result<void> write(std::span<dead_letter const> letters, std::string_view run_id) = 0;

  /// Of how many letters a call of `write` can take all or none; at least 1. That is what a sink
  /// says that takes one after the other.
  [[nodiscard]] virtual std::size_t most_at_once() const noexcept {
    return std::numeric_limits<std::size_t>::max();
  }

  /// What is written outlives the machine's power.
  virtual result<void> sync() { return success; }

  /// For reports: the path of a file, "callback", ...
  [[nodiscard]] virtual std::string describe() const = 0;
};

/// Appends to an NDJSON file, created with mode 0600 when the first dead letter comes.
/// A write that fails half-way is undone, so that the file holds whole lines only, also where
/// several loaders or processes append to it; what one that was killed has left of a line is a line
/// of its own. Errors of `write`: errc::io (the file cannot be made, the disk is full).
[[nodiscard]] SLUICE_DECL std::shared_ptr<dead_letter_sink> dead_letter_file(std::string path);

/// Gives every dead letter to `take`, one at a time. An exception counts as a failed write of the
/// letter that it was given.
[[nodiscard]] SLUICE_DECL std::shared_ptr<dead_letter_sink> dead_letter_callback(
    std::function<void(dead_letter const&)> take);

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/ledger/impl/dead_letter.ipp>
#endif

#endif  // SLUICE_LEDGER_DEAD_LETTER_HPP
