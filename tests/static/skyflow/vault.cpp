#include <sluice/batch/batch_policy.hpp>
#include <sluice/compress/compress.hpp>
#include <sluice/destination/upload.hpp>
#include <sluice/encode/csv.hpp>
#include <sluice/encode/encoder.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/pipeline/plan.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/skyflow/vault.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using namespace sluice;

namespace {

struct person {
  std::string ssn;
  std::string ssn_token;
  std::string name;
  std::optional<std::string> name_token;
};

struct strict_person {
  std::string ssn;
  std::string ssn_token;
};

struct bare {
  std::int32_t age;
};

struct upper {
  std::string ssn;
};

struct keyed {
  std::string id;
};

struct lost_token {
  std::string ssn;
  std::string token;
  std::string other;
};

struct twice {
  std::string ssn;
  std::string first;
  std::string second;
};

struct token_number {
  std::string ssn;
  std::int64_t token;
};

struct structured {
  std::vector<std::string> tags;
};

struct essay {
  std::string text;
};

struct binary {
  std::vector<std::byte> picture;
};

}  // namespace

template<>
struct sluice::schema<person>
    : sluice::columns<
          person,
          sluice::column<"ssn", &person::ssn>,
          sluice::column<"ssn_token", &person::ssn_token, sluice::token_of<&person::ssn>>,
          sluice::column<"full-name", &person::name>,
          sluice::column<"Name Token", &person::name_token, sluice::token_of<&person::name>>> {};

template<>
struct sluice::schema<strict_person>
    : sluice::columns<strict_person,
                      sluice::column<"ssn", &strict_person::ssn>,
                      sluice::column<"ssn_token",
                                     &strict_person::ssn_token,
                                     sluice::token_of<&strict_person::ssn>>> {};

template<>
struct sluice::schema<bare> : sluice::columns<bare, sluice::column<"age", &bare::age>> {};

template<>
struct sluice::schema<upper> : sluice::columns<upper, sluice::column<"SSN", &upper::ssn>> {};

template<>
struct sluice::schema<keyed> : sluice::columns<keyed, sluice::column<"skyflow_id", &keyed::id>> {};

template<>
struct sluice::schema<lost_token>
    : sluice::columns<
          lost_token,
          sluice::column<"ssn", &lost_token::ssn>,
          sluice::column<"token", &lost_token::token, sluice::token_of<&lost_token::other>>> {};

template<>
struct sluice::schema<twice>
    : sluice::columns<twice,
                      sluice::column<"ssn", &twice::ssn>,
                      sluice::column<"a", &twice::first, sluice::token_of<&twice::ssn>>,
                      sluice::column<"b", &twice::second, sluice::token_of<&twice::ssn>>> {};

template<>
struct sluice::schema<token_number>
    : sluice::columns<
          token_number,
          sluice::column<"ssn", &token_number::ssn>,
          sluice::column<"token", &token_number::token, sluice::token_of<&token_number::ssn>>> {};

template<>
struct sluice::schema<structured>
    : sluice::columns<structured, sluice::column<"tags", &structured::tags>> {};

template<>
struct sluice::schema<binary>
    : sluice::columns<binary, sluice::column<"picture", &binary::picture>> {};

template<>
struct sluice::schema<essay>
    : sluice::columns<essay, sluice::column<"text", &essay::text, sluice::max_length<2501>>> {};

namespace {

using skyflow::batch_endpoint;
using skyflow::byot;
using skyflow::concurrency;
using skyflow::continue_on_error;
using skyflow::flowvault;
using skyflow::token_mode;
using skyflow::unique;
using skyflow::upsert;
using skyflow::vault;

template<class Record, class... Options>
using checked = vault<Options...>::template checks<Record>;

// The mark knows the column whose tokens it holds, and makes its own one private.
static_assert(columns_of<person>()[1].token_of == "ssn");
static_assert(columns_of<person>()[1].pii);
static_assert(columns_of<person>()[3].token_of == "full-name");
static_assert(columns_of<person>()[0].token_of.empty());
static_assert(columns_of<lost_token>()[1].token_of.empty());

static_assert(encoder<skyflow::record_encoder<person>, person>);
static_assert(destination<vault<>>);
static_assert(destination<vault<upsert<&person::ssn>, byot<token_mode::some>, concurrency<128>>>);

// A replay is safe only where the vault finds the row again.
static_assert(!recoverable_session<vault<>::session>);
static_assert(!recoverable_session<vault<unique<&person::ssn>>::session>);
static_assert(recoverable_session<vault<upsert<&person::ssn>>::session>);

static_assert(vault<>::limits.max_in_flight == 32);
static_assert(vault<concurrency<7>>::limits.max_in_flight == 7);

static_assert(std::same_as<checked<person>, passed>);
static_assert(std::same_as<checked<bare>, passed>);
static_assert(std::same_as<checked<person, byot<token_mode::some>, flowvault>, passed>);
static_assert(std::same_as<checked<strict_person, byot<token_mode::strict>>, passed>);
static_assert(std::same_as<checked<structured>, passed>);
static_assert(std::same_as<checked<person, upsert<&person::name>, batch_endpoint>, passed>);
static_assert(std::same_as<checked<person, concurrency<1>>, passed>);

static_assert(
    std::same_as<checked<bare, byot<token_mode::some>>, failed::token_column_required<bare, "">>);
static_assert(
    std::same_as<checked<bare, byot<token_mode::strict>>, failed::token_column_required<bare, "">>);
static_assert(std::same_as<checked<person, byot<token_mode::strict>>,
                           failed::token_may_be_null<person, "Name Token">>);
static_assert(std::same_as<checked<lost_token>, failed::token_of_no_column<lost_token, "token">>);
static_assert(std::same_as<checked<twice>, failed::two_token_columns_for_one<twice, "a">>);
static_assert(
    std::same_as<checked<token_number>, failed::token_is_not_text<token_number, "token">>);
static_assert(std::same_as<checked<upper>, failed::column_name_has_other_characters<upper, "SSN">>);
static_assert(std::same_as<checked<keyed>, failed::skyflow_id_is_reserved<keyed>>);
static_assert(std::same_as<checked<binary>, failed::type_not_in_a_vault<binary, "picture">>);
static_assert(
    std::same_as<checked<structured, flowvault>, failed::type_not_in_a_vault<structured, "tags">>);
static_assert(std::same_as<checked<person, upsert<&person::ssn_token>>,
                           failed::upsert_column_not_in_record<person, &person::ssn_token>>);
static_assert(std::same_as<checked<lost_token, unique<&lost_token::other>>,
                           failed::upsert_column_not_in_record<lost_token, &lost_token::other>>);
static_assert(std::same_as<checked<essay>, passed>);
static_assert(std::same_as<checked<essay, upsert<&essay::text>>,
                           failed::unique_column_too_long<essay, &essay::text, 2501, 2500>>);
static_assert(
    std::same_as<checked<person, concurrency<0>>, failed::concurrency_out_of_range<0, 128>>);
static_assert(
    std::same_as<checked<person, concurrency<129>>, failed::concurrency_out_of_range<129, 128>>);
static_assert(std::same_as<checked<person, int>, failed::unknown_vault_option<int>>);
static_assert(std::same_as<checked<person, concurrency<2>, concurrency<3>>,
                           failed::vault_option_given_twice<concurrency<2>>>);
static_assert(std::same_as<checked<person, batch_endpoint, flowvault>,
                           failed::vault_option_given_twice<batch_endpoint>>);
static_assert(std::same_as<checked<person, continue_on_error>, passed>);
static_assert(std::same_as<checked<person, continue_on_error, batch_endpoint>,
                           failed::vault_option_given_twice<continue_on_error>>);
static_assert(std::same_as<checked<person, upsert<&person::ssn>, unique<&person::ssn>>,
                           failed::vault_option_given_twice<upsert<&person::ssn>>>);

// The stages around it.
template<class... Stages>
using loaded = diagnosis_of<person, upload<vault<>>, Stages...>;

static_assert(std::same_as<loaded<>, passed>);
static_assert(std::same_as<loaded<batch<max_rows<300>, max_age<milliseconds{1000}>>>, passed>);
static_assert(std::same_as<loaded<batch<max_rows<1001>>>,
                           failed::batch_rows_over_destination_limit<vault<>, 1001, 1000>>);
static_assert(
    std::same_as<loaded<compress<gzip<1>>>,
                 failed::codec_not_accepted<vault<>, codec::gzip, failed::accepts<codec::none>>>);
static_assert(std::same_as<
              loaded<encode<ndjson>>,
              failed::format_not_accepted<vault<>, format::ndjson, failed::accepts<format::json>>>);
static_assert(std::same_as<loaded<durable<journal>>, failed::destination_cannot_resume<vault<>>>);
static_assert(
    std::same_as<diagnosis_of<person, upload<vault<upsert<&person::ssn>>>, durable<journal>>,
                 passed>);

}  // namespace
