#ifndef SLUICE_TESTS_UNIT_TRANSPORT_FIXTURE_HPP
#define SLUICE_TESTS_UNIT_TRANSPORT_FIXTURE_HPP

#include <sluice/test/manual_clock.hpp>
#include <sluice/test/scripted_wire.hpp>
#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

/// A transport without thread and network, on a clock that jumps to what comes next.
struct transport_fixture {
  std::shared_ptr<sluice::test::manual_clock> clock =
      std::make_shared<sluice::test::manual_clock>(sluice::test::manual_clock::mode::automatic);
  std::shared_ptr<sluice::test::scripted_wire> wire;
  std::vector<sluice::error> errors;
  std::unique_ptr<sluice::transport> net;

  explicit transport_fixture(std::vector<sluice::test::scripted_reply> replies = {
                                 sluice::test::scripted_reply{}}) {
    open(std::make_shared<sluice::test::scripted_wire>(std::move(replies), clock));
  }

  explicit transport_fixture(sluice::test::scripted_wire::answer_function answer) {
    open(std::make_shared<sluice::test::scripted_wire>(std::move(answer), clock));
  }

  template<class T>
  sluice::result<T> run(sluice::task<T> work) {
    return sluice::block_on(*net, std::move(work));
  }

 private:
  void open(std::shared_ptr<sluice::test::scripted_wire> w) {
    wire = std::move(w);
    sluice::transport_options options;
    options.clock = clock;
    options.wire = wire;
    options.run_thread = false;
    options.worker_threads = 2;
    options.random_seed = 7;
    options.on_task_error = [this](sluice::error const& e) { errors.push_back(e); };
    net = std::make_unique<sluice::transport>(std::move(options));
  }
};

inline sluice::request get_request(std::string url) {
  sluice::request r;
  r.url = std::move(url);
  r.label = "fetch";
  return r;
}

#endif  // SLUICE_TESTS_UNIT_TRANSPORT_FIXTURE_HPP
