#ifndef SLUICE_SNOWFLAKE_IMPL_VERDICTS_IPP
#define SLUICE_SNOWFLAKE_IMPL_VERDICTS_IPP

#include <sluice/snowflake/verdicts.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sluice::inline v0::snowflake {

namespace detail {

/// Calls `f` with the position ranges of rows [first, last) of the file.
template<class F>
void for_each_range(staged_file const& file, std::uint64_t first, std::uint64_t last, F f) {
  std::uint64_t row = 0;
  for (position_range const& range : file.positions) {
    std::uint64_t const begin = std::max(first, row);
    std::uint64_t const end = std::min(last, row + range.count);
    if (begin < end) f(position_range{range.first + (begin - row), end - begin});
    row += range.count;
  }
}

/// Rejects the rows of `errors` and treats the runs of rows between them with `others`.
template<class F>
void split_rows(staged_file const& file,
                std::span<row_error const> errors,
                std::vector<bare_rows>& bare,
                F others) {
  std::uint64_t next = 0;
  for (row_error const& e : errors) {
    if (next != e.row) others(next, e.row);
    if (e.record.empty())
      bare.push_back({e.row, e.row + 1, e.why});
    else
      file.verdicts->reject(position_of(file, e.row), e.why, e.record);
    next = e.row + 1;
  }
  if (next != file.rows) others(next, file.rows);
}

inline rejection unreconciled(staged_file const& file,
                              file_result const& result,
                              std::size_t named) {
  return {dead_reason::unknown,
          {},
          "COPY's figures for stage file " + file.name + " do not add up: sent " +
              std::to_string(file.rows) + " rows, parsed " + std::to_string(result.rows_parsed) +
              ", loaded " + std::to_string(result.rows_loaded) + ", refused by name " +
              std::to_string(named) + "; compare the table with the stage file before a replay",
          {}};
}

}  // namespace detail

SLUICE_DECL position position_of(staged_file const& file, std::uint64_t row) noexcept {
  position at = 0;
  detail::for_each_range(file, row, row + 1, [&](position_range range) { at = range.first; });
  return at;
}

SLUICE_DECL std::vector<position_range> ranges_of(staged_file const& file, bare_rows const& bare) {
  std::vector<position_range> ranges;
  detail::for_each_range(
      file, bare.first, bare.end, [&](position_range rows) { ranges.push_back(rows); });
  return ranges;
}

SLUICE_DECL void reject_rows(staged_file const& file, bare_rows const& bare) {
  for (position_range const& rows : ranges_of(file, bare)) file.verdicts->reject(rows, bare.why);
}

SLUICE_DECL file_end give_verdicts(staged_file const& file,
                                   file_result const& result,
                                   std::span<row_error const> errors,
                                   std::vector<bare_rows>& bare) {
  auto const confirm = [&](std::uint64_t first, std::uint64_t end) {
    detail::for_each_range(
        file, first, end, [&](position_range rows) { file.verdicts->confirm(rows); });
  };
  auto const report = [&](rejection const& why) {
    return [&bare, &why](std::uint64_t first, std::uint64_t end) {
      bare.push_back({first, end, why});
    };
  };
  bool const named_ones_exist = errors.empty() || errors.back().row < file.rows;
  if (result.status == load_status::failed && named_ones_exist) {
    // Nothing was loaded: the rows that are not at fault shared a file with those that are.
    std::string words = "not loaded, because its stage file " + file.name + " was refused";
    if (errors.empty()) words += ": " + without_values(result.first_error);
    rejection const why{dead_reason::rejected, {}, std::move(words), {}};
    detail::split_rows(file, errors, bare, report(why));
    return file_end::some_refused;
  }
  bool const adds_up = named_ones_exist && result.rows_parsed == file.rows &&
                       result.rows_loaded + errors.size() == file.rows;
  if (!adds_up) {
    rejection const why = detail::unreconciled(file, result, errors.size());
    detail::split_rows(file, named_ones_exist ? errors : errors.first(0), bare, report(why));
    return file_end::unreconciled;
  }
  detail::split_rows(file, errors, bare, confirm);
  return errors.empty() ? file_end::all_loaded : file_end::some_refused;
}

}  // namespace sluice::inline v0::snowflake

#endif  // SLUICE_SNOWFLAKE_IMPL_VERDICTS_IPP
