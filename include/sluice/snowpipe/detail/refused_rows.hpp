#ifndef SLUICE_SNOWPIPE_DETAIL_REFUSED_ROWS_HPP
#define SLUICE_SNOWPIPE_DETAIL_REFUSED_ROWS_HPP

/// \file
/// Finds the rows that a table of errors names among those that were sent. For bodies only.

#include <sluice/compress/codec_stream.hpp>
#include <sluice/config.hpp>
#include <sluice/destination/rejected_rows.hpp>
#include <sluice/ext/detail/json_reader.hpp>
#include <sluice/ledger/ack.hpp>
#include <sluice/snowpipe/channel.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice::inline v0::snowpipe::detail {

/// A refused row and its position.
struct found_row {
  position at = 0;
  rejection why;
};

/// A listed row names the tokens of its request, not its own; which one it was, its text says, up
/// to the order of its members. Each listed row is used once. Runs on a worker.
struct match_refused {
  rowset_list const& sent;
  std::vector<rejected_row> const& listed;

  result<std::vector<found_row>> operator()() const {
    namespace reader = sluice::detail::json_reader;

    struct wanted {
      rejected_row const* row;
      std::optional<boost::json::value> value;
      bool used = false;
    };

    std::vector<wanted> open;
    for (rejected_row const& one : listed) open.push_back({&one, reader::parse_json(one.record)});
    std::vector<found_row> found;
    for (auto const& r : sent) {
      result<std::string> const text =
          decompress(r->data.compression, r->data.body, r->data.raw_bytes);
      if (!text) return text.error();
      std::string_view rest = *text;
      for (std::uint64_t row = 0; !rest.empty(); ++row) {
        std::size_t const end = std::min(rest.find('\n'), rest.size());
        std::string_view const line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        std::optional<boost::json::value> value;
        bool parsed = false;
        for (wanted& one : open) {
          bool const elsewhere =
              (!one.row->last_token.empty() && (one.row->last_token < r->first_token)) ||
              (!one.row->first_token.empty() && one.row->first_token > r->last_token);
          if (one.used || elsewhere) continue;
          if (!parsed) value = reader::parse_json(line);
          parsed = true;
          bool const same = value && one.value ? *value == *one.value : line == one.row->record;
          if (!same) continue;
          one.used = true;
          found.push_back({r->data.position_of(row),
                           {dead_reason::rejected,
                            one.row->code,
                            plain_words(one.row->message),
                            one.row->column}});
          break;
        }
      }
    }
    return found;
  }
};

}  // namespace sluice::inline v0::snowpipe::detail

#endif  // SLUICE_SNOWPIPE_DETAIL_REFUSED_ROWS_HPP
