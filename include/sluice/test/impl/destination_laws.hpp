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

  /// The same run continued by another process.
  law_session(law_session const& earlier, int)
      : transport_{earlier.transport_},
        patience_{earlier.patience_},
        environment_{earlier.environment_},
        config_{earlier.config_} {
    session_ = std::make_unique<typename Destination::session>(environment_, config_);
  }

  law_session(law_session const&) = delete;
  law_session& operator=(law_session const&) = delete;

  ~law_session() {
    // Sessions live and die on the transport thread.
    static_cast<void>(block_on(transport_, drop(std::move(session_))));
  }

  template<class T>
  result<T> run(task<T> work) {
    return block_on(transport_, std::move(work), deadline{transport_.now() + patience_});
  }

  result<resume_point> open() { return run(session_->open()); }

  result<accepted> send(payload const& p, ack& a) { return run(session_->send(p, a)); }

  result<void> flush() { return run(session_->flush(deadline{transport_.now() + patience_})); }

  result<void> finish() { return run(session_->finish(deadline{transport_.now() + patience_})); }

  result<void> finish_too_late() {
    return run(session_->finish(deadline{transport_.now() - milliseconds{1}}));
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
  static task<void> drop(std::unique_ptr<typename Destination::session> session) {
    session.reset();
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

inline result<void> all_confirmed(recording_ack const& a, std::uint64_t rows, char const* when) {
  if (a.stray() != 0)
    return broken("a row gets one verdict, after it was sent",
                  std::to_string(a.stray()) + " strays");
  if (a.open() != 0) return broken(when, std::to_string(a.open()) + " rows have no verdict");
  if (a.rejected() != 0) return broken("good rows are confirmed", a.last_rejection().message);
  if (a.confirmed() != rows) return broken("good rows are confirmed", "some are missing");
  return success;
}

}  // namespace detail

template<destination Destination, class Record, class Format>
result<void> check_destination_laws(transport& t,
                                    law_setup<Destination> const& setup,
                                    std::span<Record const> samples) {
  using detail::all_confirmed;
  using detail::broken;
  using session = detail::law_session<Destination>;
  if (samples.size() < 8) return broken("the laws need at least eight samples");
  capabilities const limits = Destination::limits;
  row_format const& rows = encoder_for<Format, Record>::rows();
  auto const piece = [&](std::uint64_t sequence) {
    return make_payload<Record, Format>(
        samples.subspan(static_cast<std::size_t>(sequence % 4) * 2, 2),
        sequence,
        sequence * 2,
        setup.compression);
  };
  auto const held = [&](std::uint64_t wanted, char const* law) -> result<void> {
    if (!setup.rows_held || setup.rows_held() == wanted) return success;
    return broken(law,
                  "the table holds " + std::to_string(setup.rows_held()) + " of " +
                      std::to_string(wanted) + " rows");
  };

  {
    session empty{t, setup, rows, 1};
    if (auto opened = empty.open(); !opened) return broken("open", opened.error().describe());
    if (auto flushed = empty.flush(); !flushed)
      return broken("a load without records flushes", flushed.error().describe());
    if (auto finished = empty.finish(); !finished)
      return broken("a load without records ends well", finished.error().describe());
  }
  {
    session one{t, setup, rows, 2};
    if (auto opened = one.open(); !opened) return broken("open", opened.error().describe());
    recording_ack verdicts;
    std::vector<payload> const payloads{piece(0), piece(1), piece(2), piece(3)};
    for (std::size_t i = 0; i != 2; ++i) {
      verdicts.expect(payloads[i]);
      if (auto sent = one.send(payloads[i], verdicts); !sent)
        return broken("send takes a good payload", sent.error().describe());
    }
    if (auto flushed = one.flush(); !flushed) return broken("flush", flushed.error().describe());
    if (auto good = all_confirmed(verdicts, 4, "flush ends with a verdict on every row"); !good)
      return good;
    for (std::size_t i = 2; i != 4; ++i) {
      verdicts.expect(payloads[i]);
      if (auto sent = one.send(payloads[i], verdicts); !sent)
        return broken("sending goes on after flush", sent.error().describe());
    }
    if (auto finished = one.finish(); !finished)
      return broken("finish", finished.error().describe());
    if (auto good = all_confirmed(verdicts, 8, "finish ends with a verdict on every row"); !good)
      return good;
    if (auto good = held(8, "confirmed rows are in the table once"); !good) return good;
  }
  {
    session many{t, setup, rows, 3};
    if (auto opened = many.open(); !opened) return broken("open", opened.error().describe());
    recording_ack verdicts;
    std::vector<payload> payloads;
    std::size_t const count = std::clamp<std::size_t>(limits.max_in_flight, 1, 4);
    for (std::uint64_t i = 0; i != count; ++i) payloads.push_back(piece(i));
    for (payload const& p : payloads) verdicts.expect(p);
    if (auto sent = many.send_all(payloads, verdicts); !sent)
      return broken("max_in_flight sends may overlap", sent.error().describe());
    if (auto finished = many.finish(); !finished)
      return broken("finish", finished.error().describe());
    if (auto good = all_confirmed(verdicts, 2 * count, "finish ends with a verdict on every row");
        !good)
      return good;
    if (auto good = held(2 * count, "overlapping payloads are in the table once"); !good)
      return good;
  }
  if (!limits.ordered) {
    session twice{t, setup, rows, 4};
    if (auto opened = twice.open(); !opened) return broken("open", opened.error().describe());
    recording_ack verdicts;
    payload const p = piece(0);
    for (int i = 0; i != 2; ++i) {
      verdicts.expect(p);
      if (auto sent = twice.send(p, verdicts); !sent)
        return broken("a payload may be sent again", sent.error().describe());
      if (auto flushed = twice.flush(); !flushed)
        return broken("flush", flushed.error().describe());
    }
    if (auto finished = twice.finish(); !finished)
      return broken("finish", finished.error().describe());
    if (verdicts.stray() != 0) return broken("a row gets one verdict per call of send");
    if (auto good = held(2, "a payload that is sent again is in the table once"); !good)
      return good;
  }
  {
    session late{t, setup, rows, 5};
    if (auto opened = late.open(); !opened) return broken("open", opened.error().describe());
    recording_ack verdicts;
    payload const p = piece(0);
    verdicts.expect(p);
    if (auto sent = late.send(p, verdicts); !sent) return broken("send", sent.error().describe());
    // Whether it succeeds is the destination's affair; that it ends is the law.
    auto const answer = late.finish_too_late();
    if (!answer && answer.error().message.find("given up") != std::string::npos)
      return broken("finish answers although its deadline is past");
    if (verdicts.stray() != 0) return broken("a row gets one verdict, after it was sent");
  }
  if constexpr (recoverable_session<typename Destination::session>) {
    session before{t, setup, rows, 6};
    if (auto opened = before.open(); !opened) return broken("open", opened.error().describe());
    recording_ack first;
    payload const p = piece(0);
    first.expect(p);
    if (auto sent = before.send(p, first); !sent) return broken("send", sent.error().describe());
    session after{before, 0};
    if (auto opened = after.open(); !opened) return broken("open", opened.error().describe());
    recording_ack second;
    second.expect(p);
    auto const known = after.recover(in_doubt{p.sequence, p.positions}, second);
    if (!known) return broken("recover", known.error().describe());
    if (*known == recovery::settled && second.open() != 0)
      return broken("recovery::settled means a verdict on every row");
    if (*known == recovery::absent && first.confirmed() != 0)
      return broken("what was confirmed is not absent");
    recording_ack third;
    auto const unknown = after.recover(in_doubt{99, {{1000, 2}}}, third);
    if (!unknown) return broken("recover", unknown.error().describe());
    if (*unknown != recovery::absent) return broken("what was never sent is absent");
    if (auto finished = after.finish(); !finished)
      return broken("finish", finished.error().describe());
  }
  return success;
}

}  // namespace sluice::inline v0::test

#endif  // SLUICE_TEST_IMPL_DESTINATION_LAWS_HPP
