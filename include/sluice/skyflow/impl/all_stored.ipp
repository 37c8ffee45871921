#ifndef SLUICE_SKYFLOW_IMPL_ALL_STORED_IPP
#define SLUICE_SKYFLOW_IMPL_ALL_STORED_IPP

#include <sluice/ext/detail/json_reader.hpp>
#include <sluice/skyflow/detail/all_stored.hpp>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/string_view.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::inline v0::skyflow::detail {

/// Counts the stored records of an answer as it is parsed; gives up at the first thing that is
/// unlike `{"records":[{"skyflow_id":"...","tokens":...},...]}`.
class stored_counter {
 public:
  using code = boost::json::error_code;
  using text = boost::json::string_view;

  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  [[nodiscard]] std::size_t stored() const noexcept { return stored_; }

  bool on_document_begin(code&) { return true; }

  bool on_document_end(code&) { return true; }

  bool on_object_begin(code& e) {
    bool const expected = depth_ == document || depth_ == list || key_ == key::other;
    has_id_ = has_id_ && depth_ != list;
    ++depth_;
    return expected || give_up(e);
  }

  bool on_object_end(std::size_t, code& e) {
    --depth_;
    if (depth_ == document) return has_records_ || give_up(e);
    if (depth_ != list) return true;
    ++stored_;
    return has_id_ || give_up(e);
  }

  bool on_array_begin(code& e) {
    bool const expected =
        depth_ == root ? key_ == key::records : depth_ > list && key_ == key::other;
    ++depth_;
    return expected || give_up(e);
  }

  bool on_array_end(std::size_t, code&) {
    --depth_;
    return true;
  }

  // A key with an escape comes in parts; whether it is one that counts is left to the slow way.
  bool on_key_part(text, std::size_t, code& e) { return depth_ > record || give_up(e); }

  bool on_key(text part, std::size_t, code& e) {
    if (depth_ > record) return true;
    std::string_view const name{part.data(), part.size()};
    key_ = key::other;
    if (depth_ == root) {
      if (name == "records" && !has_records_) key_ = key::records;
      has_records_ = true;
      return key_ == key::records || give_up(e);
    }
    if (name == "error" || name == "httpCode") return give_up(e);
    if (name == "skyflow_id" || name == "skyflowID") {
      if (has_id_) return give_up(e);
      key_ = key::id;
    }
    return true;
  }

  bool on_string_part(text, std::size_t, code& e) { return depth_ != list || give_up(e); }

  bool on_string(text, std::size_t size, code& e) {
    if (depth_ > record) return true;
    if (depth_ < record || (key_ == key::id && size == 0)) return give_up(e);
    has_id_ = has_id_ || key_ == key::id;
    return true;
  }

  bool on_number_part(text, code& e) { return scalar(e); }

  bool on_int64(std::int64_t, text, code& e) { return scalar(e); }

  bool on_uint64(std::uint64_t, text, code& e) { return scalar(e); }

  bool on_double(double, text, code& e) { return scalar(e); }

  bool on_bool(bool, code& e) { return scalar(e); }

  bool on_null(code& e) { return scalar(e); }

  bool on_comment_part(text, code& e) { return give_up(e); }

  bool on_comment(text, code& e) { return give_up(e); }

 private:
  enum class key : unsigned char { other, records, id };

  // How many values are open: nothing, the answer, its list, a record of it.
  static constexpr std::size_t document = 0;
  static constexpr std::size_t root = 1;
  static constexpr std::size_t list = 2;
  static constexpr std::size_t record = 3;

  static bool give_up(code& e) {
    e = boost::json::make_error_code(boost::json::error::syntax);
    return false;
  }

  bool scalar(code& e) const {
    return depth_ > record || (depth_ == record && key_ == key::other) || give_up(e);
  }

  std::size_t depth_ = document;
  std::size_t stored_ = 0;
  key key_ = key::other;  ///< of the answer or a record, whose value comes next
  bool has_records_ = false;
  bool has_id_ = false;
};

SLUICE_DECL bool all_stored(std::string_view body, std::size_t rows) {
  boost::json::basic_parser<stored_counter> parser(sluice::detail::json_reader::bounded_options());
  boost::json::error_code failure;
  std::size_t const read = parser.write_some(false, body.data(), body.size(), failure);
  return !failure && read == body.size() && parser.handler().stored() == rows;
}

}  // namespace sluice::inline v0::skyflow::detail

#endif  // SLUICE_SKYFLOW_IMPL_ALL_STORED_IPP
