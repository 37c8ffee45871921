#ifndef SLUICE_SCHEMA_DIAGNOSIS_HPP
#define SLUICE_SCHEMA_DIAGNOSIS_HPP

/// \file
/// What can be wrong with a schema, each as a type that the compiler prints.

#include <sluice/config.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/schema/column.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace sluice::inline v0 {

/// When two column names are the same.
enum class name_case : std::uint8_t {
  sensitive,   ///< byte by byte
  insensitive  ///< 'a' to 'z' equal 'A' to 'Z'
};

/// What a door gives a schema instead of columns when it cannot make them.
template<class Record, class Failure>
struct rejected_columns {
  using record_type = Record;
  static constexpr std::size_t count = 0;
};

namespace failed {

/// There is no `sluice::schema<Record>`: specialise it, or use SLUICE_DESCRIBE.
template<class Record>
struct record_has_no_schema {
  static constexpr bool ok = false;
};

/// `sluice::schema<Record>` derives from the columns of another record.
template<class Record, class Described>
struct schema_of_another_record {
  static constexpr bool ok = false;
};

template<class Record>
struct record_has_no_columns {
  static constexpr bool ok = false;
};

/// The column number `Index`, counted from 0, has the name "".
template<class Record, std::size_t Index>
struct empty_column_name {
  static constexpr bool ok = false;
};

/// Two columns of `Record` are called `Name`, under the case rule `Case`.
template<class Record, fixed_string Name, name_case Case>
struct duplicate_column_name {
  static constexpr bool ok = false;
};

/// The column `Name` of `Record` points to a member of the unrelated type `Owner`.
template<class Record, fixed_string Name, class Owner>
struct member_of_another_record {
  static constexpr bool ok = false;
};

/// The column `Name` of `Record` is read through a `Given`, such as a pointer to a function. Name a
/// data member, or a function object: `[](auto& record) -> auto& { return record.total; }`.
template<class Record, fixed_string Name, class Given>
struct column_is_no_member_or_function_object {
  static constexpr bool ok = false;
};

/// No column can hold a `Type`: see the list in schema/value.hpp, or specialise
/// `sluice::value_traits<Type>`.
template<class Record, fixed_string Name, class Type>
struct unsupported_member_type {
  static constexpr bool ok = false;
};

/// `sluice::value_traits<Type>::view` returns a `View`, which no encoder writes. Return one of the
/// types listed in schema/value.hpp: std::string_view and not std::string.
template<class Record, fixed_string Name, class Type, class View>
struct view_cannot_be_written {
  static constexpr bool ok = false;
};

/// An enum is written by name: specialise `sluice::enumeration<Enum>`.
template<class Record, fixed_string Name, class Enum>
struct enumeration_without_names {
  static constexpr bool ok = false;
};

/// `Mark` is none of pii, secret, max_length<N>, renamed_from<"NAME">, token_of<&record::member>.
template<class Record, fixed_string Name, class Mark>
struct unknown_column_mark {
  static constexpr bool ok = false;
};

/// max_length limits text and bytes only.
template<class Record, fixed_string Name, class Type>
struct max_length_needs_text_or_bytes {
  static constexpr bool ok = false;
};

}  // namespace failed

/// `passed`, or what is wrong with the schema of `Record`.
template<class Record>
struct schema_rules;

template<class Record>
using schema_diagnosis = typename schema_rules<Record>::type;

/// Rule for destinations: the names of `Record`'s columns are unique under `Case`.
/// Precondition: `schema_diagnosis<Record>` passed.
template<class Record, name_case Case>
struct unique_column_names;

template<class Record, name_case Case>
using unique_names_diagnosis = typename unique_column_names<Record, Case>::type;

}  // namespace sluice::inline v0

#include <sluice/schema/impl/diagnosis.hpp>

#endif  // SLUICE_SCHEMA_DIAGNOSIS_HPP
