#ifndef SLUICE_TRANSPORT_IMPL_TRANSPORT_HPP
#define SLUICE_TRANSPORT_IMPL_TRANSPORT_HPP

#include <sluice/transport/transport.hpp>

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace sluice::inline v0 {

namespace detail {

/// Waits for a function on a worker thread.
template<class F>
class worker_call final : public waiter, public worker_job {
 public:
  using value_type = worker_value_t<F>;

  worker_call(worker_pool& pool, F& work) : pool_{pool}, work_{work} {}

  ~worker_call() {
    if (submitted_) pool_.withdraw(*this);
  }

  [[nodiscard]] bool await_ready() const noexcept { return false; }

  template<class Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) {
    if (!begin_wait(coroutine)) return;
    pool_.submit(*this);
    submitted_ = true;
  }

  result<value_type> await_resume() {
    if (outcome_) return std::move(*outcome_);
    return cancelled_error();
  }

 private:
  void run() noexcept override {
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
        work_();
        outcome_.emplace(success);
      } else {
        outcome_.emplace(work_());
      }
    } catch (std::exception const& e) {
      outcome_.emplace(error{errc::internal, e.what()});
    } catch (...) {
      outcome_.emplace(error{errc::internal, "unknown exception on a worker thread"});
    }
  }

  void finished() noexcept override {
    submitted_ = false;
    complete();
  }

  [[nodiscard]] bool give_up() noexcept override {
    if (!pool_.try_withdraw(*this)) return false;
    submitted_ = false;
    return true;
  }

  worker_pool& pool_;
  F& work_;
  std::optional<result<value_type>> outcome_;
  bool submitted_ = false;
};

}  // namespace detail

template<class F>
auto transport::on_worker(F work) -> task<detail::worker_value_t<F>> {
  detail::worker_call<F> call{workers(), work};
  result<detail::worker_value_t<F>> outcome = co_await call;
  co_return outcome;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_TRANSPORT_IMPL_TRANSPORT_HPP
