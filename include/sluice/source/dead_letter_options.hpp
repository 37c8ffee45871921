#ifndef SLUICE_SOURCE_DEAD_LETTER_OPTIONS_HPP
#define SLUICE_SOURCE_DEAD_LETTER_OPTIONS_HPP

#include <sluice/config.hpp>
#include <sluice/destination/capabilities.hpp>
#include <sluice/ledger/ack.hpp>
#include <sluice/ledger/dead_letter.hpp>
#include <sluice/units.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace sluice::inline v0::source {

using dead_reasons = enum_set<dead_reason>;

inline constexpr dead_reasons every_reason{dead_reason::source,
                                           dead_reason::too_large,
                                           dead_reason::rejected,
                                           dead_reason::undelivered,
                                           dead_reason::unknown,
                                           dead_reason::invalid};

/// Reasons of records that the service certainly does not hold: loading them again doubles none.
/// `dead_reason::unknown` is none of them, as such a record may have been stored.
inline constexpr dead_reasons reasons_never_stored{dead_reason::source,
                                                   dead_reason::too_large,
                                                   dead_reason::rejected,
                                                   dead_reason::undelivered,
                                                   dead_reason::invalid};

/// How a file of dead letters is read.
struct dead_letter_options {
  dead_reasons reasons = every_reason;  ///< letters of other reasons are passed over

  // Of encoded rows: as the loader that wrote the letters encoded them.
  char delimiter = ',';
  char quote = '"';
  std::optional<std::string> null_marker = {};  ///< an unquoted field with this text; null: empty

  std::size_t max_line_bytes = 32_MiB;  ///< longer lines are bad; 1 KiB to 1 GiB
};

/// One letter as it stands in its file.
struct read_letter {
  std::string run;     ///< of the load that wrote it
  dead_letter letter;  ///< `record` empty: it is not at hand
};

}  // namespace sluice::inline v0::source

#endif  // SLUICE_SOURCE_DEAD_LETTER_OPTIONS_HPP
