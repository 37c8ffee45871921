#ifndef SLUICE_TEST_IMPL_DESTINATION_LAWS_HPP
#define SLUICE_TEST_IMPL_DESTINATION_LAWS_HPP

#include <sluice/test/destination_laws.hpp>

#include <algorithm>
#include <utility>

namespace sluice::inline v0::test {

template<class Record, class Format>
payload make_payload(std::span<Record const> records,
                     std::uint64_t sequence,
                     position first,
                     codec compression) {
  using encoder_type = encoder_for<Format, Record>;
  encoder_type const encoder;
  std::size_t bytes = 1;
  for (Record const& record : records) bytes += encoder.max_size(record);
  auto const rows = std::make_shared<segment>(bytes);
  for (Record const& record : records) encoder.append(record, *rows);

  auto stream = open_codec(compression, level_range(compression).lowest);
  auto const writer = encoder_type::rows().open_body();
  writer->begin(**stream);
  writer->add(segment_view{rows, {}, rows->committed()}, **stream);
  writer->end(**stream);
  payload made;
  made.raw_bytes = (*stream)->raw_bytes();
  auto body = (*stream)->finish();
  if (body) made.body = std::move(body).value();
  made.sequence = sequence;
  made.compression = compression;
  made.row_count = records.size();
  made.positions.push_back({first, records.size()});
  made.rows = &encoder_type::rows();
  return made;
}

namespace detail {

inline error broken(std::string_view law, std::string_view how = {}) {
  std::string text{law};
  if (!how.empty()) text.append(": ").append(how);
  return error{errc::internal, std::move(text)};
}

/// One session of a destination under test, with its steps made blocking.
template<destination Destination>
class law_session {
 public:
  law_session(transport& t, law_setup<Destination> const& setup, row_format const& rows, int run)
      : transport_{t},
        patience_{setup.patience},
        environment_{
            t, "law-" + std::to_string(run), rows.columns(), rows.describe(), setup.compression},
        config_{setup.config()} {
    session_ = std::make_unique<typename Destination::session>(environment_, config_);
  }

  struct same_run {};

  /// The run of `earlier`, continued as by another process.
  law_session(law_session const& earlier, same_run)
      : transport_{earlier.transport_},
        patience_{earlier.patience_},
        environment_{earlier.environment_},
        config_{earlier.config_} {
    session_ = std::make_unique<typename Destination::session>(environment_, config_);
  }

  law_session(law_session const&) = delete;
  law_session& operator=(law_session const&) = delete;

  ~law_session() { drop(); }

  /// As if the process had ended here.
  void drop() {
    // Sessions live and die on the transport thread.
    static_cast<void>(block_on(transport_, end(std::move(session_))));
  }

  template<class T>
  result<T> run(task<T> work) {
    return block_on(transport_, std::move(work), deadline{transport_.now() + patience_});
  }

  result<resume_point> open() { return run(session_->open()); }

  result<accepted> send(payload const& p, ack& a) { return run(session_->send(p, a)); }

  result<void> flush() { return run(session_->flush(deadline{transport_.now() + patience_})); }

  result<void> finish() { return run(session_->finish(deadline{transport_.now() + patience_})); }

  /// Whether `finish` ends by itself although its deadline is past.
  bool finish_ends_in_the_past() {
    scope tasks{transport_};
    tasks.spawn(ignore(session_->finish(deadline{transport_.now() - milliseconds{1}})));
    return tasks.join(deadline{transport_.now() + patience_});
  }

  result<recovery> recover(in_doubt const& d, ack& a) {
    if constexpr (recoverable_session<typename Destination::session>)
      return run(session_->recover(d, a));
    else
      return recovery::absent;
  }

  /// All at once; the first failure.
  result<void> send_all(std::span<payload const> payloads, ack& a) {
    std::vector<result<accepted>> outcomes(payloads.size(), accepted{});
    {
      scope tasks{transport_};
      for (std::size_t i = 0; i != payloads.size(); ++i)
        tasks.spawn(keep(session_->send(payloads[i], a), outcomes[i]));
      if (!tasks.join(deadline{transport_.now() + patience_}))
        return broken("send must end", "it did not within the patience of the setup");
    }
    for (auto const& outcome : outcomes)
      if (!outcome) return outcome.error();
    return success;
  }

 private:
  static task<void> end(std::unique_ptr<typename Destination::session> session) {
    session.reset();
    co_return success;
  }

  static task<void> ignore(task<void> work) {
    result<void> const outcome = co_await work;
    static_cast<void>(outcome);
    co_return success;
  }

  static task<void> keep(task<accepted> work, result<accepted>& into) {
    result<accepted> outcome = co_await work;
    into = std::move(outcome);
    co_return success;
  }

  transport& transport_;
  milliseconds patience_;
  environment environment_;
  typename Destination::config config_;
  std::unique_ptr<typename Destination::session> session_;
};

inline result<void> no_stray(recording_ack const& a) {
  if (a.counts().stray == 0) return success;
  return broken("a row gets one verdict, after it was sent",
                std::to_string(a.counts().stray) + " strays");
}

inline result<void> all_confirmed(recording_ack const& a, std::uint64_t rows, char const* when) {
  recording_ack::tally const got = a.counts();
  if (got.stray != 0) return no_stray(a);
  if (got.open != 0) return broken(when, std::to_string(got.open) + " rows have no verdict");
  if (got.rejected != 0) return broken("good rows are confirmed", got.last_rejection);
  if (got.confirmed != rows) return broken("good rows are confirmed", "some are missing");
  return success;
}

/// The laws one by one; each has a session of its own.
template<destination Destination, class Record, class Format>
class destination_laws {
 public:
  using session = law_session<Destination>;

  destination_laws(transport& t,
                   law_setup<Destination> const& setup,
                   std::span<Record const> samples,
                   std::span<Record const> refused)
      : transport_{t}, setup_{setup}, samples_{samples}, refused_{refused} {}

  result<void> check() {
    static constexpr capabilities limits = Destination::limits;
    result<void> lawful = empty_load();
    if (lawful) lawful = flush_and_go_on();
    if (lawful) lawful = overlapping(std::clamp<std::size_t>(limits.max_in_flight, 1, 4));
    if (lawful && !refused_.empty()) lawful = refused_row();
    if constexpr (!limits.ordered)
      if (lawful) lawful = sent_twice();
    if (lawful) lawful = late_finish();
    if constexpr (recoverable_session<typename Destination::session>)
      if (lawful) lawful = recovery_of_a_run();
    return lawful;
  }

 private:
  [[nodiscard]] payload piece(std::uint64_t sequence) const {
    return make_payload<Record, Format>(
        samples_.subspan(static_cast<std::size_t>(sequence) % 4 * 2, 2),
        sequence,
        sequence * 2,
        setup_.compression);
  }

  [[nodiscard]] session begin() {
    return session{transport_, setup_, encoder_for<Format, Record>::rows(), ++run_};
  }

  result<void> held(std::uint64_t wanted, char const* law) const {
    if (!setup_.rows_held || setup_.rows_held() == wanted) return success;
    return broken(law,
                  "the table holds " + std::to_string(setup_.rows_held()) + " of " +
                      std::to_string(wanted) + " rows");
  }

  template<class T>
  static result<void> good(result<T> const& step, char const* law) {
    if (step) return success;
    return broken(law, step.error().describe());
  }

  result<void> send(session& s, payload const& p, recording_ack& verdicts, char const* law) {
    verdicts.expect(p);
    return good(s.send(p, verdicts), law);
  }

  result<void> empty_load() {
    session s = begin();
    if (auto ok = good(s.open(), "open ends well"); !ok) return ok;
    if (auto ok = good(s.flush(), "a load without records flushes"); !ok) return ok;
    return good(s.finish(), "a load without records ends well");
  }

  result<void> flush_and_go_on() {
    session s = begin();
    recording_ack verdicts;
    std::vector<payload> const payloads{piece(0), piece(1), piece(2), piece(3)};
    if (auto ok = good(s.open(), "open ends well"); !ok) return ok;
    for (std::size_t i = 0; i != 2; ++i)
      if (auto ok = send(s, payloads[i], verdicts, "send takes a good payload"); !ok) return ok;
    if (auto ok = good(s.flush(), "flush ends well"); !ok) return ok;
    if (auto ok = all_confirmed(verdicts, 4, "flush ends with a verdict on every row"); !ok)
      return ok;
    for (std::size_t i = 2; i != 4; ++i)
      if (auto ok = send(s, payloads[i], verdicts, "sending goes on after flush"); !ok) return ok;
    if (auto ok = good(s.finish(), "finish ends well"); !ok) return ok;
    if (auto ok = all_confirmed(verdicts, 8, "finish ends with a verdict on every row"); !ok)
      return ok;
    return held(8, "confirmed rows are in the table once");
  }

  result<void> overlapping(std::size_t count) {
    session s = begin();
    recording_ack verdicts;
    std::vector<payload> payloads;
    for (std::uint64_t i = 0; i != count; ++i) payloads.push_back(piece(i));
    for (payload const& p : payloads) verdicts.expect(p);
    if (auto ok = good(s.open(), "open ends well"); !ok) return ok;
    if (auto ok = good(s.send_all(payloads, verdicts), "max_in_flight sends may overlap"); !ok)
      return ok;
    if (auto ok = good(s.finish(), "finish ends well"); !ok) return ok;
    if (auto ok = all_confirmed(verdicts, 2 * count, "finish ends with a verdict on every row");
        !ok)
      return ok;
    return held(2 * count, "overlapping payloads are in the table once");
  }

  result<void> refused_row() {
    session s = begin();
    recording_ack verdicts;
    std::vector<Record> const records{samples_[0], refused_[0], samples_[1]};
    payload const p =
        make_payload<Record, Format>(std::span<Record const>{records}, 0, 0, setup_.compression);
    if (auto ok = good(s.open(), "open ends well"); !ok) return ok;
    verdicts.expect(p);
    result<accepted> const sent = s.send(p, verdicts);
    if (auto ok = good(s.finish(), "finish ends well"); !ok) return ok;
    if (auto ok = no_stray(verdicts); !ok) return ok;
    recording_ack::tally const got = verdicts.counts();
    // Refused as a whole, the pipeline sends the halves.
    if (!sent && sent.error().code != errc::payload_refused)
      return broken("one refused row does not fail the others", sent.error().describe());
    if (sent && got.open != 0) return broken("finish ends with a verdict on every row");
    if (sent && !verdicts.was_rejected(1)) return broken("a refused row is rejected");
    if (sent && got.last_rejection.empty()) return broken("a rejection has a reason");
    return held(got.confirmed, "the table holds the rows that were confirmed, no others");
  }

  result<void> sent_twice() {
    session s = begin();
    recording_ack verdicts;
    payload const p = piece(0);
    if (auto ok = good(s.open(), "open ends well"); !ok) return ok;
    for (int i = 0; i != 2; ++i) {
      if (auto ok = send(s, p, verdicts, "a payload may be sent again"); !ok) return ok;
      if (auto ok = good(s.flush(), "flush ends well"); !ok) return ok;
    }
    if (auto ok = good(s.finish(), "finish ends well"); !ok) return ok;
    if (auto ok = no_stray(verdicts); !ok) return ok;
    return held(2, "a payload that is sent again is in the table once");
  }

  result<void> late_finish() {
    session s = begin();
    recording_ack verdicts;
    payload const p = piece(0);
    if (auto ok = good(s.open(), "open ends well"); !ok) return ok;
    if (auto ok = send(s, p, verdicts, "send takes a good payload"); !ok) return ok;
    // Whether it succeeds is the destination's affair; that it ends is the law.
    if (!s.finish_ends_in_the_past()) return broken("finish answers although its deadline is past");
    return no_stray(verdicts);
  }

  result<void> recovery_of_a_run() {
    session before = begin();
    recording_ack first;
    payload const p = piece(0);
    if (auto ok = good(before.open(), "open ends well"); !ok) return ok;
    if (auto ok = send(before, p, first, "send takes a good payload"); !ok) return ok;
    before.drop();
    session after{before, typename session::same_run{}};
    if (auto ok = good(after.open(), "open ends well"); !ok) return ok;
    recording_ack second;
    second.expect(p);
    auto const known =
        after.recover(in_doubt{p.sequence, p.positions, transport_.system_now()}, second);
    if (!known) return broken("recover ends well", known.error().describe());
    if (*known == recovery::settled && second.counts().open != 0)
      return broken("recovery::settled means a verdict on every row");
    if (*known == recovery::absent && first.counts().confirmed != 0)
      return broken("what was confirmed is not absent");
    recording_ack third;
    auto const unknown = after.recover(in_doubt{99, {{1000, 2}}, transport_.system_now()}, third);
    if (!unknown) return broken("recover ends well", unknown.error().describe());
    if (*unknown != recovery::absent) return broken("what was never sent is absent");
    if (auto ok = good(after.finish(), "finish ends well"); !ok) return ok;
    if (*known != recovery::settled) return success;
    return held(2, "a payload that recover settles is in the table once");
  }

  transport& transport_;
  law_setup<Destination> const& setup_;
  std::span<Record const> samples_;
  std::span<Record const> refused_;
  int run_ = 0;
};

}  // namespace detail

template<destination Destination, class Record, class Format>
result<void> check_destination_laws(transport& t,
                                    law_setup<Destination> const& setup,
                                    std::span<Record const> samples,
                                    std::span<Record const> refused) {
  if (samples.size() < 8) return detail::broken("the laws need at least eight samples");
  return detail::destination_laws<Destination, Record, Format>{t, setup, samples, refused}.check();
}

}  // namespace sluice::inline v0::test

#endif  // SLUICE_TEST_IMPL_DESTINATION_LAWS_HPP
