#ifndef SLUICE_SKYFLOW_CHECKS_HPP
#define SLUICE_SKYFLOW_CHECKS_HPP

/// \file
/// What a vault asks of a record, as rules that the compiler checks.

#include <sluice/config.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/skyflow/connection.hpp>
#include <sluice/skyflow/detail/record_row.hpp>
#include <sluice/skyflow/requests.hpp>

#include <cstddef>
#include <string_view>
#include <type_traits>

namespace sluice::inline v0::failed {

/// The vault's tokens are of your own (`skyflow::byot<...>`), and no column of `Record` is marked
/// `token_of<...>` the column `Column`; "" if there is no token column at all.
template<class Record, fixed_string Column>
struct token_column_required {
  static constexpr bool ok = false;
};

/// The column `Column` is marked `token_of<...>` a member that is no value column of `Record`.
template<class Record, fixed_string Column>
struct token_of_no_column {
  static constexpr bool ok = false;
};

/// The column `Column` holds tokens of a column that has a token column already.
template<class Record, fixed_string Column>
struct two_token_columns_for_one {
  static constexpr bool ok = false;
};

/// A token is text: the column `Column` of `Record` is not.
template<class Record, fixed_string Column>
struct token_is_not_text {
  static constexpr bool ok = false;
};

/// With `byot<token_mode::strict>` every record needs every token: `Column` may be null.
template<class Record, fixed_string Column>
struct token_may_be_null {
  static constexpr bool ok = false;
};

/// The name `Column` has a character other than a-z, 0-9, '_' and '-'.
template<class Record, fixed_string Column>
struct column_name_has_other_characters {
  static constexpr bool ok = false;
};

/// The service calls its own key `skyflow_id`; an insert must not give it.
template<class Record>
struct skyflow_id_is_reserved {
  static constexpr bool ok = false;
};

/// A vault has no type for the column `Column`: bytes, and in a FlowVault arrays and objects.
template<class Record, fixed_string Column>
struct type_not_in_a_vault {
  static constexpr bool ok = false;
};

/// `Member` is no value column of `Record`: an upsert goes by a column that is inserted.
template<class Record, auto Member>
struct upsert_column_not_in_record {
  static constexpr bool ok = false;
};

/// Values of a unique column have `Limit` characters at most, and that of `Member` may have
/// `Given`.
template<class Record, auto Member, std::size_t Given, std::size_t Limit>
struct unique_column_too_long {
  static constexpr bool ok = false;
};

}  // namespace sluice::inline v0::failed

namespace sluice::inline v0::skyflow::detail {

constexpr bool is_vault_name(std::string_view name) noexcept {
  for (char const c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-')) return false;
  return true;
}

constexpr bool is_structure(logical_type type) noexcept {
  return type == logical_type::json || type == logical_type::array || type == logical_type::object;
}

// Source of the rules: management API, "Create Vault", vaultSchema: DT_STRING, DT_INT32,
// DT_FLOAT32, DT_BOOL, DT_DATE, DT_DATETIME, DT_TIME, DT_FILE; FlowVault STRING, NUMBER, BOOL;
// names of lower-case letters, digits, '_' and '-'. Read 2026.
template<class Record, class Column, bool FlowVault>
consteval auto check_value_column() {
  constexpr logical_type type =
      value_traits<sluice::detail::column_type<Record, Column>>::info.type;
  using name = check<is_vault_name(Column::name),
                     failed::column_name_has_other_characters<Record, Column::literal_name>>;
  using key = check<Column::name != "skyflow_id", failed::skyflow_id_is_reserved<Record>>;
  using kind = check<type != logical_type::bytes && !(FlowVault && is_structure(type)),
                     failed::type_not_in_a_vault<Record, Column::literal_name>>;
  return all_of<name, key, kind>{};
}

template<bool FlowVault, class Record, class... Values>
auto value_diagnosis(columns<Record, Values...> const*)
    -> all_of<decltype(check_value_column<Record, Values, FlowVault>())...>;

/// How many of some columns have a name.
template<class Record, class... Values>
consteval std::size_t count_named(columns<Record, Values...> const*, std::string_view name) {
  return (std::size_t{0} + ... + (Values::name == name ? 1 : 0));
}

template<class... Tokens>
struct token_names {
  static consteval std::size_t count(std::string_view of) {
    return (std::size_t{0} + ... + (token_key<Tokens>::name() == of ? 1 : 0));
  }
};

template<class Record, class Column, token_mode Mode, class Names>
consteval auto check_token_column() {
  using type = sluice::detail::column_type<Record, Column>;
  constexpr std::string_view of = token_key<Column>::name();
  constexpr logical_type kind = value_traits<type>::info.type;
  constexpr bool exists =
      !of.empty() && count_named(static_cast<value_columns<Record>*>(nullptr), of) != 0;
  using target = check<exists, failed::token_of_no_column<Record, Column::literal_name>>;
  using text = check<kind == logical_type::text || kind == logical_type::uuid,
                     failed::token_is_not_text<Record, Column::literal_name>>;
  using null = check<Mode != token_mode::strict || !value_traits<type>::info.nullable,
                     failed::token_may_be_null<Record, Column::literal_name>>;
  using once =
      check<Names::count(of) == 1, failed::two_token_columns_for_one<Record, Column::literal_name>>;
  return all_of<target, text, null, once>{};
}

template<token_mode Mode, class Record, class... Tokens>
auto token_diagnosis(columns<Record, Tokens...> const*)
    -> all_of<decltype(check_token_column<Record, Tokens, Mode, token_names<Tokens...>>())...>;

template<class Record, class... Tokens>
consteval std::size_t tokens_for(columns<Record, Tokens...> const*, std::string_view column) {
  return token_names<Tokens...>::count(column);
}

template<class Record, class Column>
inline constexpr bool has_token =
    tokens_for(static_cast<token_columns<Record>*>(nullptr), Column::name) != 0;

template<class Record, class... Values>
auto every_token(columns<Record, Values...> const*)
    -> all_of<check<has_token<Record, Values>,
                    failed::token_column_required<Record, Values::literal_name>>...>;

template<class Record>
inline constexpr bool any_token = !std::is_same_v<token_columns<Record>, columns<Record>>;

/// The rules over a record's columns. `Mode` is `none` where no mode was asked for.
template<class Record, token_mode Mode, bool FlowVault>
consteval auto check_columns() {
  using tokens = decltype(token_diagnosis<Mode>(static_cast<token_columns<Record>*>(nullptr)));
  if constexpr (!tokens::ok) {
    return tokens{};
  } else if constexpr (Mode != token_mode::none && !any_token<Record>) {
    return failed::token_column_required<Record, "">{};
  } else {
    using values =
        decltype(value_diagnosis<FlowVault>(static_cast<value_columns<Record>*>(nullptr)));
    if constexpr (!values::ok || Mode != token_mode::strict)
      return values{};
    else
      return decltype(every_token(static_cast<value_columns<Record>*>(nullptr))){};
  }
}

/// What `max_length` says of a column; 0 if nothing.
template<class Record>
consteval std::size_t length_of(std::string_view name) {
  for (column_info const& c : columns_of<Record>())
    if (c.name == name) return c.max_length;
  return 0;
}

/// The rules over a column by which rows are told apart.
template<class Record, auto Member>
consteval auto check_key() {
  constexpr std::string_view name = sluice::detail::name_of_member<Member>();
  if constexpr (count_named(static_cast<value_columns<Record>*>(nullptr), name) == 0) {
    return failed::upsert_column_not_in_record<Record, Member>{};
  } else {
    constexpr std::size_t given = length_of<Record>(name);
    constexpr std::size_t limit = service_limits::unique_characters;
    return check<(given <= limit), failed::unique_column_too_long<Record, Member, given, limit>>{};
  }
}

template<class Record, auto Member>
using key_diagnosis = decltype(check_key<Record, Member>());

}  // namespace sluice::inline v0::skyflow::detail

#endif  // SLUICE_SKYFLOW_CHECKS_HPP
