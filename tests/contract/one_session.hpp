#ifndef SLUICE_TESTS_CONTRACT_ONE_SESSION_HPP
#define SLUICE_TESTS_CONTRACT_ONE_SESSION_HPP

#include <sluice/encode/encode.hpp>
#include <sluice/schema/schema.hpp>
#include <sluice/test/destination_laws.hpp>
#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>

#include <chrono>
#include <memory>
#include <span>
#include <utility>
#include <vector>

/// A session of a destination without a loader around it, and the verdicts that it gives.
template<class Destination, class Record, class Format>
struct one_session {
  sluice::transport& net;
  typename Destination::config config;
  sluice::environment env{net,
                          "the-run",
                          sluice::columns_of<Record>(),
                          sluice::encoder_for<Format, Record>::rows().describe(),
                          sluice::codec::none};
  std::unique_ptr<typename Destination::session> session =
      std::make_unique<typename Destination::session>(env, config);
  sluice::test::recording_ack verdicts;

  one_session(sluice::transport& t, typename Destination::config c)
      : net{t}, config{std::move(c)} {}

  one_session(one_session const&) = delete;
  one_session& operator=(one_session const&) = delete;

  ~one_session() { static_cast<void>(sluice::block_on(net, drop(std::move(session)))); }

  template<class T>
  sluice::result<T> run(sluice::task<T> work, std::chrono::seconds patience) {
    return sluice::block_on(net, std::move(work), sluice::deadline{net.now() + patience});
  }

  sluice::result<sluice::resume_point> open() {
    return run(session->open(), std::chrono::seconds{10});
  }

  sluice::result<sluice::accepted> send(std::vector<Record> const& records,
                                        std::chrono::seconds patience = std::chrono::seconds{10}) {
    sluice::payload const p =
        sluice::test::make_payload<Record, Format>(std::span<Record const>{records}, 0, 0);
    verdicts.expect(p);
    return run(session->send(p, verdicts), patience);
  }

 private:
  static sluice::task<void> drop(std::unique_ptr<typename Destination::session> session) {
    session.reset();
    co_return sluice::success;
  }
};

#endif  // SLUICE_TESTS_CONTRACT_ONE_SESSION_HPP
