#ifndef SLUICE_LEDGER_JOURNAL_HPP
#define SLUICE_LEDGER_JOURNAL_HPP

#include <sluice/config.hpp>
#include <sluice/ledger/detail/file.hpp>
#include <sluice/ledger/durable.hpp>
#include <sluice/ledger/interval_set.hpp>
#include <sluice/ledger/position.hpp>
#include <sluice/result.hpp>
#include <sluice/units.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0 {

/// What a journal belongs to. A journal of anything else is refused.
struct journal_identity {
  std::string target;  ///< where the rows go: account and table, without secrets
  std::string layout;  ///< columns, format and codec, in words
};

/// The memory of a load that outlives its process: which payloads were about to be sent with which
/// records, and which records have their end.
///
/// One append-only text file of mode 0600. A line is a CRC-32C in hex, a blank and
///
///     sluice-journal 2 <run id> "<target>" "<layout>"
///     base <position> <sequence>       everything before <position> has its end
///     ended <ranges>                   so have these records (dead letters of the source too)
///     plan <sequence> <time> <ranges>  this payload is about to be sent; seconds since 1970
///     dead <sequence> <ranges>         these records of it are in the dead letters
///     done <sequence>                  all its records have their end
///     absent <sequence>                the service does not hold it and never will
///
/// with ranges as `first+count,first+count`. `plan` is on the disk when the call returns; the other
/// lines say what the service can be asked again, so they are not waited for. A torn last line
/// belongs to a step that did not happen and is cut off; a damaged line before it is an error.
///
/// Thread safety: all members, from any thread.
class journal {
 public:
  /// What became known of a payload whose end is open.
  struct open_payload {
    std::uint64_t sequence = 0;
    std::chrono::sys_seconds planned_at{};  ///< by the clock of the run that sent it
    std::vector<position_range> rows;       ///< in body order
    interval_set dead;                      ///< of `rows`, those in the dead letters
  };

  /// Opens or creates the journal. `fresh_run_id` names the run if the journal has none.
  /// `owner_within`: how long to wait for another process that has it; one that was killed keeps
  /// its files until the system has taken it apart.
  /// Errors: errc::invalid_configuration (it belongs to another table or record layout),
  /// errc::invalid_input (damaged), errc::io (cannot be opened, or another process has it).
  static result<journal> open(std::string path,
                              journal_identity const& identity,
                              std::string fresh_run_id,
                              journal_hook hook = {},
                              milliseconds owner_within = milliseconds{0});

  journal(journal&& other) noexcept;

  /// Of the first run, kept over restarts.
  [[nodiscard]] std::string const& run_id() const noexcept { return run_id_; }

  [[nodiscard]] std::string const& path() const noexcept { return path_; }

  /// Greater than every sequence in the journal.
  [[nodiscard]] std::uint64_t next_sequence() const;

  /// Records with an end.
  [[nodiscard]] interval_set ended() const;

  /// The first record without an end.
  [[nodiscard]] position first_open() const;

  /// Payloads that are neither done nor absent, by sequence.
  [[nodiscard]] std::vector<open_payload> open_payloads() const;

  /// `at`: about when it is sent. On the disk when it returns: waits for it.
  result<void> plan(std::uint64_t sequence,
                    std::chrono::system_clock::time_point at,
                    std::span<position_range const> rows);

  result<void> dead(std::uint64_t sequence, std::span<position_range const> rows);

  result<void> done(std::uint64_t sequence);

  result<void> absent(std::uint64_t sequence);

  /// Records that never became part of a payload have their end.
  result<void> ended(std::span<position_range const> rows);

  /// Waits until everything written is on the disk.
  result<void> sync();

 private:
  journal() = default;

  struct reader;

  result<void> write(std::string_view step, std::string const& body);
  result<void> compact(detail::append_file& into) const;
  result<void> compact_if_large();
  [[nodiscard]] std::string header() const;
  void apply_done(std::uint64_t sequence);

  std::mutex mutable mutex_;
  detail::append_file file_;
  std::string path_;
  std::string run_id_;
  journal_identity identity_;
  journal_hook hook_;
  interval_set ended_;
  std::map<std::uint64_t, open_payload> open_;
  std::uint64_t next_sequence_ = 0;
  std::uint64_t compact_above_ = 0;
};

}  // namespace sluice::inline v0

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/ledger/impl/journal.ipp>
#endif

#endif  // SLUICE_LEDGER_JOURNAL_HPP
