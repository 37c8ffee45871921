#!/bin/sh
# Loads real rows into a Snowflake account that lives on this machine, and checks what arrived.
#
#   sh examples/quickstart.sh [--build DIR | --built DIR]
#
#   --build  where to build; default build/quickstart
#   --built  installs and builds nothing: the programs of a build in DIR are run
#
# Installs what is missing (as root on Debian 12 or 13, else it says what), builds the sandbox and two
# loaders, loads 10,000 bird strikes and the 508,239 flights of January 2001, and compares SQL figures
# with those computed from the files. Exit status 0 if every figure is equal. Needs no account; the
# only network it uses is the package registry's.
set -eu
cd "$(dirname "$0")/.."

out=$PWD/build/quickstart built=
case ${1-} in
  '') ;;
  --build) out=${2:?--build needs a directory} ;;
  --built) out=${2:?--built needs a directory} built=1 ;;
  *) sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
mkdir -p "$out"
out=$(cd "$out" && pwd)
started=$(date +%s)

say() { printf '[%3d s] %s\n' $(($(date +%s) - started)) "$*"; }

quietly() { # quietly LOG COMMAND...: the output is shown only if the command fails
  log=$out/$1.log
  shift
  "$@" >"$log" 2>&1 || { status=$?; tail -n 40 "$log" >&2; exit $status; }
}

if [ -z "$built" ]; then
  say "packages"
  quietly packages sh packaging/debian-packages.sh use sandbox example

  # One compiler per core, but 1.2 GB for each.
  jobs=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1200000) }' /proc/meminfo 2>/dev/null || echo 1)
  [ "$memory" -ge 1 ] || memory=1
  [ "$jobs" -le "$memory" ] || jobs=$memory

  say "building the sandbox and two loaders; this takes a few minutes"
  quietly configure cmake -S . -B "$out" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DSLUICE_BUILD_TESTS=OFF -DSLUICE_WERROR=OFF
  targets="example_sandbox example_quickstart example_snowflake_bulk"
  if [ -t 1 ]; then
    # shellcheck disable=SC2086
    ninja -C "$out" -j "$jobs" $targets
  else
    # shellcheck disable=SC2086
    quietly build ninja -C "$out" -j "$jobs" $targets
  fi
fi

# The sandbox serves until its standard input ends: this script's descriptor 3.
work=$(mktemp -d)
sandbox=
clean() {
  exec 3>&-
  if [ "$sandbox" ]; then
    kill "$sandbox" 2>/dev/null || :
    wait "$sandbox" || :
  fi
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM
mkfifo "$work/input" "$work/output"
"$out/examples/sandbox" --data "$work/data" <"$work/input" >"$work/output" 2>"$work/sandbox.log" &
sandbox=$!
exec 3>"$work/input"
read -r endpoints <"$work/output" || { cat "$work/sandbox.log" >&2; exit 1; }

field() { printf '%s\n' "$endpoints" | sed -n "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p"; }

# What a real account's profile would say.
umask 077
cat >"$work/profile.json" <<PROFILE
{
  "account": "$(field account)",
  "url": "$(field account_url)",
  "user": "$(field user)",
  "private_key_path": "$(field private_key_file)",
  "database": "$(field database)",
  "schema": "$(field schema)",
  "warehouse": "$(field warehouse)",
  "role": "$(field role)"
}
PROFILE
say "the sandbox listens at $(field account_url)"

say "bird strikes, with examples/quickstart.cpp"
"$out/examples/quickstart" --profile "$work/profile.json" examples/data/birdstrikes.csv.zst

say "flights of January 2001, with examples/snowflake_bulk.cpp"
"$out/examples/snowflake_bulk" --profile "$work/profile.json" examples/data/flights-2001-01.csv.zst

say "what SQLite counts in the rows that arrived (examples/data/README.md has the truth)"
prefix="$(field database).$(field schema)"
wrong=0
figure() { # figure TABLE EXPRESSION EXPECTED
  got=$(sqlite3 "$(field sqlite)" "select $2 from \"$prefix.$1\"") || got='(no answer)'
  if [ "$got" = "$3" ]; then
    printf '  %-12s %-28s %12s  as expected\n' "$1" "$2" "$got"
  else
    printf '  %-12s %-28s %12s  WRONG, %s expected\n' "$1" "$2" "$got" "$3"
    wrong=$((wrong + 1))
  fi
}
figure BIRDSTRIKES 'count(*)' 10000
figure BIRDSTRIKES 'sum(COST_TOTAL)' 40545276
figure BIRDSTRIKES 'count(distinct SPECIES)' 37
figure BIRDSTRIKES 'sum(SPEED_KNOTS is null)' 2836
figure BIRDSTRIKES 'min(FLIGHT_DATE)' 1990-01-08
figure BIRDSTRIKES 'max(FLIGHT_DATE)' 2002-07-25
figure FLIGHTS 'count(*)' 508239
figure FLIGHTS 'sum(DELAY)' 3221712
figure FLIGHTS 'sum(DISTANCE)' 369781288
figure FLIGHTS 'count(distinct ORIGIN)' 223
figure FLIGHTS 'count(distinct DESTINATION)' 223

if [ "$wrong" -ne 0 ]; then
  say "$wrong figures are wrong"
  exit 1
fi
say "every figure is right"
