#ifndef SLUICE_SNOWFLAKE_TRANSACTION_HPP
#define SLUICE_SNOWFLAKE_TRANSACTION_HPP

#include <sluice/config.hpp>
#include <sluice/snowflake/session.hpp>
#include <sluice/transport/task.hpp>

#include <memory>
#include <utility>

namespace sluice::inline v0::snowflake {

/// An open transaction of a session. COPY and other DML under it take effect together with
/// `commit`; DDL commits what is open, so run it before.
///
/// A session has one transaction: everything that it executes meanwhile is part of it. Leaving the
/// scope without `commit` rolls back, in the background. Transport thread only.
/// Source: "Transactions", read 2026.
class [[nodiscard]] transaction {
 public:
  /// Errors: sluice::errc::invalid_configuration if a transaction is open on `on`; else as
  /// `session::execute`.
  [[nodiscard]] static task<transaction> begin(std::shared_ptr<session> on);

  transaction(transaction&& other) noexcept : on_{std::exchange(other.on_, nullptr)} {}

  transaction& operator=(transaction&& other) noexcept {
    std::swap(on_, other.on_);
    return *this;
  }

  ~transaction();

  /// As `session::execute`, inside. errc::session_lost: everything so far was rolled back.
  [[nodiscard]] task<statement_reply> execute(statement s);

  /// Makes everything durable. After an error that is not the service's, whether it did is unknown.
  [[nodiscard]] task<void> commit();

  [[nodiscard]] task<void> rollback();

 private:
  explicit transaction(std::shared_ptr<session> on) noexcept : on_{std::move(on)} {}

  static task<void> end(std::shared_ptr<session> on, char const* sql);

  std::shared_ptr<session> on_;  ///< null: ended
};

}  // namespace sluice::inline v0::snowflake

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowflake/impl/transaction.ipp>
#endif

#endif  // SLUICE_SNOWFLAKE_TRANSACTION_HPP
