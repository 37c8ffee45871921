#ifndef SLUICE_DESTINATION_REJECTED_ROWS_HPP
#define SLUICE_DESTINATION_REJECTED_ROWS_HPP

#include <sluice/config.hpp>
#include <sluice/transport/task.hpp>

#include <functional>
#include <string>
#include <vector>

namespace sluice::inline v0 {

/// Rows that a service refused after it had accepted their request: which ones are asked for.
struct rejected_rows_query {
  std::string table;  ///< in stored spelling, in the destination's database and schema
  std::string pipe;
  std::string channel;
  std::string first_token;  ///< the offset tokens of the requests in question
  std::string last_token;
};

/// One of them, as a table of errors keeps it.
struct rejected_row {
  std::string first_token;  ///< of the request that held it
  std::string last_token;
  std::string code;
  std::string message;
  std::string column;
  std::string record;  ///< the row as it was sent
};

/// Reads a table of errors. Called on the transport thread; the query lives until the task ends.
using rejected_rows_reader =
    std::function<task<std::vector<rejected_row>>(rejected_rows_query const&)>;

}  // namespace sluice::inline v0

#endif  // SLUICE_DESTINATION_REJECTED_ROWS_HPP
