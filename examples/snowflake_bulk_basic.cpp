// The smallest complete load into Snowflake: a struct, its columns, a loader.
//
//     ./snowflake_bulk_basic profile.json
//
// profile.json says where and as whom to log in:
//
//     {"account": "acme-main", "user": "LOADER", "private_key_path": "rsa_key.p8",
//      "database": "SALES", "schema": "PUBLIC", "warehouse": "LOAD_WH"}
//
// Exit status 0 only if every record is confirmed.

#include <sluice/auth/profile.hpp>
#include <sluice/sluice.hpp>
#include <sluice/snowflake/bulk.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>

using namespace sluice::literals;

// One row of the table ORDERS.
struct order {
  std::int64_t order_id;
  std::string status;
  sluice::decimal<12, 2> amount;
  sluice::timestamp<sluice::micros> created_at;
  std::optional<std::string> note;
};

template<>
struct sluice::schema<order> : sluice::columns<order,
                                               sluice::column<"ORDER_ID", &order::order_id>,
                                               sluice::column<"STATUS", &order::status>,
                                               sluice::column<"AMOUNT", &order::amount>,
                                               sluice::column<"CREATED_AT", &order::created_at>,
                                               sluice::column<"NOTE", &order::note>> {};

// What happens to them on their way; `batch` and `compress` may be left out.
using order_loader = sluice::loader<
    order,
    sluice::batch<sluice::max_rows<200'000>, sluice::max_bytes<128_MiB>, sluice::max_age<5_s>>,
    sluice::encode<sluice::csv<>>,
    sluice::compress<sluice::zstd<1>>,
    sluice::upload<sluice::snowflake::bulk<>>>;

int main(int argc, char** argv) {
  auto profile = sluice::read_profile(argc > 1 ? argv[1] : "profile.json");
  if (!profile) {
    fmt::print(stderr, "{}\n", profile.error().describe());
    return 2;
  }
  for (std::string const& warning : profile->warnings) fmt::print(stderr, "{}\n", warning);

  sluice::transport transport;
  order_loader load{transport,
                    {.connection = sluice::snowflake::connect_as(*std::move(profile)),
                     .table = "ORDERS",
                     .create_table = true}};

  sluice::timestamp<sluice::micros> const noon{{2025, 6, 30}, {12, 0, 0}};
  for (std::int64_t id = 1; id <= 1'000; ++id)
    load.push({.order_id = id,
               .status = id % 7 == 0 ? "RETURNED" : "SHIPPED",
               .amount = sluice::decimal<12, 2>::from_unscaled(id * 1999),
               .created_at = noon,
               .note = id % 10 == 0 ? std::optional{"gift"} : std::nullopt});

  sluice::report const r = load.finish();
  fmt::print("{} pushed: {} confirmed, {} in the dead letters {}\n",
             r.pushed,
             r.confirmed,
             r.dead_lettered,
             r.dead_letters);
  if (r.failure) fmt::print(stderr, "{}\n", r.failure->describe());
  return r.ok() && r.confirmed == r.pushed ? 0 : 1;
}
