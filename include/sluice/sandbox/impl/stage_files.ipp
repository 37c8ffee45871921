#ifndef SLUICE_SANDBOX_IMPL_STAGE_FILES_IPP
#define SLUICE_SANDBOX_IMPL_STAGE_FILES_IPP

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/stage_files.hpp>
#include <sluice/sandbox/detail/text.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace sluice::inline v0::sandbox::detail {

namespace envelope_impl {

namespace json = boost::json;

/// Bytes as they are.
class plain_reader final : public sql::file_reader {
 public:
  explicit plain_reader(std::shared_ptr<std::string const> bytes) : bytes_(std::move(bytes)) {}

  std::size_t read(std::span<char> out) override {
    std::size_t const size = std::min(out.size(), bytes_->size() - at_);
    std::copy_n(bytes_->data() + at_, size, out.data());
    at_ += size;
    return size;
  }

 private:
  std::shared_ptr<std::string const> bytes_;
  std::size_t at_ = 0;
};

/// AES-CBC, a block of ciphertext at a time.
class decrypting_reader final : public sql::file_reader {
 public:
  decrypting_reader(std::shared_ptr<std::string const> bytes,
                    std::string_view key,
                    std::string_view iv)
      : bytes_(std::move(bytes)), cipher_(key, iv) {}

  std::size_t read(std::span<char> out) override {
    while (ready_.empty() && !finished_) decrypt_more();
    std::size_t const size = std::min(out.size(), ready_.size());
    std::copy_n(ready_.data(), size, out.data());
    ready_.erase(0, size);
    return size;
  }

 private:
  void decrypt_more() {
    constexpr std::size_t step = std::size_t{1} << 18;
    std::string_view const block = std::string_view(*bytes_).substr(at_, step);
    at_ += block.size();
    ready_ = cipher_.update(block);
    if (at_ < bytes_->size()) return;
    auto last = cipher_.finish();
    if (!last) throw sql::file_error("wrong padding: the ciphertext, its key or its IV is wrong");
    ready_ += *last;
    finished_ = true;
  }

  std::shared_ptr<std::string const> bytes_;
  aes_cbc_decryptor cipher_;
  std::string ready_;
  std::size_t at_ = 0;
  bool finished_ = false;
};

inline std::string metadata(object_info const& info, std::string_view name) {
  auto const found = std::find_if(info.metadata.begin(),
                                  info.metadata.end(),
                                  [&](auto const& entry) { return entry.first == name; });
  if (found == info.metadata.end()) {
    throw sql::file_error("the object has no metadata " + std::string(name));
  }
  return found->second;
}

inline std::string member(json::object const& description, char const* name) {
  auto const* value = description.if_contains(name);
  if (value == nullptr || !value->is_string()) {
    throw sql::file_error(std::string("matdesc has no text member ") + name);
  }
  return json::value_to<std::string>(*value);
}

/// Checks the material description and finds the master key it names.
inline stage_key master_key(std::string const& matdesc, key_ring const& keys) {
  boost::system::error_code error;
  json::value const parsed = json::parse(matdesc, error);
  if (error || !parsed.is_object()) throw sql::file_error("matdesc is not a JSON object");
  auto const& description = parsed.get_object();
  std::string const query_id = member(description, "queryId");
  std::string const smk_id = member(description, "smkId");
  std::string const key_size = member(description, "keySize");
  auto const key = keys.find(query_id);
  if (!key) throw sql::file_error("matdesc names unknown queryId " + query_id);
  if (smk_id != std::to_string(key->smk_id)) {
    throw sql::file_error("matdesc has smkId " + smk_id + ", the PUT was answered " +
                          std::to_string(key->smk_id));
  }
  if (key_size != std::to_string(key->master_key.size() * 8)) {
    throw sql::file_error("matdesc has keySize " + key_size + ", the stage master key has " +
                          std::to_string(key->master_key.size() * 8) + " bits");
  }
  return *key;
}

/// The file key out of its wrapping, with PKCS#7 verified.
inline std::string unwrap(std::string const& wrapped_text, std::string const& master) {
  auto const wrapped = from_base64(wrapped_text);
  if (!wrapped) throw sql::file_error("x-amz-key is not base64");
  if (wrapped->size() != master.size() + 16) {
    throw sql::file_error("x-amz-key holds " + std::to_string(wrapped->size()) +
                          " bytes, expected " + std::to_string(master.size() + 16));
  }
  auto const padded = aes_ecb_decrypt(master, *wrapped);
  if (!padded || padded->substr(master.size()) != std::string(16, '\x10')) {
    throw sql::file_error("x-amz-key does not unwrap with the stage master key");
  }
  return padded->substr(0, master.size());
}

}  // namespace envelope_impl

std::unique_ptr<sql::file_reader> open_envelope(object_info const& info,
                                                std::shared_ptr<std::string const> bytes,
                                                key_ring const& keys) {
  using namespace envelope_impl;
  std::string const wrapped = metadata(info, "x-amz-meta-x-amz-key");
  std::string const iv_text = metadata(info, "x-amz-meta-x-amz-iv");
  stage_key const master = master_key(metadata(info, "x-amz-meta-x-amz-matdesc"), keys);
  std::string const file_key = unwrap(wrapped, master.master_key);
  auto const iv = from_base64(iv_text);
  if (!iv || iv->size() != 16) throw sql::file_error("x-amz-iv is not base64 of 16 bytes");
  if (bytes->empty() || bytes->size() % 16 != 0) {
    throw sql::file_error("the ciphertext has " + std::to_string(bytes->size()) +
                          " bytes, not a multiple of 16");
  }
  return std::make_unique<decrypting_reader>(std::move(bytes), file_key, *iv);
}

key_ring::key_ring(std::filesystem::path file, std::int64_t first_smk_id)
    : file_(std::move(file)), next_(first_smk_id) {
  if (file_.empty()) return;
  std::ifstream in(file_);
  for (stage_key key; in >> key.query_id >> key.smk_id >> key.master_key;) {
    auto raw = from_base64(key.master_key);
    if (!raw) throw std::runtime_error("damaged key file " + file_.string());
    key.master_key = *std::move(raw);
    next_ = std::max(next_, key.smk_id + 1);
    keys_.emplace(key.query_id, key);
  }
}

stage_key key_ring::issue(std::string query_id, std::size_t key_bytes) {
  std::lock_guard const lock(guard_);
  stage_key out{std::move(query_id), next_++, random_bytes(key_bytes)};
  keys_.insert_or_assign(out.query_id, out);
  if (!file_.empty()) {
    std::ofstream(file_, std::ios::app)
        << out.query_id << ' ' << out.smk_id << ' ' << base64(out.master_key) << '\n';
  }
  return out;
}

std::optional<stage_key> key_ring::find(std::string_view query_id) const {
  std::lock_guard const lock(guard_);
  auto const found = keys_.find(query_id);
  return found == keys_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<sql::stored_file> object_files::list(std::string_view prefix) const {
  std::vector<sql::stored_file> out;
  for (auto& info : objects_.list(prefix)) {
    out.push_back({.key = std::move(info.key),
                   .size = static_cast<std::int64_t>(info.size),
                   .etag = std::move(info.etag),
                   .last_modified = info.last_modified});
  }
  return out;
}

std::unique_ptr<sql::file_reader> object_files::open(std::string_view key, bool encrypted) const {
  auto const info = objects_.find(key);
  auto bytes = objects_.bytes(key);
  if (!info || !bytes) throw sql::file_error("does not exist");
  if (encrypted && client_encrypts_) return open_envelope(*info, std::move(bytes), keys_);
  return std::make_unique<envelope_impl::plain_reader>(std::move(bytes));
}

bool object_files::remove(std::string_view key) {
  return objects_.remove(key);
}

namespace directory_impl {

/// `..` in a path or in a file's name would leave the stage.
inline std::filesystem::path below(std::filesystem::path const& root, std::string_view key) {
  for (auto const part : split(key, '/')) {
    if (part == "..") throw sql::file_error("'..' is not possible in a LOCAL_FS stage path");
  }
  return root / std::filesystem::path(key);
}

class stream_reader final : public sql::file_reader {
 public:
  explicit stream_reader(std::filesystem::path const& path) : in_(path, std::ios::binary) {
    if (!in_) throw sql::file_error("does not exist");
  }

  std::size_t read(std::span<char> out) override {
    in_.read(out.data(), static_cast<std::streamsize>(out.size()));
    return static_cast<std::size_t>(in_.gcount());
  }

 private:
  std::ifstream in_;
};

}  // namespace directory_impl

std::vector<sql::stored_file> directory_files::list(std::string_view prefix) const {
  namespace fs = std::filesystem;
  std::vector<sql::stored_file> out;
  // The prefix ends anywhere in a name: walk from the last whole directory in it.
  auto const slash = prefix.rfind('/');
  std::string_view const parent =
      slash == std::string_view::npos ? std::string_view{} : prefix.substr(0, slash);
  std::error_code error;
  fs::recursive_directory_iterator at(directory_impl::below(root_, parent), error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    // Clients rename and remove files of LOCAL_FS stages while others list them; directories stay.
    std::error_code gone;
    auto const written = fs::last_write_time(at->path(), gone);
    auto const size = static_cast<std::int64_t>(gone ? 0 : fs::file_size(at->path(), gone));
    if (gone) continue;  // or no file at all
    std::string key = at->path().lexically_relative(root_).generic_string();
    if (!std::string_view(key).starts_with(prefix)) continue;
    auto const ticks = written.time_since_epoch().count();
    out.push_back(
        {.key = std::move(key),
         .size = size,
         .etag = hex(md5(std::to_string(size) + '/' + std::to_string(ticks))),
         .last_modified = std::chrono::time_point_cast<std::chrono::system_clock::duration>(
             std::chrono::file_clock::to_sys(written))});
  }
  std::sort(out.begin(), out.end(), [](auto const& a, auto const& b) { return a.key < b.key; });
  return out;
}

std::unique_ptr<sql::file_reader> directory_files::open(std::string_view key,
                                                        bool /*encrypted*/) const {
  return std::make_unique<directory_impl::stream_reader>(directory_impl::below(root_, key));
}

bool directory_files::remove(std::string_view key) {
  std::error_code error;
  return std::filesystem::remove(directory_impl::below(root_, key), error);
}

void directory_files::stage_created(std::string_view prefix) {
  make_directory(prefix);
}

std::filesystem::path directory_files::make_directory(std::string_view prefix) const {
  auto out = directory_impl::below(root_, prefix);
  std::filesystem::create_directories(out);
  return out;
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_STAGE_FILES_IPP
