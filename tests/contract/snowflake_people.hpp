#ifndef SLUICE_TESTS_CONTRACT_SNOWFLAKE_PEOPLE_HPP
#define SLUICE_TESTS_CONTRACT_SNOWFLAKE_PEOPLE_HPP

#include "snowflake_orders.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

/// A load of personal data of which one value is refused, with everything it says kept.
namespace people {

struct person {
  std::int64_t id = 0;
  std::string email;
  std::string city;
};

}  // namespace people

template<>
struct sluice::schema<people::person>
    : sluice::columns<people::person,
                      sluice::column<"ID", &people::person::id>,
                      sluice::column<"EMAIL", &people::person::email, sluice::pii>,
                      sluice::column<"CITY", &people::person::city>> {};

namespace people {

inline constexpr std::string_view planted = "ada.three.of.ten@example.org";

/// Ten people; the service takes emails of sixteen characters, and quotes the one that is longer.
struct load {
  sluice::report report;
  std::vector<sluice::dead_letter> letters;
  std::string said;  ///< log lines of every level, errors, dead letters as they are written
  std::uint64_t in_table = 0;

  load(account_fixture& f, bool reveal_pii) {
    using loader = sluice::
        loader<person, sluice::encode<sluice::csv<>>, sluice::upload<sluice::snowflake::bulk<>>>;
    REQUIRE(f.execute(f.session(),
                      "CREATE TABLE PEOPLE (ID NUMBER, EMAIL VARCHAR(16), "
                      "CITY VARCHAR)"));
    sluice::snowflake::bulk_config c;
    c.connection = f.connection();
    c.table = "PEOPLE";
    auto options = orders::quiet(letters);
    options.reveal_pii = reveal_pii;
    options.log = sluice::logger{[this](sluice::log_entry const& e) {
                                   std::scoped_lock const lock{mutex_};
                                   said += sluice::to_text(e) + '\n';
                                 },
                                 sluice::log_level::debug};
    loader run{f.net, c, options};
    for (std::int64_t i = 0; i != 10; ++i)
      run.push({i, i == 3 ? std::string{planted} : "x@example.org", "London"});
    report = run.finish();
    for (auto const& letter : letters) said += sluice::to_json(letter, report.run_id) + '\n';
    if (report.failure) said += report.failure->describe();
    in_table = static_cast<std::uint64_t>(f.server.number("SELECT COUNT(*) FROM PEOPLE"));
  }

  [[nodiscard]] bool tells(std::string_view text) const {
    return said.find(text) != std::string::npos;
  }

 private:
  std::mutex mutex_;
};

}  // namespace people

#endif  // SLUICE_TESTS_CONTRACT_SNOWFLAKE_PEOPLE_HPP
