#ifndef SLUICE_SNOWPIPE_IMPL_CHANNEL_OPEN_IPP
#define SLUICE_SNOWPIPE_IMPL_CHANNEL_OPEN_IPP

#include <sluice/auth/request_id.hpp>
#include <sluice/compress/codec_stream.hpp>
#include <sluice/snowpipe/channel.hpp>
#include <sluice/transport/retry.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::inline v0::snowpipe {

namespace detail {

/// Rows [first, first + count) of a payload as a payload of their own. Runs on a worker.
inline result<payload> part_of(payload const& whole, std::uint64_t first, std::uint64_t count) {
  result<std::string> text = decompress(whole.compression, whole.body, whole.raw_bytes);
  if (!text) return std::move(text).error();
  result<std::string> rows = whole.rows->slice(*text, first, count);
  if (!rows) return std::move(rows).error();
  payload part = whole;
  part.raw_bytes = rows->size();
  part.row_count = count;
  auto codec = open_codec(whole.compression, level_range(whole.compression).lowest);
  if (!codec) return std::move(codec).error();
  (*codec)->write(chunk{*std::move(rows)});
  result<chunk_list> body = (*codec)->finish();
  if (!body) return std::move(body).error();
  part.body = *std::move(body);
  part.positions.clear();
  for (position_range range : whole.positions) {
    std::uint64_t const skipped = std::min(first, range.count);
    first -= skipped;
    range.first += skipped;
    range.count = std::min(range.count - skipped, count);
    count -= range.count;
    if (range.count != 0) part.positions.push_back(range);
  }
  return part;
}

/// Both sides of a cut behind `committed`.
struct cut_payload {
  payload const& whole;
  position committed;

  result<std::vector<payload>> operator()() const {
    std::uint64_t head = 0;
    for (position_range const& range : whole.positions)
      if (range.first <= committed) head += std::min(range.count, committed + 1 - range.first);
    result<payload> first = part_of(whole, 0, head);
    if (!first) return std::move(first).error();
    result<payload> rest = part_of(whole, head, whole.row_count - head);
    if (!rest) return std::move(rest).error();
    std::vector<payload> both;
    both.push_back(*std::move(first));
    both.push_back(*std::move(rest));
    return both;
  }
};

}  // namespace detail

/// No more appends; what waits for a verdict gets none.
SLUICE_DECL void channel::break_with(error why) {
  if (broken_ || closed_) return;
  env_.log.error("snowpipe", "channel " + name_ + ": " + why.describe());
  broken_ = std::move(why);
  progressed_.notify_all();
}

/// The position that a committed token names; nothing where it names none of this source.
SLUICE_DECL result<std::optional<position>> channel::position_of(
    std::optional<std::string> const& token) {
  if (!token || token == foreign_) return std::optional<position>{};
  std::optional<offset_token> const read = parse_offset_token(*token, prefix_);
  if (read && read->source == source_) return std::optional{read->at};
  // It was ours, or was known, and is neither: somebody else writes.
  return error{make_error_code(errc::foreign_token),
               disposition::permanent,
               "channel " + name_ +
                   " holds an offset token that this loader did not write; give every writer a "
                   "channel of its own"};
}

SLUICE_DECL task<resume_point> channel::open() {
  result<void> good = check_config();
  if (!good) co_return std::move(good).error();
  result<permit> turn = co_await turn_.lock();
  if (!turn) co_return std::move(turn).error();
  result<void> found = co_await ingest_.open();
  if (!found) co_return std::move(found).error();
  result<void> opened = co_await reopen();
  if (!opened) co_return std::move(opened).error();
  if (committed_) co_return resume_point{*committed_ + 1};
  if (config_.source.empty()) co_return resume_point{};
  co_return resume_point{0};
}

/// A guarded open, repeated until the rows of the opening before are committed; when that takes too
/// long, one that gives them up.
SLUICE_DECL task<open_reply> channel::open_at_service() {
  steady_time const began = env_.transport.now();
  steady_time const guard_until = began + config_.guard_for;
  int moves = 0;
  for (;;) {
    bool const guarded = env_.transport.now() < guard_until;
    if (!guarded && config_.guard_for.count() > 0)
      env_.log.warning("snowpipe",
                       "channel " + name_ +
                           ": rows of the opening before are not committed in time; they are given "
                           "up and, where they are at hand, sent again");
    ingest_call call;
    call.method = http_method::put;
    call.target = channel_path(at_, name_) + "?requestId=" + make_uuid();
    call.body = chunk_list{guard_body(guarded)};
    call.content_type = "application/json";
    call.label = "open channel";
    result<ingest_answer> a = co_await ask_until(config_.open_retry, operation::open, call);
    if (!a) co_return std::move(a).error();
    milliseconds pause{500};
    constexpr int most_moves = 3;
    bool const just_made =
        a->status == 404 && opens_ == 0 && env_.transport.now() - began < config_.table_wait;
    if (a->what == outcome::success) {
      result<open_reply> reply = parse_open_reply(a->body);
      co_return reply;
    }
    if (a->what == outcome::moved && ++moves <= most_moves) {
      ingest_.moved();
    } else if (!(a->what == outcome::uncommitted && guarded) && !just_made) {
      co_return service_error("open channel " + name_, a->status, a->why);
    }
    result<void> slept = co_await env_.transport.sleep_for(pause);
    if (!slept) co_return std::move(slept).error();
  }
}

/// With `turn_` held.
SLUICE_DECL task<void> channel::reopen() {
  while (needs_open_) {
    if (broken_) co_return *broken_;
    if (opens_ != 0) {
      if (config_.still_owner && !config_.still_owner()) {
        break_with({make_error_code(errc::fenced),
                    disposition::permanent,
                    "the program does not own channel " + name_ + " any more"});
        co_return *broken_;
      }
      if (++reopens_ > config_.most_reopens) {
        break_with(stalled_
                       ? error{make_error_code(errc::stalled),
                               disposition::permanent,
                               "channel " + name_ + ": accepted rows are not committed, " +
                                   std::to_string(reopens_ - 1) +
                                   " reopens did not help; see the pipe's status"}
                       : error{make_error_code(errc::channel_taken),
                               disposition::permanent,
                               "channel " + name_ + " was invalidated " + std::to_string(reopens_) +
                                   " times in a row; give every writer a channel of its own"});
        co_return *broken_;
      }
      // Two writers that open at once would take the channel from each other for ever.
      error const invalid{sluice::errc::http_status, "", disposition::retryable};
      auto const wait = retry_wait(config_.open_retry, reopens_, invalid, env_.transport.random());
      result<void> slept = co_await env_.transport.sleep_for(wait);
      if (!slept) co_return std::move(slept).error();
    }
    result<open_reply> reply = co_await open_at_service();
    if (!reply) {
      bool const given_up = reply.error().code == sluice::errc::cancelled ||
                            reply.error().code == sluice::errc::deadline;
      if (opens_ != 0 && !given_up) break_with(reply.error());
      co_return std::move(reply).error();
    }
    channel_status const& now = reply->status;
    if (!now.healthy()) {
      error const refused = service_error(
          "open channel " + name_, 409, {now.code, "the channel is " + plain_words(now.code)});
      if (opens_ == 0) co_return refused;
      ++opens_;
      continue;
    }
    bool const first = opens_ == 0;
    if (first && now.committed) {
      std::optional<offset_token> const read = parse_offset_token(*now.committed, prefix_);
      bool const ours = read && read->source == source_;
      if (!ours) {
        bool const adopt = read && config_.on_foreign_token == foreign_token_rule::adopt;
        if (!config_.source.empty() && !adopt &&
            config_.on_foreign_token != foreign_token_rule::start_over)
          co_return error{make_error_code(errc::foreign_token),
                          disposition::permanent,
                          "channel " + name_ + " holds the offset token of another source than " +
                              source_ +
                              "; use another channel, or say in on_foreign_token what is meant"};
        foreign_ = now.committed;
        if (adopt) committed_ = read->at;
        env_.log.warning(
            "snowpipe",
            "channel " + name_ + " holds the offset token of another source; " +
                (adopt ? "its number is adopted" : "this one starts at its beginning"));
      }
    }
    ++opens_;
    continuation_ = std::move(reply->continuation);
    needs_open_ = false;
    progress_at_ = env_.transport.now();
    bool const fresh_counters = first || now.rows_refused.value_or(refused_rows_) < refused_rows_ ||
                                (now.rows_inserted && now.rows_inserted < inserted_rows_);
    if (fresh_counters) {
      if (!first)
        env_.log.warning("snowpipe",
                         "channel " + name_ + " was made anew; its counters start again");
      refused_rows_ = now.rows_refused.value_or(0);
      inserted_rows_ = now.rows_inserted;
    }
    env_.log.info("snowpipe",
                  "channel " + name_ + " is open" +
                      (now.committed ? ", committed up to " + plain_words(*now.committed) : ""));
    result<std::optional<position>> committed = position_of(now.committed);
    if (!committed) {
      break_with(committed.error());
      co_return *broken_;
    }
    if (*committed) {
      result<void> cut = co_await split_at(**committed);
      if (!cut) co_return std::move(cut).error();
    }
    result<void> judged = co_await judge(now);
    if (!judged) co_return std::move(judged).error();
    result<void> replayed = co_await replay();
    if (!replayed) {
      // Rows that were accepted once have no other way than this one.
      if (replayed.error().code != sluice::errc::cancelled) break_with(replayed.error());
      co_return std::move(replayed).error();
    }
  }
  co_return success;
}

/// Sends what was accepted under an earlier opening and is not committed. Ends early where the
/// channel has to be opened once more.
SLUICE_DECL task<void> channel::replay() {
  detail::rowset_list const rows{pending_.begin(), pending_.end()};
  for (std::shared_ptr<detail::rowset> const& r : rows) {
    if (!r->accepted || r->judged || (committed_ && r->last <= *committed_)) continue;
    // Another body under another token: another identity.
    r->request_id = make_uuid();
    env_.log.debug("snowpipe", "rows up to " + r->last_token + " are sent again");
    result<put_result> done = co_await put(*r);
    if (!done) co_return std::move(done).error();
    if (*done == put_result::reopen) co_return success;
    r->accepted_at = env_.transport.now();
  }
  co_return success;
}

/// A rowset of which a part is committed becomes two: what is sent again is filtered by row.
SLUICE_DECL task<void> channel::split_at(position committed) {
  for (std::size_t i = 0; i != pending_.size(); ++i) {
    std::shared_ptr<detail::rowset> const whole = pending_[i];
    if (whole->judged || committed < whole->first || committed >= whole->last) continue;
    result<std::vector<payload>> both =
        co_await env_.transport.on_worker(detail::cut_payload{whole->data, committed});
    if (!both) co_return std::move(both).error();
    auto head = std::make_shared<detail::rowset>(*whole);
    head->data = std::move((*both)[0]);
    set_tokens(*head);
    head->accepted = true;
    whole->data = std::move((*both)[1]);
    set_tokens(*whole);
    // The poll may have taken rowsets out in the meantime.
    pending_.insert(std::find(pending_.begin(), pending_.end(), whole), std::move(head));
    break;
  }
  co_return success;
}

}  // namespace sluice::inline v0::snowpipe

#endif  // SLUICE_SNOWPIPE_IMPL_CHANNEL_OPEN_IPP
