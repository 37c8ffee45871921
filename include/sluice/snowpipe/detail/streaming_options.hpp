#ifndef SLUICE_SNOWPIPE_DETAIL_STREAMING_OPTIONS_HPP
#define SLUICE_SNOWPIPE_DETAIL_STREAMING_OPTIONS_HPP

#include <sluice/config.hpp>
#include <sluice/meta/check.hpp>
#include <sluice/meta/fixed_string.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/snowpipe/offset_token.hpp>
#include <sluice/snowpipe/streaming_config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace sluice::inline v0::snowpipe {

/// Option of `streaming`: rows go through a pipe of your own, whose definition says how values
/// become columns (pipe.hpp writes it); `pipe<>` takes its name from `config.pipe`.
template<fixed_string Name = "">
struct pipe {};

/// Option of `streaming`: the name of the channel, in place of `config.channel`.
template<fixed_string Name>
struct channel_name {};

/// Option of `streaming`: what offset tokens begin with: `tokens<"order_">` gives
/// `order_00000000000000000041@...`.
template<fixed_string Prefix>
struct tokens {};

/// Option of `streaming`: no order and no channel, at least once.
struct elastic {};

}  // namespace sluice::inline v0::snowpipe

namespace sluice::inline v0::failed {

/// A channel's name is made of A-Z, 0-9 and _ , at most 255 of them, and does not begin with a
/// digit: names in paths have no case, names in status requests have. `At` is the character at
/// fault, counted from 0.
template<fixed_string Name, std::size_t At>
struct channel_name_not_plain {
  static constexpr bool ok = false;
};

/// An identifier has at most `Limit` bytes.
template<fixed_string Name, std::size_t Given, std::size_t Limit>
struct pipe_name_too_long {
  static constexpr bool ok = false;
};

/// An offset token begins with letters, digits, _ . or - , at most 64 of them. `At` is the
/// character at fault, counted from 0.
template<fixed_string Prefix, std::size_t At>
struct offset_token_prefix_not_plain {
  static constexpr bool ok = false;
};

/// `Option` is none of snowpipe::pipe, snowpipe::channel_name, snowpipe::tokens, snowpipe::elastic.
template<class Option>
struct unknown_streaming_option {
  static constexpr bool ok = false;
};

/// Two options say the same.
template<class First, class Second>
struct streaming_option_given_twice {
  static constexpr bool ok = false;
};

/// An elastic stream has neither a channel nor offset tokens.
template<class Option>
struct elastic_has_no_channel {
  static constexpr bool ok = false;
};

/// The default pipe reads BINARY values as base64, whatever is sent: column `Name` of `Record`
/// needs a pipe of your own, see snowpipe/pipe.hpp.
template<class Record, fixed_string Name>
struct bytes_need_a_pipe_of_your_own {
  static constexpr bool ok = false;
};

/// The default pipe makes a JSON null of an absent value in a VARIANT, not NULL: column `Name` of
/// `Record` needs a pipe of your own, see snowpipe/pipe.hpp.
template<class Record, fixed_string Name>
struct nullable_json_needs_a_pipe_of_your_own {
  static constexpr bool ok = false;
};

/// An identifier has at most `Limit` bytes; the column `Name` of `Record` has `Given`.
template<class Record, fixed_string Name, std::size_t Given, std::size_t Limit>
struct streamed_column_name_too_long {
  static constexpr bool ok = false;
};

}  // namespace sluice::inline v0::failed

namespace sluice::inline v0::snowpipe::detail {

inline constexpr auto no_character = static_cast<std::size_t>(-1);

/// The first character at fault.
consteval std::size_t bad_channel_character(std::string_view name) {
  if (name.empty() || name.size() > streaming_limits::identifier_bytes)
    return name.empty() ? 0 : streaming_limits::identifier_bytes;
  for (std::size_t i = 0; i != name.size(); ++i) {
    char const c = name[i];
    bool const digit = c >= '0' && c <= '9';
    if (!((c >= 'A' && c <= 'Z') || c == '_' || (digit && i != 0))) return i;
  }
  return no_character;
}

consteval std::size_t bad_prefix_character(std::string_view prefix) {
  for (std::size_t i = 0; i != prefix.size(); ++i)
    if (i == longest_token_part || !is_token_character(prefix[i])) return i;
  return no_character;
}

template<class Option>
struct streaming_option {
  using diagnosis = failed::unknown_streaming_option<Option>;
};

template<fixed_string Name>
struct streaming_option<pipe<Name>> {
  static constexpr std::size_t size = Name.view().size();
  static constexpr std::size_t limit = streaming_limits::identifier_bytes;
  using diagnosis = check<(size <= limit), failed::pipe_name_too_long<Name, size, limit>>;
};

template<fixed_string Name>
struct streaming_option<channel_name<Name>> {
  static constexpr std::size_t at = bad_channel_character(Name.view());
  using diagnosis = check<(at == no_character), failed::channel_name_not_plain<Name, at>>;
};

template<fixed_string Prefix>
struct streaming_option<tokens<Prefix>> {
  static constexpr std::size_t at = bad_prefix_character(Prefix.view());
  using diagnosis = check<(at == no_character), failed::offset_token_prefix_not_plain<Prefix, at>>;
};

template<>
struct streaming_option<elastic> {
  using diagnosis = passed;
};

enum class option_kind : std::uint8_t { pipe, channel, tokens, elastic, unknown };

template<class Option>
inline constexpr option_kind kind_of_option = option_kind::unknown;
template<fixed_string Name>
inline constexpr option_kind kind_of_option<pipe<Name>> = option_kind::pipe;
template<fixed_string Name>
inline constexpr option_kind kind_of_option<channel_name<Name>> = option_kind::channel;
template<fixed_string Prefix>
inline constexpr option_kind kind_of_option<tokens<Prefix>> = option_kind::tokens;
template<>
inline constexpr option_kind kind_of_option<elastic> = option_kind::elastic;

/// Whether two options exclude each other.
template<class A, class B>
consteval auto compare_options() {
  constexpr option_kind a = kind_of_option<A>;
  constexpr option_kind b = kind_of_option<B>;
  if constexpr (a == b)
    return failed::streaming_option_given_twice<A, B>{};
  else if constexpr (a == option_kind::elastic && b != option_kind::pipe)
    return failed::elastic_has_no_channel<B>{};
  else if constexpr (b == option_kind::elastic && a != option_kind::pipe)
    return failed::elastic_has_no_channel<A>{};
  else
    return passed{};
}

template<class... Options>
struct option_repeats {
  using type = passed;
};

template<class First, class... Rest>
struct option_repeats<First, Rest...> {
  using type =
      all_of<decltype(compare_options<First, Rest>())..., typename option_repeats<Rest...>::type>;
};

template<class... Options>
inline constexpr bool has_pipe = ((kind_of_option<Options> == option_kind::pipe) || ...);

/// The rules of one column, by what is known of it at run time too.
template<class Record, bool OwnPipe, fixed_string Name, logical_type Type, bool Nullable>
consteval auto diagnose_streamed() {
  constexpr std::size_t size = Name.view().size();
  constexpr std::size_t limit = streaming_limits::identifier_bytes;
  if constexpr (size > limit)
    return failed::streamed_column_name_too_long<Record, Name, size, limit>{};
  else if constexpr (!OwnPipe && Type == logical_type::bytes)
    return failed::bytes_need_a_pipe_of_your_own<Record, Name>{};
  else if constexpr (!OwnPipe && Type == logical_type::json && Nullable)
    return failed::nullable_json_needs_a_pipe_of_your_own<Record, Name>{};
  else
    return passed{};
}

template<class Record, bool OwnPipe, class... Columns>
auto diagnose_streamed_columns(columns<Record, Columns...> const*) -> all_of<
    decltype(diagnose_streamed<Record,
                               OwnPipe,
                               Columns::literal_name,
                               sluice::detail::unnamed_column<Record, Columns>.type,
                               sluice::detail::unnamed_column<Record, Columns>.nullable>())...>;

template<class Record, bool OwnPipe>
using columns_diagnosis =
    decltype(diagnose_streamed_columns<Record, OwnPipe>(static_cast<schema<Record>*>(nullptr)));

template<fixed_string Prefix>
constexpr std::string_view prefix_of(tokens<Prefix> const*) noexcept {
  return Prefix.view();
}

template<class Option>
constexpr std::string_view prefix_of(Option const*) noexcept {
  return {};
}

template<class... Options>
constexpr std::string_view chosen_prefix() noexcept {
  std::string_view prefix;
  [[maybe_unused]] auto const look = [&](std::string_view one) {
    if (!one.empty()) prefix = one;
  };
  (look(prefix_of(static_cast<Options const*>(nullptr))), ...);
  return prefix;
}

template<class... Options>
streaming_names chosen_names() {
  return {std::string{chosen_prefix<Options...>()}, has_pipe<Options...>};
}

template<fixed_string Name>
void name_one(pipe<Name> const*, streaming_config& c) {
  if constexpr (!Name.view().empty()) c.pipe = Name.view();
}

template<fixed_string Name>
void name_one(channel_name<Name> const*, streaming_config& c) {
  c.channel = Name.view();
}

template<class Option>
void name_one(Option const*, streaming_config&) {}

template<class... Options>
void name_by_options(streaming_config& c) {
  static_cast<void>(c);
  (name_one(static_cast<Options const*>(nullptr), c), ...);
}

}  // namespace sluice::inline v0::snowpipe::detail

#endif  // SLUICE_SNOWPIPE_DETAIL_STREAMING_OPTIONS_HPP
