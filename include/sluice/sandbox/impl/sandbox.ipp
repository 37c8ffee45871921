#ifndef SLUICE_SANDBOX_IMPL_SANDBOX_IPP
#define SLUICE_SANDBOX_IMPL_SANDBOX_IPP

#include <sluice/sandbox/detail/control.hpp>
#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/http_server.hpp>
#include <sluice/sandbox/detail/snowflake_service.hpp>
#include <sluice/sandbox/detail/text.hpp>
#include <sluice/sandbox/detail/tls.hpp>
#include <sluice/sandbox/sandbox.hpp>

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
  return o;
}

inline sql::database_options database_of(options const& o, detail::service_clock const& clock) {
  sql::database_options out;
  if (!o.data.empty()) {
    fs::create_directories(o.data);
    out.file = (o.data / "rows.sqlite").string();
  }
  out.account = o.accounts.front();
  out.initial_database = o.database;
  out.initial_warehouse = o.warehouse;
  out.now = [&clock] { return clock.now(); };
  return out;
}

inline std::string url(bool tls, std::uint16_t port) {
  return (tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port);
}

}  // namespace sandbox_impl

struct server::state {
  explicit state(options o)
      : configured(sandbox_impl::completed(std::move(o))),
        shared{configured, faults, log, {}, {}, {}, {}},
        objects(configured.data.empty() ? "" : configured.data / "objects"),
        keys(configured.data.empty() ? "" : configured.data / "stage-keys",
             static_cast<std::int64_t>(configured.seed)),
        directories((configured.data.empty() ? scratch.path() : configured.data) / "stages"),
        object_files(objects, keys, configured.encryption != stage_encryption::server_side),
        files(configured.stage == stage_kind::s3 ? static_cast<sql::file_store&>(object_files)
                                                 : directories),
        db(files, sandbox_impl::database_of(configured, shared.clock)),
        account(shared, db, {objects, directories, credentials, keys, chunks, files}),
        stage(shared, objects, uploads, credentials, chunks),
        control(shared, db, account.sessions(), credentials) {}

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
  detail::s3_service stage;
  detail::control_service control;
  std::optional<detail::http_server> account_server;
  std::optional<detail::http_server> account_twin;  ///< where redirects lead
  std::optional<detail::http_server> stage_server;
  std::optional<detail::http_server> stage_twin;
  std::optional<detail::http_server> control_server;

  void listen();
};

void server::state::listen() {
  auto& where = shared.where;
  auto const certificates = detail::make_authority(configured.certificate);
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
  for (auto const& text : configured.faults) faults.arm(text);

  bool const stage_tls = configured.stage_tls.value_or(configured.tls);
  auto const limit = configured.max_request_bytes;
  auto const* identity = &certificates.identity;
  stage_server.emplace(stage, stage_tls ? identity : nullptr, limit);
  stage_twin.emplace(stage, stage_tls ? identity : nullptr, limit);
  shared.stage_ports.first = stage_server->port();
  shared.stage_ports.second = stage_twin->port();
  where.stage_port = stage_server->port();
  where.stage_url = sandbox_impl::url(stage_tls, where.stage_port);
  account_server.emplace(account, configured.tls ? identity : nullptr, limit);
  account_twin.emplace(account, configured.tls ? identity : nullptr, limit);
  shared.account_ports.first = account_server->port();
  shared.account_ports.second = account_twin->port();
  where.account_port = account_server->port();
  where.account_url = sandbox_impl::url(configured.tls, where.account_port);
  control_server.emplace(control, nullptr, limit);
  where.control_url = sandbox_impl::url(false, control_server->port());
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
  for (auto* const listener : {&state_->account_server,
                               &state_->account_twin,
                               &state_->stage_server,
                               &state_->stage_twin,
                               &state_->control_server}) {
    if (*listener) (*listener)->stop();
  }
  state_->account.stop();  // what arrived in between
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
