#ifndef SLUICE_SANDBOX_SNOWPIPE_IMPL_CHANNELS_IPP
#define SLUICE_SANDBOX_SNOWPIPE_IMPL_CHANNELS_IPP

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/snowpipe/detail/channels.hpp>
#include <sluice/sandbox/sql/detail/retention.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace sluice::inline v0::sandbox::snowpipe {

namespace channels_impl {

constexpr std::string_view must_reopen = "ERR_CHANNEL_MUST_BE_REOPENED";
constexpr std::size_t kept_tokens = 16;

inline refused stale_token() {
  return {400,
          "STALE_CONTINUATION_TOKEN_SEQUENCER",
          "Channel sequencer stale. Please reopen the channel"};
}

inline refused uncommitted_data() {
  return {409,
          "ERR_CHANNEL_HAS_UNCOMMITTED_DATA",
          "The channel has rows that are not committed yet. Wait for them, or reopen the channel "
          "without fail_on_uncommitted_rows to discard them."};
}

/// Positive, and no two alike.
inline std::int64_t fresh_incarnation() {
  std::int64_t out = 0;
  for (char const c : detail::random_bytes(7)) out = out << 8 | static_cast<unsigned char>(c);
  return out;
}

}  // namespace channels_impl

std::int64_t channel_table::now_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             service_.clock.now().time_since_epoch())
      .count();
}

channel_table::key channel_table::key_of(sql::pipe_description const& pipe,
                                         std::string_view name) const {
  return {pipe.database, pipe.schema, pipe.name, sql::stored_name(name)};
}

/// Whether nobody has fed the channel for so long that it is gone; an open does not feed it.
bool channel_table::idle(channel const& c) const {
  return c.buffered.empty() &&
         now_ms() - c.touched_ms > sql::detail::retention::idle_channel.count();
}

/// Nothing if there is no such channel any more.
channel_table::channel* channel_table::find(key const& k) {
  auto const found = channels_.find(k);
  if (found == channels_.end()) return nullptr;
  if (!idle(found->second)) return &found->second;
  expired_.emplace_back(found->second.pipe.id, found->second.name);
  channels_.erase(found);
  return nullptr;
}

void channel_table::expire_idle() {
  std::erase_if(channels_, [this](auto const& entry) {
    auto const& c = entry.second;
    if (!idle(c)) return false;
    expired_.emplace_back(c.pipe.id, c.name);
    return true;
  });
}

std::string channel_table::sealed(channel const& c) const {
  return seal_.seal({c.incarnation, c.client_sequencer, c.next_row});
}

channel_view channel_table::view(channel const& c) const {
  channel_view out;
  out.pipe = c.pipe;
  out.name = c.name;
  out.status_code = c.invalid.empty() ? options_.healthy_status : c.invalid;
  out.offset_token = c.token;
  out.created_ms = c.created_ms;
  out.rows_parsed = c.rows_parsed;
  out.rows_inserted = c.rows_inserted;
  out.rows_errors = c.rows_errors;
  out.last_error_offset = c.last_error_offset;
  out.last_error_message = c.last_error_message;
  out.last_error_ms = c.last_error_ms;
  out.latency_ms = c.latency_ms;
  return out;
}

/// Forgets what is not committed and not being committed either.
void channel_table::discard(channel& c) {
  while (c.buffered.size() > c.in_flight) {
    c.buffered.pop_back();
    ++counts_.rowsets_discarded;
  }
}

void channel_table::make_invalid(channel& c, std::string_view code) {
  c.invalid = code;
  discard(c);
}

/// Pipe or table may have been changed, replaced or dropped since the open.
void channel_table::judge(channel& c, found_pipe const& pipe) {
  if (!c.invalid.empty()) return;
  auto const* present = std::get_if<sql::pipe_description>(&pipe);
  if (present == nullptr) {
    bool const no_table = std::get<sql::pipe_absence>(pipe) == sql::pipe_absence::no_table;
    make_invalid(c,
                 no_table ? "ERR_TABLE_DOES_NOT_EXIST_NOT_AUTHORIZED"
                          : "ERR_PIPE_DOES_NOT_EXIST_OR_NOT_AUTHORIZED");
  } else if (!present->table_exists) {
    make_invalid(c, "ERR_TABLE_DOES_NOT_EXIST_NOT_AUTHORIZED");
  } else if (present->table_id != c.pipe.table_id || present->shape != c.pipe.shape) {
    make_invalid(c, channels_impl::must_reopen);
  }
}

std::variant<channel_table::opened, refused> channel_table::open(sql::pipe_description const& pipe,
                                                                 open_request const& request) {
  std::lock_guard const work(work_);
  channel next;
  std::vector<stored_key> expired;
  {
    std::lock_guard const lock(state_);
    expire_idle();
    auto const k = key_of(pipe, request.name);
    channel* known = find(k);
    if (known != nullptr && known->pipe.id != pipe.id) known = nullptr;  // of a replaced pipe
    if (known == nullptr) {
      auto const of_pipe =
          std::count_if(channels_.begin(), channels_.end(), [&](auto const& entry) {
            return entry.second.pipe.id == pipe.id;
          });
      if (static_cast<std::size_t>(of_pipe) >= options_.channels_per_pipe) {
        return refused{400,
                       "ERR_CHANNEL_LIMIT_EXCEEDED_FOR_PIPE",
                       fmt::format("A pipe has at most {} channels.", options_.channels_per_pipe)};
      }
      next.name = request.name;
      next.incarnation = channels_impl::fresh_incarnation();
      next.created_ms = now_ms();
      next.touched_ms = next.created_ms;
    } else {
      if (request.guarded && !known->buffered.empty()) return channels_impl::uncommitted_data();
      // Its tokens are dead from here on, so that nothing slips in while SQLite is written.
      make_invalid(*known, channels_impl::must_reopen);
      next = *known;
    }
    next.pipe = pipe;
    ++next.client_sequencer;
    next.next_row = 0;
    next.invalid.clear();
    next.hashes = std::make_shared<std::vector<std::string>>();
    if (request.offset_token) next.token = request.offset_token;
    if (!next.requests) next.requests.emplace(options_.requests_per_second);
    if (!next.bytes) next.bytes.emplace(options_.bytes_per_second);
    expired = expired_;
  }
  pipes_.write([&](sql::pipe_transaction& to) {
    for (auto const& of : expired) erase(to, of);
    save(to, next);
  });
  std::lock_guard const lock(state_);
  expired_.erase(expired_.begin(), expired_.begin() + static_cast<std::ptrdiff_t>(expired.size()));
  auto& kept = channels_[key_of(pipe, request.name)];
  kept = std::move(next);
  return opened{sealed(kept), view(kept)};
}

std::optional<refused> channel_table::throttle(channel& c, std::size_t bytes) {
  auto const now = service_.clock.now();
  token_bucket const* full = nullptr;
  if (!c.requests->open(now)) {
    full = &*c.requests;
  } else if (!c.bytes->open(now)) {
    full = &*c.bytes;
  }
  if (full == nullptr) {
    c.requests->take(1);
    c.bytes->take(static_cast<double>(bytes));
    return std::nullopt;
  }
  ++counts_.throttled;
  refused out{429, "TOO_MANY_REQUESTS", "The channel's rate limit is exceeded."};
  if (options_.retry_after) {
    out.retry_after_seconds = static_cast<std::int64_t>(std::ceil(full->wait().count()));
  }
  return out;
}

std::variant<std::string, refused> channel_table::append(
    found_pipe const& pipe,
    std::tuple<std::string, std::string, std::string> names,
    append_request request,
    detail::fault_gate& gate) {
  std::lock_guard const lock(state_);
  auto const& [database, schema, pipe_name] = names;
  channel* c = find({database, schema, pipe_name, sql::stored_name(request.name)});
  if (c == nullptr) {
    if (auto const* absent = std::get_if<sql::pipe_absence>(&pipe)) {
      static_cast<void>(absent);
      return refused{404,
                     "ERR_PIPE_DOES_NOT_EXIST_OR_NOT_AUTHORIZED",
                     "The pipe does not exist or is not authorized."};
    }
    return refused{options_.unknown_channel_status,
                   "ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED",
                   "The channel does not exist or is not authorized."};
  }
  if (auto const* present = std::get_if<sql::pipe_description>(&pipe);
      present != nullptr && present->id != c->pipe.id) {
    return refused{503, "STALE_PIPE_CACHE", "The pipe was replaced. Please reopen the channel."};
  }
  judge(*c, pipe);
  if (auto limited = throttle(*c, request.lines.size())) return *std::move(limited);
  return accept(*c, std::move(request), gate);
}

/// The token rules: accept, swallow, or refuse.
std::variant<std::string, refused> channel_table::accept(channel& c,
                                                         append_request request,
                                                         detail::fault_gate& gate) {
  auto const given = seal_.open(request.continuation);
  if (!given) {
    return refused{400, "INVALID_CONTINUATION_TOKEN", "The continuation token is malformed."};
  }
  if (gate.hit("channel_stale")) make_invalid(c, channels_impl::must_reopen);
  if (gate.hit("channel_conflict")) {
    make_invalid(c, "ERR_CHANNEL_HAS_INVALID_ROW_SEQUENCER");
    return refused{409,
                   "ERR_CHANNEL_HAS_INVALID_ROW_SEQUENCER",
                   "The channel has an invalid row sequencer. Please reopen the channel."};
  }
  if (!c.invalid.empty() || given->incarnation != c.incarnation ||
      given->client_sequencer != c.client_sequencer) {
    ++counts_.stale_tokens;
    return channels_impl::stale_token();
  }
  auto hash = detail::sha256_hex(
      fmt::format("{}\n{}\n", request.offset_lower, request.offset_upper.value_or("")) +
      request.lines);
  if (given->row_sequencer < c.next_row) {
    ++counts_.replays_swallowed;
    auto const row = static_cast<std::size_t>(given->row_sequencer);
    if (row < c.hashes->size() && (*c.hashes)[row] != hash) ++counts_.tokens_reused_with_other_body;
    return sealed(c);
  }
  if (given->row_sequencer > c.next_row) {
    return refused{409,
                   "ERR_CHANNEL_MUST_BE_REOPENED_DUE_TO_ROW_SEQ_GAP",
                   "Rowsets before this one are missing. Please reopen the channel."};
  }
  rowset next;
  next.lines = std::make_shared<std::string const>(std::move(request.lines));
  next.hash = hash;
  next.offset_lower = std::move(request.offset_lower);
  next.offset_upper = std::move(request.offset_upper);
  next.client_sequencer = c.client_sequencer;
  next.row_sequencer = c.next_row;
  next.accepted = service_.clock.now();
  next.lag = options_.commit_lag;
  if (auto const ms = gate.hit("commit_slow")) next.lag += std::chrono::milliseconds(*ms);
  c.buffered.push_back(std::move(next));
  c.hashes->push_back(std::move(hash));
  ++c.next_row;
  c.touched_ms = now_ms();
  ++counts_.rowsets_accepted;
  auto token = sealed(c);
  if (gate.hit("channel_lost_silently")) make_invalid(c, channels_impl::must_reopen);
  wake_.notify_all();
  return token;
}

std::optional<refused> channel_table::drop(sql::pipe_description const& pipe,
                                           std::string_view name,
                                           bool guarded) {
  std::lock_guard const work(work_);
  channel gone;
  {
    std::lock_guard const lock(state_);
    auto const k = key_of(pipe, name);
    channel* c = find(k);
    if (c == nullptr || c->pipe.id != pipe.id) {
      return refused{404,
                     "ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED",
                     "The channel does not exist or is not authorized."};
    }
    if (guarded && !c->buffered.empty()) return channels_impl::uncommitted_data();
    discard(*c);
    gone = std::move(*c);
    channels_.erase(k);
  }
  forget(gone);
  return std::nullopt;
}

std::optional<channel_view> channel_table::status(
    found_pipe const& pipe,
    std::tuple<std::string, std::string, std::string> names,
    std::string_view name) {
  std::lock_guard const lock(state_);
  auto const& [database, schema, pipe_name] = names;
  channel* c = find({database, schema, pipe_name, sql::stored_name(name)});
  if (c == nullptr || c->name != name) return std::nullopt;
  auto const* present = std::get_if<sql::pipe_description>(&pipe);
  if (present != nullptr && present->id != c->pipe.id) return std::nullopt;
  judge(*c, pipe);
  auto out = view(*c);
  // A poll that another node answers may lag behind what was shown already.
  if (auto const back = service_.faults.fire("bulk_status_stale", name)) {
    auto const steps = static_cast<std::size_t>(std::max<std::int64_t>(*back, 1));
    auto const& kept = c->earlier_tokens;
    if (!kept.empty()) out.offset_token = kept[kept.size() - std::min(steps, kept.size())];
  }
  return out;
}

bool channel_table::knows(std::tuple<std::string, std::string, std::string> const& names) const {
  std::lock_guard const lock(state_);
  return std::any_of(channels_.begin(), channels_.end(), [&](auto const& entry) {
    auto const& k = entry.first;
    return !idle(entry.second) &&
           std::tie(std::get<0>(k), std::get<1>(k), std::get<2>(k)) ==
               std::tie(std::get<0>(names), std::get<1>(names), std::get<2>(names));
  });
}

std::size_t channel_table::uncommitted() const {
  std::lock_guard const lock(state_);
  std::size_t out = elastic_waiting_;
  for (auto const& entry : channels_) out += entry.second.buffered.size();
  return out;
}

streaming_counts channel_table::counts() const {
  std::lock_guard const lock(state_);
  return counts_;
}

bool channel_table::invalidate(std::string_view name, std::string_view code) {
  std::lock_guard const work(work_);
  std::lock_guard const lock(state_);
  bool found = false;
  for (auto& [k, c] : channels_) {
    if (std::get<3>(k) != sql::stored_name(name)) continue;
    make_invalid(c, code);
    found = true;
  }
  return found;
}

bool channel_table::expire(std::string_view name) {
  std::lock_guard const work(work_);
  std::vector<channel> gone;
  {
    std::lock_guard const lock(state_);
    for (auto at = channels_.begin(); at != channels_.end();) {
      if (std::get<3>(at->first) == sql::stored_name(name)) {
        discard(at->second);
        gone.push_back(std::move(at->second));
        at = channels_.erase(at);
      } else {
        ++at;
      }
    }
  }
  for (auto const& c : gone) forget(c);
  return !gone.empty();
}

void channel_table::reset() {
  std::lock_guard const work(work_);
  pipes_.write([](sql::pipe_transaction& to) {
    for (auto const* table : {"_sluice_channels", "_sluice_rowsets", "_sluice_elastic"}) {
      to.run(std::string("DELETE FROM ") + table, {});
    }
  });
  std::lock_guard const lock(state_);
  channels_.clear();
  expired_.clear();
  counts_ = {};
  elastic_waiting_ = 0;
}

}  // namespace sluice::inline v0::sandbox::snowpipe

#endif  // SLUICE_SANDBOX_SNOWPIPE_IMPL_CHANNELS_IPP
