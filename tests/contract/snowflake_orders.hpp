#ifndef SLUICE_TESTS_CONTRACT_SNOWFLAKE_ORDERS_HPP
#define SLUICE_TESTS_CONTRACT_SNOWFLAKE_ORDERS_HPP

#include "catch.hpp"
#include "snowflake_fixture.hpp"

#include <sluice/sluice.hpp>
#include <sluice/snowflake/bulk.hpp>
#include <sluice/snowflake/ddl.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The record of the bulk tests, and loads of it.
namespace orders {

namespace sf = sluice::snowflake;

struct order {
  std::int64_t id = 0;
  std::string status;
  std::optional<std::string> note;
  sluice::decimal<12, 2> amount;
  bool paid = false;
  std::optional<double> ratio;
};

}  // namespace orders

template<>
struct sluice::schema<orders::order>
    : sluice::columns<orders::order,
                      sluice::column<"ID", &orders::order::id>,
                      sluice::column<"STATUS", &orders::order::status>,
                      sluice::column<"NOTE", &orders::order::note>,
                      sluice::column<"AMOUNT", &orders::order::amount>,
                      sluice::column<"PAID", &orders::order::paid>,
                      sluice::column<"RATIO", &orders::order::ratio>> {};

namespace orders {

template<class Format, class Codec, class... Options>
using bulk_loader = sluice::loader<order,
                                   sluice::batch<sluice::max_rows<500>>,
                                   sluice::encode<Format>,
                                   sluice::compress<Codec>,
                                   sluice::upload<sf::bulk<Options...>>>;

inline std::string nasty(std::int64_t i) {
  static std::vector<std::string> const all{"plain",
                                            "",
                                            "comma, \"quote\"",
                                            "line\nbreak",
                                            "\r\n",
                                            "back\\slash\\",
                                            "\\N",
                                            "NULL",
                                            "tab\there",
                                            "üñïçødé 🦆",
                                            "'single'",
                                            " spaces ",
                                            "trailing\\",
                                            std::string{"nul\0byte", 8}};
  return all[static_cast<std::size_t>(i) % all.size()];
}

inline order make_order(std::int64_t i) {
  order o;
  o.id = i;
  o.status = nasty(i);
  if (i % 3 != 0) o.note = nasty(i / 3);
  o.amount = sluice::decimal<12, 2>::from_unscaled(i * 101 - 5'000);
  o.paid = i % 2 == 0;
  if (i % 5 != 0) o.ratio = static_cast<double>(i) / 7;
  return o;
}

inline sf::bulk_config config_of(account_fixture const& f) {
  sf::bulk_config c;
  c.connection = f.connection();
  c.table = "ORDERS";
  c.create_table = true;
  return c;
}

inline sluice::run_options quiet(std::vector<sluice::dead_letter>& letters) {
  sluice::run_options o;
  o.dead_letters = sluice::dead_letter_callback(
      [&letters](sluice::dead_letter const& l) { letters.push_back(l); });
  return o;
}

using faulty_loader = bulk_loader<sluice::csv<>, sluice::gzip<1>>;

struct outcome {
  sluice::report report;
  std::vector<sluice::dead_letter> letters;
  std::string words;  ///< of dead letters and failure, for messages
  std::uint64_t in_table = 0;
  std::uint64_t distinct = 0;
};

template<class Loader = faulty_loader, class Config = sf::bulk_config>
outcome load_rows(
    account_fixture& f, Config c, std::int64_t rows, auto make_record, std::size_t workers = 0) {
  outcome o;
  {
    sluice::run_options run = quiet(o.letters);
    run.workers = workers;
    Loader load{f.net, std::move(c), std::move(run)};
    for (std::int64_t i = 0; i != rows; ++i) load.push(make_record(i));
    o.report = load.finish();
  }
  o.in_table = static_cast<std::uint64_t>(f.server.number("SELECT COUNT(*) FROM ORDERS"));
  o.distinct = static_cast<std::uint64_t>(f.server.number("SELECT COUNT(DISTINCT ID) FROM ORDERS"));
  for (auto const& l : o.letters)
    if (o.words.size() < 2'000) o.words += std::to_string(l.at) + ": " + l.why.message + '\n';
  if (o.report.failure) o.words += o.report.failure->describe();
  CHECK(o.report.pushed == o.report.confirmed + o.report.dead_lettered);
  CHECK(o.letters.size() == o.report.dead_lettered);
  return o;
}

/// How many files a COPY statement names.
inline std::size_t files_named_in(std::string_view sql) {
  std::size_t n = 0;
  for (auto at = sql.find(".csv.gz'"); at != sql.npos; at = sql.find(".csv.gz'", at + 1)) ++n;
  return n;
}

inline std::string name_of_fault(std::string_view text) {
  return std::string{text.substr(0, text.find_first_of("=:"))};
}

}  // namespace orders

#endif  // SLUICE_TESTS_CONTRACT_SNOWFLAKE_ORDERS_HPP
