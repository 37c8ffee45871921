#ifndef SLUICE_SANDBOX_SQL_IMPL_FUNCTIONS_IPP
#define SLUICE_SANDBOX_SQL_IMPL_FUNCTIONS_IPP

#include <sluice/sandbox/sql/detail/error.hpp>
#include <sluice/sandbox/sql/detail/json.hpp>
#include <sluice/sandbox/sql/detail/storage.hpp>

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace sluice::inline v0::sandbox::sql::detail {

inline value from_sqlite(sqlite3_value* v) {
  switch (sqlite3_value_type(v)) {
    case SQLITE_INTEGER:
      return value::of_integer(sqlite3_value_int64(v));
    case SQLITE_FLOAT:
      return value::of_real(sqlite3_value_double(v));
    case SQLITE_TEXT: {
      auto const* text = reinterpret_cast<char const*>(sqlite3_value_text(v));
      return value::of_text({text, static_cast<std::size_t>(sqlite3_value_bytes(v))});
    }
    case SQLITE_BLOB: {
      auto const* bytes = static_cast<char const*>(sqlite3_value_blob(v));
      return value::of_blob({bytes, static_cast<std::size_t>(sqlite3_value_bytes(v))});
    }
    default:
      return {};
  }
}

inline void to_sqlite(sqlite3_context* c, value const& v) {
  switch (v.is) {
    case value::form::null:
      sqlite3_result_null(c);
      return;
    case value::form::integer:
      sqlite3_result_int64(c, v.integer);
      return;
    case value::form::real:
      sqlite3_result_double(c, v.real);
      return;
    case value::form::text:
      sqlite3_result_text64(c,
                            v.bytes.data() != nullptr ? v.bytes.data() : "",
                            v.bytes.size(),
                            SQLITE_TRANSIENT,
                            SQLITE_UTF8);
      return;
    case value::form::blob:
      sqlite3_result_blob64(
          c, v.bytes.data() != nullptr ? v.bytes.data() : "", v.bytes.size(), SQLITE_TRANSIENT);
      return;
  }
}

struct call {
  sqlite3_context* context;
  std::span<sqlite3_value*> arguments;
  evaluation& at;

  std::size_t size() const { return arguments.size(); }

  value operator[](std::size_t i) const { return from_sqlite(arguments[i]); }

  std::string_view text(std::size_t i) const { return from_sqlite(arguments[i]).bytes; }

  std::int64_t integer(std::size_t i) const { return sqlite3_value_int64(arguments[i]); }

  sql_type type(std::size_t i) const { return unpack(integer(i)); }

  bool null(std::size_t i) const { return sqlite3_value_type(arguments[i]) == SQLITE_NULL; }

  void answer(value const& v) const { to_sqlite(context, v); }
};

/// Runs a body that may throw between two C frames: the exception waits in the evaluation.
template<class Body>
void guarded(sqlite3_context* c, int n, sqlite3_value** arguments, Body const& body) {
  auto& at = *static_cast<evaluation*>(sqlite3_user_data(c));
  try {
    body(call{c, {arguments, static_cast<std::size_t>(n)}, at});
  } catch (...) {
    if (!at.error) at.error = std::current_exception();
    sqlite3_result_error(c, "see the pending exception", -1);
  }
}

/// Totally ordered stand-in for decimals of any precision and for TIMESTAMP_TZ.
inline void order_key(call const& f) {
  if (f.null(0)) return f.answer({});
  auto const type = f.type(1);
  std::string key;
  auto const append = [&](int128 n) {
    auto const biased = static_cast<uint128>(n) + (static_cast<uint128>(1) << 127);
    for (int shift = 120; shift >= 0; shift -= 8)
      key += static_cast<char>(static_cast<unsigned>(biased >> shift) & 0xffu);
  };
  if (type.is == kind::timestamp_tz) {
    auto const m = load_moment(f[0], type, f.at.formats);
    append(static_cast<int128>(m.utc_seconds()) * 1'000'000'000 + m.nanos);
  } else {
    auto const n = load_number(f[0], type);
    auto whole = n / power_of_ten(type.scale);
    auto rest = n % power_of_ten(type.scale);
    if (rest < 0) {
      rest += power_of_ten(type.scale);
      --whole;
    }
    append(whole);
    append(rest * power_of_ten(38 - type.scale));
  }
  f.answer(value::of_blob(key));
}

inline void cast(call const& f, bool attempt) {
  std::string scratch;
  try {
    f.answer(convert(f[0], f.type(1), f.type(2), f.at.formats, scratch));
  } catch (sql_error const& e) {
    if (!attempt || e.what_failed().code == "001007") throw;
    f.answer({});
  }
}

inline int128 checked_multiply(int128 a, int128 b) {
  int128 out = 0;
  if (__builtin_mul_overflow(a, b, &out)) fail_number_range("product");
  return out;
}

/// sf_arith(op, a, type of a, b, type of b, result type): exact decimal arithmetic.
inline void arithmetic(call const& f) {
  if (f.null(1) || f.null(3)) return f.answer({});
  auto const op = f.text(0).front();
  auto const left = f.type(2), right = f.type(4), result = f.type(5);
  auto a = load_number(f[1], left), b = load_number(f[3], right);
  bool overflow = false;
  int128 n = 0;
  switch (op) {
    case '+':
    case '-':
    case '%': {
      int const scale = std::max(left.scale, right.scale);
      a = rescale(a, left.scale, scale, overflow);
      if (overflow) fail_number_range("sum");
      b = rescale(b, right.scale, scale, overflow);
      if (overflow) fail_number_range("sum");
      if (op == '%' && b == 0) fail("100051", "22012", "Division by zero");
      n = op == '+' ? a + b : op == '-' ? a - b : a % b;
      n = rescale(n, scale, result.scale, overflow);
      break;
    }
    case '*':
      n = rescale(checked_multiply(a, b), left.scale + right.scale, result.scale, overflow);
      break;
    default: {
      if (b == 0) fail("100051", "22012", "Division by zero");
      // a / b with result.scale digits: one more digit decides the rounding.
      int const up = result.scale + right.scale - left.scale + 1;
      int128 quotient = 0;
      if (up >= 0 && up <= 38) {
        int128 scaled = 0;
        if (__builtin_mul_overflow(a, power_of_ten(up), &scaled)) {
          // Too wide for 128 bits: split into whole part and remainder.
          auto const whole = checked_multiply(a / b, power_of_ten(up));
          auto const rest = static_cast<long double>(a % b) / static_cast<long double>(b);
          scaled = whole + static_cast<int128>(rest * static_cast<long double>(power_of_ten(up)));
          quotient = scaled;
        } else {
          quotient = scaled / b;
        }
      }
      n = rescale(quotient, result.scale + 1, result.scale, overflow);
    }
  }
  if (overflow || n > largest(result.precision) || n < -largest(result.precision))
    fail_number_range("result");
  std::string scratch;
  f.answer(store_number(n, result, scratch));
}

/// sf_round(v, type, digits, mode, result type): mode is r(ound), f(loor), c(eiling) or t(runcate).
inline void round_number(call const& f) {
  if (f.null(0) || f.null(2)) return f.answer({});
  auto const type = f.type(1), result = f.type(4);
  auto const digits = static_cast<int>(std::clamp<std::int64_t>(f.integer(2), -38, 38));
  auto n = load_number(f[0], type);
  bool overflow = false;
  if (digits < type.scale) {
    int const down = std::min(type.scale - digits, 38);
    auto const unit = power_of_ten(down);
    auto whole = n / unit;
    auto const rest = n % unit;
    switch (f.text(3).front()) {
      case 'f':
        whole -= rest < 0;
        break;
      case 'c':
        whole += rest > 0;
        break;
      case 't':
        break;
      default:
        whole = rescale(n, down, 0, overflow);
    }
    n = checked_multiply(whole, unit);
  }
  n = rescale(n, type.scale, result.scale, overflow);
  if (overflow) fail_number_range("result");
  std::string scratch;
  f.answer(store_number(n, result, scratch));
}

/// Exact running total; the scale grows with the values.
struct decimal_total {
  int128 sum = 0;
  std::int64_t count = 0;
  int scale = 0;

  void add(int128 n, int n_scale) {
    bool overflow = false;
    if (n_scale > scale) {
      sum = rescale(sum, scale, n_scale, overflow);
      scale = n_scale;
    }
    if (!overflow) n = rescale(n, n_scale, scale, overflow);
    if (overflow || __builtin_add_overflow(sum, n, &sum)) fail_number_range("SUM");
    ++count;
  }
};

/// The state of an aggregate, made by its first step. SQLite aligns its own memory for this to 8
/// bytes, 128-bit integers need 16: it holds a pointer. `take_state` ends it.
template<class State>
State& state_of(sqlite3_context* c) {
  auto** held = static_cast<State**>(sqlite3_aggregate_context(c, sizeof(State*)));
  if (held == nullptr) throw std::bad_alloc();
  if (*held == nullptr) *held = new State{};
  return **held;
}

template<class State>
std::unique_ptr<State> take_state(sqlite3_context* c) {
  auto** held = static_cast<State**>(sqlite3_aggregate_context(c, 0));
  return std::unique_ptr<State>(held != nullptr ? std::exchange(*held, nullptr) : nullptr);
}

/// sf_total(v, type), or sf_total(v) after DISTINCT: then the scale comes from the value itself.
inline void total_step(call const& f) {
  auto* const total = &state_of<decimal_total>(f.context);
  if (f.null(0)) return;
  if (f.size() > 1) return total->add(load_number(f[0], f.type(1)), f.type(1).scale);
  auto const v = f[0];
  if (v.is == value::form::integer) return total->add(v.integer, 0);
  std::string text(v.bytes);
  if (v.is == value::form::real) {
    std::array<char, 40> buffer;
    std::snprintf(buffer.data(), buffer.size(), "%.15g", v.real);
    text = buffer.data();
  }
  bool overflow = false;
  constexpr int scale = 15;
  auto const point = text.find('.');
  int const digits = v.is == value::form::real    ? scale
                     : point == std::string::npos ? 0
                                                  : static_cast<int>(text.size() - point - 1);
  auto const n = parse_decimal(text, 38, digits, overflow);
  if (overflow || !n) fail_number_range(text);
  total->add(*n, digits);
}

/// The result's scale is fixed by the translator: sf_total answers unscaled text that it converts.
inline void total_end(sqlite3_context* c, bool average) {
  auto const total = take_state<decimal_total>(c);
  if (total == nullptr || total->count == 0) return sqlite3_result_null(c);
  std::string out;
  if (average) {
    // Twelve more digits than the values have, rounded by the cast that follows.
    bool overflow = false;
    int const extra = std::min(12, 37 - total->scale);
    auto const up = rescale(total->sum, total->scale, total->scale + extra, overflow);
    if (overflow) {
      append_decimal(out, total->sum / total->count, total->scale);
    } else {
      append_decimal(out, up / total->count, total->scale + extra);
    }
  } else {
    append_decimal(out, total->sum, total->scale);
  }
  sqlite3_result_text(c, out.data(), static_cast<int>(out.size()), SQLITE_TRANSIENT);
}

/// State of sf_min and sf_max, for types whose storage form does not sort like the values.
struct extreme {
  int128 whole = 0;
  int128 rest = 0;
  std::string text;
  std::int64_t integer = 0;
  value::form form = value::form::null;
  bool any = false;
};

inline void extreme_step(call const& f, bool maximum) {
  auto* const best = &state_of<extreme>(f.context);
  if (f.null(0)) return;
  auto const type = f.type(1);
  auto const v = f[0];
  int128 whole = 0, rest = 0;
  if (type.is == kind::timestamp_tz) {
    auto const m = load_moment(v, type, f.at.formats);
    whole = m.utc_seconds();
    rest = m.nanos;
  } else {
    whole = load_number(v, type);
  }
  bool const better =
      !best->any || (maximum ? whole > best->whole || (whole == best->whole && rest > best->rest)
                             : whole < best->whole || (whole == best->whole && rest < best->rest));
  if (!better) return;
  best->any = true;
  best->whole = whole;
  best->rest = rest;
  best->form = v.is;
  best->integer = v.integer;
  best->text.assign(v.bytes);
}

inline void extreme_end(sqlite3_context* c) {
  auto const best = take_state<extreme>(c);
  if (best == nullptr || !best->any) return sqlite3_result_null(c);
  to_sqlite(c, {best->form, best->integer, 0, best->text});
}

extern "C" {
inline void sluice_sf_min_step(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, [](call const& f) { extreme_step(f, false); });
}

inline void sluice_sf_max_step(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, [](call const& f) { extreme_step(f, true); });
}

inline void sluice_sf_extreme_final(sqlite3_context* c) {
  extreme_end(c);
}

inline void sluice_sf_total_step(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, total_step);
}

inline void sluice_sf_sum_final(sqlite3_context* c) {
  total_end(c, false);
}

inline void sluice_sf_avg_final(sqlite3_context* c) {
  total_end(c, true);
}

inline void sluice_sf_cast(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, [](call const& f) { cast(f, false); });
}

inline void sluice_sf_try_cast(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, [](call const& f) { cast(f, true); });
}

inline void sluice_sf_key(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, order_key);
}

inline void sluice_sf_arith(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, arithmetic);
}

inline void sluice_sf_round(sqlite3_context* c, int n, sqlite3_value** a) {
  guarded(c, n, a, round_number);
}
}

void register_scalar_functions(connection& db);

/// Registers one scalar function; `n` arguments, -1 for any number.
inline void add_function(connection& db,
                         char const* name,
                         int n,
                         void (*f)(sqlite3_context*, int, sqlite3_value**)) {
  int const code = sqlite3_create_function_v2(db.handle(),
                                              name,
                                              n,
                                              SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                              &db.context(),
                                              f,
                                              nullptr,
                                              nullptr,
                                              nullptr);
  if (code != SQLITE_OK) db.fail_with(code);
}

void register_functions(connection& db) {
  add_function(db, "sf_cast", 3, &sluice_sf_cast);
  add_function(db, "sf_try_cast", 3, &sluice_sf_try_cast);
  add_function(db, "sf_key", 2, &sluice_sf_key);
  add_function(db, "sf_arith", 6, &sluice_sf_arith);
  add_function(db, "sf_round", 5, &sluice_sf_round);
  for (int n = 1; n <= 2; ++n) {
    sqlite3_create_function_v2(db.handle(),
                               "sf_sum",
                               n,
                               SQLITE_UTF8,
                               &db.context(),
                               nullptr,
                               &sluice_sf_total_step,
                               &sluice_sf_sum_final,
                               nullptr);
    sqlite3_create_function_v2(db.handle(),
                               "sf_avg",
                               n,
                               SQLITE_UTF8,
                               &db.context(),
                               nullptr,
                               &sluice_sf_total_step,
                               &sluice_sf_avg_final,
                               nullptr);
  }
  sqlite3_create_function_v2(db.handle(),
                             "sf_min",
                             2,
                             SQLITE_UTF8,
                             &db.context(),
                             nullptr,
                             &sluice_sf_min_step,
                             &sluice_sf_extreme_final,
                             nullptr);
  sqlite3_create_function_v2(db.handle(),
                             "sf_max",
                             2,
                             SQLITE_UTF8,
                             &db.context(),
                             nullptr,
                             &sluice_sf_max_step,
                             &sluice_sf_extreme_final,
                             nullptr);
  register_scalar_functions(db);
}

}  // namespace sluice::inline v0::sandbox::sql::detail

#endif  // SLUICE_SANDBOX_SQL_IMPL_FUNCTIONS_IPP
