#ifndef SLUICE_SNOWPIPE_IMPL_ELASTIC_IPP
#define SLUICE_SNOWPIPE_IMPL_ELASTIC_IPP

#include <sluice/auth/request_id.hpp>
#include <sluice/snowpipe/detail/append_body.hpp>
#include <sluice/snowpipe/elastic.hpp>
#include <sluice/snowpipe/requests.hpp>
#include <sluice/transport/retry.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace sluice::inline v0::snowpipe {

/// One attempt of an append, for `retry`.
struct elastic_channel::attempt {
  elastic_channel& on;
  payload const& rows;
  std::string const& request_id;
  bool& left_open;
  std::size_t& made;

  task<ingest_answer> operator()(std::size_t n) const {
    ingest_call call = detail::append_body(rows);
    call.attempt = ++made;
    call.target = on.target_ + "?requestId=" + request_id + "&retryCount=" + std::to_string(n - 1);
    result<ingest_answer> a = co_await on.ingest_.ask(operation::elastic_append, call, left_open);
    co_return a;
  }
};

SLUICE_DECL elastic_channel::elastic_channel(environment const& env,
                                             streaming_config config,
                                             streaming_names names)
    : env_{env},
      config_{std::move(config)},
      names_{std::move(names)},
      ingest_{env.transport, config_.connection, env.log, env.metrics} {
  pipe_path const at = pipe_of(config_, names_);
  target_ = names_.own_pipe ? append_path(at, "ELASTIC") : elastic_path(at, config_.table);
}

SLUICE_DECL task<resume_point> elastic_channel::open() {
  result<void> good = check_pipe(config_, names_);
  if (good) good = validate(config_.append_retry);
  if (!good) co_return std::move(good).error();
  result<void> found = co_await ingest_.open();
  if (!found) co_return std::move(found).error();
  co_return resume_point{};
}

SLUICE_DECL task<accepted> elastic_channel::append(payload const& p, ack& verdicts) {
  result<void> fits = detail::check_body(p);
  if (!fits) co_return std::move(fits).error();
  std::string const request_id = make_uuid();
  bool left_open = false;
  std::size_t attempts = 0;
  constexpr int most_moves = 3;
  for (int moves = 0;; ++moves) {
    result<ingest_answer> a =
        co_await sluice::retry(env_.transport,
                               config_.append_retry,
                               "append",
                               attempt{*this, p, request_id, left_open, attempts},
                               ingest_.observer());
    if (a && a->what == outcome::success) {
      verdicts.note(p.sequence, {request_id, "accepted", std::nullopt});
      verdicts.confirm(p);
      co_return accepted{p.body.size(), attempts - 1};
    }
    if (a && a->what == outcome::moved && moves != most_moves) {
      ingest_.moved();
      continue;
    }
    error why = !a                              ? detail::not_about_rows(std::move(a).error())
                : a->what == outcome::too_large ? detail::body_too_large(p)
                                                : detail::answered(*a);
    // A refusal of the repeat says nothing of the attempt that had no answer.
    if (left_open && why.code != sluice::errc::cancelled) why = detail::maybe_taken(std::move(why));
    co_return why;
  }
}

}  // namespace sluice::inline v0::snowpipe

#endif  // SLUICE_SNOWPIPE_IMPL_ELASTIC_IPP
