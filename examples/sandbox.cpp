// Starts the sandbox: a Snowflake account and a Skyflow vault on this machine that drivers and
// loaders can talk to.
//
//     ./sandbox --tls --stage s3 --fault copy_reply_lost:2
//
// The first line of output is one JSON object with every endpoint and test credential.

#include <sluice/sandbox/sandbox.hpp>

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace sandbox = sluice::sandbox;

std::string quoted(std::string const& text) {
  std::string out = "\"";
  for (char const c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + '"';
}

/// One line, so that a script reads it with its line reader.
std::string first_line(sandbox::server& server) {
  sandbox::endpoints const& where = server.where();
  sandbox::options const& o = server.configured();
  sandbox::user const& user = o.users.front();
  return fmt::format(
      R"({{"account":{},"host":{},"port":{},"protocol":"{}","account_url":{},"stage_url":{},)"
      R"("ingest_url":{},"control_url":{},"user":{},"password":{},"oauth_token":{},"access_token":{},)"
      R"("private_key_file":{},"ca_file":{},"database":{},"schema":{},"warehouse":{},"role":{},)"
      R"("sqlite":{},"stage_directory":{},"skyflow_url":{},"skyflow_token_uri":{},)"
      R"("skyflow_credentials_file":{},"skyflow_api_key":{},"skyflow_token":{},"vault_id":{}}})",
      quoted(o.accounts.front()),
      quoted(where.host),
      where.account_port,
      o.tls ? "https" : "http",
      quoted(where.account_url),
      quoted(where.stage_url),
      quoted(where.ingest_url),
      quoted(where.control_url),
      quoted(user.name),
      quoted(user.password),
      quoted(user.oauth_tokens.front()),
      quoted(user.access_tokens.front()),
      quoted(where.private_key_file.string()),
      quoted(where.ca_file.string()),
      quoted(o.database),
      quoted(o.schema),
      quoted(o.warehouse),
      quoted(o.role),
      quoted(where.sqlite_uri),
      quoted(where.stage_directory.string()),
      quoted(where.skyflow_url),
      quoted(where.skyflow_token_uri),
      quoted(where.skyflow_credentials_file.string()),
      quoted(o.skyflow.api_keys.front()),
      quoted(server.skyflow_token()),
      quoted(sandbox::skyflow::default_vault().id));
}

std::string whole_file(std::string const& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What a profile of the account's first user says; readable by its owner alone.
void write_profile(std::string const& path, sandbox::server const& server) {
  sandbox::endpoints const& where = server.where();
  sandbox::options const& o = server.configured();
  std::string const text = fmt::format(R"({{"account":{},"url":{},"user":{},"private_key_path":{},)"
                                       R"("database":{},"schema":{},"warehouse":{},"role":{}}})"
                                       "\n",
                                       quoted(o.accounts.front()),
                                       quoted(where.account_url),
                                       quoted(o.users.front().name),
                                       quoted(where.private_key_file.string()),
                                       quoted(o.database),
                                       quoted(o.schema),
                                       quoted(o.warehouse),
                                       quoted(o.role));
  mode_t const before = umask(077);
  std::ofstream file(path, std::ios::trunc);
  umask(before);
  file << text << std::flush;
  if (!file) throw std::runtime_error("cannot write " + path);
}

/// Returns when standard input ends or a signal asks for the end.
void wait_for_the_end(sigset_t const& signals) {
  int const signal_file = signalfd(-1, &signals, SFD_CLOEXEC);
  pollfd watched[2] = {{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                       {.fd = signal_file, .events = POLLIN, .revents = 0}};
  for (;;) {
    if (poll(watched, 2, -1) < 0) continue;
    if (watched[1].revents != 0) break;
    char ignored[512];
    if (watched[0].revents != 0 && read(STDIN_FILENO, ignored, sizeof ignored) <= 0) break;
  }
  close(signal_file);
}

/// A part of the catalogue, under a line for each service.
std::string listed(std::vector<sandbox::fault_description> const& all) {
  std::string out, service;
  for (auto const& f : all) {
    if (f.service != service) out += fmt::format(" of {}\n", f.service);
    service = f.service;
    out += fmt::format("  {:<26} {}", f.name, f.effect);
    if (!f.value_meaning.empty()) out += fmt::format(" [={} {}]", f.default_value, f.value_meaning);
    if (!f.text_meaning.empty()) out += fmt::format(" [~{} {}]", f.default_text, f.text_meaning);
    out += '\n';
  }
  return out;
}

std::string catalogue() {
  return "Faults in the field's words:\n" + listed(sandbox::fault_names()) +
         "\nFaults on a kind of request, <kind>.<action>. Kinds:\n" +
         listed(sandbox::fault_kinds()) + "\nActions:\n" + listed(sandbox::fault_actions());
}

/// What a Skyflow account holds where no --vault is given, and how SQL finds its rows.
std::string default_vault_text() {
  sandbox::skyflow::vault const vault = sandbox::skyflow::default_vault();
  std::string out = fmt::format("The account has the Skyflow vault {} with the tables\n", vault.id);
  for (auto const& table : vault.tables) {
    out += fmt::format("  {:<10}", table.name);
    for (auto const& column : table.columns)
      out += fmt::format(" {}{}",
                         column.name,
                         column.tokens == sandbox::skyflow::token_policy::none ? "" : "(token)");
    out += '\n';
  }
  return out +
         "and those of each --vault, e.g. examples/data/strikes_vault.json. In SQLite a vault's "
         "rows "
         "are\nthe table \"skyflow.<vault>.<table>\", its tokens \"skyflow.<vault>.tokens\".";
}

/// A number of milliseconds on the command line.
void add_milliseconds(CLI::App& app,
                      std::string const& name,
                      std::chrono::milliseconds& to,
                      std::string const& help) {
  app.add_option_function<std::int64_t>(
         name, [&to](std::int64_t ms) { to = std::chrono::milliseconds(ms); }, help)
      ->type_name("MS");
}

void add_snowpipe_options(CLI::App& app, sandbox::snowpipe_options& o) {
  auto* const group = app.add_option_group("Snowpipe");
  add_milliseconds(*group, "--commit-lag", o.commit_lag, "From an append until it is committed");
  add_milliseconds(*group, "--file-lag", o.file_lag, "From insertFiles until a file is loaded");
  group->add_option("--channel-requests", o.requests_per_second, "Requests a second per channel")
      ->type_name("N");
  group->add_option("--channel-bytes", o.bytes_per_second, "Bytes a second per channel")
      ->type_name("N");
  group->add_option("--channels-per-pipe", o.channels_per_pipe, "Named channels of a pipe")
      ->type_name("N");
  group->add_option("--max-append-bytes", o.max_body_bytes, "Largest body of an append as sent")
      ->type_name("BYTES");
  group->add_flag("--retry-after", o.retry_after, "429 replies say when to come back");
  group
      ->add_option_function<std::int64_t>(
          "--scoped-token-validity",
          [&o](std::int64_t s) { o.scoped_token_validity = std::chrono::seconds(s); },
          "Life of scoped tokens")
      ->type_name("SECONDS");
  group->add_flag(
      "--json-replies",
      [&o](std::int64_t) { o.hostname_form = o.token_form = sandbox::reply_form::json; },
      "Host name and scoped token come as JSON");
  group->add_flag(
      "--rows-errors",
      [&o](std::int64_t) { o.bulk_error_counter = sandbox::error_counter::rows_errors; },
      "Bulk status counts in rows_errors");
  group->add_option("--ingest-host", o.ingest_host, "Host that discovery answers")
      ->type_name("HOST");
  group->add_flag("--ingest-host-with-port",
                  o.ingest_host_with_port,
                  "Discovery adds the port of the ingest listener");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "A Snowflake account and a Skyflow vault on this machine, for trying and testing loaders:\n"
      "login, SQL, internal stages, COPY and Snowpipe; token exchange, insert, batch, detokenize "
      "and\n"
      "delete; with rows in SQLite. Prints one line of JSON with where it listens and\n"
      "which credentials it accepts, then serves until standard input ends or SIGTERM comes."};
  app.footer(default_vault_text);
  sandbox::options o;
  o.make_key_pair = true;
  o.skyflow.make_credentials = true;
  bool list_faults = false;
  int key_size = 128;
  std::map<std::string, sandbox::stage_kind> const stages{{"s3", sandbox::stage_kind::s3},
                                                          {"local", sandbox::stage_kind::local_fs}};
  std::map<std::string, sandbox::certificate_kind> const certificates{
      {"valid", sandbox::certificate_kind::valid},
      {"expired", sandbox::certificate_kind::expired},
      {"wrong-host", sandbox::certificate_kind::wrong_host},
      {"unknown-ca", sandbox::certificate_kind::unknown_ca}};
  app.add_option("--data", o.data, "Keep rows and stage files in this directory (default: memory)")
      ->type_name("DIR");
  app.add_flag("--durable",
               o.durable,
               "With --data: commits wait for the disk, so that they survive the machine's crash");
  std::string profile;
  app.add_option("--profile", profile, "Write a profile of the account there, ready for loaders")
      ->type_name("FILE");
  app.add_option("--fault", o.faults, "Misbehave, see --list-faults; may be given several times")
      ->type_name("name[=value][~text][:nth[:count]][@subject][%percent]");
  app.add_flag("--list-faults", list_faults, "Print every fault and what it does, then exit");
  app.add_flag("--tls", o.tls, "Speak TLS; clients must trust the CA file of the first line");
  bool stage_tls = false;
  app.add_flag("--stage-tls", stage_tls, "Speak TLS on the S3 double even without --tls");
  app.add_option("--stage", o.stage, "Stage files go to the S3 double or to a local directory")
      ->transform(CLI::CheckedTransformer(stages, CLI::ignore_case))
      ->option_text("s3|local");
  app.add_option("--stage-host", o.stage_host, "Host name in PUT replies: 127.0.0.1 or localhost")
      ->type_name("HOST");
  app.add_option("--key-size", key_size, "Client-side encryption of stage files; 0: none")
      ->check(CLI::IsMember({0, 128, 256}))
      ->option_text("0|128|256");
  std::string certificate;
  app.add_option("--certificate", certificate, "Which certificate TLS clients see")
      ->option_text("valid|expired|wrong-host|unknown-ca|FILE");
  app.add_option("--key", o.key_file, "PEM file with the private key of --certificate FILE")
      ->type_name("FILE");
  app.add_option("--multipart-threshold",
                 o.multipart_threshold,
                 "Files of this many bytes are uploaded in parts")
      ->type_name("BYTES");
  app.add_option("--inline-rows", o.inline_rows, "Result rows beyond this many come in chunks")
      ->type_name("ROWS");
  app.add_option("--bind-stage-threshold",
                 o.bind_stage_threshold,
                 "Bound values from which drivers bind through a stage")
      ->type_name("VALUES");
  app.add_flag("--unsigned-payload-over-http",
               o.unsigned_payload_over_http,
               "Let the S3 double accept unsigned payloads without TLS");
  std::int64_t token_life = o.skyflow.token_life.count();
  std::vector<std::string> vault_files;
  std::map<std::string, sandbox::skyflow::table_continue> const continues{
      {"ignored", sandbox::skyflow::table_continue::ignored},
      {"batch-shape", sandbox::skyflow::table_continue::batch_shape},
      {"207", sandbox::skyflow::table_continue::multi_status}};
  app.add_option("--vault", vault_files, "A further Skyflow vault: a schema as its API takes it")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  app.add_option("--vault-token-life", token_life, "Life of Skyflow bearer tokens")
      ->type_name("SECONDS");
  app.add_option("--vault-max-records", o.skyflow.max_records, "Records in one Skyflow insert")
      ->type_name("RECORDS");
  app.add_option("--vault-rate", o.skyflow.requests_per_second, "Skyflow requests before 429")
      ->type_name("PER-SECOND");
  app.add_option("--vault-burst", o.skyflow.burst, "Skyflow requests at once under that rate")
      ->type_name("REQUESTS");
  app.add_option(
         "--vault-continue", o.skyflow.continue_on_error, "continueOnError of a table insert")
      ->transform(CLI::CheckedTransformer(continues, CLI::ignore_case))
      ->option_text("ignored|batch-shape|207");
  add_snowpipe_options(app, o.snowpipe);
  CLI11_PARSE(app, argc, argv);
  if (list_faults) {
    fmt::print("{}", catalogue());
    return 0;
  }
  if (auto const known = certificates.find(certificate); known != certificates.end()) {
    o.certificate = known->second;
  } else {
    o.certificate_file = certificate;
  }
  if (stage_tls) o.stage_tls = true;
  o.skyflow.token_life = std::chrono::seconds(token_life);
  o.encryption = key_size == 0     ? sandbox::stage_encryption::server_side
                 : key_size == 128 ? sandbox::stage_encryption::client_side_128
                                   : sandbox::stage_encryption::client_side_256;

  // Blocked before any thread starts, so that only wait_for_the_end sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    for (auto const& file : vault_files) {
      if (o.skyflow.vaults.empty()) o.skyflow.vaults.push_back(sandbox::skyflow::default_vault());
      o.skyflow.vaults.push_back(sandbox::skyflow::parse_vault(whole_file(file)));
    }
    sandbox::server server(std::move(o));
    if (!profile.empty()) write_profile(profile, server);
    fmt::print("{}\n", first_line(server));
    std::fflush(stdout);
    wait_for_the_end(signals);
  } catch (std::exception const& e) {
    fmt::print(stderr, "sandbox: {}\n", e.what());
    return 1;
  }
}
