#ifndef SLUICE_TESTS_UNIT_SKYFLOW_SCRIPTED_VAULT_HPP
#define SLUICE_TESTS_UNIT_SKYFLOW_SCRIPTED_VAULT_HPP

#include "persons.hpp"

#include <sluice/ext/detail/json_reader.hpp>
#include <sluice/ledger/ack.hpp>
#include <sluice/observe/log.hpp>
#include <sluice/skyflow/client.hpp>
#include <sluice/skyflow/vault.hpp>
#include <sluice/test/manual_clock.hpp>
#include <sluice/test/scripted_wire.hpp>
#include <sluice/transport/scope.hpp>
#include <sluice/transport/transport.hpp>

#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scripted {

namespace skyflow = sluice::skyflow;
using sluice::test::scripted_reply;
using sluice::test::seen_request;

inline scripted_reply json(std::string body, int status = 200) {
  scripted_reply r;
  r.status = status;
  r.body = std::move(body);
  r.headers = {{"x-request-id", "req-7"}};
  return r;
}

inline scripted_reply refusal(int status, int grpc = 0, std::string_view message = "No") {
  return json(R"({"error":{"grpc_code":)" + std::to_string(grpc) + R"(,"http_code":)" +
                  std::to_string(status) + R"(,"message":")" + std::string{message} +
                  R"(","http_status":"x","details":[]}})",
              status);
}

inline scripted_reply page(int status) {
  scripted_reply r;
  r.status = status;
  r.body = "<html>no</html>";
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

inline std::string header(seen_request const& r, std::string_view name) {
  for (sluice::header const& h : r.headers)
    if (h.name == name) return h.value;
  return {};
}

inline bool is_insert(seen_request const& r) {
  return r.label == "insert";
}

/// What a table of a vault does with inserts, in any of the three forms. A value with "POISON" in
/// it is refused in words that quote it.
class table {
 public:
  bool unique_ssn = false;
  std::size_t most_rows = 1'000;

  scripted_reply answer(seen_request const& r) {
    auto const parsed = sluice::detail::json_reader::parse_json(r.body);
    auto const& root = parsed->as_object();
    auto const& records = root.at("records").as_array();
    bool const batch = root.contains("continueOnError");
    bool const flowvault = root.contains("vaultID");
    if (records.size() > most_rows) return refusal(413, 3, "Too many records");
    std::vector<std::string> outcome;  // empty: to be stored
    bool good = true;
    std::set<std::string> fresh;
    for (auto const& record : records) {
      auto const& fields = record.as_object().at(flowvault ? "data" : "fields").as_object();
      std::string const text = boost::json::serialize(fields);
      std::string const ssn = sluice::detail::json_reader::text_at(fields, "ssn");
      bool const upsert = root.contains("upsert") || record.as_object().contains("upsert");
      std::string why;
      if (text.find("POISON") != std::string::npos)
        why = "Invalid value " + sluice::detail::json_reader::text_at(fields, "full_name") +
              " for field";
      else if (unique_ssn && !upsert && (rows.count(ssn) != 0 || !fresh.insert(ssn).second))
        why = "Error Inserting Records due to unique constraint violation";
      good = good && why.empty();
      outcome.push_back(why);
    }
    if (!good && !batch && !flowvault) {
      for (std::string const& why : outcome)
        if (!why.empty()) return refusal(400, 9, why);
    }
    std::string body;
    for (std::size_t i = 0; i != records.size(); ++i) {
      auto const& record = records[i].as_object();
      auto const& fields = record.at(flowvault ? "data" : "fields").as_object();
      bool const upsert = root.contains("upsert") || record.contains("upsert");
      std::string const ssn = sluice::detail::json_reader::text_at(fields, "ssn");
      if (outcome[i].empty()) rows[ssn] = upsert ? 1 : rows[ssn] + 1;
      std::string const id = "id-" + std::to_string(++ids_);
      if (!body.empty()) body += ',';
      if (batch)
        body += outcome[i].empty()
                    ? R"({"Status":200,"Body":{"records":[{"skyflow_id":")" + id + R"("}]}})"
                    : R"({"Status":400,"Body":{"error":")" + outcome[i] + R"("}})";
      else if (flowvault)
        body += outcome[i].empty()
                    ? R"({"skyflowID":")" + id + R"(","httpCode":200,"error":null})"
                    : R"({"skyflowID":null,"httpCode":400,"error":")" + outcome[i] + R"("})";
      else
        body += R"({"skyflow_id":")" + id + R"(","tokens":null})";
    }
    return json((batch ? R"({"vaultID":"v","responses":[)" : R"({"records":[)") + body + "]}",
                flowvault && !good ? 207 : 200);
  }

  /// A look-up by unique values.
  scripted_reply look_up(seen_request const& r) const {
    std::string body;
    for (auto const& [ssn, copies] : rows) {
      if (r.url.find("column_values=" + ssn) == std::string::npos) continue;
      if (!body.empty()) body += ',';
      body += R"({"fields":{"ssn":"*REDACTED*"},"tokens":null})";
    }
    if (body.empty()) return refusal(404, 5, "No Records Found");
    return json(R"({"records":[)" + body + "]}");
  }

  std::map<std::string, int> rows;  ///< copies of each, by SSN

 private:
  std::size_t ids_ = 0;
};

/// Verdicts by position; a second one for the same position is counted.
class verdicts final : public sluice::ack {
 public:
  using ack::confirm;
  using ack::reject;

  void confirm(sluice::position_range rows) override {
    for (auto at = rows.first; at != rows.end(); ++at)
      if (!confirmed.insert(at).second || rejected.count(at) != 0) ++twice;
  }

  void reject(sluice::position at, sluice::rejection why, std::string) override {
    if (!rejected.emplace(at, std::move(why)).second || confirmed.count(at) != 0) ++twice;
  }

  std::set<sluice::position> confirmed;
  std::map<sluice::position, sluice::rejection> rejected;
  std::size_t twice = 0;
};

class text_sink final : public sluice::byte_sink {
 public:
  void write(sluice::chunk bytes) override { body.push_back(std::move(bytes)); }

  sluice::chunk_list body;
};

/// A payload of people, at positions from 100 on.
inline sluice::payload payload_of(std::vector<people::person> const& all) {
  using encoder = skyflow::record_encoder<people::person>;
  auto const filled = std::make_shared<sluice::segment>(1u << 20);
  for (people::person const& p : all) encoder{}.append(p, *filled);
  auto const writer = encoder::rows().open_body();
  text_sink out;
  writer->begin(out);
  // Two views, so that a row begins with a chunk of its own.
  sluice::segment::mark const end = filled->filled();
  writer->add({filled, {}, end}, out);
  writer->end(out);
  sluice::payload p;
  p.body = std::move(out.body);
  p.raw_bytes = p.body.size();
  p.row_count = all.size();
  p.positions = {{100, all.size()}};
  p.rows = &encoder::rows();
  return p;
}

inline std::vector<people::person> people_to(int count) {
  std::vector<people::person> all;
  for (int i = 1; i <= count; ++i) all.push_back(people::person_number(i));
  return all;
}

/// A vault behind a scripted wire, on a clock that jumps.
struct service {
  using answer_function = std::function<scripted_reply(seen_request const&, std::size_t n)>;

  scripted::table table;
  answer_function answer;  ///< null: the table's; `n` counts inserts from 1
  std::function<scripted_reply(seen_request const&)> page;  ///< answers reads and deletes
  std::size_t inserts = 0;

  std::shared_ptr<sluice::test::manual_clock> clock =
      std::make_shared<sluice::test::manual_clock>(sluice::test::manual_clock::mode::automatic);
  std::shared_ptr<sluice::test::scripted_wire> wire = std::make_shared<sluice::test::scripted_wire>(
      [this](seen_request const& r) { return reply(r); }, clock);
  std::vector<std::string> logged;
  sluice::logger log{[this](sluice::log_entry const& e) { logged.emplace_back(e.message); },
                     sluice::log_level::debug};
  sluice::load_metrics metrics;
  std::unique_ptr<sluice::transport> net = make_transport();

  service() = default;
  service(service const&) = delete;
  service& operator=(service const&) = delete;

  static skyflow::connection connection() {
    skyflow::connection c;
    c.vault_url = "https://ebfc9bee4242.vault.skyflowapis.com/";
    c.vault_id = "v1";
    c.auth = skyflow::bearer_token{sluice::secret{"given-token"}, {}};
    return c;
  }

  static skyflow::vault_config config() {
    skyflow::vault_config c;
    c.connection = connection();
    c.table = "persons";
    return c;
  }

  [[nodiscard]] sluice::environment environment() {
    return {*net,
            "run",
            skyflow::record_encoder<people::person>::rows().columns(),
            skyflow::record_encoder<people::person>::description,
            sluice::codec::none,
            log,
            &metrics};
  }

  template<class T>
  sluice::result<T> run(sluice::task<T> work) {
    return sluice::block_on(*net, std::move(work));
  }

  /// Opens a session of `Vault` and sends one payload.
  template<class Vault>
  sluice::result<sluice::accepted> send(sluice::payload const& p,
                                        verdicts& into,
                                        skyflow::vault_config const& c = config()) {
    typename Vault::session session{environment(), c};
    if (auto opened = run(session.open()); !opened) return opened.error();
    auto sent = run(session.send(p, into));
    return sent;
  }

  std::vector<seen_request> sent(std::string_view label) const {
    std::vector<seen_request> found;
    for (seen_request const& r : wire->requests())
      if (r.label == label) found.push_back(r);
    return found;
  }

 private:
  scripted_reply reply(seen_request const& r) {
    if (page && (r.label == "get" || r.label == "delete")) return page(r);
    if (r.label == "get") return table.look_up(r);
    if (is_insert(r)) ++inserts;
    if (answer) return answer(r, inserts);
    return table.answer(r);
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
};

}  // namespace scripted

#endif  // SLUICE_TESTS_UNIT_SKYFLOW_SCRIPTED_VAULT_HPP
