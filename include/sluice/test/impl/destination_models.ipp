#ifndef SLUICE_TEST_IMPL_DESTINATION_MODELS_IPP
#define SLUICE_TEST_IMPL_DESTINATION_MODELS_IPP

#include <sluice/test/destination_models.hpp>

#include <algorithm>
#include <utility>

namespace sluice::inline v0::test {

SLUICE_DECL task<void> detail::model_session::step(std::string_view name) {
  if (config_.latency.count() != 0) {
    result<void> const slept = co_await transport_.sleep_for(config_.latency);
    if (!slept) co_return slept.error();
  }
  std::optional<error> const failed = config_.service->step(name);
  if (failed) co_return *failed;
  co_return success;
}

SLUICE_DECL std::string detail::model_session::name_of(std::uint64_t sequence) const {
  return run_id_ + '-' + std::to_string(sequence);
}

SLUICE_DECL rejection detail::model_session::model_refusal() {
  return {dead_reason::rejected, "1001", "the model refuses this row", "ID"};
}

SLUICE_DECL accepted detail::model_session::held(payload const& p) const {
  auto const& retries = config_.service->retries;
  return {p.body.size(), retries ? retries(p.sequence) : 0};
}

SLUICE_DECL result<void> detail::model_session::write(payload const& p, ack& a) {
  result<std::vector<std::string>> const lines = lines_of(p);
  if (!lines) return lines.error();
  std::string const name = name_of(p.sequence);
  bool const fresh = config_.service->claim(name);
  for (std::uint64_t row = 0; row != lines->size(); ++row) {
    std::string const& line = (*lines)[row];
    position const at = p.position_of(row);
    if (config_.service->is_bad && config_.service->is_bad(line)) {
      config_.service->refuse(name, row, line);
      a.reject(at, model_refusal(), line);
      continue;
    }
    if (fresh) config_.service->write(line);
    a.confirm({at, 1});
  }
  return success;
}

SLUICE_DECL task<resume_point> row_errors::session::open() {
  result<void> const done = co_await step("open");
  if (!done) co_return done.error();
  co_return resume_point{};
}

SLUICE_DECL task<accepted> row_errors::session::send(payload const& p, ack& a) {
  result<void> const done = co_await step("send");
  if (!done) co_return done.error();
  result<void> const written = write(p, a);
  if (!written) co_return written.error();
  co_return held(p);
}

SLUICE_DECL task<void> row_errors::session::flush(deadline) {
  return step("flush");
}

SLUICE_DECL task<void> row_errors::session::finish(deadline) {
  return step("finish");
}

SLUICE_DECL task<recovery> row_errors::session::recover(in_doubt const& d, ack& a) {
  result<void> const done = co_await step("recover");
  if (!done) co_return done.error();
  std::string const name = name_of(d.sequence);
  if (!config_.service->knows(name)) co_return recovery::absent;
  auto const refused = config_.service->refused(name);
  std::uint64_t row = 0;
  for (position_range const& rows : d.positions) {
    for (position at = rows.first; at != rows.end(); ++at, ++row) {
      auto const bad = refused.find(row);
      if (bad == refused.end())
        a.confirm({at, 1});
      else
        a.reject(at, model_refusal(), bad->second);
    }
  }
  co_return recovery::settled;
}

SLUICE_DECL task<resume_point> group_commit::session::open() {
  result<void> const done = co_await step("open");
  if (!done) co_return done.error();
  co_return resume_point{};
}

SLUICE_DECL task<accepted> group_commit::session::send(payload const& p, ack& a) {
  result<void> const done = co_await step("send");
  if (!done) co_return done.error();
  verdicts_ = &a;
  // A copy shares the bytes: the stage holds them although the pipeline forgets them.
  staged_.push_back(p);
  if (staged_.size() >= config_.group) {
    // The stage has the file whatever becomes of the group; `flush` tries again.
    result<void> const committed = co_await commit();
    static_cast<void>(committed);
  }
  co_return held(p);
}

SLUICE_DECL task<void> group_commit::session::commit() {
  std::vector<payload> group = std::exchange(staged_, {});
  if (group.empty()) co_return success;
  result<void> const done = co_await step("commit");
  if (!done) {
    staged_.insert(staged_.begin(), group.begin(), group.end());
    co_return done.error();
  }
  for (payload const& file : group) {
    result<void> const written = write(file, *verdicts_);
    if (!written) co_return written.error();
  }
  co_return success;
}

SLUICE_DECL task<void> group_commit::session::flush(deadline) {
  result<void> const done = co_await step("flush");
  if (!done) co_return done.error();
  result<void> const committed = co_await commit();
  co_return committed;
}

SLUICE_DECL task<void> group_commit::session::finish(deadline) {
  result<void> const committed = co_await commit();
  if (!committed) co_return committed.error();
  result<void> const done = co_await step("finish");
  co_return done;
}

SLUICE_DECL task<resume_point> ordered_offsets::session::open() {
  result<void> const done = co_await step("open");
  if (!done) co_return done.error();
  co_return resume_point{config_.service->offset()};
}

SLUICE_DECL task<accepted> ordered_offsets::session::send(payload const& p, ack& a) {
  result<permit> const turn = co_await turn_.acquire();
  if (!turn) co_return turn.error();
  result<void> const done = co_await step("send");
  if (!done) co_return done.error();
  position const first = p.positions.front().first;
  if (first < config_.service->offset()) {
    co_return error{errc::internal,
                    "rows arrived out of order: " + std::to_string(first) + " after " +
                        std::to_string(config_.service->offset())};
  }
  result<void> const written = write(p, a);
  if (!written) co_return written.error();
  config_.service->set_offset(p.positions.back().end());
  co_return held(p);
}

SLUICE_DECL task<void> ordered_offsets::session::flush(deadline) {
  return step("flush");
}

SLUICE_DECL task<void> ordered_offsets::session::finish(deadline) {
  return step("finish");
}

struct late_commit::session::waiting : detail::model_session {
  using model_session::model_session;

  result<void> commit() {
    std::vector<payload> const now = std::exchange(held, {});
    for (payload const& p : now)
      if (auto written = write(p, *verdicts); !written) return written;
    return success;
  }

  std::vector<payload> held;
  ack* verdicts = nullptr;
  bool ended = false;
};

SLUICE_DECL late_commit::session::session(environment const& env, model_config const& config)
    : detail::model_session{env, config}, held_{std::make_shared<waiting>(env, config)} {}

SLUICE_DECL late_commit::session::~session() {
  held_->ended = true;
}

SLUICE_DECL task<resume_point> late_commit::session::open() {
  result<void> const done = co_await step("open");
  if (!done) co_return done.error();
  co_return resume_point{};
}

SLUICE_DECL task<accepted> late_commit::session::send(payload const& p, ack& a) {
  result<void> const done = co_await step("send");
  if (!done) co_return done.error();
  held_->verdicts = &a;
  held_->held.push_back(p);
  if (config_.commit_lag.count() != 0)
    transport_.spawn(commit_later(held_, transport_, config_.commit_lag));
  co_return held(p);
}

SLUICE_DECL task<void> late_commit::session::commit_later(std::shared_ptr<waiting> held,
                                                          transport& t,
                                                          milliseconds lag) {
  result<void> const slept = co_await t.sleep_for(lag);
  if (!slept || held->ended) co_return success;
  result<void> const committed = held->commit();
  co_return committed;
}

SLUICE_DECL task<void> late_commit::session::flush(deadline) {
  result<void> const done = co_await step("flush");
  if (!done) co_return done.error();
  co_return held_->commit();
}

SLUICE_DECL task<void> late_commit::session::finish(deadline) {
  result<void> const done = co_await step("finish");
  if (!done) co_return done.error();
  result<void> const committed = held_->commit();
  held_->ended = true;
  co_return committed;
}

}  // namespace sluice::inline v0::test

#endif  // SLUICE_TEST_IMPL_DESTINATION_MODELS_IPP
