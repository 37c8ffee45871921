#ifndef SLUICE_SNOWPIPE_ELASTIC_HPP
#define SLUICE_SNOWPIPE_ELASTIC_HPP

#include <sluice/config.hpp>
#include <sluice/destination/destination.hpp>
#include <sluice/snowpipe/ingest.hpp>
#include <sluice/snowpipe/streaming_config.hpp>

#include <string>

namespace sluice::inline v0::snowpipe {

/// The stream that a table or pipe has for writers who need no order: no open, no tokens, any
/// number of requests at once. Transport thread only; must outlive its calls.
class elastic_channel {
 public:
  elastic_channel(environment const& env, streaming_config config, streaming_names names);

  /// Errors: sluice::errc::invalid_configuration; errc::login_refused.
  [[nodiscard]] task<resume_point> open();

  /// Ends when the service holds the rows for good; then they are confirmed. An attempt says how
  /// many were before it: above 0 rows may be there twice.
  /// Errors: sluice::errc::payload_too_large; errc::object_missing, errc::request_refused
  /// (permanent); sluice::errc::outcome_unknown after retries.
  [[nodiscard]] task<accepted> append(payload const& p, ack& verdicts);

 private:
  struct attempt;

  environment env_;
  streaming_config config_;
  streaming_names names_;
  std::string target_;
  ingest ingest_;
};

}  // namespace sluice::inline v0::snowpipe

#ifndef SLUICE_SEPARATE_COMPILATION
#include <sluice/snowpipe/impl/elastic.ipp>
#endif

#endif  // SLUICE_SNOWPIPE_ELASTIC_HPP
