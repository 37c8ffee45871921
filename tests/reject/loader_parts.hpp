#ifndef SLUICE_TESTS_REJECT_LOADER_PARTS_HPP
#define SLUICE_TESTS_REJECT_LOADER_PARTS_HPP

/// \file
/// A record and destinations with limits, for the tests of what a loader refuses.

#include <sluice/batch/batch_policy.hpp>
#include <sluice/compress/compress.hpp>
#include <sluice/destination/destination.hpp>
#include <sluice/encode/csv.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/pipeline/loader.hpp>
#include <sluice/schema/schema.hpp>

#include <cstdint>
#include <string>

namespace parts {

struct order {
  std::int64_t id = 0;
  std::string status;
};

/// What the destinations below share: a session that never runs.
struct service {
  template<class Record>
  using checks = sluice::passed;

  struct config {
    std::string table{};
  };

  class session {
   public:
    session(sluice::environment const&, config const&) {}

    sluice::task<sluice::resume_point> open();
    sluice::task<sluice::accepted> send(sluice::payload const& p, sluice::ack& a);
    sluice::task<void> flush(sluice::deadline until);
    sluice::task<void> finish(sluice::deadline until);
  };
};

struct csv_only : service {
  static constexpr sluice::capabilities limits{
      .formats = {sluice::format::csv}, .codecs = {sluice::codec::none, sluice::codec::gzip}};
};

struct in_order : service {
  static constexpr sluice::capabilities limits{.formats = {sluice::format::csv},
                                               .codecs = {sluice::codec::none},
                                               .max_in_flight = 1,
                                               .ordered = true};
};

struct small_requests : service {
  static constexpr sluice::capabilities limits{.formats = {sluice::format::csv},
                                               .codecs = {sluice::codec::none, sluice::codec::gzip},
                                               .max_payload_bytes = 10'000'000,
                                               .max_payload_rows = 50'000};
};

struct one_column : service {
  static constexpr sluice::capabilities limits{
      .formats = {sluice::format::csv}, .codecs = {sluice::codec::none}, .max_columns = 1};
};

}  // namespace parts

template<>
struct sluice::schema<parts::order>
    : sluice::columns<parts::order,
                      sluice::column<"ID", &parts::order::id>,
                      sluice::column<"STATUS", &parts::order::status>> {};

#endif  // SLUICE_TESTS_REJECT_LOADER_PARTS_HPP
