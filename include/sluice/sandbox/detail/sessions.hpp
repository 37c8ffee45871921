#ifndef SLUICE_SANDBOX_DETAIL_SESSIONS_HPP
#define SLUICE_SANDBOX_DETAIL_SESSIONS_HPP

#include <sluice/sandbox/detail/service.hpp>
#include <sluice/sandbox/sql/engine.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::inline v0::sandbox::detail {

/// One login.
struct driver_session {
  std::int64_t id = 0;
  std::string user;
  bool smk_id_as_string = false;
  std::unique_ptr<sql::session> engine;

  std::mutex guard;                                  ///< for what follows
  std::map<std::string, sql::parameter_value> told;  ///< parameters as the client knows them
};

/// A session's two tokens and their lives.
struct token_pair {
  std::string session_token;
  std::string master_token;
};

/// Refusal in the service's words.
struct refusal {
  std::string code;
  std::string message;
};

refusal session_expired();
refusal session_gone();

/// Sessions by token. Tokens are never forgotten, so that an old one is told from an unknown one.
/// Thread safety: every member may be called from several threads.
class session_table {
 public:
  explicit session_table(service& s)
      : service_(s), next_id_(static_cast<std::int64_t>(s.configured.seed)) {}

  token_pair open(std::shared_ptr<driver_session> session);
  std::int64_t next_id();

  /// The session that `Authorization: Snowflake Token="..."` names, or why not.
  std::pair<std::shared_ptr<driver_session>, refusal> find(std::string_view authorization) const;

  /// Exchanges both tokens; `authorization` holds the master token.
  struct renewal {
    std::optional<token_pair> tokens;
    std::int64_t session_id = 0;
    refusal refused;
  };

  renewal renew(std::string_view authorization, std::string_view old_session_token);

  /// Ends the session that owns this token; it and its tokens are gone.
  std::shared_ptr<driver_session> close(std::string_view authorization);
  void expire(std::string_view authorization);
  void expire_all();
  void expire_masters();
  std::size_t open_count() const;
  void clear();

 private:
  enum class token_state { live, expired, gone };

  struct token {
    bool master = false;
    token_state state = token_state::live;
    std::chrono::system_clock::time_point expires{};
    std::int64_t session_id = 0;
  };

  token_pair add_tokens(std::int64_t session_id);
  void retire(std::int64_t session_id, token_state state, bool masters_too);

  service& service_;
  mutable std::mutex guard_;
  std::int64_t next_id_;
  std::map<std::string, token, std::less<>> tokens_;
  std::map<std::int64_t, std::shared_ptr<driver_session>> sessions_;
};

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_DETAIL_SESSIONS_HPP
