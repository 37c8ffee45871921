#ifndef SLUICE_SKYFLOW_DETAIL_VAULT_OPTIONS_HPP
#define SLUICE_SKYFLOW_DETAIL_VAULT_OPTIONS_HPP

/// \file
/// The options of `skyflow::vault` and what they come to.

#include <sluice/config.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/skyflow/checks.hpp>
#include <sluice/skyflow/connection.hpp>
#include <sluice/skyflow/requests.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace sluice::inline v0::skyflow {

struct vault_plan;

/// Option of `vault`: rows are found by this unique column and updated; others are inserted.
template<auto Member, on_match Matched = on_match::update>
struct upsert;

/// Option of `vault`: the vault keeps this column unique, so that a repeated insert is refused.
template<auto Member>
struct unique;

/// Option of `vault`: tokens of your own, and whether every column must have one.
template<token_mode Mode>
struct byot;

/// Option of `vault`: requests at once.
template<std::size_t Requests>
struct concurrency;

/// Option of `vault`: inserts into one table of the classic API with `continueOnError`, so that
/// records succeed one by one. A vault that ignores it takes all records of a request or none.
struct continue_on_error;

/// Option of `vault`: the endpoint of the classic API at which records succeed one by one.
struct batch_endpoint;

/// Option of `vault`: the vault is a FlowVault (v2).
struct flowvault;

}  // namespace sluice::inline v0::skyflow

namespace sluice::inline v0::failed {

/// `Option` is none of skyflow::upsert, unique, byot, concurrency, continue_on_error,
/// batch_endpoint, flowvault.
template<class Option>
struct unknown_vault_option {
  static constexpr bool ok = false;
};

/// `Option` and another say the same thing, or they contradict each other.
template<class Option>
struct vault_option_given_twice {
  static constexpr bool ok = false;
};

/// A vault takes 1 to `Limit` requests at once.
template<std::size_t Given, std::size_t Limit>
struct concurrency_out_of_range {
  static constexpr bool ok = false;
};

}  // namespace sluice::inline v0::failed

namespace sluice::inline v0::skyflow::detail {

enum class option_kind : std::uint8_t { unknown, key, tokens, concurrency, endpoint };

template<class Option>
struct vault_option {
  static constexpr option_kind kind = option_kind::unknown;
  template<class Record>
  using diagnosis = failed::unknown_vault_option<Option>;
};

template<auto Member, on_match Matched>
struct vault_option<upsert<Member, Matched>> {
  static constexpr option_kind kind = option_kind::key;
  static constexpr bool is_upsert = true;
  static constexpr on_match matched = Matched;
  template<class Record>
  using diagnosis = key_diagnosis<Record, Member>;

  static constexpr std::string_view column() { return sluice::detail::name_of_member<Member>(); }
};

template<auto Member>
struct vault_option<unique<Member>> {
  static constexpr option_kind kind = option_kind::key;
  static constexpr bool is_upsert = false;
  template<class Record>
  using diagnosis = key_diagnosis<Record, Member>;

  static constexpr std::string_view column() { return sluice::detail::name_of_member<Member>(); }
};

template<token_mode Mode>
struct vault_option<byot<Mode>> {
  static constexpr option_kind kind = option_kind::tokens;
  static constexpr token_mode mode = Mode;
  template<class Record>
  using diagnosis = passed;
};

template<std::size_t Requests>
struct vault_option<concurrency<Requests>> {
  static constexpr option_kind kind = option_kind::concurrency;
  static constexpr std::size_t requests = Requests;
  static constexpr std::size_t limit = service_limits::requests_at_once;
  template<class Record>
  using diagnosis = check<(Requests >= 1 && Requests <= limit),
                          failed::concurrency_out_of_range<Requests, limit>>;
};

template<>
struct vault_option<continue_on_error> {
  static constexpr option_kind kind = option_kind::endpoint;
  static constexpr insert_endpoint endpoint = insert_endpoint::table_continue;
  template<class Record>
  using diagnosis = passed;
};

template<>
struct vault_option<batch_endpoint> {
  static constexpr option_kind kind = option_kind::endpoint;
  static constexpr insert_endpoint endpoint = insert_endpoint::batch;
  template<class Record>
  using diagnosis = passed;
};

template<>
struct vault_option<flowvault> {
  static constexpr option_kind kind = option_kind::endpoint;
  static constexpr insert_endpoint endpoint = insert_endpoint::flowvault;
  template<class Record>
  using diagnosis = passed;
};

/// The option of a kind, else `void`.
template<option_kind Kind, class... Options>
struct find_option {
  using type = void;
};

template<option_kind Kind, class First, class... Rest>
struct find_option<Kind, First, Rest...> : std::conditional_t<vault_option<First>::kind == Kind,
                                                              std::type_identity<First>,
                                                              find_option<Kind, Rest...>> {};

template<class... Options>
struct no_option_twice {
  using type = passed;
};

template<class First, class... Rest>
struct no_option_twice<First, Rest...> {
  static constexpr bool again =
      ((vault_option<First>::kind == vault_option<Rest>::kind) || ... || false);
  using type = all_of<check<!again, failed::vault_option_given_twice<First>>,
                      typename no_option_twice<Rest...>::type>;
};

template<class... Options>
struct vault_options {
  using key = vault_option<typename find_option<option_kind::key, Options...>::type>;
  using tokens = vault_option<typename find_option<option_kind::tokens, Options...>::type>;
  using at_once_option =
      vault_option<typename find_option<option_kind::concurrency, Options...>::type>;
  using endpoint_option =
      vault_option<typename find_option<option_kind::endpoint, Options...>::type>;

  static constexpr bool has_key = key::kind == option_kind::key;

  static constexpr bool has_upsert = [] {
    if constexpr (has_key)
      return key::is_upsert;
    else
      return false;
  }();

  static constexpr token_mode mode = [] {
    if constexpr (tokens::kind == option_kind::tokens)
      return tokens::mode;
    else
      return token_mode::none;
  }();

  static constexpr insert_endpoint endpoint = [] {
    if constexpr (endpoint_option::kind == option_kind::endpoint)
      return endpoint_option::endpoint;
    else
      return insert_endpoint::table;
  }();

  static constexpr std::size_t at_once = [] {
    if constexpr (at_once_option::kind == option_kind::concurrency)
      return at_once_option::requests;
    else
      return std::size_t{32};
  }();

  static constexpr bool is_flowvault = endpoint == insert_endpoint::flowvault;

  // `all_of` stops at the first failure, but names every rule: those over the columns come last.
  template<class Record>
  using checks = all_of<typename vault_option<Options>::template diagnosis<Record>...,
                        typename no_option_twice<Options...>::type,
                        decltype(check_columns<Record, mode, is_flowvault>())>;

  template<class Plan = vault_plan>
  static Plan plan() {
    Plan p;
    p.endpoint = endpoint;
    p.tokens = mode;
    p.requests_at_once = at_once;
    if constexpr (has_upsert) {
      p.upsert = key::column();
      p.matched = key::matched;
    } else if constexpr (has_key) {
      p.unique = key::column();
    }
    return p;
  }
};

}  // namespace sluice::inline v0::skyflow::detail

#endif  // SLUICE_SKYFLOW_DETAIL_VAULT_OPTIONS_HPP
