#ifndef SLUICE_PIPELINE_DETAIL_DEAD_LETTER_OFFICE_HPP
#define SLUICE_PIPELINE_DETAIL_DEAD_LETTER_OFFICE_HPP

#include <sluice/config.hpp>
#include <sluice/ledger/dead_letter.hpp>
#include <sluice/pipeline/detail/body.hpp>
#include <sluice/pipeline/options.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace sluice::inline v0::detail {

/// Rows to be written to the dead letters, for one reason.
struct burial {
  position_range rows;
  std::shared_ptr<rejection const> why;
  std::string text;  ///< of a single row: encoded, as the destination gave it
};

/// Renders records and gives them to the sink; what the sink does not take goes to the report
/// handler. Thread safety: all members; not for the transport thread, as sinks write to disks.
class dead_letter_office {
 public:
  dead_letter_office(run_options const& options, row_format const& rows, std::string run_id);

  /// Writes `burials`, which lie in `body` (null: its bytes are gone). False: the sink failed.
  bool bury(sealed_body const* body,
            std::uint64_t sequence,
            bool was_sent,
            std::span<burial const> burials);

  bool write(std::span<dead_letter const> letters);

  /// A letter for a row that is `text` encoded, redacted as told.
  [[nodiscard]] dead_letter letter_from_text(position at,
                                             rejection why,
                                             std::string_view text) const;

  void tell(incident const& what) noexcept;

  /// No sink and no handler is called any more. False: one is still running after `within`.
  bool close(milliseconds within);

  [[nodiscard]] bool sink_failed() const noexcept { return failed_.load(); }

  /// The first failure of the sink.
  [[nodiscard]] error failure() const;

  /// Where the letters are; empty if there are none.
  [[nodiscard]] std::string where() const;

 private:
  class batch;
  class turn;

  row_format const& rows_;
  bool const reveal_pii_;
  bool const has_journal_;
  bool has_private_columns_ = false;
  std::string header_;
  std::string const run_id_;
  std::shared_ptr<dead_letter_sink> sink_;
  report_handler handler_;
  logger log_;
  std::atomic<bool> failed_{false};

  // Not held while the program's code runs, which may take its time: health and reports go on.
  std::mutex mutable mutex_;
  std::condition_variable free_;
  bool in_sink_ = false;
  bool in_handler_ = false;
  bool used_ = false;
  bool closed_ = false;
  error failure_;
};

}  // namespace sluice::inline v0::detail

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/pipeline/impl/dead_letter_office.ipp>
#endif

#endif  // SLUICE_PIPELINE_DETAIL_DEAD_LETTER_OFFICE_HPP
