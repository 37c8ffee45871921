// Encoders of text, composed from schemas, against code written by hand for one record and against
// fmt, in one run on one core.
//
//     bench_encode [SECONDS PER FIGURE]
//
// Each figure is the best of many short rounds in processor time, and the rounds of all contestants
// alternate, so that a busy machine disturbs all of them alike. Ratios are what counts; those of
// flights in CSV have limits.
#include "../limits.hpp"

#include <sluice/encode/csv.hpp>
#include <sluice/encode/encode.hpp>
#include <sluice/encode/ndjson.hpp>
#include <sluice/schema/schema.hpp>

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sluice;

struct flight {
  timestamp<sluice::seconds> at;
  std::int32_t delay;
  std::int32_t distance;
  std::string origin;
  std::string destination;
};

struct order {
  std::int64_t id;
  std::int32_t customer;
  std::string status;
  decimal<12, 2> amount;
  double weight;
  std::int32_t quantity;
  bool paid;
  timestamp<micros> created;
  date day;
  std::optional<std::string> note;
  std::string product;
};

}  // namespace

template<>
struct sluice::schema<flight> : columns<flight,
                                        column<"DATE", &flight::at>,
                                        column<"DELAY", &flight::delay>,
                                        column<"DISTANCE", &flight::distance>,
                                        column<"ORIGIN", &flight::origin>,
                                        column<"DESTINATION", &flight::destination>> {};

template<>
struct sluice::schema<order> : columns<order,
                                       column<"ID", &order::id>,
                                       column<"CUSTOMER", &order::customer>,
                                       column<"STATUS", &order::status>,
                                       column<"AMOUNT", &order::amount>,
                                       column<"WEIGHT", &order::weight>,
                                       column<"QUANTITY", &order::quantity>,
                                       column<"PAID", &order::paid>,
                                       column<"CREATED", &order::created>,
                                       column<"DAY", &order::day>,
                                       column<"NOTE", &order::note>,
                                       column<"PRODUCT", &order::product>> {};

namespace {

constexpr std::size_t record_count = 20'000;
constexpr std::size_t segment_bytes = 4u << 20;

std::vector<flight> make_flights() {
  std::mt19937 random{2001};
  std::vector<flight> all(record_count);
  auto const airport = [&] {
    std::string code(3, 'A');
    for (char& c : code) c = static_cast<char>('A' + random() % 26);
    return code;
  };
  for (flight& f : all) {
    f.at.ticks = 978'307'200 + static_cast<std::int64_t>(random() % 15'000'000);
    f.delay = static_cast<std::int32_t>(random() % 200) - 40;
    f.distance = static_cast<std::int32_t>(random() % 3'000);
    f.origin = airport();
    f.destination = airport();
  }
  return all;
}

std::vector<order> make_orders() {
  std::mt19937_64 random{11};
  std::vector<order> all(record_count);
  std::int64_t id = 1'000'000;
  for (order& o : all) {
    o.id = ++id;
    o.customer = static_cast<std::int32_t>(random() % 1'000'000);
    o.status = random() % 2 != 0 ? "SHIPPED" : "PENDING";
    o.amount = decimal<12, 2>::from_unscaled(static_cast<std::int64_t>(random() % 1'000'000));
    o.weight = static_cast<double>(random() % 100'000) / 1'000;
    o.quantity = static_cast<std::int32_t>(1 + random() % 20);
    o.paid = random() % 2 != 0;
    o.created.ticks =
        1'700'000'000'000'000 + static_cast<std::int64_t>(random() % 30'000'000'000'000);
    o.day = date{19'000 + static_cast<std::int32_t>(random() % 800)};
    if (random() % 4 == 0) o.note = "leave at the \"back\" door";
    o.product = "SKU-" + std::to_string(random() % 100'000) + " stainless steel bottle";
  }
  return all;
}

// Written by hand for this record and this format: the same writers of numbers and text, the
// literals and the order of calls spelled out.
struct by_hand {
  static char* lit(char* out, std::string_view text) {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
  }

  template<class Escape>
  static char* text(char* out, std::string_view value, bool& ok) {
    detail::written_text const done = detail::put_text<Escape>(out, value);
    ok = ok && done.utf8;
    return done.end;
  }

  template<class Escape>
  static std::size_t bound(std::string_view value) {
    return Escape::longest * value.size();
  }

  static bool csv(flight const& f, segment& s) {
    using escape = detail::csv_escape<'"'>;
    if (s.room() < 96 + bound<escape>(f.origin) + bound<escape>(f.destination)) return false;
    bool ok = detail::check_timestamp(f.at) == nullptr;
    char* out = detail::put_timestamp(s.cursor(), f.at);
    *out++ = ',';
    out = detail::put_int(out, f.delay);
    *out++ = ',';
    out = detail::put_int(out, f.distance);
    out = lit(out, ",\"");
    out = text<escape>(out, f.origin, ok);
    out = lit(out, "\",\"");
    out = text<escape>(out, f.destination, ok);
    out = lit(out, "\"\n");
    if (!ok) return false;
    s.commit(out);
    return true;
  }

  static bool ndjson(flight const& f, segment& s) {
    using escape = detail::json_escape;
    if (s.room() < 160 + bound<escape>(f.origin) + bound<escape>(f.destination)) return false;
    bool ok = detail::check_timestamp(f.at) == nullptr;
    char* out = lit(s.cursor(), "{\"DATE\":\"");
    out = detail::put_timestamp(out, f.at);
    out = lit(out, "\",\"DELAY\":");
    out = detail::put_int(out, f.delay);
    out = lit(out, ",\"DISTANCE\":");
    out = detail::put_int(out, f.distance);
    out = lit(out, ",\"ORIGIN\":\"");
    out = text<escape>(out, f.origin, ok);
    out = lit(out, "\",\"DESTINATION\":\"");
    out = text<escape>(out, f.destination, ok);
    out = lit(out, "\"}\n");
    if (!ok) return false;
    s.commit(out);
    return true;
  }

  static bool csv(order const& o, segment& s) {
    using escape = detail::csv_escape<'"'>;
    std::size_t const note = o.note ? bound<escape>(*o.note) : 0;
    if (s.room() < 300 + bound<escape>(o.status) + note + bound<escape>(o.product)) return false;
    bool ok = detail::check_timestamp(o.created) == nullptr &&
              detail::check_date(o.day.days, detail::bad_date) == nullptr;
    char* out = detail::put_int(s.cursor(), o.id);
    *out++ = ',';
    out = detail::put_int(out, o.customer);
    out = lit(out, ",\"");
    out = text<escape>(out, o.status, ok);
    out = lit(out, "\",");
    out = detail::put_decimal(out, o.amount);
    *out++ = ',';
    out = detail::put_float(out, o.weight);
    *out++ = ',';
    out = detail::put_int(out, o.quantity);
    *out++ = ',';
    std::memcpy(out, o.paid ? "true\0" : "false", 5);
    out += o.paid ? 4 : 5;
    *out++ = ',';
    out = detail::put_timestamp(out, o.created);
    *out++ = ',';
    out = detail::put_date(out, o.day);
    *out++ = ',';
    if (o.note) {
      *out++ = '"';
      out = text<escape>(out, *o.note, ok);
      *out++ = '"';
    }
    out = lit(out, ",\"");
    out = text<escape>(out, o.product, ok);
    out = lit(out, "\"\n");
    if (!ok) return false;
    s.commit(out);
    return true;
  }

  static bool ndjson(order const& o, segment& s) {
    using escape = detail::json_escape;
    std::size_t const note = o.note ? bound<escape>(*o.note) : 0;
    if (s.room() < 400 + bound<escape>(o.status) + note + bound<escape>(o.product)) return false;
    bool ok = detail::check_timestamp(o.created) == nullptr &&
              detail::check_date(o.day.days, detail::bad_date) == nullptr;
    char* out = lit(s.cursor(), "{\"ID\":");
    out = detail::put_int(out, o.id);
    out = lit(out, ",\"CUSTOMER\":");
    out = detail::put_int(out, o.customer);
    out = lit(out, ",\"STATUS\":\"");
    out = text<escape>(out, o.status, ok);
    out = lit(out, "\",\"AMOUNT\":");
    out = detail::put_decimal(out, o.amount);
    out = lit(out, ",\"WEIGHT\":");
    out = detail::put_float(out, o.weight);
    out = lit(out, ",\"QUANTITY\":");
    out = detail::put_int(out, o.quantity);
    out = lit(out, ",\"PAID\":");
    std::memcpy(out, o.paid ? "true\0" : "false", 5);
    out += o.paid ? 4 : 5;
    out = lit(out, ",\"CREATED\":\"");
    out = detail::put_timestamp(out, o.created);
    out = lit(out, "\",\"DAY\":\"");
    out = detail::put_date(out, o.day);
    if (o.note) {
      out = lit(out, "\",\"NOTE\":\"");
      out = text<escape>(out, *o.note, ok);
      out = lit(out, "\",\"PRODUCT\":\"");
    } else {
      out = lit(out, "\",\"NOTE\":null,\"PRODUCT\":\"");
    }
    out = text<escape>(out, o.product, ok);
    out = lit(out, "\"}\n");
    if (!ok) return false;
    s.commit(out);
    return true;
  }
};

// The usual way: fmt with compiled format strings, one call per column (one call per row takes
// several times as long: fmt packs all arguments again for each field with a width). Text is
// escaped by a loop, and only if it has to be.
struct by_fmt {
  template<class Format, class... Values>
  static char* put(char* out, Format const& format, Values const&... values) {
    return fmt::format_to(out, format, values...);
  }

  static char* text(char* out, std::string_view value, bool json) {
    bool plain = true;
    for (char const c : value)
      plain = plain && c != '"' && (!json || (c != '\\' && static_cast<unsigned char>(c) >= ' '));
    if (plain) return put(out, FMT_COMPILE("{}"), value);
    for (char const c : value) {
      if (c == '"' || (json && c == '\\')) *out++ = json ? '\\' : '"';
      *out++ = c;
    }
    return out;
  }

  static char* day(char* out, std::int32_t days) {
    civil_date const d = civil_from_days(days);
    out = put(out, FMT_COMPILE("{:04}-"), d.year);
    out = put(out, FMT_COMPILE("{:02}-"), d.month);
    return put(out, FMT_COMPILE("{:02}"), d.day);
  }

  static char* time(char* out, std::int64_t seconds_since_epoch) {
    auto const split = detail::split_days<sluice::seconds>(seconds_since_epoch);
    auto const second = static_cast<std::uint32_t>(split.rest);
    out = day(out, static_cast<std::int32_t>(split.days));
    out = put(out, FMT_COMPILE(" {:02}:"), second / 3'600);
    out = put(out, FMT_COMPILE("{:02}:"), second / 60 % 60);
    return put(out, FMT_COMPILE("{:02}"), second % 60);
  }

  static bool write(flight const& f, segment& s, bool json) {
    if (s.room() < 200 + 2 * (f.origin.size() + f.destination.size())) return false;
    char* out = s.cursor();
    if (json) out = put(out, FMT_COMPILE("{{\"DATE\":\""));
    out = time(out, f.at.ticks);
    out = json ? put(out,
                     FMT_COMPILE("\",\"DELAY\":{},\"DISTANCE\":{},\"ORIGIN\":\""),
                     f.delay,
                     f.distance)
               : put(out, FMT_COMPILE(",{},{},\""), f.delay, f.distance);
    out = text(out, f.origin, json);
    out = json ? put(out, FMT_COMPILE("\",\"DESTINATION\":\"")) : put(out, FMT_COMPILE("\",\""));
    out = text(out, f.destination, json);
    out = json ? put(out, FMT_COMPILE("\"}}\n")) : put(out, FMT_COMPILE("\"\n"));
    s.commit(out);
    return true;
  }

  static bool write(order const& o, segment& s, bool json) {
    if (s.room() < 400 + 2 * (o.status.size() + o.product.size() + (o.note ? o.note->size() : 0)))
      return false;
    std::int64_t const unscaled = o.amount.unscaled();
    char* out = s.cursor();
    out = json
              ? put(out, FMT_COMPILE("{{\"ID\":{},\"CUSTOMER\":{},\"STATUS\":\""), o.id, o.customer)
              : put(out, FMT_COMPILE("{},{},\""), o.id, o.customer);
    out = text(out, o.status, json);
    out = json ? put(out, FMT_COMPILE("\",\"AMOUNT\":{}."), unscaled / 100)
               : put(out, FMT_COMPILE("\",{}."), unscaled / 100);
    out = put(out, FMT_COMPILE("{:02}"), unscaled % 100);
    out = json ? put(out,
                     FMT_COMPILE(",\"WEIGHT\":{},\"QUANTITY\":{},\"PAID\":{},\"CREATED\":\""),
                     o.weight,
                     o.quantity,
                     o.paid)
               : put(out, FMT_COMPILE(",{},{},{},"), o.weight, o.quantity, o.paid);
    out = time(out, o.created.ticks / 1'000'000);
    out = put(out, FMT_COMPILE(".{:06}"), o.created.ticks % 1'000'000);
    out = json ? put(out, FMT_COMPILE("\",\"DAY\":\"")) : put(out, FMT_COMPILE(","));
    out = day(out, o.day.days);
    out = json ? put(out, FMT_COMPILE("\",\"NOTE\":")) : put(out, FMT_COMPILE(","));
    if (o.note) {
      *out++ = '"';
      out = text(out, *o.note, json);
      *out++ = '"';
    } else if (json) {
      out = put(out, FMT_COMPILE("null"));
    }
    out = json ? put(out, FMT_COMPILE(",\"PRODUCT\":\"")) : put(out, FMT_COMPILE(",\""));
    out = text(out, o.product, json);
    out = json ? put(out, FMT_COMPILE("\"}}\n")) : put(out, FMT_COMPILE("\"\n"));
    s.commit(out);
    return true;
  }
};

struct contestant {
  char const* name;
  std::function<std::string()> output;  // of all records, for comparison
  std::function<void()> round;          // encodes all records once
  double best = 1e300;                  // seconds per round
};

// One call per row for every contestant: which of them a compiler makes part of the loop depends on
// their sizes, and was worth up to 12 %.
template<class Append, class Record>
[[gnu::noinline]] bool append_row(Append const& append, Record const& r, segment& s) {
  return append(r, s);
}

// A round reuses one segment, as the loader reuses its own.
template<class Record, class Append>
contestant make(char const* name, std::vector<Record> const& records, Append append) {
  auto const room = std::make_shared<segment>(segment_bytes);
  auto const run = [&records, append, room](auto&& on_full) {
    for (Record const& r : records) {
      if (append_row(append, r, *room)) continue;
      on_full();
      room->reset();
      if (!append_row(append, r, *room)) std::abort();
    }
    on_full();
    room->reset();
  };
  return {name,
          [run, room] {
            std::string all;
            run([&] { all.append(room->data(), room->committed().bytes); });
            return all;
          },
          [run] { run([] {}); }};
}

template<class Format, class Record>
contestant composed(std::vector<Record> const& records) {
  return make("composed", records, [](Record const& r, segment& s) {
    return encoder_for<Format, Record>{}.append(r, s);
  });
}

/// Composed against by hand, and by hand against fmt.
struct ratios {
  double composed;
  double by_hand;
};

ratios race(char const* title, std::vector<contestant> all, double seconds_each) {
  using clock = std::chrono::steady_clock;
  std::string const expected = all.front().output();
  for (contestant const& c : all) {
    if (c.output() == expected) continue;
    std::fprintf(stderr, "%s: %s writes other bytes than %s\n", title, c.name, all.front().name);
    std::exit(1);
  }
  auto const until =
      clock::now() + std::chrono::duration<double>(seconds_each * static_cast<double>(all.size()));
  while (clock::now() < until) {
    for (contestant& c : all) {
      double const begin = bench::thread_seconds();
      c.round();
      c.best = std::min(c.best, bench::thread_seconds() - begin);
    }
  }
  double const rows = static_cast<double>(record_count);
  double const bytes = static_cast<double>(expected.size());
  std::printf("%s, %.0f B per row\n", title, bytes / rows);
  for (contestant const& c : all)
    std::printf(
        "  %-9s %6.1f M rows/s %7.0f MB/s\n", c.name, rows / c.best / 1e6, bytes / c.best / 1e6);
  ratios const found{all[1].best / all[0].best, all[2].best / all[1].best};
  std::printf("  composed / by hand %.2f, by hand / fmt %.1f\n", found.composed, found.by_hand);
  return found;
}

}  // namespace

int main(int argc, char** argv) {
  double const seconds_each = argc > 1 ? std::atof(argv[1]) : 1.0;
  auto const flights = make_flights();
  auto const orders = make_orders();
  auto const hand_csv = [](auto const& r, segment& s) { return by_hand::csv(r, s); };
  auto const hand_json = [](auto const& r, segment& s) { return by_hand::ndjson(r, s); };
  auto const fmt_csv = [](auto const& r, segment& s) { return by_fmt::write(r, s, false); };
  auto const fmt_json = [](auto const& r, segment& s) { return by_fmt::write(r, s, true); };

  ratios const limited = race(
      "flights (5 columns), CSV",
      {composed<csv<>>(flights), make("by hand", flights, hand_csv), make("fmt", flights, fmt_csv)},
      seconds_each);
  race("flights (5 columns), NDJSON",
       {composed<ndjson>(flights),
        make("by hand", flights, hand_json),
        make("fmt", flights, fmt_json)},
       seconds_each);
  race("orders (11 columns), CSV",
       {composed<csv<>>(orders), make("by hand", orders, hand_csv), make("fmt", orders, fmt_csv)},
       seconds_each);
  race(
      "orders (11 columns), NDJSON",
      {composed<ndjson>(orders), make("by hand", orders, hand_json), make("fmt", orders, fmt_json)},
      seconds_each);
  bench::at_least(0.9, "flights in CSV: composed encoder / by hand", limited.composed, "x");
  bench::at_least(2.8, "flights in CSV: by hand / fmt", limited.by_hand, "x");
}
