#ifndef SLUICE_TESTS_UNIT_SANDBOX_SQL_FIXTURE_HPP
#define SLUICE_TESTS_UNIT_SANDBOX_SQL_FIXTURE_HPP

#include <sluice/sandbox/sql/engine.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sandbox_sql_tests {

namespace sql = sluice::sandbox::sql;

/// Stage files in memory. A file whose bytes start with "BADKEY" fails like one whose client-side
/// encryption is wrong.
class memory_store final : public sql::file_store {
 public:
  void put(std::string const& key, std::string bytes) {
    std::lock_guard const lock(mutex_);
    files_[key] = {std::move(bytes), std::to_string(++version_), written};
  }

  std::vector<sql::stored_file> list(std::string_view prefix) const override {
    std::lock_guard const lock(mutex_);
    std::vector<sql::stored_file> out;
    for (auto const& [key, file] : files_) {
      if (key.starts_with(prefix)) {
        out.push_back({key, static_cast<std::int64_t>(file.bytes.size()), file.etag, file.written});
      }
    }
    return out;
  }

  std::unique_ptr<sql::file_reader> open(std::string_view key, bool) const override {
    std::lock_guard const lock(mutex_);
    auto const found = files_.find(std::string(key));
    if (found == files_.end()) throw sql::file_error("does not exist");
    if (found->second.bytes.starts_with("BADKEY"))
      throw sql::file_error("wrapped key does not fit the master key");
    return std::make_unique<reader>(found->second.bytes);
  }

  bool remove(std::string_view key) override {
    std::lock_guard const lock(mutex_);
    return files_.erase(std::string(key)) > 0;
  }

  std::chrono::system_clock::time_point written{};  ///< of the next files

  /// Most bytes that one read gives; small values test buffer edges.
  inline static std::size_t read_size = std::size_t{1} << 20;

 private:
  class reader final : public sql::file_reader {
   public:
    explicit reader(std::string bytes) : bytes_(std::move(bytes)) {}

    std::size_t read(std::span<char> out) override {
      auto const n = std::min({out.size(), bytes_.size() - at_, read_size});
      std::memcpy(out.data(), bytes_.data() + at_, n);
      at_ += n;
      return n;
    }

   private:
    std::string bytes_;
    std::size_t at_ = 0;
  };

  struct held {
    std::string bytes;
    std::string etag;
    std::chrono::system_clock::time_point written;
  };

  mutable std::mutex mutex_;
  std::map<std::string, held> files_;
  int version_ = 0;
};

/// One account and one session in SANDBOX.PUBLIC.
struct sandbox {
  memory_store store;
  sql::database db;
  sql::session session;

  explicit sandbox(sql::database_options options = {})
      : db(store, std::move(options)),
        session(db,
                {.user = "LOADER",
                 .role = "",
                 .database = "SANDBOX",
                 .schema = "PUBLIC",
                 .warehouse = "SANDBOX_WH",
                 .session_id = 7,
                 .parameters = {}}) {}

  static sql::statement_request request(std::string text) {
    sql::statement_request r;
    r.text = std::move(text);
    return r;
  }

  sql::outcome execute(std::string text) { return session.execute(request(std::move(text))); }

  /// Rows as text, cells joined by '|', NULL as "~"; a failure as "code/state: message".
  std::string run(std::string text) { return shown(execute(std::move(text))); }

  std::string run(sql::statement_request r) { return shown(session.execute(std::move(r))); }

  static std::string shown(sql::outcome const& o) {
    if (auto const* f = std::get_if<sql::failure>(&o))
      return f->code + "/" + f->sql_state + ": " + f->message;
    if (std::holds_alternative<sql::transfer>(o)) return "transfer";
    if (std::holds_alternative<sql::multi_result>(o)) return "multi";
    std::string out;
    for (auto const& row : std::get<sql::result_set>(o).rows) {
      if (!out.empty()) out += '\n';
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (i > 0) out += '|';
        out += row[i].value_or("~");
      }
    }
    return out;
  }

  /// Puts a file into the stage `name` of the current schema and returns its key.
  std::string stage(std::string const& reference, std::string const& name, std::string bytes) {
    auto const o = execute("PUT 'file:///tmp/" + name + "' '" + reference + "'");
    auto const& t = std::get<sql::transfer>(o);
    auto const key = t.stage.prefix + t.stage.path + name;
    store.put(key, std::move(bytes));
    return key;
  }

  /// One value of SQLite, past the engine.
  std::string sqlite(std::string const& text) {
    auto const rows = db.query(text);
    return rows.empty() || rows[0].empty() ? "(none)" : rows[0][0].value_or("~");
  }
};

}  // namespace sandbox_sql_tests

#endif  // SLUICE_TESTS_UNIT_SANDBOX_SQL_FIXTURE_HPP
