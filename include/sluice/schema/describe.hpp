#ifndef SLUICE_SCHEMA_DESCRIBE_HPP
#define SLUICE_SCHEMA_DESCRIBE_HPP

#include <sluice/config.hpp>
#include <sluice/meta/fixed_string.hpp>
#include <sluice/schema/schema.hpp>

// clang-format off

/// SLUICE_DESCRIBE(Record, item, ...) writes the schema of `Record`; use it outside any namespace.
/// An item is a member's name, which is also the column's, or `(member, "NAME", marks...)`:
///
///     SLUICE_DESCRIBE(shop::order, order_id, (status, "STATUS"), (email, "EMAIL", sluice::pii))
///
/// Up to 340 members. A type whose name has a comma needs an alias.
#define SLUICE_DESCRIBE(Record, ...)                                                    \
  template<>                                                                            \
  struct sluice::schema<Record>                                                         \
      : sluice::columns<Record __VA_OPT__(, SLUICE_PP_EACH(SLUICE_PP_AS_IS, Record, __VA_ARGS__))> {}

/// The same, with the member's names in upper case: `order_id` becomes "ORDER_ID", the name that a
/// database which folds unquoted names to upper case (Snowflake) stores. Names given in an item
/// stay as they are.
#define SLUICE_DESCRIBE_UPPER(Record, ...)                                              \
  template<>                                                                            \
  struct sluice::schema<Record>                                                         \
      : sluice::columns<Record __VA_OPT__(, SLUICE_PP_EACH(SLUICE_PP_UPPER, Record, __VA_ARGS__))> {}

// One rescan step per item: __VA_OPT__ ends the recursion.
#define SLUICE_PP_PARENS ()
#define SLUICE_PP_SCAN(...)  SLUICE_PP_SCAN4(SLUICE_PP_SCAN4(SLUICE_PP_SCAN4(SLUICE_PP_SCAN4(__VA_ARGS__))))
#define SLUICE_PP_SCAN4(...) SLUICE_PP_SCAN3(SLUICE_PP_SCAN3(SLUICE_PP_SCAN3(SLUICE_PP_SCAN3(__VA_ARGS__))))
#define SLUICE_PP_SCAN3(...) SLUICE_PP_SCAN2(SLUICE_PP_SCAN2(SLUICE_PP_SCAN2(SLUICE_PP_SCAN2(__VA_ARGS__))))
#define SLUICE_PP_SCAN2(...) SLUICE_PP_SCAN1(SLUICE_PP_SCAN1(SLUICE_PP_SCAN1(SLUICE_PP_SCAN1(__VA_ARGS__))))
#define SLUICE_PP_SCAN1(...) __VA_ARGS__
#define SLUICE_PP_EACH(style, Record, ...) SLUICE_PP_SCAN(SLUICE_PP_NEXT(style, Record, __VA_ARGS__))
#define SLUICE_PP_NEXT(style, Record, item, ...) \
  SLUICE_PP_ITEM(style, Record, item)            \
  __VA_OPT__(, SLUICE_PP_AGAIN SLUICE_PP_PARENS (style, Record, __VA_ARGS__))
#define SLUICE_PP_AGAIN() SLUICE_PP_NEXT

// Is `item` in parentheses? The probe shifts a 1 into second place only if it is called.
#define SLUICE_PP_PROBE(...) ~, 1
#define SLUICE_PP_SECOND(first, second, ...) second
#define SLUICE_PP_CHOOSE(...) SLUICE_PP_SECOND(__VA_ARGS__)
#define SLUICE_PP_CAT(a, b) SLUICE_PP_CAT2(a, b)
#define SLUICE_PP_CAT2(a, b) a##b
#define SLUICE_PP_ITEM(style, Record, item) \
  SLUICE_PP_CAT(SLUICE_PP_ITEM_, SLUICE_PP_CHOOSE(SLUICE_PP_PROBE item, 0, ~))(style, Record, item)
#define SLUICE_PP_ITEM_0(style, Record, member) style(Record, member)
#define SLUICE_PP_ITEM_1(style, Record, item) SLUICE_PP_NAMED(Record, SLUICE_PP_SCAN1 item)
#define SLUICE_PP_NAMED(Record, ...) SLUICE_PP_NAMED2(Record, __VA_ARGS__)
#define SLUICE_PP_NAMED2(Record, member, name, ...) \
  sluice::column<name, &Record::member __VA_OPT__(, ) __VA_ARGS__>
#define SLUICE_PP_AS_IS(Record, member) sluice::column<#member, &Record::member>
#define SLUICE_PP_UPPER(Record, member) \
  sluice::column<sluice::upper_case(sluice::fixed_string{#member}), &Record::member>

// clang-format on

#endif  // SLUICE_SCHEMA_DESCRIBE_HPP
