#!/bin/sh
# Loads real rows into three services that live on this machine, and checks what arrived.
#
#   sh examples/quickstart.sh [--build DIR | --built DIR]
#
#   --build  where to build; default build/quickstart
#   --built  installs and builds nothing: the programs of a build in DIR are run
#
# Installs what is missing (as root on Debian 12 or 13, else it says what), builds the sandbox and four
# loaders, loads 10,000 bird strikes and the 508,239 flights of January 2001 into Snowflake, the flights
# into Snowpipe Streaming and the bird strikes into a Skyflow vault, and compares SQL figures with
# those computed from the files. Exit status 0 if every figure is equal. Needs no account; the only
# network it uses is the package registry's.
set -eu
cd "$(dirname "$0")/.."

# They would name another account than the sandbox's.
unset SNOWFLAKE_ACCOUNT SNOWFLAKE_USER SNOWFLAKE_PASSWORD SNOWFLAKE_PRIVATE_KEY_FILE \
  SNOWFLAKE_DATABASE SNOWFLAKE_SCHEMA SNOWFLAKE_WAREHOUSE SNOWFLAKE_ROLE PRIVATE_KEY_PASSPHRASE

out=$PWD/build/quickstart built=
case ${1-} in
  '') ;;
  --build) out=${2:?--build needs a directory} ;;
  --built) out=${2:?--built needs a directory} built=1 ;;
  *) sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
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

  say "building the sandbox and four loaders; this takes a few minutes"
  quietly configure cmake -S . -B "$out" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DSLUICE_BUILD_TESTS=OFF -DSLUICE_WERROR=OFF
  targets='example_sandbox example_quickstart example_snowflake_bulk example_snowpipe_streaming
    example_skyflow_vault'
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
"$out/examples/sandbox" --tls --data "$work/data" --profile "$work/profile.json" \
  --vault examples/data/strikes_vault.json \
  <"$work/input" >"$work/output" 2>"$work/sandbox.log" &
sandbox=$!
exec 3>"$work/input"
read -r endpoints <"$work/output" || { cat "$work/sandbox.log" >&2; exit 1; }

field() { printf '%s\n' "$endpoints" | sed -n "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p"; }

say "the sandbox serves Snowflake at $(field account_url), Skyflow at $(field skyflow_url)"

# load PROGRAM ARGUMENT...: its figures are a row of the table; what else it says is shown if it fails.
# On a terminal, standard error shows how far it is.
load() {
  program=$1 status=0
  shift
  set -- "$out/examples/$program" --results "$work/$program" --ca-file "$(field ca_file)" "$@"
  if [ -t 2 ]; then
    "$@" >"$work/said" || status=$?
  else
    "$@" >"$work/said" 2>&1 || status=$?
  fi
  [ "$status" -eq 0 ] || { cat "$work/said" >&2; exit "$status"; }
  sqlite3 :memory: "with load as (select cast(readfile('$work/$program') as text) as json)
    select printf('%-18s  %-16s  %,7d %,9d %8d  %,9d %,8d %,7d %7.2f',
      json ->> 'service', json ->> 'table', json ->> 'records_pushed', json ->> 'records_written',
      json ->> 'records_dead_lettered', json ->> 'bytes_uploaded', json ->> 'requests',
      (json ->> 'records_written') * 1000 / (json ->> 'elapsed_ms'),
      (json ->> 'cpu_ms') * 1000 / (json ->> 'records_written')) from load"
}

say "loading; rows/s counts to the confirmation, CPU is the client's"
echo
printf '%-18s  %-16s  %7s %9s %8s  %9s %8s %7s %7s\n' \
  '' '' '' '' dead- bytes '' '' 'CPU s' \
  service table rows confirmed lettered sent requests rows/s '/M rows'
load quickstart --profile "$work/profile.json" examples/data/birdstrikes.csv.zst
load snowflake_bulk --profile "$work/profile.json" examples/data/flights-2001-01.csv.zst
load snowpipe_streaming --profile "$work/profile.json" examples/data/flights-2001-01.csv.zst
sqlite3 -csv -header "$(field sqlite)" <examples/data/strikes_with_tokens.sql >"$work/strikes.csv"
load skyflow_vault --url "$(field skyflow_url)" --vault strikes \
  --credentials "$(field skyflow_credentials_file)" "$work/strikes.csv"

# What SQLite counts in the rows that arrived; examples/data/README.md has the truth.
wrong=0
figure() { # figure TABLE EXPRESSION EXPECTED
  got=$(sqlite3 "$(field sqlite)" "select $2 from \"$1\"") || got='(no answer)'
  if [ "$got" = "$3" ]; then
    verdict='as expected'
  else
    verdict="WRONG, $3 expected"
    wrong=$((wrong + 1))
  fi
  printf '%-34s  %-28s  %12s  %s\n' "$1" "$2" "$got" "$verdict"
}
echo
printf '%-34s  %s\n' 'what arrived in' 'by SQL'
account="$(field database).$(field schema)"
figure "$account.BIRDSTRIKES" 'count(*)' 10000
figure "$account.BIRDSTRIKES" 'sum(COST_TOTAL)' 40545276
figure "$account.BIRDSTRIKES" 'count(distinct SPECIES)' 37
figure "$account.BIRDSTRIKES" 'sum(SPEED_KNOTS is null)' 2836
figure "$account.BIRDSTRIKES" 'min(FLIGHT_DATE)' 1990-01-08
figure "$account.BIRDSTRIKES" 'max(FLIGHT_DATE)' 2002-07-25
for table in FLIGHTS STREAMED_FLIGHTS; do
  figure "$account.$table" 'count(*)' 508239
  figure "$account.$table" 'sum(DELAY)' 3221712
  figure "$account.$table" 'sum(DISTANCE)' 369781288
  figure "$account.$table" 'count(distinct ORIGIN)' 223
  figure "$account.$table" 'count(distinct DESTINATION)' 223
done
figure skyflow.strikes.strikes 'count(*)' 10000
figure skyflow.strikes.strikes 'sum(cost_total)' 40545276
figure skyflow.strikes.strikes 'count(distinct airline)' 46
figure skyflow.strikes.tokens 'count(*)' 46
echo

if [ "$wrong" -ne 0 ]; then
  say "$wrong figures are wrong"
  exit 1
fi
say "every figure is right"
