#ifndef SLUICE_SNOWFLAKE_IMPL_TRANSACTION_IPP
#define SLUICE_SNOWFLAKE_IMPL_TRANSACTION_IPP

#include <sluice/snowflake/transaction.hpp>

#include <memory>
#include <utility>

namespace sluice::inline v0::snowflake {

namespace detail {

inline error ended_transaction() {
  return error{sluice::errc::invalid_configuration, "the transaction has ended; begin another one"};
}

}  // namespace detail

SLUICE_DECL task<transaction> transaction::begin(std::shared_ptr<session> on) {
  if (on->in_transaction_)
    co_return error{sluice::errc::invalid_configuration,
                    "the session has an open transaction; end it first or use another session"};
  on->in_transaction_ = true;
  statement s;
  s.sql = "BEGIN TRANSACTION";
  result<statement_reply> begun = co_await on->execute(std::move(s));
  if (!begun) {
    on->in_transaction_ = false;
    co_return std::move(begun).error();
  }
  co_return transaction{std::move(on)};
}

SLUICE_DECL transaction::~transaction() {
  if (on_) on_->transport_.spawn(end(on_, "ROLLBACK"));
}

SLUICE_DECL task<statement_reply> transaction::execute(statement s) {
  if (!on_) co_return detail::ended_transaction();
  result<statement_reply> reply = co_await on_->execute(std::move(s));
  if (!reply && reply.error().code == errc::session_lost) {
    on_->in_transaction_ = false;
    on_ = nullptr;
  }
  co_return reply;
}

SLUICE_DECL task<void> transaction::commit() {
  if (!on_) co_return detail::ended_transaction();
  result<void> done = co_await end(std::exchange(on_, nullptr), "COMMIT");
  co_return done;
}

SLUICE_DECL task<void> transaction::rollback() {
  if (!on_) co_return success;
  result<void> done = co_await end(std::exchange(on_, nullptr), "ROLLBACK");
  co_return done;
}

SLUICE_DECL task<void> transaction::end(std::shared_ptr<session> on, char const* sql) {
  statement s;
  s.sql = sql;
  result<statement_reply> reply = co_await on->execute(std::move(s));
  on->in_transaction_ = false;
  if (!reply) co_return std::move(reply).error();
  co_return success;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_TRANSACTION_IPP
