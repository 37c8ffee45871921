#include <sluice/snowflake/ddl.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

using namespace sluice;

namespace {

constexpr std::array columns{
    column_info{.name = "ID", .type = logical_type::integer},
    column_info{.name = "FLAG", .type = logical_type::boolean, .nullable = true},
    column_info{.name = "RATIO", .type = logical_type::float32},
    column_info{.name = "TOTAL", .type = logical_type::float64, .nullable = true},
    column_info{.name = "AMOUNT", .type = logical_type::decimal, .precision = 38, .scale = 2},
    column_info{.name = "NOTE", .type = logical_type::text, .nullable = true},
    column_info{.name = "CODE", .type = logical_type::text, .max_length = 16},
    column_info{.name = "RAW", .type = logical_type::bytes},
    column_info{.name = "KEY", .type = logical_type::bytes, .max_length = 32},
    column_info{.name = "DAY", .type = logical_type::date},
    column_info{.name = "AT", .type = logical_type::time, .unit = time_unit::seconds},
    column_info{.name = "LOCAL", .type = logical_type::timestamp, .unit = time_unit::millis},
    column_info{.name = "WHEN", .type = logical_type::timestamp, .zone = zone_kind::utc},
    column_info{.name = "ZONED",
                .type = logical_type::timestamp,
                .unit = time_unit::nanos,
                .zone = zone_kind::offset},
    column_info{.name = "DOC", .type = logical_type::json, .nullable = true},
    column_info{.name = "TAGS", .type = logical_type::array},
    column_info{.name = "ADDRESS", .type = logical_type::object},
    column_info{.name = "odd \" name", .type = logical_type::uuid}};

constexpr bool writes(std::string_view expected, auto write) {
  std::array<char, 1'000> text{};
  snowflake::detail::text_writer count;
  write(count);
  snowflake::detail::text_writer out{text.data()};
  write(out);
  return count.size() == expected.size() && std::string_view{text.data(), out.size()} == expected;
}

static_assert(
    writes("CREATE TABLE IF NOT EXISTS \"DB\".\"S\".\"T\" ("
           "\"ID\" NUMBER(38, 0) NOT NULL, \"FLAG\" BOOLEAN, \"RATIO\" FLOAT NOT NULL, "
           "\"TOTAL\" FLOAT, \"AMOUNT\" NUMBER(38, 2) NOT NULL, \"NOTE\" VARCHAR, "
           "\"CODE\" VARCHAR(16) NOT NULL, \"RAW\" BINARY NOT NULL, "
           "\"KEY\" BINARY(32) NOT NULL, \"DAY\" DATE NOT NULL, \"AT\" TIME(0) NOT NULL, "
           "\"LOCAL\" TIMESTAMP_NTZ(3) NOT NULL, \"WHEN\" TIMESTAMP_LTZ(6) NOT NULL, "
           "\"ZONED\" TIMESTAMP_TZ(9) NOT NULL, \"DOC\" VARIANT, \"TAGS\" ARRAY NOT NULL, "
           "\"ADDRESS\" OBJECT NOT NULL, \"odd \"\" name\" VARCHAR(36) NOT NULL)",
           [](snowflake::detail::text_writer& out) {
             snowflake::detail::write_create_table(out, "\"DB\".\"S\".\"T\"", columns);
           }));

static_assert(writes("", [](snowflake::detail::text_writer& out) {
  snowflake::detail::write_definitions(out, {});
}));

struct order {
  std::int64_t id;
  std::optional<std::string> note;
};

}  // namespace

template<>
struct sluice::schema<order>
    : sluice::columns<order,
                      sluice::column<"ID", &order::id>,
                      sluice::column<"NOTE", &order::note, sluice::max_length<20>>> {};

static_assert(snowflake::column_definitions<order> ==
              "\"ID\" NUMBER(38, 0) NOT NULL, \"NOTE\" VARCHAR(20)");
static_assert(snowflake::create_table<order, "ORDERS"> ==
              "CREATE TABLE IF NOT EXISTS \"ORDERS\" "
              "(\"ID\" NUMBER(38, 0) NOT NULL, \"NOTE\" VARCHAR(20))");
