#ifndef SLUICE_SKYFLOW_IMPL_VAULT_IPP
#define SLUICE_SKYFLOW_IMPL_VAULT_IPP

#include <sluice/skyflow/client.hpp>
#include <sluice/skyflow/vault.hpp>
#include <sluice/transport/retry.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::inline v0::skyflow {

namespace detail {

/// Rows of a payload, by their number in it; none stands for all of them.
using row_list = std::vector<std::uint32_t>;

/// One payload on its way.
struct delivery {
  payload const& p;
  ack& verdicts;
  accepted taken = {};
  std::size_t round = 1;  ///< how often its rows, all or some, were sent
  row_list later = {};    ///< rows that the service wants to see again
  error last = {};        ///< why

  [[nodiscard]] std::size_t count(row_list const& rows) const noexcept {
    return rows.empty() ? static_cast<std::size_t>(p.row_count) : rows.size();
  }

  [[nodiscard]] std::uint32_t row(row_list const& rows, std::size_t i) const noexcept {
    return rows.empty() ? static_cast<std::uint32_t>(i) : rows[i];
  }

  void confirm(row_list const& rows) {
    if (rows.empty()) {
      verdicts.confirm(p);
      return;
    }
    for (std::uint32_t const r : rows) verdicts.confirm({p.position_of(r), 1});
  }
};

struct read_results {
  std::vector<record_result>& into;
  std::size_t count;
  keep what;

  result<void> operator()(std::string_view body) const {
    result<std::vector<record_result>> all = parse_insert_reply(body, count, what);
    if (!all) return std::move(all).error();
    into = *std::move(all);
    return success;
  }
};

inline error bad_vault(std::string what) {
  return error{sluice::errc::invalid_configuration, "skyflow::vault: " + std::move(what)};
}

inline rejection rejection_of(error const& e, dead_reason reason = dead_reason::rejected) {
  rejection r;
  r.reason = reason;
  r.code = e.service_code;
  r.message = e.message;
  if (!e.request_id.empty()) r.message += " (request id " + e.request_id + ")";
  return r;
}

inline connection connection_for(vault_config const& config, vault_plan const& plan) {
  connection c = config.connection;
  if (plan.endpoint == insert_endpoint::flowvault) c.api = vault_api::flowvault;
  c.requests_at_once = plan.requests_at_once;
  return c;
}

/// Whether the URL belongs to the other generation of the API.
inline bool other_generation(connection const& c) {
  char const* const other =
      c.api == vault_api::classic ? ".skyvault.skyflowapis" : ".vault.skyflowapis";
  return c.vault_url.find(other) != std::string::npos;
}

}  // namespace detail

struct vault_session::core {
  core(environment const& e, vault_config const& c, vault_plan p)
      : env{e},
        config{c},
        plan{std::move(p)},
        vault{e.transport, detail::connection_for(c, plan), e.log, e.metrics} {}

  [[nodiscard]] result<void> prepare();
  [[nodiscard]] std::optional<error> foreseen(payload const& p) const;
  [[nodiscard]] task<void> insert(detail::delivery& d, detail::row_list const& rows);
  [[nodiscard]] task<void> settle(detail::delivery& d,
                                  detail::row_list const& rows,
                                  std::vector<record_result>& results,
                                  progress const& so_far);
  [[nodiscard]] task<void> after_failure(detail::delivery& d,
                                         detail::row_list const& rows,
                                         progress const& so_far,
                                         error why);
  [[nodiscard]] task<bool> settle_singly(detail::delivery& d, detail::row_list rows, error why);
  [[nodiscard]] task<bool> stored_already(payload const& p, detail::row_list const& rows);
  void stored(detail::delivery& d, position at, record_result& r);
  void refuse(detail::delivery& d, position at, error const& why);

  [[nodiscard]] bool can_tell_repeats() const noexcept {
    return !plan.upsert.empty() || !plan.unique.empty();
  }

  environment env;
  vault_config config;
  vault_plan plan;
  client vault;
  insert_frame frame;
  std::string names;  ///< of columns and table: what errors may show
  // The smallest request that was too large.
  std::uint64_t too_many_rows = unlimited;
  std::uint64_t too_many_bytes = unlimited;
  bool any_stored = false;
  std::size_t refusals = 0;
  std::optional<error> hopeless;
};

SLUICE_DECL vault_session::vault_session(environment const& env,
                                         vault_config const& config,
                                         vault_plan plan)
    : core_{std::make_unique<core>(env, config, std::move(plan))} {}

SLUICE_DECL vault_session::vault_session(vault_session&&) noexcept = default;
SLUICE_DECL vault_session& vault_session::operator=(vault_session&&) noexcept = default;
SLUICE_DECL vault_session::~vault_session() = default;

SLUICE_DECL result<void> vault_session::core::prepare() {
  if (config.table.empty()) return detail::bad_vault("no table is named; set config.table");
  if (env.format.kind != format::json)
    return detail::bad_vault("records are encoded in another format; leave the stage encode out");
  if (config.connection.api == vault_api::flowvault && plan.endpoint != insert_endpoint::flowvault)
    return detail::bad_vault("the vault is a FlowVault; add the option skyflow::flowvault");
  if (detail::other_generation(vault.settings()))
    return detail::bad_vault(plan.endpoint == insert_endpoint::flowvault
                                 ? "vault_url is a classic vault's; remove the option "
                                   "skyflow::flowvault"
                                 : "vault_url is a FlowVault's; add the option skyflow::flowvault");
  insert_options options;
  options.endpoint = plan.endpoint;
  options.table = config.table;
  options.tokens = plan.tokens;
  options.return_tokens = config.return_tokens;
  options.upsert = plan.upsert;
  options.matched = plan.matched;
  names = config.table;
  for (column_info const& column : env.columns) {
    names += ' ';
    names += column.name;
    if (!column.token_of.empty() && options.tokens == token_mode::none)
      options.tokens = token_mode::some;
  }
  frame = make_insert_frame(vault.settings(), options);
  return success;
}

SLUICE_DECL task<resume_point> vault_session::open() {
  core& c = *core_;
  result<void> good = c.prepare();
  if (!good) co_return std::move(good).error();
  if (!c.vault.settings().http2) c.env.transport.allow_connections(c.plan.requests_at_once);
  result<void> opened = co_await c.vault.open();
  if (!opened) co_return std::move(opened).error();
  co_return resume_point{};
}

/// What is known without asking: that the configuration is wrong, or that the payload is too large.
SLUICE_DECL std::optional<error> vault_session::core::foreseen(payload const& p) const {
  if (hopeless) return hopeless;
  if (p.row_count <= 1 || p.row_count < too_many_rows || p.body.size() < too_many_bytes)
    return std::nullopt;
  return error{sluice::errc::payload_too_large,
               "insert: the vault has refused smaller requests than this as too large"};
}

SLUICE_DECL task<accepted> vault_session::send(payload const& p, ack& verdicts) {
  core& c = *core_;
  if (std::optional<error> known = c.foreseen(p)) co_return *std::move(known);
  retry_policy const& policy = c.vault.settings().retry;
  detail::delivery d{p, verdicts};
  std::vector<detail::row_list> parts(1);
  for (;; ++d.round) {
    while (!parts.empty()) {
      detail::row_list const rows = std::move(parts.back());
      parts.pop_back();
      result<void> done = co_await c.insert(d, rows);
      if (done) continue;
      // Some rows of the payload have their verdict already: only this session can halve the rest.
      bool const divisible = done.error().code == sluice::errc::payload_refused ||
                             done.error().code == sluice::errc::payload_too_large;
      if (rows.size() < 2 || !divisible) co_return std::move(done).error();
      auto const middle = rows.begin() + static_cast<std::ptrdiff_t>(rows.size() / 2);
      parts.emplace_back(middle, rows.end());
      parts.emplace_back(rows.begin(), middle);
    }
    if (d.later.empty()) co_return d.taken;
    d.last.kind = disposition::retryable;
    if (d.round >= policy.max_attempts) co_return d.last;
    milliseconds const wait = retry_wait(policy, d.round, d.last, c.env.transport.random());
    if (c.env.log.enabled(log_level::debug))
      c.env.log.debug("skyflow",
                      "insert: " + std::to_string(d.later.size()) + " records are sent again in " +
                          std::to_string(wait.count()) + " ms: " + d.last.describe());
    result<void> slept = co_await c.env.transport.sleep_for(wait);
    if (!slept) co_return std::move(slept).error();
    parts.push_back(std::exchange(d.later, {}));
  }
}

SLUICE_DECL task<void> vault_session::core::insert(detail::delivery& d,
                                                   detail::row_list const& rows) {
  std::vector<record_result> results;
  call request;
  request.url = frame.url;
  request.body = insert_body(frame, d.p.body, rows);
  request.label = "insert";
  request.names = names;
  request.changes = true;
  request.repeatable = can_tell_repeats() || config.lost_answer == lost_answer::send_again;
  request.attempts_before = d.round - 1;
  request.read = detail::read_results{
      results, d.count(rows), config.on_receipt ? keep::everything : keep::outcome};
  progress so_far;
  result<void> done = co_await vault.ask(request, so_far);
  d.taken.retries += so_far.retries;
  if (!done) {
    result<void> judged = co_await after_failure(d, rows, so_far, std::move(done).error());
    co_return judged;
  }
  d.taken.bytes_sent += so_far.bytes_sent;
  d.verdicts.note(d.p.sequence, {so_far.request_id, "answered", std::nullopt});
  result<void> settled = co_await settle(d, rows, results, so_far);
  co_return settled;
}

SLUICE_DECL void vault_session::core::stored(detail::delivery& d, position at, record_result& r) {
  any_stored = true;
  if (config.on_receipt)
    config.on_receipt(receipt{at, std::move(r.skyflow_id), std::move(r.tokens)});
  d.verdicts.confirm({at, 1});
}

SLUICE_DECL void vault_session::core::refuse(detail::delivery& d, position at, error const& why) {
  d.verdicts.reject(at, detail::rejection_of(why));
  if (any_stored || ++refusals < config.give_up_after_refusals) return;
  hopeless = why;
  hopeless->message = "insert: the first " + std::to_string(refusals) +
                      " records were refused one by one and none was stored, so the table or the "
                      "configuration is at fault; last error: " +
                      why.message;
}

/// Reads what became of each record.
SLUICE_DECL task<void> vault_session::core::settle(detail::delivery& d,
                                                   detail::row_list const& rows,
                                                   std::vector<record_result>& results,
                                                   progress const& so_far) {
  using kind = verdict::kind;
  bool const all = std::all_of(
      results.begin(), results.end(), [](record_result const& r) { return r.stored(); });
  if (all && !config.on_receipt) {
    any_stored = true;
    d.confirm(rows);
    co_return success;
  }
  for (std::size_t i = 0; i != results.size(); ++i) {
    std::uint32_t const row = d.row(rows, i);
    position const at = d.p.position_of(row);
    if (results[i].stored()) {
      stored(d, at, results[i]);
      continue;
    }
    verdict const how = classify_record(results[i].why);
    error why = service_error("insert", how, results[i].why, names);
    why.request_id = so_far.request_id;
    bool const maybe = how.what == kind::unknown;
    if (how.what == kind::again || (maybe && can_tell_repeats())) {
      if (how.after == disposition::throttled) vault.governor().slow_down(why.retry_after);
      d.later.push_back(row);
      d.last = std::move(why);
    } else if (maybe) {
      d.verdicts.reject(at, detail::rejection_of(why, dead_reason::unknown));
    } else if (so_far.was_unknown && !plan.unique.empty()) {
      // The attempt before may have stored it.
      detail::row_list const one{row};
      result<bool> there = co_await stored_already(d.p, one);
      if (!there)
        d.verdicts.reject(at, detail::rejection_of(why, dead_reason::unknown));
      else if (*there)
        d.confirm(one);
      else
        refuse(d, at, why);
    } else {
      refuse(d, at, why);
    }
  }
  co_return success;
}

/// None of the rows has its verdict. Success if they get it here.
SLUICE_DECL task<void> vault_session::core::after_failure(detail::delivery& d,
                                                          detail::row_list const& rows,
                                                          progress const& so_far,
                                                          error why) {
  std::size_t const count = d.count(rows);
  if (why.code == sluice::errc::payload_too_large) {
    if (rows.empty() && count > 1) {
      too_many_rows = std::min<std::uint64_t>(too_many_rows, count);
      too_many_bytes = std::min<std::uint64_t>(too_many_bytes, d.p.body.size());
    }
    if (count == 1) {
      d.verdicts.reject(d.p.position_of(d.row(rows, 0)),
                        detail::rejection_of(why, dead_reason::too_large));
      co_return success;
    }
    co_return why;
  }
  if (why.code != errc::refused) co_return why;
  if (so_far.unknown && !plan.unique.empty()) {
    // The attempt before may have been carried out: then every row is there, or some of them where
    // each stands for itself.
    result<bool> there = co_await stored_already(d.p, rows);
    if (!there) {
      why.code = make_error_code(sluice::errc::outcome_unknown);
      why.message += "; and it could not be read back: " + there.error().message;
      co_return why;
    }
    if (*there) {
      any_stored = true;
      d.confirm(rows);
      co_return success;
    }
    if (plan.endpoint != insert_endpoint::table && count > 1) {
      result<bool> settled = co_await settle_singly(d, rows, why);
      if (!settled) co_return std::move(settled).error();
      if (*settled) co_return success;
    }
  }
  if (count == 1) {
    refuse(d, d.p.position_of(d.row(rows, 0)), why);
    co_return success;
  }
  why.code = make_error_code(sluice::errc::payload_refused);
  co_return why;
}

/// Gives every row its verdict by what the vault has of it; false, and no verdict, if it has none.
SLUICE_DECL task<bool> vault_session::core::settle_singly(detail::delivery& d,
                                                          detail::row_list rows,
                                                          error why) {
  std::size_t const count = d.count(rows);
  detail::row_list stored_rows;
  detail::row_list absent;
  for (std::size_t i = 0; i != count; ++i) {
    detail::row_list const one{d.row(rows, i)};
    result<bool> const there = co_await stored_already(d.p, one);
    if (!there) {
      why.code = make_error_code(sluice::errc::outcome_unknown);
      why.message += "; and it could not be read back: " + there.error().message;
      co_return why;
    }
    (*there ? stored_rows : absent).push_back(one.front());
  }
  if (stored_rows.empty()) co_return false;
  any_stored = true;
  d.confirm(stored_rows);
  for (std::uint32_t const row : absent) refuse(d, d.p.position_of(row), why);
  co_return true;
}

/// Whether the vault has a row for the unique value of each of these rows.
SLUICE_DECL task<bool> vault_session::core::stored_already(payload const& p,
                                                           detail::row_list const& rows) {
  std::vector<secret> const all = values_of(p.body, plan.unique);
  std::vector<secret> wanted;
  for (std::size_t i = 0; i != (rows.empty() ? all.size() : rows.size()); ++i) {
    std::size_t const row = rows.empty() ? i : rows[i];
    if (row >= all.size() || all[row].empty()) co_return false;
    wanted.push_back(all[row]);
  }
  for (std::size_t next = 0; next != wanted.size();) {
    get_request some;
    some.table = config.table;
    some.column = plan.unique;
    some.redaction = redaction::redacted;
    for (std::size_t bytes = 0;
         next != wanted.size() && some.values.size() < service_limits::rows_per_read &&
         (some.values.empty() || bytes + wanted[next].size() <= service_limits::url_value_bytes);
         ++next) {
      bytes += wanted[next].size();
      some.values.push_back(wanted[next]);
    }
    std::size_t const asked = some.values.size();
    result<std::vector<vault_row>> found = co_await vault.get(std::move(some));
    if (!found) co_return std::move(found).error();
    if (found->size() < asked) co_return false;
  }
  co_return true;
}

SLUICE_DECL task<void> vault_session::flush(deadline) {
  co_return success;  // every verdict is given while a payload is sent
}

SLUICE_DECL task<void> vault_session::finish(deadline) {
  co_return success;
}

SLUICE_DECL task<recovery> upsert_session::recover(in_doubt const&, ack&) {
  co_return recovery::absent;
}

}  // namespace sluice::inline v0::skyflow

#endif  // SLUICE_SKYFLOW_IMPL_VAULT_IPP
