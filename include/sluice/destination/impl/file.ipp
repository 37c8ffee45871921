#ifndef SLUICE_DESTINATION_IMPL_FILE_IPP
#define SLUICE_DESTINATION_IMPL_FILE_IPP

#include <sluice/destination/file.hpp>
#include <sluice/ledger/detail/file.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace sluice::inline v0 {

namespace detail {

[[nodiscard]] constexpr std::string_view suffix_of(codec c) noexcept {
  switch (c) {
    case codec::gzip:
      return ".gz";
    case codec::zstd:
      return ".zst";
    case codec::none:
      break;
  }
  return "";
}

}  // namespace detail

SLUICE_DECL file_session::file_session(environment const& env, file_config const& config)
    : transport_{env.transport},
      config_{config},
      prefix_{env.run_id + '-'},
      suffix_{std::string{"."}
                  .append(name_of(env.format.kind))
                  .append(detail::suffix_of(env.compression))} {}

SLUICE_DECL std::string file_session::name_of_payload(std::uint64_t sequence) const {
  std::string number = std::to_string(sequence);
  // Names sort like sequences up to a million of them.
  if (number.size() < 6) number.insert(0, 6 - number.size(), '0');
  return prefix_ + number + suffix_;
}

SLUICE_DECL result<void> file_session::prepare_directory() const {
  if (config_.directory.empty())
    return error{errc::invalid_configuration, "file: no directory is given; set config.directory"};
  if (config_.create_directory && ::mkdir(config_.directory.c_str(), 0700) != 0 && errno != EEXIST)
    return detail::file_error("create the directory", config_.directory);

  struct ::stat about {};

  if (::stat(config_.directory.c_str(), &about) != 0)
    return detail::file_error("find the directory", config_.directory);
  if (!S_ISDIR(about.st_mode))
    return error{errc::io, config_.directory + " is not a directory; choose another path"};
  if (::access(config_.directory.c_str(), W_OK | X_OK) != 0)
    return detail::file_error("write into", config_.directory);
  return success;
}

SLUICE_DECL result<void> file_session::write(payload const& p) const {
  std::string const name = name_of_payload(p.sequence);
  std::string const path = config_.directory + '/' + name;
  std::string const temporary = config_.directory + "/." + name + ".tmp";
  ::unlink(temporary.c_str());
  auto written = [&]() -> result<void> {
    auto opened = detail::append_file::create(temporary);
    if (!opened) return std::move(opened).error();
    for (chunk const& part : p.body)
      if (auto appended = opened->append(part.bytes()); !appended) return appended;
    if (auto synced = opened->sync(); !synced) return synced;
    return detail::rename_durably(temporary, path, config_.directory);
  }();
  if (!written) ::unlink(temporary.c_str());
  return written;
}

SLUICE_DECL task<resume_point> file_session::open() {
  auto const work = [this] { return prepare_directory(); };
  result<void> const prepared = co_await transport_.on_worker(work);
  if (!prepared) co_return prepared.error();
  co_return resume_point{};
}

SLUICE_DECL task<accepted> file_session::send(payload const& p, ack& a) {
  auto const work = [this, &p] { return write(p); };
  result<void> const written = co_await transport_.on_worker(work);
  if (!written) co_return written.error();
  a.confirm(p);
  co_return accepted{p.body.size()};
}

SLUICE_DECL task<void> file_session::flush(deadline) {
  co_return success;
}

SLUICE_DECL task<void> file_session::finish(deadline) {
  co_return success;
}

SLUICE_DECL task<recovery> file_session::recover(in_doubt const& d, ack& a) {
  auto const work = [this, &d] {
    std::string const name = name_of_payload(d.sequence);
    ::unlink((config_.directory + "/." + name + ".tmp").c_str());
    return ::access((config_.directory + '/' + name).c_str(), F_OK) == 0;
  };
  result<bool> const there = co_await transport_.on_worker(work);
  if (!there) co_return there.error();
  if (!*there) co_return recovery::absent;
  for (position_range const& rows : d.positions) a.confirm(rows);
  co_return recovery::settled;
}

}  // namespace sluice::inline v0

#endif  // SLUICE_DESTINATION_IMPL_FILE_IPP
