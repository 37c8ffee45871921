#ifndef SLUICE_TESTS_UNIT_PIPELINE_LOADS_HPP
#define SLUICE_TESTS_UNIT_PIPELINE_LOADS_HPP

#include "orders.hpp"

#include <sluice/batch/batch_policy.hpp>
#include <sluice/encode/csv.hpp>
#include <sluice/pipeline/loader.hpp>
#include <sluice/test/destination_models.hpp>
#include <sluice/test/manual_clock.hpp>
#include <sluice/transport/transport.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sluice_test {

using sluice::test::model_config;
using sluice::test::model_service;

/// A loader of orders into one of the models, in batches of ten rows.
template<class Model, class... Policies>
using model_loader = sluice::loader<order,
                                    sluice::batch<sluice::max_rows<10>>,
                                    sluice::encode<sluice::csv<>>,
                                    sluice::upload<Model>,
                                    Policies...>;

inline std::string row_of(std::int64_t id) {
  return std::to_string(id) + ",\"open\",\"someone@example.org\"";
}

/// Dead letters in memory. Thread safety: all members.
class letters {
 public:
  [[nodiscard]] std::shared_ptr<sluice::dead_letter_sink> sink() {
    return sluice::dead_letter_callback([this](sluice::dead_letter const& one) {
      std::scoped_lock const lock{mutex_};
      all_.push_back(one);
    });
  }

  [[nodiscard]] std::vector<sluice::dead_letter> all() const {
    std::scoped_lock const lock{mutex_};
    return all_;
  }

 private:
  std::mutex mutable mutex_;
  std::vector<sluice::dead_letter> all_;
};

/// Incidents that a loader reports.
class incidents {
 public:
  [[nodiscard]] sluice::report_handler handler() {
    return [this](sluice::incident const& one) {
      std::scoped_lock const lock{mutex_};
      ++count_;
      letters_ += one.letters.size();
      last_ = one.what.message;
      if (one.final_report != nullptr) reports_.push_back(*one.final_report);
    };
  }

  [[nodiscard]] std::size_t count() const {
    std::scoped_lock const lock{mutex_};
    return count_;
  }

  [[nodiscard]] std::size_t letters() const {
    std::scoped_lock const lock{mutex_};
    return letters_;
  }

  [[nodiscard]] std::vector<sluice::report> reports() const {
    std::scoped_lock const lock{mutex_};
    return reports_;
  }

 private:
  std::mutex mutable mutex_;
  std::size_t count_ = 0;
  std::size_t letters_ = 0;
  std::string last_;
  std::vector<sluice::report> reports_;
};

}  // namespace sluice_test

#endif  // SLUICE_TESTS_UNIT_PIPELINE_LOADS_HPP
