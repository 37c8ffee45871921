#ifndef SLUICE_SNOWFLAKE_IMPL_RETENTION_IPP
#define SLUICE_SNOWFLAKE_IMPL_RETENTION_IPP

#include <sluice/snowflake/retention.hpp>
#include <sluice/transport/retry.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::inline v0::snowflake {

namespace detail {

/// `000000000042.csv.gz`, see `stage_file_name`.
inline bool named_like_ours(std::string_view name) noexcept {
  std::size_t const digits = name.find_first_not_of("0123456789");
  return digits != std::string_view::npos && digits >= 12 &&
         (name.substr(digits).starts_with(".csv") || name.substr(digits).starts_with(".json"));
}

}  // namespace detail

SLUICE_DECL std::vector<std::string> expired_runs(result_table const& listing,
                                                  std::chrono::system_clock::time_point now,
                                                  std::chrono::seconds retention,
                                                  std::string_view own_run) {
  std::map<std::string, bool, std::less<>> all_old;
  for (std::size_t row = 0; row != listing.rows.size(); ++row) {
    std::string const path = listing.at(row, "name").value_or("");
    std::size_t const end = path.rfind('/');
    if (end == std::string::npos) continue;
    std::size_t const begin = path.rfind('/', end == 0 ? 0 : end - 1);
    std::string const run =
        begin == std::string::npos ? path.substr(0, end) : path.substr(begin + 1, end - begin - 1);
    std::string const modified = listing.at(row, "last_modified").value_or("");
    auto const age_known = parse_http_date(modified);
    bool const old = detail::named_like_ours(std::string_view{path}.substr(end + 1)) && age_known &&
                     now - *age_known > retention;
    auto const [at, first] = all_old.emplace(run, old);
    if (!first) at->second = at->second && old;
  }
  std::vector<std::string> runs;
  for (auto const& [run, old] : all_old)
    if (old && !run.empty() && run != own_run) runs.push_back(run);
  return runs;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_RETENTION_IPP
