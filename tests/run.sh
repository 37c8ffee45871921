#!/bin/sh
# Installs what is missing, builds and runs every test.
#
#   sh tests/run.sh [--quick | --long] [--build DIR]
#
#   --quick  no sanitizers, no fuzzers, no official clients: unit and contract tests run as they are
#            built for debugging, else with AddressSanitizer and UndefinedBehaviorSanitizer alone
#   --long   fuzzes for a minute each and runs the referees that take long; with
#            SLUICE_FLIGHTS=flights-3m.csv.zst also loads all its rows under each fault
#   --build  where to build; default build/
#
# As root on Debian 12 or 13 it installs packages; elsewhere it says which are missing. Prints the
# time of each stage, the log of each stage that fails, and last how many tests passed and failed.
# Exit status 0 if none failed. SLUICE_JOBS overrides how many compilers run at once.
set -eu
if [ "${SLUICE_FLIGHTS-}" ]; then
  SLUICE_FLIGHTS=$(realpath -e "$SLUICE_FLIGHTS")
  export SLUICE_FLIGHTS
fi
cd "$(dirname "$0")/.."

quick='' long='' out=$PWD/build only=''
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=1 ;;
    --long) long=1 ;;
    --build) mkdir -p "${2:?--build needs a directory}"; out=$(cd "$2" && pwd); shift ;;
    --stage) only=${2:?}; shift ;; # one stage of a run, called by this script itself
    *) sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
  shift
done

# One compiler per core, but 1.2 GB for each.
if [ -z "${SLUICE_JOBS-}" ]; then
  SLUICE_JOBS=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1200000) }' /proc/meminfo 2>/dev/null || echo 1)
  [ "$memory" -ge 1 ] || memory=1
  [ "$SLUICE_JOBS" -le "$memory" ] || SLUICE_JOBS=$memory
fi
export SLUICE_JOBS
[ -z "$long" ] || export SLUICE_TEST_LONG=1

find_clang() {
  for name in clang++-16 clang++-19 clang++; do
    if command -v "$name" >/dev/null; then
      echo "$name"
      return
    fi
  done
  echo "clang++ is missing: apt-get install clang-16 (Debian 12) or clang-19 (Debian 13)" >&2
  return 1
}

configure() { # configure PRESET [OPTION...]
  preset=$1
  shift
  if command -v ccache >/dev/null; then
    set -- -DCMAKE_CXX_COMPILER_LAUNCHER=ccache "$@"
  fi
  cmake --preset "$preset" -B "$out/$preset" "$@"
}

build() { # build PRESET [TARGET...]
  dir=$out/$1
  shift
  ninja -C "$dir" -j "$SLUICE_JOBS" -k 0 "$@"
}

run_ctest() { # run_ctest PRESET [OPTION...]
  dir=$out/$1
  shift
  status=0
  # JUnit keeps whole outputs, so that the test cases inside each program can be counted.
  ctest --test-dir "$dir" -j "$SLUICE_JOBS" --output-on-failure --no-tests=error --timeout 600 \
    --test-output-size-passed 65536 --output-junit results.xml "$@" || status=$?
  python3 tests/house/count.py "$dir/results.xml"
  return $status
}

stage_packages() {
  set -- use sandbox example test
  [ "$quick" ] || set -- "$@" interop
  [ -z "$long" ] || set -- "$@" interop-long
  sh packaging/debian-packages.sh "$@"
}

stage_configure() { configure gcc-debug; }

# Unit and contract tests are compiled once: here or, with more checks, by asan_build.
stage_build() {
  if [ "$quick" ]; then
    build gcc-debug
  else
    build gcc-debug program_tests examples/all
  fi
}

stage_tests() {
  if [ "$quick" ]; then
    run_ctest gcc-debug
  else
    run_ctest gcc-debug -LE '^(unit|contract)$'
  fi
}

stage_clang() {
  clang=$(find_clang)
  python3 tests/house/clang_syntax.py "$out/gcc-debug" "$clang" --jobs "$SLUICE_JOBS"
}

stage_format() {
  if [ ! -x "$out/format/bin/clang-format" ]; then
    python3 -m venv "$out/format"
    "$out/format/bin/pip" install --quiet clang-format==16.0.6
  fi
  sh tests/house/format.sh "$out/format/bin/clang-format"
  echo "1 passed, 0 failed"
}

stage_asan_build() {
  configure asan
  build asan unit_tests contract_tests
}

stage_asan() {
  # One more than compilers, as these tests often wait for their servers.
  ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1 \
    UBSAN_OPTIONS=print_stacktrace=1 run_ctest asan -j $((SLUICE_JOBS + 1)) -L '^(unit|contract)$'
}

stage_tsan_build() {
  configure tsan
  build tsan unit_pipeline unit_transport
}

stage_tsan() {
  # GCC 12's runtime does not know the wide address randomisation of newer kernels.
  if setarch "$(uname -m)" -R true 2>/dev/null && [ "${SLUICE_FIXED_ADDRESSES-}" != 1 ]; then
    SLUICE_FIXED_ADDRESSES=1 exec setarch "$(uname -m)" -R sh tests/run.sh --build "$out" --stage tsan
  fi
  TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 run_ctest tsan -R '^unit_(pipeline|transport)$'
}

stage_fuzz_build() {
  configure fuzz -DCMAKE_CXX_COMPILER="$(find_clang)" -DSLUICE_FUZZ_SECONDS="${SLUICE_TEST_LONG:+6}5"
  build fuzz fuzzers
}

stage_fuzz() { run_ctest fuzz; }

stage_interop() {
  SLUICE_INTEROP_CACHE=$out/interop sh tests/interop/run.sh ${long:+--long} "$out/gcc-debug"
}

if [ "$only" ]; then
  "stage_$only"
  exit
fi

# Each stage is a process group of its own, so that an interrupt ends all of it.
logs=$out/logs
mkdir -p "$logs"
passed=0 failed=0 child=''
trap 'trap - INT TERM; [ -z "$child" ] || kill -TERM -- "-$child" 2>/dev/null; exit 130' INT TERM
if [ -t 1 ]; then columns=$(stty size 2>/dev/null | cut -d' ' -f2); else columns=; fi

stage() { # stage NAME; status 0 if it passed
  log=$logs/$1.log
  begun=$(date +%s)
  setsid sh tests/run.sh ${quick:+--quick} ${long:+--long} --build "$out" --stage "$1" >"$log" 2>&1 </dev/null &
  child=$!
  if [ "$columns" ]; then
    while kill -0 "$child" 2>/dev/null; do
      last=$(tail -c 400 "$log" | tr '\r' '\n' | sed -n '$p')
      printf '\r\033[K%.*s' "$((columns - 1))" "$(printf '%-12s %5s s  %s' "$1" "$(($(date +%s) - begun))" "$last")"
      sleep 1
    done
    printf '\r\033[K'
  fi
  status=0
  wait "$child" || status=$?
  child=
  counts=$(sed -n 's/^\(.*: \)*\([0-9][0-9]*\) \(checks \)*passed, \([0-9][0-9]*\) failed$/\2 \4/p' "$log" | tail -n 1)
  good=${counts% *} bad=${counts#* }
  if [ "$status" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; then
    bad=1
  fi
  passed=$((passed + ${good:-0})) failed=$((failed + ${bad:-0}))
  seconds=$(($(date +%s) - begun))
  if [ "$status" -eq 0 ]; then
    printf '%-12s %5s s  %s\n' "$1" "$seconds" "${counts:+$good passed}"
  else
    printf '%-12s %5s s  FAILED, %s\n' "$1" "$seconds" "$log"
    # What passed says nothing about what failed.
    grep -vE '^ +Start +[0-9]+: | Test +#[0-9]+: .* Passed ' "$log" | sed 's/^/  | /' | tail -n 300
  fi
  return "$status"
}

finish() {
  echo "total $(($(date +%s) - start)) s on $(nproc) cores"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
  exit
}

start=$(date +%s)
stage packages || finish
if stage configure; then
  stage build || : # what was not built is a failed test below
  stage tests || :
  stage clang || :
fi
stage format || :
if [ -z "$quick" ]; then
  # As above: what was not built is a failed test of the stage that runs it.
  for each in asan_build asan tsan_build tsan fuzz_build fuzz; do
    stage "$each" || :
  done
  stage interop || :
fi
finish
