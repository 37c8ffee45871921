#ifndef SLUICE_LEDGER_LEDGER_HPP
#define SLUICE_LEDGER_LEDGER_HPP

#include <sluice/config.hpp>
#include <sluice/ledger/interval_set.hpp>
#include <sluice/ledger/position.hpp>
#include <sluice/ledger/tally.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace sluice::inline v0 {

/// The books of one run: which records are where, and what became of them.
///
///     take -> send -> accept -> confirm
///                            -> reject -> bury          (dead-lettered once the sink has it)
///              \-> withdraw -> send | bury | spool      (the service does not hold them)
///
/// A verdict counts only for records that are sent and have none yet; any other is a defect, which
/// changes no other figure, unless an earlier run ended the records. The sum in `tally` holds
/// between any two calls. Thread safety: all members, from any thread.
class ledger {
 public:
  /// The rows of one payload that a verdict reached.
  struct share {
    std::uint64_t sequence = 0;
    position_range rows;

    friend bool operator==(share const&, share const&) = default;
  };

  /// Records were handed over.
  void take(position_range rows);

  /// An earlier run brought these rows to their end: another verdict for them is no defect.
  void ended_before(position_range rows);

  /// The service may speak of these rows of payload `sequence` from here on.
  void send(std::uint64_t sequence, std::span<position_range const> rows);

  /// The service holds the payload with these rows.
  void accept(std::span<position_range const> rows);

  /// The service does not hold these rows and will not speak of them. Returns those that had no
  /// verdict: they are pending as before `send`.
  std::vector<position_range> withdraw(std::span<position_range const> rows);

  /// The service has written these rows. Returns the parts whose verdict this was.
  std::vector<share> confirm(position_range rows);

  /// The service has refused these rows. Returns the parts whose verdict this was; they stay
  /// pending until `bury`.
  std::vector<share> reject(position_range rows);

  /// Pending rows without a verdict under way are in the dead letters: rejected, withdrawn or never
  /// sent ones.
  void bury(position_range rows);

  /// These rows are not part of this run after all: a source will hand them over again.
  void forget(position_range rows);

  /// These rows stay pending when the run ends; they count as accepted for `first_unaccepted`.
  void leave_open(position_range rows);

  /// Pending rows that are withdrawn or never sent are safe on disk.
  void spool(position_range rows);

  /// The rows without an end when the books are closed, each in one of the lists.
  struct leftover {
    std::vector<share> unknown;            ///< sent, no verdict came
    std::vector<position_range> rejected;  ///< rejected, not in the dead letters so far
    std::vector<position_range> unsent;    ///< no service holds them
  };

  /// No verdict counts any more. What is left stays pending, as after `withdraw`.
  leftover close();

  [[nodiscard]] tally counts() const;

  /// The first record without an end; nothing if there is none.
  [[nodiscard]] std::optional<position> first_pending() const;

  /// The first record that no service has accepted yet; nothing if there is none.
  [[nodiscard]] std::optional<position> first_unaccepted() const;

 private:
  struct flight {
    position end = 0;
    std::uint64_t sequence = 0;
  };

  std::vector<share> land(position_range rows, bool count_defects);

  std::mutex mutable mutex_;
  interval_set pending_;             ///< every record without an end
  interval_set unaccepted_;          ///< pending and not accepted
  interval_set rejected_;            ///< pending with a verdict, on their way to the dead letters
  interval_set ended_before_;        ///< by an earlier run
  std::map<position, flight> sent_;  ///< sent, without verdict, by first position
  tally counts_;
  bool closed_ = false;
};

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/ledger/impl/ledger.ipp>
#endif

#endif  // SLUICE_LEDGER_LEDGER_HPP
