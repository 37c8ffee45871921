#ifndef SLUICE_SANDBOX_SNOWPIPE_DETAIL_ROUTES_HPP
#define SLUICE_SANDBOX_SNOWPIPE_DETAIL_ROUTES_HPP

#include <sluice/sandbox/detail/http.hpp>

#include <string>
#include <string_view>

namespace sluice::inline v0::sandbox::snowpipe {

enum class operation {
  unknown,
  hostname,
  exchange,
  open,
  append,
  drop,
  bulk_status,
  pipe_info,
  telemetry,
  elastic,
  insert_files,
  insert_report,
  load_history
};

/// What a request is about. Names are decoded and as sent, quotes included.
struct route {
  operation what = operation::unknown;
  bool wrong_method = false;  ///< the path exists, with another method
  std::string database;
  std::string schema;
  std::string pipe;   ///< or empty, where `table` is set
  std::string table;  ///< elastic appends by table
  std::string channel;
};

/// Whether requests to this path belong to Snowpipe.
bool is_snowpipe_path(std::string_view path);

route find_route(std::string_view method, std::string_view path);

/// The fault kind of an operation.
std::string_view kind_of(operation what) noexcept;

}  // namespace sluice::inline v0::sandbox::snowpipe

#endif  // SLUICE_SANDBOX_SNOWPIPE_DETAIL_ROUTES_HPP
