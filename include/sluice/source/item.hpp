#ifndef SLUICE_SOURCE_ITEM_HPP
#define SLUICE_SOURCE_ITEM_HPP

#include <sluice/config.hpp>
#include <sluice/error.hpp>
#include <sluice/ledger/position.hpp>

#include <string>

namespace sluice::inline v0::source {

/// What a source yields: a record, or the error that stands in its place.
///
/// It refers to the source and is valid until the source moves on. Reads like a `result`:
/// `if (item) use(*item); else report(item.error());`.
template<class Record>
class item {
 public:
  using record_type = Record;

  item(Record& record, sluice::position at) noexcept : record_{&record}, position_{at} {}

  /// `raw`: what could be read of the bad record, as one JSON object with pii columns redacted, for
  /// the dead letters. `fatal`: the source ends here; no record stands at this position.
  item(sluice::error const& why, std::string const& raw, sluice::position at, bool fatal) noexcept
      : error_{&why}, raw_{&raw}, position_{at}, fatal_{fatal} {}

  [[nodiscard]] bool has_value() const noexcept { return record_ != nullptr; }

  explicit operator bool() const noexcept { return has_value(); }

  /// Precondition: `has_value()`.
  [[nodiscard]] Record& operator*() const noexcept { return *record_; }

  [[nodiscard]] Record* operator->() const noexcept { return record_; }

  /// Precondition: `!has_value()`.
  [[nodiscard]] sluice::error const& error() const noexcept { return *error_; }

  /// Precondition: `!has_value()`. May be empty.
  [[nodiscard]] std::string const& raw() const noexcept { return *raw_; }

  /// The ordinal of the record in the source, from 0, bad records included.
  [[nodiscard]] sluice::position position() const noexcept { return position_; }

  /// The source cannot go on: what follows is unknown. Precondition: `!has_value()`.
  [[nodiscard]] bool fatal() const noexcept { return fatal_; }

 private:
  Record* record_ = nullptr;
  sluice::error const* error_ = nullptr;
  std::string const* raw_ = nullptr;
  sluice::position position_ = 0;
  bool fatal_ = false;
};

}  // namespace sluice::inline v0::source

#endif  // SLUICE_SOURCE_ITEM_HPP
