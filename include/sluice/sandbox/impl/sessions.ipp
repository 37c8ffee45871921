#ifndef SLUICE_SANDBOX_IMPL_SESSIONS_IPP
#define SLUICE_SANDBOX_IMPL_SESSIONS_IPP

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/sessions.hpp>
#include <sluice/sandbox/detail/text.hpp>

namespace sluice::inline v0::sandbox::detail {

refusal session_expired() {
  return {"390112", "Your session has expired. Please login again."};
}

refusal session_gone() {
  return {"390111", "Session no longer exists. New login required to access the service."};
}

namespace sessions_impl {

/// The token out of `Snowflake Token="..."`, quotes included in the form.
inline std::string_view token_of(std::string_view authorization) {
  constexpr std::string_view prefix = "Snowflake Token=\"";
  if (!authorization.starts_with(prefix) || !authorization.ends_with('"')) return {};
  authorization.remove_prefix(prefix.size());
  if (authorization.empty()) return {};
  authorization.remove_suffix(1);
  return authorization;
}

}  // namespace sessions_impl

std::int64_t session_table::next_id() {
  std::lock_guard const lock(guard_);
  return next_id_++;
}

token_pair session_table::add_tokens(std::int64_t session_id) {
  token_pair out{
      "ver:3-hint:" + std::to_string(session_id) + "-ETMsDgAAAZ" + base64(random_bytes(48)),
      "ver:3-hint:" + std::to_string(session_id) + "-ETMsDgAAAM" + base64(random_bytes(48))};
  auto const now = service_.clock.now();
  tokens_.emplace(out.session_token,
                  token{.master = false,
                        .expires = now + service_.configured.session_validity,
                        .session_id = session_id});
  tokens_.emplace(out.master_token,
                  token{.master = true,
                        .expires = now + service_.configured.master_validity,
                        .session_id = session_id});
  return out;
}

void session_table::retire(std::int64_t session_id, token_state state, bool masters_too) {
  for (auto& [text, t] : tokens_) {
    if (t.session_id == session_id && (!t.master || masters_too) && t.state != token_state::gone) {
      t.state = state;
    }
  }
}

token_pair session_table::open(std::shared_ptr<driver_session> session) {
  std::lock_guard const lock(guard_);
  token_pair out = add_tokens(session->id);
  sessions_.emplace(session->id, std::move(session));
  return out;
}

std::pair<std::shared_ptr<driver_session>, refusal> session_table::find(
    std::string_view authorization) const {
  if (authorization.empty()) {
    return {nullptr, {"390101", "Authorization header not found in the request data."}};
  }
  std::lock_guard const lock(guard_);
  auto const found = tokens_.find(sessions_impl::token_of(authorization));
  if (found == tokens_.end() || found->second.master) {
    return {nullptr, {"390104", "Session token is invalid. Please login again."}};
  }
  if (found->second.state == token_state::gone) return {nullptr, session_gone()};
  if (found->second.state == token_state::expired ||
      found->second.expires <= service_.clock.now()) {
    return {nullptr, session_expired()};
  }
  return {sessions_.at(found->second.session_id), {}};
}

session_table::renewal session_table::renew(std::string_view authorization,
                                            std::string_view old_session_token) {
  renewal out;
  std::lock_guard const lock(guard_);
  auto const found = tokens_.find(sessions_impl::token_of(authorization));
  if (found == tokens_.end() || !found->second.master) {
    out.refused = {"390113", "Master token not found."};
    return out;
  }
  if (found->second.state == token_state::gone) {
    out.refused = session_gone();
    return out;
  }
  if (found->second.state == token_state::expired ||
      found->second.expires <= service_.clock.now()) {
    out.refused = {"390114", "Authentication token has expired. The user must authenticate again."};
    return out;
  }
  auto const old = tokens_.find(old_session_token);
  if (old == tokens_.end() || old->second.master ||
      old->second.session_id != found->second.session_id) {
    out.refused = {"390115", "Session token and master token do not belong together."};
    return out;
  }
  out.session_id = found->second.session_id;
  retire(out.session_id, token_state::expired, true);
  out.tokens = add_tokens(out.session_id);
  return out;
}

std::shared_ptr<driver_session> session_table::close(std::string_view authorization) {
  std::lock_guard const lock(guard_);
  auto const found = tokens_.find(sessions_impl::token_of(authorization));
  if (found == tokens_.end()) return nullptr;
  auto const id = found->second.session_id;
  retire(id, token_state::gone, true);
  auto const held = sessions_.find(id);
  if (held == sessions_.end()) return nullptr;
  auto out = std::move(held->second);
  sessions_.erase(held);
  return out;
}

void session_table::expire(std::string_view authorization) {
  std::lock_guard const lock(guard_);
  auto const found = tokens_.find(sessions_impl::token_of(authorization));
  if (found != tokens_.end() && found->second.state == token_state::live) {
    found->second.state = token_state::expired;
  }
}

void session_table::expire_all() {
  std::lock_guard const lock(guard_);
  for (auto const& [id, session] : sessions_) retire(id, token_state::expired, false);
}

void session_table::expire_masters() {
  std::lock_guard const lock(guard_);
  for (auto const& [id, session] : sessions_) retire(id, token_state::expired, true);
}

std::size_t session_table::open_count() const {
  std::lock_guard const lock(guard_);
  return sessions_.size();
}

void session_table::clear() {
  std::map<std::int64_t, std::shared_ptr<driver_session>> ended;
  std::lock_guard const lock(guard_);
  ended.swap(sessions_);
  for (auto& [text, t] : tokens_) t.state = token_state::gone;
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_SESSIONS_IPP
