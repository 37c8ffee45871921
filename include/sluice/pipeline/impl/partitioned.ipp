#ifndef SLUICE_PIPELINE_IMPL_PARTITIONED_IPP
#define SLUICE_PIPELINE_IMPL_PARTITIONED_IPP

#include <sluice/pipeline/partitioned.hpp>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::detail {

class one_at_a_time final : public dead_letter_sink {
 public:
  explicit one_at_a_time(std::shared_ptr<dead_letter_sink> to) : to_{std::move(to)} {}

  result<void> write(std::span<dead_letter const> letters, std::string_view run_id) override {
    std::scoped_lock const lock{mutex_};
    return to_->write(letters, run_id);
  }

  result<void> sync() override {
    std::scoped_lock const lock{mutex_};
    return to_->sync();
  }

  [[nodiscard]] std::size_t most_at_once() const noexcept override { return to_->most_at_once(); }

  [[nodiscard]] std::string describe() const override { return to_->describe(); }

 private:
  std::mutex mutex_;
  std::shared_ptr<dead_letter_sink> to_;
};

SLUICE_DECL std::shared_ptr<dead_letter_sink> shared_sink(std::shared_ptr<dead_letter_sink> to) {
  if (!to) return nullptr;  // each loader then has a file of its own
  return std::make_shared<one_at_a_time>(std::move(to));
}

SLUICE_DECL run_options options_of_part(run_options options, std::size_t parts, std::size_t index) {
  std::string const suffix = "-k" + std::to_string(index);
  options.memory_limit /= parts;
  if (!options.run_id.empty()) options.run_id += suffix;
  if (!options.journal.path.empty()) options.journal.path += suffix;
  return options;
}

SLUICE_DECL void add_to(report& total, report const& part) {
  total.pushed += part.pushed;
  total.pending += part.pending;
  total.confirmed += part.confirmed;
  total.dead_lettered += part.dead_lettered;
  total.spooled += part.spooled;
  total.defects += part.defects;
  total.late += part.late;
  total.skipped += part.skipped;
  total.recovered += part.recovered;
  total.refused += part.refused;
  for (std::size_t i = 0; i != total.dead_by_reason.size(); ++i)
    total.dead_by_reason[i] += part.dead_by_reason[i];
  total.records_written += part.records_written;
  total.bytes_encoded += part.bytes_encoded;
  total.bytes_uploaded += part.bytes_uploaded;
  total.files_uploaded += part.files_uploaded;
  total.copy_operations += part.copy_operations;
  total.upload_workers += part.upload_workers;
  total.elapsed = std::max(total.elapsed, part.elapsed);
  total.peak_memory_bytes += part.peak_memory_bytes;
  if (!total.failure) total.failure = part.failure;
}

}  // namespace sluice::inline v0::detail

#endif  // SLUICE_PIPELINE_IMPL_PARTITIONED_IPP
