#ifndef SLUICE_SANDBOX_SKYFLOW_DETAIL_VAULT_STORE_HPP
#define SLUICE_SANDBOX_SKYFLOW_DETAIL_VAULT_STORE_HPP

/// \file
/// Vaults in SQLite, in the database of the whole sandbox.
///
/// | SQLite table              | a row is                                                        |
/// |---------------------------|-----------------------------------------------------------------|
/// | "skyflow.<vault>.<table>" | a record: skyflow_id, and of each column "c" and "c.token"      |
/// | "skyflow.<vault>.tokens"  | a token: its value and type, its table and column, rows with it |
/// | "skyflow.vaults"          | a vault: its id and schema                                      |
/// | "skyflow.requests"        | a request as answered                                           |
///
/// DT_INT32 and DT_BOOL are INTEGER, DT_FLOAT32 is REAL, everything else TEXT, arrays as JSON.

#include <sluice/config.hpp>
#include <sluice/sandbox/detail/service.hpp>
#include <sluice/sandbox/skyflow/detail/schema.hpp>
#include <sluice/sandbox/sql/detail/storage.hpp>
#include <sluice/sandbox/sql/engine.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice::inline v0::sandbox::skyflow::detail {

enum class byot_mode { disable, enable, enable_strict };

/// What a caller wants to be stored.
struct record_input {
  json_value const* fields = nullptr;
  json_value const* tokens = nullptr;
  byot_mode byot = byot_mode::disable;
  std::vector<std::size_t> upsert;  ///< unique columns that identify an existing row
  bool replace = false;             ///< an update empties the columns that are not named
};

/// One row as stored.
struct record {
  std::string skyflow_id;
  std::vector<cell> values;         ///< one for each column of the table
  std::vector<std::string> tokens;  ///< the same; empty: none
};

struct stored_token {
  std::string plain;
  std::string table;
  std::string column;
};

/// What happened to one request, as "skyflow.requests" keeps it.
struct request_note {
  std::string request_id;
  std::string method;
  std::string route;
  std::string vault;
  std::string table;
  int status = 0;
  std::size_t records = 0;
  std::size_t bytes_received = 0;
  std::size_t bytes_sent = 0;
  std::uint64_t connection = 0;
};

/// Thread safety: vaults may be looked up at any time; everything else needs a `work`, of which
/// there is one at a time.
class vault_store {
 public:
  vault_store(sql::database& db, options const& configured, sandbox::detail::service_clock& clock);
  ~vault_store();
  vault_store(vault_store const&) = delete;
  vault_store& operator=(vault_store const&) = delete;

  /// \throws std::invalid_argument if there is such a vault with another schema
  void add(vault const& v);
  /// \throws api_error 404
  vault_info const& find(std::string_view vault_id) const;
  std::vector<vault_info const*> all() const;
  /// Ends every wait for the database.
  void stop();

  /// The only user of the database until it ends; what is not committed is undone.
  class work {
   public:
    /// \throws api_error 503 if the database stays locked
    explicit work(vault_store& store);
    ~work();
    work(work const&) = delete;
    work& operator=(work const&) = delete;

    void commit();
    /// A part of the work that can be undone alone.
    void begin_part();
    void keep_part();
    void undo_part();

    /// \throws api_error what the service would answer; undo the work or part then
    record insert(vault_info const& v, table_info const& t, record_input const& input);
    record update(vault_info const& v,
                  table_info const& t,
                  std::string_view skyflow_id,
                  record_input const& input);
    bool erase(vault_info const& v, table_info const& t, std::string_view skyflow_id);
    std::uint64_t erase_all(vault_info const& v, table_info const& t);

    std::optional<record> row(table_info const& t, std::string_view skyflow_id);
    std::vector<record> rows_where(table_info const& t, std::size_t column, std::string_view plain);
    std::vector<record> rows(table_info const& t,
                             std::uint64_t offset,
                             std::uint64_t limit,
                             bool descending);

    std::optional<stored_token> token(vault_info const& v, std::string_view token);
    /// The token issued for this value.
    std::optional<std::string> issued(vault_info const& v,
                                      std::string_view scope,
                                      std::string_view plain);
    /// The token of one more use of this value: the caller's own, one issued before, or a fresh
    /// one. Empty if the column has none.
    std::string take_token(vault_info const& v,
                           table_info const& t,
                           column_info const& c,
                           cell const& value,
                           std::string_view own);
    bool erase_token(vault_info const& v, std::string_view token);

    /// A SELECT over the vault's tables under their own names: the columns' names and the rows.
    std::vector<std::string> query(vault_info const& v,
                                   std::string_view sql,
                                   std::size_t limit,
                                   std::vector<std::vector<cell>>& rows);

    void note(request_note const& n);
    void count(counters& into);
    /// Removes every row, token and request.
    void reset();

   private:
    friend class vault_store;
    sql::detail::prepared& cached(std::string const& sql);
    void release_token(vault_info const& v, std::string const& token);
    void forbid_duplicates(table_info const& t,
                           std::vector<cell> const& values,
                           std::string_view own_id);
    record changed(vault_info const& v,
                   table_info const& t,
                   record old,
                   record_input const& input,
                   std::vector<bool> const& given,
                   std::vector<cell> values,
                   std::vector<std::string> const& own_tokens);

    vault_store& store_;
    sql::detail::connection* db_ = nullptr;
  };

 private:
  std::int64_t now_ms() const;

  sql::database& database_;
  options const& configured_;
  sandbox::detail::service_clock& clock_;
  std::stop_source stopped_;
  mutable std::mutex guard_;  // of vaults_; entries stay until the end
  std::map<std::string, std::unique_ptr<vault_info>, std::less<>> vaults_;
  std::unordered_map<std::string, std::unique_ptr<sql::detail::prepared>> statements_;
};

}  // namespace sluice::inline v0::sandbox::skyflow::detail

#endif  // SLUICE_SANDBOX_SKYFLOW_DETAIL_VAULT_STORE_HPP
