#ifndef SLUICE_SCHEMA_MARKS_HPP
#define SLUICE_SCHEMA_MARKS_HPP

#include <sluice/config.hpp>
#include <sluice/meta/fixed_string.hpp>

#include <cstdint>

namespace sluice::inline v0 {

/// Mark: personal data. Redacted in dead letters and logs unless the caller asks for it.
struct pii;

/// Mark: never written anywhere but to the destination, whoever asks. The same name is the type of
/// credentials (`auth/secret.hpp`); as a mark only the name is used.
class secret;

/// Mark: text of at most `Characters` characters (code points), bytes of at most as many bytes.
/// A longer value is refused when it is encoded, before the service sees it.
template<std::uint32_t Characters>
struct max_length;

/// Mark: the column was called `Name` before; lets a destination rename instead of add.
template<fixed_string Name>
struct renamed_from;

/// Mark: the column holds the token that stands for the value of another column of the record,
/// which is named by its member: `token_of<&person::ssn>`. Implies `pii`.
template<auto Member>
struct token_of;

}  // namespace sluice::inline v0

#endif  // SLUICE_SCHEMA_MARKS_HPP
