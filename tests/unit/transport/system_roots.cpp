#include "catch.hpp"
#include "certificates.hpp"
#include "http_server.hpp"
#include "temporary_directory.hpp"

#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>

#include <curl/curl.h>
#include <dlfcn.h>
#include <openssl/x509_vfy.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace sluice;

/// What takes the place of the machine's own certificate store.
struct system_store {
  std::string file;
  std::string directory;
};

/// Null: the machine's own.
std::atomic<system_store const*> in_place_of_system = nullptr;

/// OpenSSL's own function of that name.
template<class Function>
Function* openssl(char const* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

/// Whether `path` is the one that libcurl was built with.
bool is_default(char const* path, char const* built_in) {
  return path != nullptr && built_in != nullptr && std::string_view{path} == built_in;
}

}  // namespace

// libcurl's calls come here, as the program's functions stand before those of its libraries. What
// libcurl was built with are paths under /etc, which not everyone who tests may write.
extern "C" {

int X509_STORE_load_file(X509_STORE* store, char const* file) {
  system_store const* const other = in_place_of_system;
  if (other != nullptr && is_default(file, curl_version_info(CURLVERSION_NOW)->cainfo))
    file = other->file.c_str();
  return openssl<decltype(X509_STORE_load_file)>("X509_STORE_load_file")(store, file);
}

int X509_STORE_load_path(X509_STORE* store, char const* directory) {
  system_store const* const other = in_place_of_system;
  if (other != nullptr && is_default(directory, curl_version_info(CURLVERSION_NOW)->capath))
    directory = other->directory.c_str();
  return openssl<decltype(X509_STORE_load_path)>("X509_STORE_load_path")(store, directory);
}

}  // extern "C"

namespace {

/// A machine whose store has one CA in its file and another in its directory, and a CA of our own.
struct machine {
  certificate in_file{"CA in the system's file", ""};
  certificate in_directory{"CA in the system's directory", ""};
  certificate own{"CA of our own", ""};
  sluice_test::temporary_directory place;
  system_store store{place / "system.pem", place / "certs"};
  std::string ca_file = place / "own.pem";

  machine() {
    std::filesystem::create_directory(store.directory);
    sluice_test::write_file(store.file, in_file.pem());
    sluice_test::write_file(store.directory + "/" + in_directory.hashed_name(), in_directory.pem());
    sluice_test::write_file(ca_file, own.pem());
    in_place_of_system = &store;
  }

  machine(machine const&) = delete;
  machine& operator=(machine const&) = delete;

  ~machine() { in_place_of_system = nullptr; }
};

/// What a client with this `ca_file` gets from a server, or else through a proxy, whose certificate
/// `ca` has signed.
result<response> get(std::string const& ca_file, certificate const& ca, bool proxy) {
  certificate const shown{"localhost", "DNS:localhost", &ca};
  auto const context = shown.server_context();
  http_server server{[](server_connection& c) {
                       if (!c.accept_tls() || c.read_request().head.empty()) return;
                       c.reply("private");
                     },
                     context.get()};
  transport_options options;
  options.tls.ca_file = ca_file;
  request r;
  r.url = server.url();
  if (proxy) {
    options.proxy = server.url("");
    r.url = "http://service.example/";  // seen by the proxy alone
  }
  transport net{options};
  return block_on(net, net.perform(std::move(r)));
}

/// Whether that is the reply. Otherwise it must be for the certificate.
bool accepts(std::string const& ca_file, certificate const& ca, bool proxy) {
  result<response> const reply = get(ca_file, ca, proxy);
  if (reply) return reply->body == "private";
  std::string const& message = reply.error().message;
  INFO(message);
  CHECK(reply.error().code == errc::tls);
  CHECK(message.find("set tls.ca_file") != std::string::npos);
  bool const blames_proxy =
      message.find("the certificate of the proxy 'https://localhost:") != std::string::npos;
  CHECK(blames_proxy == proxy);
  return false;
}

}  // namespace

TEST_CASE("the system's certificate store is what an empty ca_file stands for") {
  bool const proxy = GENERATE(false, true);
  machine m;
  CHECK_FALSE(accepts("", m.own, proxy));
  if (curl_version_info(CURLVERSION_NOW)->cainfo == nullptr)
    WARN("this libcurl has no file of the system's");
  else
    CHECK(accepts("", m.in_file, proxy));
  if (curl_version_info(CURLVERSION_NOW)->capath == nullptr)
    WARN("this libcurl has no directory of the system's");
  else
    CHECK(accepts("", m.in_directory, proxy));
}

TEST_CASE("a ca_file takes the place of the system's certificate store") {
  bool const proxy = GENERATE(false, true);
  machine m;
  CHECK(accepts(m.ca_file, m.own, proxy));
  CHECK_FALSE(accepts(m.ca_file, m.in_file, proxy));
  CHECK_FALSE(accepts(m.ca_file, m.in_directory, proxy));
}

TEST_CASE("a machine without a certificate store says so") {
  if (curl_version_info(CURLVERSION_NOW)->cainfo == nullptr) {
    WARN("this libcurl has no file of the system's");
    return;
  }
  machine m;
  std::filesystem::remove(m.store.file);
  result<response> const reply = get("", m.own, false);
  REQUIRE(!reply);
  INFO(reply.error().message);
  CHECK(reply.error().code == errc::invalid_configuration);
  CHECK(reply.error().message.find("the system's certificate store cannot be read; ") !=
        std::string::npos);
  CHECK(accepts(m.ca_file, m.own, false));
}
