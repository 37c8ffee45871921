#include "../flight.hpp"
#include "shown_letters.hpp"

#include <sluice/auth/digest.hpp>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <numeric>
#include <string_view>
#include <utility>

namespace {

namespace source = sluice::source;

void add(source::letter_count& to, source::letter_count const& more) {
  to.letters += more.letters;
  to.usable += more.usable;
  to.usable_bytes += more.usable_bytes;
}

void add(source::dead_letter_summary& to, source::dead_letter_summary more) {
  to.files.insert(to.files.end(), more.files.begin(), more.files.end());
  add(to.all, more.all);
  for (std::size_t i = 0; i != to.by_reason.size(); ++i) add(to.by_reason[i], more.by_reason[i]);
  for (auto const& [code, letters] : more.by_code) to.by_code[code] += letters;
  to.runs.merge(more.runs);
  to.payloads += more.payloads;
  to.sent += more.sent;
  to.not_letters += more.not_letters;
  if (!to.first_error) to.first_error = std::move(more.first_error);
}

/// A digest of parts, of which each is as long as those before it say.
class digest {
 public:
  void add(std::string_view part) {
    auto const next = sluice::sha256(so_far_.append(part));
    so_far_ = sluice::as_text(next);
  }

  [[nodiscard]] std::string text() const {
    return sluice::to_hex(sluice::sha256(so_far_)).substr(0, 16);
  }

 private:
  std::string so_far_;
};

}  // namespace

sluice::result<commands::shown_letters> commands::shown_letters::read(
    std::vector<std::string> const& paths, source::dead_reasons reasons) {
  shown_letters shown{.reasons = reasons};
  for (std::string const& path : paths) {
    auto of_file = source::summarize_dead_letters<flight>({path});
    if (!of_file) return of_file.error();
    shown.items.push_back(of_file->of(reasons).letters + of_file->not_letters);
    add(shown.summary, *std::move(of_file));
  }
  return shown;
}

std::uint64_t commands::shown_letters::all_items() const {
  return std::accumulate(items.begin(), items.end(), std::uint64_t{0});
}

sluice::result<std::string> commands::shown_letters::fingerprint() const {
  digest of;
  for (std::size_t i = 0; i != reasons.size(); ++i) of.add(sluice::name_of(reasons.at(i)));
  std::string block(1 << 20, '\0');
  for (source::letter_file const& file : summary.files) {
    of.add(std::to_string(file.bytes));
    std::ifstream in{file.path, std::ios::binary};
    for (std::uint64_t left = file.bytes; left != 0;) {
      std::size_t const size = std::min<std::uint64_t>(left, block.size());
      if (!in.read(block.data(), static_cast<std::streamsize>(size)))
        return sluice::error{
            sluice::errc::io,
            "cannot read " + file.path + " to the end that it had; repeat the command"};
      of.add(std::string_view{block}.substr(0, size));
      left -= size;
    }
  }
  return of.text();
}
