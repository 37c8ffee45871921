// sluice dlq: what is in the dead letters of loads, and loading it again.
//
// A load writes the records that it could not deliver to a file, with the reason. Once the cause is
// gone, this loads them without reading the source again, and nothing else.

#include "commands.hpp"
#include "destinations.hpp"
#include "shown_letters.hpp"

#include <sluice/auth/request_id.hpp>
#include <sluice/observe/format.hpp>
#include <sluice/source/dead_letter_summary.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace source = sluice::source;
using sluice::observe::count_text;

/// What a batch takes until the service has answered, for the estimate on the screen.
constexpr std::chrono::milliseconds time_per_batch{200};

struct settings : commands::load_settings {
  std::vector<std::string> files;
  bool unknown = false;
  bool yes = false;

  [[nodiscard]] source::dead_reasons reasons() const {
    return unknown ? source::every_reason : source::reasons_never_stored;
  }
};

std::string age_text(std::chrono::system_clock::time_point since) {
  auto const age = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now() - since);
  auto const days = std::chrono::duration_cast<std::chrono::hours>(age).count() / 24;
  return days < 2 ? sluice::observe::clock_text(age) : fmt::format("{} days", days);
}

void line(std::string_view label, std::string_view value, std::string_view more = {}) {
  fmt::print("{:<16}{:>12}{}{}\n", label, value, more.empty() ? "" : "  ", more);
}

std::string name_of(std::size_t reason) {
  return std::string{sluice::name_of(static_cast<sluice::dead_reason>(reason))};
}

void print_screen(source::dead_letter_summary const& s) {
  for (source::letter_file const& file : s.files)
    line("file",
         sluice::observe::bytes_text(file.bytes),
         file.path + (file.modified ? ", written " + age_text(*file.modified) + " ago" : ""));
  line("letters", count_text(s.all.letters), fmt::format("of {} runs", s.runs.size()));
  line("usable records", count_text(s.all.usable));
  if (s.not_letters != 0) line("broken lines", count_text(s.not_letters));
  line("batches",
       count_text(s.payloads),
       fmt::format("with {:.1f} letters on average", s.letters_per_payload()));
  for (std::size_t i = 0; i != s.by_reason.size(); ++i)
    if (source::letter_count const& of = s.by_reason[i]; of.letters != 0)
      line(name_of(i), count_text(of.letters), count_text(of.usable) + " usable");
  for (auto const& [code, letters] : s.by_code)
    line("code " + (code.empty() ? "(none)" : code), count_text(letters));
  if (s.first_error) fmt::print("not usable: {}\n", s.first_error->describe());
}

void print_plan(settings const& s,
                source::dead_letter_summary const& summary,
                source::letter_count const& chosen) {
  commands::batch_plan const plan = commands::plan_of(s);
  auto const batches_of = [](std::uint64_t count, std::uint64_t most) {
    return count / most + (count % most != 0 ? 1 : 0);
  };
  std::uint64_t const batches =
      std::max(batches_of(chosen.usable, plan.rows), batches_of(chosen.usable_bytes, plan.bytes));
  std::uint64_t const at_once = std::clamp<std::uint64_t>(batches, 1, plan.at_once);
  std::chrono::milliseconds const time = time_per_batch * batches / at_once;

  fmt::print("\n");
  line("to", s.to, "table " + s.table);
  line("records", count_text(chosen.usable));
  if (std::uint64_t const bad = chosen.letters - chosen.usable + summary.not_letters; bad != 0)
    line("unusable", count_text(bad), "go to the new dead letters");
  if (std::uint64_t const left = summary.all.letters - chosen.letters; left != 0)
    line("left out", count_text(left), "may have been stored, so --unknown may load them twice");
  line("batches", count_text(batches), fmt::format("{} at once", at_once));
  line("estimated time",
       sluice::observe::span_text(time),
       "at " + sluice::observe::span_text(time_per_batch) + " per batch");
}

/// Whether the user wants it, who is asked if there is one.
sluice::result<bool> confirmed(settings const& s) {
  if (s.yes) return true;
  if (::isatty(STDIN_FILENO) == 0)
    return sluice::error{sluice::errc::invalid_configuration,
                         "nothing is loaded: standard input is no terminal on which to ask; "
                         "say --yes"};
  fmt::print("type yes to load them: ");
  std::fflush(stdout);
  char answer[64] = {};
  return std::fgets(answer, sizeof answer, stdin) != nullptr && std::string_view{answer} == "yes\n";
}

int show(settings const& s) {
  auto const summary = source::summarize_dead_letters<flight>(s.files);
  if (!summary) return commands::fail(summary.error());
  print_screen(*summary);
  return summary->not_letters == 0 ? 0 : 1;
}

/// A journal counts items: it serves the run of these letters alone, and its id says so.
sluice::result<void> bind_journal(settings& s, commands::shown_letters const& letters) {
  auto const fingerprint = letters.fingerprint();
  if (!fingerprint) return fingerprint.error();
  s.run_prefix = s.replay_mark + *fingerprint + '-';
  s.run.run_id = s.run_prefix + sluice::make_uuid();
  return sluice::success;
}

int replay(settings& s) {
  auto letters = commands::shown_letters::read(s.files, s.reasons());
  if (!letters) return commands::fail(letters.error());
  std::uint64_t const items = letters->all_items();
  print_screen(letters->summary);
  print_plan(s, letters->summary, letters->summary.of(s.reasons()));
  if (items == 0) {
    fmt::print("there is nothing to load\n");
    return 0;
  }
  if (!s.run.journal.path.empty())
    if (auto bound = bind_journal(s, *letters); !bound) return commands::fail(bound.error());
  auto const wanted = confirmed(s);
  if (!wanted) return commands::fail(wanted.error());
  if (!*wanted) {
    fmt::print(stderr, "nothing is loaded: the answer was not yes\n");
    return 2;
  }

  commands::load_end const end = commands::load_flights(s, *letters);
  if (end.status == 2 || end.reached >= items) return end.status;
  // The load has ended early, or a file has become shorter; of these nothing is in any other file.
  fmt::print(stderr,
             "the last {} of {} letters were not tried; repeat the command if it had a "
             "--journal, else with a copy of these lines\n",
             items - end.reached,
             items);
  return 1;
}

void add_files(CLI::App& app, settings& s) {
  app.add_option("file", s.files, "dead letters, plain, gzip or zstd")
      ->required()
      ->check(CLI::ExistingFile);
}

/// A file that is named twice would be loaded twice.
void check_files(settings const& s) {
  for (std::size_t i = 0; i != s.files.size(); ++i)
    for (std::size_t k = 0; k != i; ++k)
      if (std::filesystem::equivalent(s.files[i], s.files[k]))
        throw CLI::ValidationError{"file", s.files[i] + " is named twice"};
}

/// Letters are read twice: to show them and to load them.
void check_regular(settings const& s) {
  for (std::string const& file : s.files)
    if (!std::filesystem::is_regular_file(file))
      throw CLI::ValidationError{"file",
                                 file +
                                     " is a pipe or device, which cannot be read twice; write "
                                     "what it gives to a file, and name that"};
}

}  // namespace

void commands::add_dlq(CLI::App& app, int& status) {
  auto* const dlq = app.add_subcommand("dlq", "The dead letters of loads")->require_subcommand(1);

  auto const shown = std::make_shared<settings>();
  auto* const show_command = dlq->add_subcommand("show", "Tells what is in them");
  add_files(*show_command, *shown);
  show_command->callback([shown, &status] {
    check_files(*shown);
    status = show(*shown);
  });

  auto const s = std::make_shared<settings>();
  auto* const replay_command = dlq->add_subcommand(
      "replay",
      "Loads their records again, those of the reason unknown excepted\n"
      "What fails again goes to a new file of dead letters; those that are read stay as they are,\n"
      "so a second replay of them loads their records twice. One that was cut off goes on when it\n"
      "is repeated with the same --journal (snowflake-bulk) and the same files, unchanged.");
  s->add_to(*replay_command);
  add_files(*replay_command, *s);
  replay_command->add_flag("--unknown",
                           s->unknown,
                           "also those of the reason unknown: the service may have stored them "
                           "already, so they may be there twice");
  replay_command->add_flag("--yes", s->yes, "load without asking");
  replay_command->callback([s, &status] {
    s->check();
    check_files(*s);
    check_regular(*s);
    status = replay(*s);
  });
}
