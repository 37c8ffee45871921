#ifndef SLUICE_SANDBOX_IMPL_SANDBOX_IPP
#define SLUICE_SANDBOX_IMPL_SANDBOX_IPP

#include <sluice/sandbox/detail/control.hpp>
#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/http_server.hpp>
#include <sluice/sandbox/detail/snowflake_service.hpp>
#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/detail/tls.hpp>
#include <sluice/sandbox/sandbox.hpp>
#include <sluice/sandbox/skyflow/detail/jwt.hpp>
#include <sluice/sandbox/skyflow/detail/vault_service.hpp>
#include <sluice/sandbox/snowpipe/detail/snowpipe_service.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace sluice::inline v0::sandbox {

namespace sandbox_impl {

namespace fs = std::filesystem;

/// A private directory that goes away with its owner.
class temporary_directory {
 public:
  temporary_directory() {
    std::string name = (fs::temp_directory_path() / "sluice-sandbox-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("cannot make a temporary directory like " + name);
    }
    path_ = name;
  }

  ~temporary_directory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  temporary_directory(temporary_directory const&) = delete;
  temporary_directory& operator=(temporary_directory const&) = delete;

  fs::path const& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

inline void write_file(fs::path const& path, std::string_view text, int mode) {
  int const file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (file < 0 || ::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    int const reason = errno;
    if (file >= 0) ::close(file);
    throw std::runtime_error("cannot write " + path.string() + ": " +
                             std::generic_category().message(reason));
  }
  ::close(file);
}

inline options completed(options o) {
  if (o.accounts.empty()) throw std::invalid_argument("sandbox options: no account");
  if (o.users.empty()) {
    o.users.push_back({.name = "LOADER",
                       .password = "loader-password",
                       .public_keys = {},
                       .oauth_tokens = {"loader-oauth-token"},
                       .access_tokens = {"loader-access-token"}});
  }
  for (auto const& u : o.users) {
    if (u.name.empty()) throw std::invalid_argument("sandbox options: a user has no name");
    for (auto const& key : u.public_keys) {
      if (detail::public_key_fingerprint(key).empty()) {
        throw std::invalid_argument("sandbox options: a public key of user " + u.name +
                                    " is no PEM public key");
      }
    }
  }
  if (o.multipart_threshold < 1) {
    throw std::invalid_argument("sandbox options: multipart_threshold is below 1 byte");
  }
  if (o.parallel < 1 || o.parallel > 99) {
    throw std::invalid_argument("sandbox options: parallel is not from 1 to 99");
  }
  if (o.certificate_file.empty() != o.key_file.empty()) {
    throw std::invalid_argument(
        "sandbox options: certificate_file and key_file are given both or not at all");
  }
  if (o.durable && o.data.empty()) {
    throw std::invalid_argument("sandbox options: durable needs a data directory");
  }
  return o;
}

inline sql::database_options database_of(options const& o, detail::service_clock const& clock) {
  sql::database_options out;
  if (!o.data.empty()) {
    fs::create_directories(o.data);
    out.file = (o.data / "rows.sqlite").string();
  }
  out.durable = o.durable;
  out.account = o.accounts.front();
  out.initial_database = o.database;
  out.initial_warehouse = o.warehouse;
  out.lock_timeout = o.lock_timeout;
  out.now = [&clock] { return clock.now(); };
  return out;
}

/// The account host serves drivers and Snowpipe.
class account_router final : public detail::http_handler {
 public:
  account_router(detail::http_handler& account, detail::http_handler& snowpipe)
      : account_(account), snowpipe_(snowpipe) {}

  detail::head_verdict on_head(detail::http_request const& head) override {
    return of(head).on_head(head);
  }

  detail::http_response on_request(detail::http_request& request,
                                   detail::connection& peer) override {
    return of(request).on_request(request, peer);
  }

  void on_broken(detail::http_request const& head, detail::head_verdict const& verdict) override {
    of(head).on_broken(head, verdict);
  }

 private:
  detail::http_handler& of(detail::http_request const& request) const {
    return snowpipe::is_snowpipe_path(request.path) ? snowpipe_ : account_;
  }

  detail::http_handler& account_;
  detail::http_handler& snowpipe_;
};

inline std::string url(bool tls, std::uint16_t port) {
  return (tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port);
}

/// One service at two ports of its host; what a redirect at the one leads to is the other.
class endpoint {
 public:
  /// Port of the first listener.
  std::uint16_t listen(detail::service& shared,
                       detail::http_handler& handler,
                       detail::server_identity const* identity,
                       std::uint64_t max_request_bytes,
                       detail::http_versions versions = detail::http_versions::only_1_1) {
    first_.emplace(handler, identity, max_request_bytes, versions);
    second_.emplace(handler, identity, max_request_bytes, versions);
    shared.twins.push_back({first_->port(), second_->port()});
    return first_->port();
  }

  void stop() {
    if (first_) first_->stop();
    if (second_) second_->stop();
  }

 private:
  std::optional<detail::http_server> first_;
  std::optional<detail::http_server> second_;
};

}  // namespace sandbox_impl

struct server::state {
  explicit state(options o)
      : configured(sandbox_impl::completed(std::move(o))),
        shared{configured, faults, log, {}, {}, {}},
        objects(configured.data.empty() ? "" : configured.data / "objects"),
        keys(configured.data.empty() ? "" : configured.data / "stage-keys",
             static_cast<std::int64_t>(configured.seed)),
        directories((configured.data.empty() ? scratch.path() : configured.data) / "stages"),
        object_files(objects, keys, configured.encryption != stage_encryption::server_side),
        files(configured.stage == stage_kind::s3 ? static_cast<sql::file_store&>(object_files)
                                                 : directories),
        db(files, sandbox_impl::database_of(configured, shared.clock)),
        account(shared, db, {objects, directories, credentials, keys, chunks, files}),
        snowpipe(shared, db),
        account_router(account, snowpipe),
        stage(shared, objects, uploads, credentials, chunks),
        vaults(shared, db, configured.skyflow),
        control(shared, db, account.sessions(), credentials, [this] { reset(); }) {
    control.attach("/skyflow/", [this](auto const& request) { return vaults.control(request); });
    control.attach("/streaming/",
                   [this](auto const& request) { return snowpipe.control(request); });
  }

  sandbox_impl::temporary_directory scratch;
  options configured;
  fault_control faults;
  request_log log;
  detail::service shared;
  detail::object_store objects;
  detail::multipart_uploads uploads;
  detail::credential_table credentials;
  detail::key_ring keys;
  detail::result_chunks chunks;
  detail::directory_files directories;
  detail::object_files object_files;
  sql::file_store& files;
  sql::database db;
  detail::snowflake_service account;
  snowpipe::snowpipe_service snowpipe;
  sandbox_impl::account_router account_router;
  detail::s3_service stage;
  skyflow::detail::vault_service vaults;
  detail::control_service control;
  sandbox_impl::endpoint account_server;
  sandbox_impl::endpoint stage_server;
  sandbox_impl::endpoint vault_server;
  sandbox_impl::endpoint ingest_server;
  std::optional<detail::http_server> control_server;

  void listen();
  void reset();
};

void server::state::listen() {
  auto& where = shared.where;
  auto const certificates =
      configured.certificate_file.empty()
          ? detail::make_authority(configured.certificate)
          : detail::read_authority(configured.certificate_file, configured.key_file);
  where.ca_file = scratch.path() / "ca.pem";
  sandbox_impl::write_file(where.ca_file, certificates.ca_certificate, 0644);
  if (configured.make_key_pair) {
    auto const [private_key, public_key] = detail::make_rsa_key();
    where.private_key_file = scratch.path() / "rsa_key.p8";
    sandbox_impl::write_file(where.private_key_file, private_key, 0600);
    configured.users.front().public_keys.push_back(public_key);
  }
  where.stage_directory = (configured.data.empty() ? scratch.path() : configured.data) / "stages";
  std::filesystem::create_directories(where.stage_directory);
  where.sqlite_uri = db.file().empty() ? std::string{} : "file:" + db.file();
  faults.seed(configured.seed);
  for (auto const& text : configured.faults) faults.arm(text);

  bool const stage_tls = configured.stage_tls.value_or(configured.tls);
  auto const limit = configured.max_request_bytes;
  auto const* identity = &certificates.identity;
  where.stage_port = stage_server.listen(shared, stage, stage_tls ? identity : nullptr, limit);
  where.stage_url = sandbox_impl::url(stage_tls, where.stage_port);

  auto const* const account_identity = configured.tls ? identity : nullptr;
  where.account_port = account_server.listen(shared, account_router, account_identity, limit);
  where.account_url = sandbox_impl::url(configured.tls, where.account_port);
  where.ingest_port = ingest_server.listen(shared, snowpipe, account_identity, limit);
  where.ingest_url = sandbox_impl::url(configured.tls, where.ingest_port);

  bool const vault_tls = configured.skyflow.tls.value_or(configured.tls);
  std::uint16_t const vault_port = vault_server.listen(shared,
                                                       vaults,
                                                       vault_tls ? identity : nullptr,
                                                       configured.skyflow.max_request_bytes,
                                                       detail::http_versions::up_to_2);
  where.skyflow_url = sandbox_impl::url(vault_tls, vault_port);
  where.skyflow_token_uri = where.skyflow_url + "/v1/auth/sa/oauth/token";
  vaults.who().token_uri(where.skyflow_token_uri);
  if (configured.skyflow.make_credentials) {
    where.skyflow_credentials_file = scratch.path() / "skyflow.json";
    sandbox_impl::write_file(
        where.skyflow_credentials_file,
        skyflow::detail::credentials_file(configured.skyflow, where.skyflow_token_uri),
        0600);
  }
  control_server.emplace(control, nullptr, limit);
  where.control_url = sandbox_impl::url(false, control_server->port());
}

void server::state::reset() {
  account.forget_statements();  // first: one that runs would write into the emptied tables
  snowpipe.reset();
  sql::session_options emptier;
  emptier.user = "SANDBOX_RESET";
  sql::pipe_session(db, emptier).empty_tables();
  uploads.clear();
  for (auto const& file : files.list("")) files.remove(file.key);
  log.clear();
}

server::server(options o) : state_(std::make_unique<state>(std::move(o))) {
  state_->listen();
}

server::~server() {
  stop();
}

endpoints const& server::where() const noexcept {
  return state_->shared.where;
}

options const& server::configured() const noexcept {
  return state_->configured;
}

fault_control& server::faults() noexcept {
  return state_->faults;
}

request_log& server::log() noexcept {
  return state_->log;
}

void server::stop() {
  // Statements first: a handler may be waiting for one.
  state_->account.stop();
  state_->vaults.stop();
  state_->account_server.stop();
  state_->ingest_server.stop();
  state_->stage_server.stop();
  state_->vault_server.stop();
  if (state_->control_server) state_->control_server->stop();
  state_->account.stop();  // what arrived in between
  state_->snowpipe.stop();
}

void server::reset() {
  state_->reset();
}

void server::skew_clock(std::chrono::seconds by) {
  state_->shared.clock.skew(by);
}

void server::expire_sessions() {
  state_->account.sessions().expire_all();
}

void server::expire_master_tokens() {
  state_->account.sessions().expire_masters();
}

void server::expire_stage_credentials() {
  state_->credentials.expire_all();
}

streaming_control& server::streaming() noexcept {
  return state_->snowpipe;
}

std::size_t server::open_sessions() const {
  return state_->account.sessions().open_count();
}

std::vector<std::vector<std::optional<std::string>>> server::rows(std::string_view text) {
  sql::session_options wanted;
  wanted.user = "SANDBOX_TEST";
  wanted.role = state_->configured.role;
  wanted.database = state_->configured.database;
  wanted.schema = state_->configured.schema;
  wanted.warehouse = state_->configured.warehouse;
  sql::session session(state_->db, wanted);
  sql::statement_request request;
  request.text = text;
  sql::outcome outcome = session.execute(std::move(request));
  if (auto const* failure = std::get_if<sql::failure>(&outcome)) {
    throw std::runtime_error(failure->code + ": " + failure->message);
  }
  auto* result = std::get_if<sql::result_set>(&outcome);
  if (result == nullptr) throw std::runtime_error("not a query: " + std::string(text));
  return std::move(result->rows);
}

std::int64_t server::number(std::string_view text) {
  auto const result = rows(text);
  if (result.empty() || result.front().empty() || !result.front().front()) {
    throw std::runtime_error("no value: " + std::string(text));
  }
  auto const value = detail::to_integer(*result.front().front());
  if (!value) throw std::runtime_error("not a whole number: " + *result.front().front());
  return *value;
}

std::vector<std::vector<std::optional<std::string>>> server::sqlite_rows(
    std::string_view text) const {
  return state_->db.query(text);
}

skyflow::counters server::skyflow_state() {
  return state_->vaults.count();
}

std::string server::skyflow_token(std::chrono::seconds life) {
  return state_->vaults.who().issue("personal", "", life);
}

void server::expire_skyflow_tokens() {
  state_->vaults.who().expire_all();
}

void server::revoke_skyflow(std::string_view bearer) {
  state_->vaults.who().revoke(bearer);
}

std::vector<std::string> server::stored_objects(std::string_view prefix) const {
  std::vector<std::string> out;
  for (auto const& info : state_->objects.list(prefix)) out.push_back(info.key);
  return out;
}

std::size_t server::open_multipart_uploads() const {
  return state_->uploads.open();
}

}  // namespace sluice::inline v0::sandbox

#endif  // SLUICE_SANDBOX_IMPL_SANDBOX_IPP
