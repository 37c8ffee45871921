#ifndef SLUICE_LEDGER_ACK_HPP
#define SLUICE_LEDGER_ACK_HPP

#include <sluice/config.hpp>
#include <sluice/encode/payload.hpp>
#include <sluice/ledger/position.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace sluice::inline v0 {

/// Why a record is in the dead letters.
enum class dead_reason : std::uint8_t {
  source,       ///< the source could not read it
  too_large,    ///< it is over a limit of the service
  rejected,     ///< the service refused it
  undelivered,  ///< the deadline came before it was sent
  unknown,      ///< it may have been written: sent, but no verdict came; a replay must deduplicate
  invalid       ///< it cannot be written in the format
};

/// The refusal of one record.
struct rejection {
  dead_reason reason = dead_reason::rejected;
  std::string code;     ///< the service's code, or empty
  std::string message;  ///< the service's words
  std::string column;   ///< the column at fault where the service names it
};

/// What a service says of a payload as a whole, beside the verdicts on its rows.
struct payload_note {
  std::string name = {};    ///< what it calls the payload: a path in a stage, a token, a request
  std::string status = {};  ///< what became of it there, in a few words: "partially loaded"
  std::optional<std::uint64_t> rows_parsed = {};  ///< rows that it read of it, where it counts them
};

/// Takes a destination's verdicts. Each row of a payload gets exactly one, at any time from the
/// call of `send` until `finish` has ended. Transport thread only. Never blocks.
class ack {
 public:
  virtual ~ack() = default;

  /// The service says that these records are written.
  virtual void confirm(position_range rows) = 0;

  /// The service refused this record for good. `record` is the encoded row if the destination has
  /// it (e.g. the service returned it); empty: the pipeline takes it from the payload, which it
  /// still has unless the destination is `replayable_after_accept`; that one may `announce`.
  virtual void reject(position row, rejection why, std::string record = {}) = 0;

  /// The service refused all of these records for the same reason.
  virtual void reject(position_range rows, rejection const& why) {
    for (position at = rows.first; at != rows.end(); ++at) reject(at, why);
  }

  /// The service refused these rows of payload `sequence`, and the caller sets out to get their
  /// records from where they are kept, to give them with `reject` one by one. Should the account be
  /// closed before that, they count as rejected for `why`, without records. False: nobody asks for
  /// the records, as the pipeline has them or leaves the rows to another run; `reject` these rows
  /// at once.
  [[nodiscard]] virtual bool announce(std::uint64_t sequence,
                                      std::span<position_range const> rows,
                                      rejection const& why) {
    static_cast<void>(sequence);
    static_cast<void>(rows);
    static_cast<void>(why);
    return true;
  }

  /// Calls `then`, now or later, when the records that were given with rejections of payload
  /// `sequence` need no memory any more: for those who have many to give.
  virtual void when_written(std::uint64_t sequence, std::function<void()> then) {
    static_cast<void>(sequence);
    then();
  }

  /// What the service says of the payload `sequence`, as far as it is known: what is empty leaves
  /// what was said before. After the last verdict nobody listens any more.
  virtual void note(std::uint64_t sequence, payload_note about) {
    static_cast<void>(sequence);
    static_cast<void>(about);
  }

  /// All rows of `p` are written.
  void confirm(payload const& p) {
    for (position_range const& range : p.positions) confirm(range);
  }

  /// No row of `p` is written, all for the same reason.
  void reject(payload const& p, rejection const& why) {
    for (position_range const& range : p.positions) reject(range, why);
  }
};

}  // namespace sluice::inline v0

#endif  // SLUICE_LEDGER_ACK_HPP
