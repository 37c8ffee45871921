#ifndef SLUICE_SANDBOX_IMPL_OBJECT_STORE_IPP
#define SLUICE_SANDBOX_IMPL_OBJECT_STORE_IPP

#include <sluice/sandbox/detail/crypto.hpp>
#include <sluice/sandbox/detail/object_store.hpp>

#include <boost/json.hpp>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace sluice::inline v0::sandbox::detail {

namespace store_impl {

namespace json = boost::json;

inline std::string read_file(std::filesystem::path const& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void write_file(std::filesystem::path const& path, std::string_view bytes) {
  auto const unfinished = path.string() + ".tmp";
  {
    std::ofstream out(unfinished, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + unfinished);
  }
  std::filesystem::rename(unfinished, path);
}

inline std::string to_text(object_info const& info) {
  json::object metadata;
  for (auto const& [name, value] : info.metadata) metadata[name] = value;
  return json::serialize(json::object{
      {"key", info.key},
      {"size", info.size},
      {"etag", info.etag},
      {"content_type", info.content_type},
      {"content_encoding", info.content_encoding},
      {"last_modified", info.last_modified.time_since_epoch().count()},
      {"metadata", std::move(metadata)},
  });
}

inline object_info from_text(std::string_view text) {
  auto const value = json::parse(text);
  auto const& o = value.as_object();
  auto const get = [&](char const* name) { return json::value_to<std::string>(o.at(name)); };
  object_info out;
  out.key = get("key");
  out.size = o.at("size").to_number<std::uint64_t>();
  out.etag = get("etag");
  out.content_type = get("content_type");
  out.content_encoding = get("content_encoding");
  out.last_modified = std::chrono::system_clock::time_point(
      std::chrono::system_clock::duration(o.at("last_modified").to_number<std::int64_t>()));
  for (auto const& [name, v] : o.at("metadata").as_object()) {
    out.metadata.emplace_back(std::string(name), json::value_to<std::string>(v));
  }
  return out;
}

}  // namespace store_impl

object_store::object_store(std::filesystem::path directory) : directory_(std::move(directory)) {
  if (directory_.empty()) return;
  std::filesystem::create_directories(directory_);
  load();
}

void object_store::load() {
  for (auto const& file : std::filesystem::directory_iterator(directory_)) {
    if (file.path().extension() != ".meta") continue;
    try {
      object_info info = store_impl::from_text(store_impl::read_file(file.path()));
      std::string const key = info.key;
      entries_.emplace(key, entry{std::move(info), nullptr});
    } catch (std::exception const& e) {
      throw std::runtime_error("damaged stage file " + file.path().string() + ": " + e.what());
    }
  }
}

std::filesystem::path object_store::file_of(std::string_view key, char const* suffix) const {
  return directory_ / (sha256_hex(key) + suffix);
}

void object_store::put(object_info info, std::string bytes) {
  info.size = bytes.size();
  std::string const key = info.key;
  std::lock_guard const lock(guard_);
  entry stored{std::move(info), nullptr};
  if (directory_.empty()) {
    stored.bytes = std::make_shared<std::string const>(std::move(bytes));
  } else {
    store_impl::write_file(file_of(key, ".data"), bytes);
    store_impl::write_file(file_of(key, ".meta"), store_impl::to_text(stored.info));
  }
  entries_.insert_or_assign(key, std::move(stored));
}

std::optional<object_info> object_store::find(std::string_view key) const {
  std::lock_guard const lock(guard_);
  auto const found = entries_.find(key);
  return found == entries_.end() ? std::nullopt : std::optional(found->second.info);
}

std::shared_ptr<std::string const> object_store::bytes(std::string_view key) const {
  std::lock_guard const lock(guard_);
  auto const found = entries_.find(key);
  if (found == entries_.end()) return nullptr;
  if (directory_.empty()) return found->second.bytes;
  return std::make_shared<std::string const>(store_impl::read_file(file_of(key, ".data")));
}

bool object_store::remove(std::string_view key) {
  std::lock_guard const lock(guard_);
  auto const found = entries_.find(key);
  if (found == entries_.end()) return false;
  if (!directory_.empty()) {
    std::filesystem::remove(file_of(key, ".meta"));
    std::filesystem::remove(file_of(key, ".data"));
  }
  entries_.erase(found);
  return true;
}

std::vector<object_info> object_store::list(std::string_view prefix) const {
  std::lock_guard const lock(guard_);
  std::vector<object_info> out;
  for (auto at = entries_.lower_bound(prefix);
       at != entries_.end() && std::string_view(at->first).starts_with(prefix);
       ++at) {
    out.push_back(at->second.info);
  }
  return out;
}

std::string multipart_uploads::start(object_info info) {
  // The service's ids need no percent encoding, and drivers rely on it.
  std::string id = base64(random_bytes(48));
  for (char& c : id) c = c == '+' ? '.' : c == '/' ? '_' : c;
  std::lock_guard const lock(guard_);
  uploads_.emplace(id, upload{std::move(info), {}});
  return id;
}

bool multipart_uploads::add(std::string_view id, std::string_view key, int number, part p) {
  std::lock_guard const lock(guard_);
  auto const found = uploads_.find(id);
  if (found == uploads_.end() || found->second.info.key != key) return false;
  found->second.parts.insert_or_assign(number, std::move(p));
  return true;
}

std::optional<multipart_uploads::upload> multipart_uploads::find(std::string_view id,
                                                                 std::string_view key) const {
  std::lock_guard const lock(guard_);
  auto const found = uploads_.find(id);
  if (found == uploads_.end() || found->second.info.key != key) return std::nullopt;
  return found->second;
}

std::optional<multipart_uploads::upload> multipart_uploads::take(std::string_view id,
                                                                 std::string_view key) {
  std::lock_guard const lock(guard_);
  auto const found = uploads_.find(id);
  if (found == uploads_.end() || found->second.info.key != key) return std::nullopt;
  upload out = std::move(found->second);
  uploads_.erase(found);
  return out;
}

std::size_t multipart_uploads::open() const {
  std::lock_guard const lock(guard_);
  return uploads_.size();
}

void multipart_uploads::clear() {
  std::lock_guard const lock(guard_);
  uploads_.clear();
}

}  // namespace sluice::inline v0::sandbox::detail

#endif  // SLUICE_SANDBOX_IMPL_OBJECT_STORE_IPP
