#ifndef SLUICE_TESTS_UNIT_SNOWFLAKE_SCRIPTED_SERVICE_HPP
#define SLUICE_TESTS_UNIT_SNOWFLAKE_SCRIPTED_SERVICE_HPP

#include <sluice/snowflake/session.hpp>
#include <sluice/test/manual_clock.hpp>
#include <sluice/test/scripted_wire.hpp>
#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scripted {

using sluice::test::scripted_reply;
using sluice::test::seen_request;

inline scripted_reply json(std::string body) {
  scripted_reply r;
  r.body = std::move(body);
  return r;
}

inline scripted_reply refusal(std::string_view code, std::string_view message = "no") {
  return json(R"({"success":false,"code":")" + std::string{code} + R"(","message":")" +
              std::string{message} + R"(","data":null})");
}

inline scripted_reply ok() {
  return json(R"({"success":true,"code":null,"data":null})");
}

inline scripted_reply status(int code) {
  scripted_reply r;
  r.status = code;
  r.body = "<html>";
  return r;
}

inline scripted_reply broken() {
  scripted_reply r;
  r.failure = sluice::error{
      sluice::errc::send_receive, "the connection broke", sluice::disposition::retryable};
  return r;
}

inline scripted_reply hanging() {
  scripted_reply r;
  r.hang = true;
  return r;
}

/// Value of a parameter in the query string of `url`; empty if absent.
inline std::string parameter(std::string_view url, std::string_view name) {
  std::string const key = std::string{name} + '=';
  for (std::size_t at = url.find('?'); at != std::string_view::npos; at = url.find('&', at + 1)) {
    std::string_view const rest = url.substr(at + 1);
    if (rest.starts_with(key))
      return std::string{rest.substr(key.size(), rest.find('&') - key.size())};
  }
  return {};
}

inline std::string header(seen_request const& r, std::string_view name) {
  for (sluice::header const& h : r.headers)
    if (h.name == name) return h.value;
  return {};
}

/// An account that logs in and renews by the book; a function answers everything else.
struct service {
  std::function<scripted_reply(seen_request const&, std::size_t n)> answer =
      [](seen_request const&, std::size_t) { return ok(); };
  std::function<scripted_reply(std::size_t n)> login;  ///< null: succeeds
  int master_validity = 14'400;
  std::string parameters = "[]";  ///< of login replies
  std::size_t logins = 0;
  std::size_t renewals = 0;
  std::size_t others = 0;

  std::shared_ptr<sluice::test::manual_clock> clock =
      std::make_shared<sluice::test::manual_clock>(sluice::test::manual_clock::mode::automatic);
  std::shared_ptr<sluice::test::scripted_wire> wire = std::make_shared<sluice::test::scripted_wire>(
      [this](seen_request const& r) { return reply(r); }, clock);
  std::vector<std::string> logged;
  sluice::logger log{[this](sluice::log_entry const& e) { logged.emplace_back(e.message); },
                     sluice::log_level::debug};
  std::unique_ptr<sluice::transport> net = make_transport();
  std::shared_ptr<sluice::snowflake::session> session =
      std::make_shared<sluice::snowflake::session>(*net, connection(), log);

  service() = default;
  service(service const&) = delete;
  service& operator=(service const&) = delete;

  ~service() { session.reset(); }

  static sluice::snowflake::connection connection() {
    sluice::snowflake::connection c;
    c.account = "acme-main";
    c.user = "loader";
    c.auth = sluice::user_password{"", sluice::secret{"open sesame"}};
    return c;
  }

  template<class T>
  sluice::result<T> run(sluice::task<T> work) {
    return sluice::block_on(*net, std::move(work));
  }

  sluice::result<sluice::snowflake::statement_reply> execute(std::string sql) {
    sluice::snowflake::statement s;
    s.sql = std::move(sql);
    return run(session->execute(std::move(s)));
  }

  /// Requests whose URL contains `part`.
  std::vector<seen_request> to(std::string_view part) const {
    std::vector<seen_request> found;
    for (seen_request const& r : wire->requests())
      if (r.url.find(part) != std::string::npos) found.push_back(r);
    return found;
  }

 private:
  scripted_reply reply(seen_request const& r) {
    if (r.url.find("/session/v1/login-request") != std::string::npos) {
      ++logins;
      if (login) return login(logins);
      return tokens("S" + std::to_string(logins) + ".0", "M" + std::to_string(logins) + ".0");
    }
    if (r.url.find("/session/token-request") != std::string::npos) {
      ++renewals;
      scripted_reply const refused = on_renewal ? on_renewal(renewals) : scripted_reply{};
      if (on_renewal && !refused.body.empty()) return refused;
      return json(R"({"success":true,"data":{"sessionToken":"R)" + std::to_string(renewals) +
                  R"(","validityInSecondsST":3600,"masterToken":"RM)" + std::to_string(renewals) +
                  R"(","validityInSecondsMT":14400,"sessionId":1}})");
    }
    return answer(r, ++others);
  }

  scripted_reply tokens(std::string const& session_token, std::string const& master) const {
    return json(R"({"success":true,"code":null,"data":{"token":")" + session_token +
                R"(","masterToken":")" + master + R"(","masterValidityInSeconds":)" +
                std::to_string(master_validity) + R"(,"sessionId":1,"parameters":)" + parameters +
                R"(,"sessionInfo":{"databaseName":"DB",)"
                R"("schemaName":"PUBLIC","warehouseName":"WH","roleName":"R"}}})");
  }

  std::unique_ptr<sluice::transport> make_transport() {
    sluice::transport_options options;
    options.clock = clock;
    options.wire = wire;
    options.run_thread = false;
    options.worker_threads = 1;
    options.random_seed = 7;
    return std::make_unique<sluice::transport>(std::move(options));
  }

 public:
  std::function<scripted_reply(std::size_t n)> on_renewal;  ///< empty body: succeeds
};

}  // namespace scripted

#endif  // SLUICE_TESTS_UNIT_SNOWFLAKE_SCRIPTED_SERVICE_HPP
