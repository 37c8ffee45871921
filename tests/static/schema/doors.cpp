// Four doors to the same schema.
#include <sluice/schema/aggregate.hpp>
#include <sluice/schema/chrono.hpp>
#include <sluice/schema/describe.hpp>
#include <sluice/schema/hana.hpp>
#include <sluice/schema/schema.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace shop {

struct by_hand {
  int order_id;
  std::string status;
  std::optional<double> total;
};

struct by_macro : by_hand {};

struct by_hana {
  int order_id;
  std::string status;
  std::optional<double> total;
};

struct by_members {
  int order_id;
  std::string status;
  std::optional<double> total;
};

struct with_marks {
  std::string email;
  std::string password;
  std::string name;
};

struct upper_hana {
  int order_id;
};

struct upper_members {
  int order_id;
  std::chrono::sys_seconds at;
};

struct defined {
  BOOST_HANA_DEFINE_STRUCT(defined, (int, order_id), (std::string, status));
};

// clang-format off
struct widest {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9;
  int c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9;
  int e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9;
  int g0, g1, g2, g3, g4, g5, g6, g7, g8, g9, h0, h1, h2, h3, h4, h5, h6, h7, h8, h9;
  int i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, j0, j1, j2, j3, j4, j5, j6, j7, j8, j9;
  int k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, l0, l1, l2, l3, l4, l5, l6, l7, l8, l9;
  int m0, m1, m2, m3, m4, m5, m6, m7;
};

// clang-format on

}  // namespace shop

template<>
struct sluice::schema<shop::by_hand>
    : sluice::columns<shop::by_hand,
                      sluice::column<"order_id", &shop::by_hand::order_id>,
                      sluice::column<"status", &shop::by_hand::status>,
                      sluice::column<"total", &shop::by_hand::total>> {};

SLUICE_DESCRIBE(shop::by_macro, order_id, status, total);

BOOST_HANA_ADAPT_STRUCT(shop::by_hana, order_id, status, total);

template<>
struct sluice::schema<shop::by_members> : sluice::aggregate_columns<shop::by_members> {};

SLUICE_DESCRIBE_UPPER(shop::with_marks,
                      (email, "E-Mail", sluice::pii, sluice::max_length<80>),
                      (password, "PASSWORD", sluice::secret, sluice::renamed_from<"PW">),
                      name);

BOOST_HANA_ADAPT_STRUCT(shop::upper_hana, order_id);

template<>
struct sluice::schema<shop::upper_hana>
    : sluice::hana_columns<shop::upper_hana, sluice::member_names::upper> {};

template<>
struct sluice::schema<shop::upper_members>
    : sluice::aggregate_columns<shop::upper_members, sluice::member_names::upper> {};

template<>
struct sluice::schema<shop::widest> : sluice::aggregate_columns<shop::widest> {};

namespace {

consteval bool same_columns(sluice::column_table a, sluice::column_table b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i != a.size(); ++i)
    if (a[i].name != b[i].name || a[i].type != b[i].type || a[i].nullable != b[i].nullable)
      return false;
  return true;
}

constexpr sluice::column_table by_hand = sluice::columns_of<shop::by_hand>();
static_assert(by_hand.size() == 3);
static_assert(by_hand[0].name == "order_id" && by_hand[0].type == sluice::logical_type::integer);
static_assert(by_hand[0].bits == 32 && !by_hand[0].is_unsigned && !by_hand[0].nullable);
static_assert(by_hand[2].nullable && by_hand[2].type == sluice::logical_type::float64);
static_assert(same_columns(by_hand, sluice::columns_of<shop::by_macro>()));
static_assert(same_columns(by_hand, sluice::columns_of<shop::by_hana>()));
static_assert(same_columns(by_hand, sluice::columns_of<shop::by_members>()));
static_assert(sluice::columns_of<shop::defined>()[1].name == "status");

constexpr sluice::column_table marks = sluice::columns_of<shop::with_marks>();
static_assert(marks[0].name == "E-Mail" && marks[0].pii && marks[0].max_length == 80);
static_assert(marks[1].secret && !marks[1].pii && marks[1].renamed_from == "PW");
static_assert(marks[2].name == "NAME");

static_assert(sluice::columns_of<shop::upper_hana>()[0].name == "ORDER_ID");
static_assert(sluice::columns_of<shop::upper_members>()[0].name == "ORDER_ID");
static_assert(sluice::columns_of<shop::upper_members>()[1].zone == sluice::zone_kind::utc);
static_assert(sluice::columns_of<shop::upper_members>()[1].unit == sluice::time_unit::seconds);

static_assert(sluice::column_count<shop::widest> == 128);
static_assert(sluice::columns_of<shop::widest>()[127].name == "m7");

}  // namespace
