// A loader whose rows lie in columns: bodies that are no text, have a header and a footer, and
// cannot be cut between rows by their bytes. What Parquet will be.

#include "../encode/columnar_model.hpp"
#include "catch.hpp"
#include "loads.hpp"

#include <sluice/compress/codec_stream.hpp>
#include <sluice/compress/compress.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/pipeline/loader.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace sluice_test;
namespace test = sluice::test;
using columnar::reading;
using sluice::dead_reason;
using sluice::errc;

namespace {

struct columns_format {
  static constexpr sluice::format_description description = columnar::encoder::description;
  using diagnosis = sluice::passed;
  template<class>
  using encoder_for = columnar::encoder;
};

/// How the service of one test behaves, and what it has seen.
struct columnar_config : test::model_config {
  std::uint64_t most_rows = std::numeric_limits<std::uint64_t>::max();  ///< of one body
  bool names_bad_rows = true;  ///< else the whole body is refused, without a word about which
  std::size_t* most_groups = nullptr;  ///< row groups in one body
};

std::string row_of(std::int64_t id, std::optional<std::string_view> note) {
  return std::to_string(id) + ',' + std::string{note.value_or("(null)")};
}

/// Reads a body as its service would.
sluice::result<std::vector<std::string>> rows_in(std::string_view body, std::size_t& groups) {
  sluice::error const damaged{errc::payload_refused, "the body is damaged"};
  if (!body.starts_with("COLS") || !body.ends_with("ENDS")) return damaged;
  body.remove_suffix(4);
  std::vector<std::string> rows;
  columnar::group g;
  for (std::size_t at = 4; at != body.size(); ++groups) {
    if (!g.open(body, at)) return damaged;
    for (std::size_t row = 0; row != g.rows; ++row) rows.push_back(row_of(g.id(row), g.note(row)));
  }
  return rows;
}

struct columns_service : test::row_errors {
  static constexpr sluice::capabilities limits{
      .formats = {sluice::format::parquet},
      .codecs = {sluice::codec::none, sluice::codec::gzip, sluice::codec::zstd},
      .max_row_bytes = 4096,
      .max_in_flight = 4};
  using config = columnar_config;

  class session : public test::row_errors::session {
   public:
    session(sluice::environment const& e, config const& c)
        : test::row_errors::session{e, c}, config_{c} {}

    sluice::task<sluice::accepted> send(sluice::payload const& p, sluice::ack& a) {
      if (p.row_count > config_.most_rows)
        co_return sluice::error{errc::payload_too_large, "413 Content Too Large"};
      auto const text = sluice::decompress(p.compression, p.body, p.raw_bytes);
      if (!text) co_return text.error();
      std::size_t groups = 0;
      auto const rows = rows_in(*text, groups);
      if (!rows) co_return rows.error();
      if (rows->size() != p.row_count)
        co_return sluice::error{errc::payload_refused, "the body has other rows than it should"};
      if (config_.most_groups != nullptr)
        *config_.most_groups = std::max(*config_.most_groups, groups);
      auto const& is_bad = config_.service->is_bad;
      if (!config_.names_bad_rows && std::any_of(rows->begin(), rows->end(), is_bad))
        co_return sluice::error{errc::payload_refused, "a row is not good"};
      std::uint64_t row = 0;
      for (std::string const& one : *rows) {
        sluice::position const at = p.position_of(row++);
        if (config_.service->write(one))
          a.confirm({at, 1});
        else
          a.reject(at, {dead_reason::rejected, "1001", "the model refuses this row", "ID"}, {});
      }
      co_return sluice::accepted{p.body.size()};
    }

   private:
    config config_;
  };
};

template<class Codec>
using columnar_loader = sluice::loader<reading,
                                       sluice::batch<sluice::max_rows<1'000>>,
                                       sluice::encode<columns_format>,
                                       sluice::compress<Codec>,
                                       sluice::upload<columns_service>>;

reading make_reading(std::int64_t id) {
  reading r;
  r.id = id;
  if (id % 3 != 0) r.note = "note \"" + std::to_string(id) + '"';
  return r;
}

/// Pushes readings from producers that come and go: each leaves a row group of its own.
template<class Loader>
void push_in_groups(Loader& load, std::int64_t count, std::int64_t each) {
  for (std::int64_t first = 0; first < count; first += each) {
    auto producer = load.new_producer();
    REQUIRE(producer);
    for (std::int64_t id = first; id != std::min(count, first + each); ++id)
      REQUIRE(producer->push(make_reading(id)));
  }
}

columnar_config config_of(std::shared_ptr<model_service> service) {
  columnar_config c;
  c.service = std::move(service);
  return c;
}

void check_all_there(model_service const& service, std::int64_t count) {
  CHECK(service.rows() == static_cast<std::uint64_t>(count));
  CHECK(service.doubled() == 0);
  for (std::int64_t id = 0; id != count; ++id) {
    reading const sent = make_reading(id);
    if (!service.has(row_of(sent.id, sent.note))) FAIL("row " << id << " is not there");
  }
}

}  // namespace

TEMPLATE_TEST_CASE("rows in columns arrive as they were, several groups in one body",
                   "[pipeline][columnar]",
                   sluice::none,
                   sluice::gzip<1>,
                   sluice::zstd<1>) {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  auto config = config_of(service);
  std::size_t groups = 0;
  config.most_groups = &groups;
  letters dead;
  columnar_loader<TestType> load{transport, config, {.workers = 1, .dead_letters = dead.sink()}};
  push_in_groups(load, 900, 50);
  auto const report = load.finish();
  INFO((report.failure ? report.failure->describe() : "ok"));
  CHECK(report.ok());
  CHECK(report.confirmed == 900);
  CHECK(dead.all().empty());
  CHECK(groups > 1);
  check_all_there(*service, 900);
}

TEMPLATE_TEST_CASE("a body of columns that is too large goes out in parts",
                   "[pipeline][columnar]",
                   sluice::none,
                   sluice::zstd<1>) {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  auto config = config_of(service);
  config.most_rows = 70;
  letters dead;
  columnar_loader<TestType> load{transport, config, {.workers = 1, .dead_letters = dead.sink()}};
  push_in_groups(load, 900, 50);
  auto const report = load.finish();
  INFO((report.failure ? report.failure->describe() : "ok"));
  CHECK(report.ok());
  CHECK(report.adds_up());
  CHECK(report.confirmed == 900);
  CHECK(dead.all().empty());
  check_all_there(*service, 900);
}

TEMPLATE_TEST_CASE("bad rows of a body of columns are letters that can be read",
                   "[pipeline][columnar]",
                   sluice::none,
                   sluice::zstd<1>) {
  bool const named = GENERATE(true, false);
  bool const reveal = GENERATE(true, false);
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  service->is_bad = [](std::string_view row) {
    return row.starts_with("17,") || row.starts_with("18,") || row.starts_with("611,");
  };
  auto config = config_of(service);
  config.names_bad_rows = named;
  letters dead;
  columnar_loader<TestType> load{
      transport, config, {.workers = 1, .dead_letters = dead.sink(), .reveal_pii = reveal}};
  push_in_groups(load, 900, 50);
  auto const report = load.finish();
  INFO((report.failure ? report.failure->describe() : "ok"));
  CHECK(report.ok());
  CHECK(report.adds_up());
  CHECK(report.confirmed == 897);
  CHECK(service->rows() == 897);
  CHECK(service->doubled() == 0);
  auto all = dead.all();
  REQUIRE(all.size() == 3);
  std::sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.at < b.at; });
  std::vector<std::string> const shown{R"("note \"17\"")", "null", R"("note \"611\"")"};
  std::vector<std::uint64_t> const at{17, 18, 611};
  for (std::size_t i = 0; i != all.size(); ++i) {
    CHECK(all[i].at == at[i]);
    CHECK(all[i].why.reason == dead_reason::rejected);
    CHECK_FALSE(all[i].record_is_text);
    CHECK(all[i].record == "{\"ID\":" + std::to_string(at[i]) +
                               ",\"NOTE\":" + (reveal ? shown[i] : R"("[redacted]")") + '}');
  }
}

TEST_CASE("a reading that is too large for its service is a dead letter", "[pipeline][columnar]") {
  sluice::transport transport{{}};
  auto const service = std::make_shared<model_service>();
  letters dead;
  columnar_loader<sluice::none> load{transport, config_of(service), {.dead_letters = dead.sink()}};
  REQUIRE(load.push(make_reading(0)));
  REQUIRE(load.push({1, std::string(5'000, 'x')}));
  REQUIRE(load.push({2, std::string(2'000, 'x')}));
  auto const report = load.finish();
  CHECK(report.ok());
  CHECK(report.confirmed == 2);
  CHECK(service->rows() == 2);
  auto const all = dead.all();
  REQUIRE(all.size() == 1);
  CHECK(all[0].at == 1);
  CHECK(all[0].why.reason == dead_reason::too_large);
}
