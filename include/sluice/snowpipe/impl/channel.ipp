#ifndef SLUICE_SNOWPIPE_IMPL_CHANNEL_IPP
#define SLUICE_SNOWPIPE_IMPL_CHANNEL_IPP

#include <sluice/auth/request_id.hpp>
#include <sluice/snowpipe/channel.hpp>
#include <sluice/snowpipe/detail/append_body.hpp>
#include <sluice/transport/retry.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::inline v0::snowpipe {

namespace detail {

inline bool is_channel_name(std::string_view name) noexcept {
  auto const good = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= streaming_limits::identifier_bytes &&
         !(name.front() >= '0' && name.front() <= '9') &&
         std::all_of(name.begin(), name.end(), good);
}

}  // namespace detail

/// One attempt of a call, for `retry`.
struct channel::attempt {
  channel& on;
  operation what;
  ingest_call& call;

  task<ingest_answer> operator()(std::size_t) const {
    ++call.attempt;
    return on.ingest_.ask(what, call, on.left_open_);
  }
};

SLUICE_DECL channel::channel(environment const& env, streaming_config config, streaming_names names)
    : env_{env},
      config_{std::move(config)},
      names_{std::move(names)},
      prefix_{names_.prefix},
      source_{config_.source.empty() ? env.run_id : config_.source},
      at_{pipe_of(config_, names_)},
      name_{config_.channel + config_.channel_suffix},
      ingest_{env.transport, config_.connection, env.log, env.metrics},
      requests_{env.transport, config_.requests_per_second, 1},
      bytes_{env.transport, config_.bytes_per_second, std::max(1.0, config_.bytes_per_second)} {}

SLUICE_DECL void channel::abandon() noexcept {
  closed_ = true;
  ingest_.detach();
  env_.metrics = nullptr;
  env_.log = {};
  config_.still_owner = {};
  config_.rejected_rows = {};
  pending_.clear();
  cancel_.cancel();
}

SLUICE_DECL result<void> channel::check_config() {
  auto const bad = [](std::string_view what) {
    return error{sluice::errc::invalid_configuration, "snowpipe::streaming: " + std::string{what}};
  };
  if (result<void> good = check_pipe(config_, names_); !good) return good;
  if (!detail::is_channel_name(name_))
    return bad(
        "a channel's name is made of A-Z, 0-9 and _ and does not begin with a digit; set "
        "config.channel");
  if (source_.size() > longest_token_part ||
      !std::all_of(source_.begin(), source_.end(), is_token_character))
    return bad("the name of the source is at most 64 of A-Z, a-z, 0-9, _, . and -");
  if (config_.poll_interval.count() <= 0 || config_.stall_after.count() <= 0 ||
      config_.most_reopens == 0)
    return bad("poll_interval, stall_after and most_reopens must be above 0");
  if (config_.requests_per_second < 0 || config_.bytes_per_second < 0)
    return bad("requests_per_second and bytes_per_second must not be negative");
  if (result<void> good = validate(config_.append_retry); !good) return good;
  return validate(config_.open_retry);
}

SLUICE_DECL void channel::set_tokens(detail::rowset& r) const {
  r.first = r.data.positions.front().first;
  r.last = r.data.positions.back().end() - 1;
  r.first_token = to_text({r.first, source_}, prefix_);
  r.last_token = to_text({r.last, source_}, prefix_);
  r.request_id = make_uuid();
}

SLUICE_DECL std::shared_ptr<detail::rowset> channel::freeze(payload const& p, ack& verdicts) const {
  auto r = std::make_shared<detail::rowset>();
  r->data = p;
  r->verdicts = &verdicts;
  set_tokens(*r);
  return r;
}

/// `c.attempt` goes on from where it stands.
SLUICE_DECL task<ingest_answer> channel::ask_until(retry_policy policy,
                                                   operation what,
                                                   ingest_call& c) {
  result<ingest_answer> a = co_await sluice::retry(
      env_.transport, policy, std::string{c.label}, attempt{*this, what, c}, ingest_.observer());
  co_return a;
}

SLUICE_DECL task<channel::put_result> channel::put(detail::rowset& r) {
  steady_time const asked = env_.transport.now();
  result<void> turn = co_await requests_.acquire();
  if (turn) turn = co_await bytes_.acquire(static_cast<double>(r.data.raw_bytes));
  if (!turn) co_return std::move(turn).error();
  auto const paced = std::chrono::duration_cast<milliseconds>(env_.transport.now() - asked);
  if (paced.count() > 0 && env_.log.enabled(log_level::debug))
    env_.log.debug("snowpipe",
                   "append to channel " + name_ + " has waited " + std::to_string(paced.count()) +
                       " ms for requests_per_second or bytes_per_second");
  ingest_call call = detail::append_body(r.data);
  call.target = append_path(at_, name_) + '?' +
                append_query({continuation_, r.first_token, r.last_token, r.request_id});
  call.attempt = r.attempts;
  left_open_ = false;
  result<ingest_answer> a = co_await ask_until(config_.append_retry, operation::append, call);
  r.attempts = call.attempt;
  if (left_open_ && (!a || a->what != outcome::success)) {
    // The append may have been taken, so no other body may go out under its token; and what a
    // repeat is told says nothing of the attempt that had no answer.
    needs_open_ = true;
    r.maybe_taken = true;
  }
  if (!a) co_return detail::not_about_rows(std::move(a).error());
  switch (a->what) {
    case outcome::success: {
      result<std::string> next = parse_append_reply(a->body);
      continuation_ = *std::move(next);
      co_return put_result::accepted;
    }
    case outcome::moved:
      ingest_.moved();
      [[fallthrough]];
    case outcome::reopen:
    case outcome::uncommitted:
      env_.log.info(
          "snowpipe",
          "channel " + name_ + " has to be opened again: " +
              (a->why.code.empty() ? std::to_string(a->status) : plain_words(a->why.code)));
      needs_open_ = true;
      co_return put_result::reopen;
    case outcome::too_large:
      // Smaller bodies only under a token that no body was sent under.
      needs_open_ = true;
      co_return detail::body_too_large(r.data);
    default:
      co_return detail::answered(*a);
  }
}

SLUICE_DECL task<accepted> channel::append(payload const& p, ack& verdicts) {
  result<void> fits = detail::check_body(p);
  if (!fits) co_return std::move(fits).error();
  result<permit> turn = co_await turn_.lock();
  if (!turn) co_return std::move(turn).error();
  std::shared_ptr<detail::rowset> const r = freeze(p, verdicts);
  // The committed token would pass these rows before they are there.
  if (last_sent_ && r->first <= *last_sent_)
    co_return error{sluice::errc::internal,
                    "rows from position " + std::to_string(r->first) + " on come after position " +
                        std::to_string(*last_sent_) + " was sent; one producer feeds a channel"};
  pending_.push_back(r);
  std::optional<error> failure;
  while (!r->judged && !r->accepted && !failure) {
    if (broken_) {
      failure = detail::not_about_rows(*broken_);
    } else if (needs_open_) {
      result<void> opened = co_await reopen();
      if (opened)
        r->maybe_taken = false;  // what was taken is committed, or was given up
      else
        failure = detail::not_about_rows(std::move(opened).error());
    } else {
      result<put_result> done = co_await put(*r);
      if (!done) {
        failure = std::move(done).error();
        if (r->maybe_taken && failure->code != sluice::errc::cancelled) {
          // An open tells what became of a request without an answer.
          result<void> opened = co_await reopen();
          if (opened) r->maybe_taken = false;
        }
      } else if (*done == put_result::accepted) {
        r->accepted = true;
        verdicts.note(p.sequence, {r->last_token, "accepted", std::nullopt});
        r->accepted_at = env_.transport.now();
      }
    }
  }
  if (closed_) co_return error{sluice::errc::cancelled, "the session has ended"};
  if (r->judged || r->accepted) {
    last_sent_ = r->last;
    start_polling();
    co_return accepted{p.body.size(), r->attempts - std::min<std::size_t>(r->attempts, 1)};
  }
  std::erase(pending_, r);
  // A drain that began while this was under way waits for it no more.
  r->judged = true;
  progressed_.notify_all();
  if (r->maybe_taken && failure->code != sluice::errc::cancelled)
    failure = detail::maybe_taken(*std::move(failure));
  co_return *failure;
}

SLUICE_DECL task<void> channel::wait_for(detail::rowset_list rows) {
  for (std::shared_ptr<detail::rowset> const& r : rows) {
    while (!r->judged) {
      if (broken_) co_return *broken_;
      result<void> woken = co_await progressed_.wait();
      if (!woken) co_return std::move(woken).error();
    }
  }
  co_return success;
}

SLUICE_DECL task<void> channel::drain(deadline until) {
  detail::rowset_list const rows{pending_.begin(), pending_.end()};
  auto limited = with_deadline(env_.transport, wait_for(rows), until.at);
  result<void> done = co_await std::move(limited);
  if (done && broken_) done = *broken_;
  if (!done && done.error().code == sluice::errc::deadline)
    done = error{sluice::errc::deadline,
                 std::to_string(pending_.size()) +
                     " requests were accepted but not committed in time; allow more: the service "
                     "commits 5 to 10 s after it has accepted"};
  co_return done;
}

SLUICE_DECL task<void> channel::close(deadline until) {
  result<void> done = co_await drain(until);
  if (done && config_.drop_channel && opens_ != 0) {
    ingest_call call;
    call.method = http_method::delete_;
    call.target = channel_path(at_, name_) + "?requestId=" + make_uuid();
    call.body = chunk_list{guard_body(true)};
    call.content_type = "application/json";
    call.label = "drop channel";
    auto limited = with_deadline(
        env_.transport, ask_until(config_.open_retry, operation::drop, call), until.at);
    result<ingest_answer> a = co_await std::move(limited);
    if (!a)
      done = std::move(a).error();
    else if (a->what != outcome::success)
      done = service_error("drop channel", a->status, a->why);
  }
  co_return done;
}

SLUICE_DECL task<recovery> channel::recover(in_doubt const& d, ack& verdicts) {
  position const last = d.positions.back().end() - 1;
  if (!committed_ &&
      may_be_forgotten(d, streaming_limits::channel_memory, env_.transport.system_now())) {
    rejection const forgotten{dead_reason::unknown,
                              {},
                              "the row was sent longer ago than the service keeps a channel that "
                              "gets no rows; look for it before a replay",
                              {}};
    for (position_range const& rows : d.positions) verdicts.reject(rows, forgotten);
    co_return recovery::settled;
  }
  if (!committed_ || *committed_ < last) co_return recovery::absent;
  // The counters of the channel do not tell these rows from earlier ones. A refused row lies at or
  // before the bound of the last error, so rows behind that are written for certain.
  std::optional<offset_token> const bound = parse_offset_token(last_error_bound_, prefix_);
  bool const all_older = bound && bound->source == source_ && bound->at < d.positions.front().first;
  bool const clean = refused_rows_ == 0 || all_older;
  rejection const unsure{dead_reason::unknown,
                         {},
                         "the row was committed before a restart, and the channel has refused rows "
                         "it does not name; look for it before a replay",
                         {}};
  for (position_range const& rows : d.positions) {
    if (clean)
      verdicts.confirm(rows);
    else
      verdicts.reject(rows, unsure);
  }
  co_return recovery::settled;
}

}  // namespace sluice::inline v0::snowpipe

#endif  // SLUICE_SNOWPIPE_IMPL_CHANNEL_IPP
