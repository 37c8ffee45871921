#ifndef SLUICE_SANDBOX_FAULT_HPP
#define SLUICE_SANDBOX_FAULT_HPP

#include <sluice/config.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::sandbox {

/// One misbehaviour that the sandbox is told to commit.
///
/// `name` is one of `fault_names()`: either a fault in the field's words (`copy_reply_lost`) or
/// `<kind>.<action>` (`upload_part.drop_reply`), see `fault_kinds()` and `fault_actions()`.
/// The fault acts on the `nth` (from 1, counted since arming) to the `nth + count - 1`-th event
/// of its kind, and on `percent` of those. `value` is the fault's own number:
/// milliseconds, bytes, seconds or a status, as `fault_names()` says; absent means the default
/// named there. A few faults take a text as well, such as the rows that they reject.
struct fault {
  std::string name{};
  std::uint64_t nth = 1;
  std::uint64_t count = 1;
  std::optional<std::int64_t> value{};
  /// Limits it to one subject: of Snowpipe a channel; of Skyflow a kind of request
  /// (`vault_insert`), a table of a v1 path (`persons`), or both (`vault_insert/persons`). Empty:
  /// any event. Events of other subjects are not counted.
  std::string only{};
  int percent = 100;   ///< of the events that it would act on, chosen by a seeded generator
  std::string text{};  ///< see `fault_description::text_meaning`; empty: the default named there
};

/// One line of the catalogue of faults.
struct fault_description {
  std::string name;
  std::string effect;         ///< what happens, in one sentence
  std::string value_meaning;  ///< unit and meaning of `fault::value`; empty if it has none
  std::int64_t default_value = 0;
  std::string service{};       ///< "snowflake", "snowpipe" or "skyflow"; empty: all of them
  std::string text_meaning{};  ///< meaning of `fault::text`; empty if it takes none
  std::string default_text{};
};

/// All faults in the field's words, by service and then in alphabetical order.
std::vector<fault_description> fault_names();
/// The kinds of request that a `<kind>.<action>` fault can aim at, e.g. `upload_part`.
std::vector<fault_description> fault_kinds();
/// What a `<kind>.<action>` fault can do to a request, e.g. `drop_reply`.
std::vector<fault_description> fault_actions();

/// Reads `name[=value][~text][:nth[:count]][@subject][%percent]`; `count` may be `*` for "always
/// from then on"; the text has none of `:@%`, the subject no `%`.
/// Throws `std::invalid_argument` that names the nearest known fault if the name is unknown.
fault parse_fault(std::string_view text);
/// What `parse_fault` reads back.
std::string to_text(fault const& f);

/// The first and last row of `<from>-<to>`, both from 1 and `from` no greater than `to`; nothing
/// for any other text.
std::optional<std::pair<std::int64_t, std::int64_t>> parse_row_range(std::string_view text);

/// One event that a fault may act on.
struct fault_event {
  std::span<std::string const> subjects{};  ///< `fault::only` is one of them
  /// Whether the event is one for a fault of this text; empty: it is, whatever the text.
  std::function<bool(std::string_view text)> holds{};
};

/// What a fault that acts brings along.
struct fault_hit {
  std::int64_t value = 0;
  std::string text;
};

/// One fault that can still act.
struct armed_fault {
  fault definition;
  std::optional<std::uint64_t> remaining;  ///< events that it still acts on; absent: all that come
};

/// Which faults are armed, and how often each has fired.
///
/// Thread safety: every member may be called from any thread at any time.
class fault_control {
 public:
  fault_control();
  ~fault_control();
  fault_control(fault_control const&) = delete;
  fault_control& operator=(fault_control const&) = delete;

  /// Arms one more fault; several may be armed under one name.
  /// Throws `std::invalid_argument` if the name is unknown, `nth` or `count` is 0, the text is not
  /// one that the fault takes, or `parse_fault` could not read text or subject back.
  void arm(fault const& f);
  /// The same from its text form, see `parse_fault`.
  void arm(std::string_view text);
  /// Takes back every fault of this name. What has fired stays counted.
  void disarm(std::string_view name);
  /// Takes back every fault and forgets the counts.
  void clear();

  /// How often faults of this name have fired since construction or `clear`.
  std::uint64_t fired(std::string_view name) const;
  /// The same for every fault that was armed, zero included.
  std::map<std::string, std::uint64_t> fired() const;
  /// Every fault that can still act, by name and then in the order of arming.
  std::vector<armed_fault> armed() const;

  /// Reports one event and answers whether the fault acts on it, with its value. Used by the
  /// servers; a test may call it to fire by hand.
  std::optional<std::int64_t> fire(std::string_view name, std::string_view subject = {});
  /// The same for an event with several subjects, or one that depends on the fault's text.
  std::optional<fault_hit> fire(std::string_view name, fault_event const& event);
  /// Starts the generator behind `fault::percent`.
  void seed(std::uint64_t seed);
  /// Whether a fault of this name could still fire, without counting an event.
  bool armed(std::string_view name) const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace sluice::inline v0::sandbox

#endif  // SLUICE_SANDBOX_FAULT_HPP
