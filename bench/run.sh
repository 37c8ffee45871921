#!/bin/sh
# Builds and runs every benchmark, and prints one table: figure, limit, and whether it holds.
#
#   sh bench/run.sh [--quick] [--flights PATH] [--build DIR]
#
#   --quick    a tenth of the rows and one round each: shows that all runs, not how fast
#   --flights  also loads that CSV file (plain, gzip or zstd; the three million flights) into the
#              sandbox, and lets the official client and DuckDB do the same work
#   --build    where to build; default build/bench
#
# As root on Debian 12 or 13 it installs packages; elsewhere it says which are missing. What each
# benchmark prints is in DIR/logs. Figures count only on an idle machine: the first line says how busy
# this one is. Exit status 0 if every benchmark ran; a limit that is missed is a line of the table.
set -eu
from=$PWD
cd "$(dirname "$0")/.."

# They would name another account than the sandbox's.
unset SNOWFLAKE_ACCOUNT SNOWFLAKE_USER SNOWFLAKE_PASSWORD SNOWFLAKE_PRIVATE_KEY_FILE \
  SNOWFLAKE_DATABASE SNOWFLAKE_SCHEMA SNOWFLAKE_WAREHOUSE SNOWFLAKE_ROLE PRIVATE_KEY_PASSPHRASE

quick='' flights='' out=$PWD/build/bench
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=1 ;;
    --flights) flights=$(cd "$from" && realpath -e "${2:?--flights needs a file}"); shift ;;
    --build) mkdir -p "${2:?--build needs a directory}"; out=$(cd "$2" && pwd); shift ;;
    *) sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
  shift
done
logs=$out/logs
mkdir -p "$logs"
rm -f "$logs"/*.log

broken=0
step() { # step NAME COMMAND...: what it prints is kept, and shown if it fails
  name=$1
  shift
  [ ! -t 2 ] || printf '\r\033[K%s' "$name ..." >&2
  status=0
  "$@" >"$logs/$name.log" 2>&1 || status=$?
  [ ! -t 2 ] || printf '\r\033[K' >&2
  if [ "$status" -ne 0 ]; then
    broken=$((broken + 1))
    echo "$name ended with status $status:"
    tail -n 40 "$logs/$name.log" | sed 's/^/  | /'
  fi
  return "$status"
}

# One compiler per core, but 1.2 GB for each.
jobs=$(nproc)
memory=$(awk '/^MemAvailable:/ { print int($2 / 1200000) }' /proc/meminfo 2>/dev/null || echo 1)
[ "$memory" -ge 1 ] || memory=1
[ "$jobs" -le "$memory" ] || jobs=$memory

programs='bench_encode bench_pipeline bench_memory bench_posts bench_vault bench_append bench_presets'
groups='use sandbox bench'
if [ "$flights" ]; then
  programs="$programs example_sandbox example_snowflake_bulk"
  groups="$groups example interop"
fi
launcher=''
! command -v ccache >/dev/null || launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache
examples=OFF
[ -z "$flights" ] || examples=ON
# shellcheck disable=SC2086  # lists of words
step packages sh packaging/debian-packages.sh $groups || exit 1
# shellcheck disable=SC2086
step configure cmake --preset bench -B "$out" -DSLUICE_BUILD_EXAMPLES=$examples -DSLUICE_WERROR=OFF $launcher || exit 1
# shellcheck disable=SC2086
step build ninja -C "$out" -j "$jobs" $programs || exit 1

echo "$(nproc) cores; before the first figure, $(cut -d' ' -f1-3 /proc/loadavg) threads wanted one (load of 1, 5, 15 min)"
if [ "$quick" ]; then
  step encode "$out/bench/bench_encode" 0.1 || :
  step pipeline "$out/bench/bench_pipeline" 1 || :
  step memory "$out/bench/bench_memory" 1 3 || :
  step posts "$out/bench/bench_posts" 1 1000 || :
  step vault "$out/bench/bench_vault" 1 1 3 || :
  step append "$out/bench/bench_append" 1 1 3 || :
  step presets "$out/bench/bench_presets" 2 || :
  step compile python3 bench/compile/measure.py --repeat 1 || :
else
  step encode "$out/bench/bench_encode" || :
  step pipeline "$out/bench/bench_pipeline" || :
  step memory "$out/bench/bench_memory" || :
  step posts "$out/bench/bench_posts" || :
  step vault "$out/bench/bench_vault" || :
  step append "$out/bench/bench_append" || :
  step presets "$out/bench/bench_presets" || :
  step compile python3 bench/compile/measure.py || :
fi
if command -v clang++-16 >/dev/null; then
  step instantiations python3 bench/compile/measure.py --counts || :
fi
if [ "$flights" ]; then
  step flights python3 bench/load/flights.py "$out" "$flights" || :
fi

for name in encode pipeline memory posts vault append presets compile instantiations flights; do
  [ ! -e "$logs/$name.log" ] || grep -E '^(holds |MISSED|      ) ' "$logs/$name.log" || :
done
echo "details: $logs"
[ "$broken" -eq 0 ]
