#include "../pipeline/orders.hpp"
#include "catch.hpp"
#include "temporary_directory.hpp"

#include <sluice/destination/file.hpp>
#include <sluice/encode/csv.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/test/destination_laws.hpp>
#include <sluice/test/destination_models.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace test = sluice::test;
using sluice_test::order;

namespace {

std::vector<order> samples() {
  std::vector<order> all;
  for (std::int64_t i = 0; i != 8; ++i) all.push_back(sluice_test::make_order(i));
  return all;
}

/// The laws over a model, whose service is made afresh for every configuration.
template<class Model>
sluice::result<void> laws_of(sluice::codec compression, sluice::milliseconds lag = {}) {
  sluice::transport transport{{}};
  auto service = std::make_shared<test::model_service>();
  test::law_setup<Model> setup;
  setup.compression = compression;
  setup.config = [&] {
    service = std::make_shared<test::model_service>();
    service->is_bad = [](std::string_view row) { return row.find("refused") != row.npos; };
    return test::model_config{.service = service, .commit_lag = lag};
  };
  setup.rows_held = [&] { return service->doubled() == 0 ? service->rows() : 1'000'000; };
  auto const records = samples();
  std::vector<order> bad(1, records[0]);
  bad[0].status = "refused";
  return test::check_destination_laws<Model, order, sluice::csv<>>(
      transport, setup, std::span<order const>{records}, std::span<order const>{bad});
}

std::string reason(sluice::result<void> const& r) {
  return r ? std::string{"lawful"} : r.error().message;
}

/// A model with one law broken on purpose.
template<class Model, class Break>
struct broken_model : Model {
  class session : public Model::session {
   public:
    using Model::session::session;

    sluice::task<sluice::accepted> send(sluice::payload const& p, sluice::ack& a) {
      return Break::send(static_cast<typename Model::session&>(*this), p, a);
    }

    sluice::task<void> flush(sluice::deadline until) {
      return Break::flush(static_cast<typename Model::session&>(*this), until);
    }
  };
};

struct confirms_twice {
  template<class S>
  static sluice::task<sluice::accepted> send(S& s, sluice::payload const& p, sluice::ack& a) {
    auto const sent = co_await s.send(p, a);
    a.confirm(p);
    co_return sent;
  }

  template<class S>
  static sluice::task<void> flush(S& s, sluice::deadline until) {
    return s.flush(until);
  }
};

/// Takes every rejection for a success.
class hopeful_ack final : public sluice::ack {
 public:
  explicit hopeful_ack(sluice::ack& to) : to_{to} {}

  void confirm(sluice::position_range rows) override { to_.confirm(rows); }

  void reject(sluice::position row, sluice::rejection, std::string) override {
    to_.confirm({row, 1});
  }

 private:
  sluice::ack& to_;
};

struct ignores_refusals {
  template<class S>
  static sluice::task<sluice::accepted> send(S& s, sluice::payload const& p, sluice::ack& a) {
    hopeful_ack hopeful{a};
    auto const sent = co_await s.send(p, hopeful);
    co_return sent;
  }

  template<class S>
  static sluice::task<void> flush(S& s, sluice::deadline until) {
    return s.flush(until);
  }
};

struct flushes_nothing {
  template<class S>
  static sluice::task<sluice::accepted> send(S& s, sluice::payload const& p, sluice::ack& a) {
    return s.send(p, a);
  }

  template<class S>
  static sluice::task<void> flush(S&, sluice::deadline) {
    co_return sluice::success;
  }
};

}  // namespace

TEST_CASE("the models obey the laws of destinations", "[destination][laws]") {
  CHECK(reason(laws_of<test::row_errors>(sluice::codec::gzip)) == "lawful");
  CHECK(reason(laws_of<test::group_commit>(sluice::codec::zstd)) == "lawful");
  CHECK(reason(laws_of<test::ordered_offsets>(sluice::codec::none)) == "lawful");
  CHECK(reason(laws_of<test::late_commit>(sluice::codec::none)) == "lawful");
  CHECK(reason(laws_of<test::late_commit>(sluice::codec::none, sluice::milliseconds{1})) ==
        "lawful");
}

TEST_CASE("the laws find a destination that breaks them", "[destination][laws]") {
  CHECK(reason(laws_of<broken_model<test::row_errors, confirms_twice>>(sluice::codec::none))
            .find("one verdict") != std::string::npos);
  CHECK(reason(laws_of<broken_model<test::group_commit, flushes_nothing>>(sluice::codec::none))
            .find("flush ends with a verdict") != std::string::npos);
  CHECK(reason(laws_of<broken_model<test::row_errors, ignores_refusals>>(sluice::codec::none))
            .find("a refused row is rejected") != std::string::npos);
}

TEST_CASE("the file destination obeys the laws", "[destination][laws][file]") {
  sluice_test::temporary_directory const directory;
  sluice::transport transport{{}};
  int run = 0;
  test::law_setup<sluice::file> setup;
  setup.config = [&] { return sluice::file_config{directory / std::to_string(++run)}; };
  auto const records = samples();
  auto const lawful = test::check_destination_laws<sluice::file, order, sluice::ndjson>(
      transport, setup, std::span<order const>{records});
  CHECK(reason(lawful) == "lawful");
}
