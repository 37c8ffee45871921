#!/bin/sh
# The one list of Debian packages. Installs those of the named groups that are missing.
#
#   sh packaging/debian-packages.sh [--print] [--quiet] GROUP...
#
#   use      what a program needs that includes sluice
#   sandbox  the local servers
#   example  the programs in examples/
#   test     tests/run.sh with clang, sanitizers and fuzzers
#   bench    the benchmarks
#   interop  what tests/interop needs to run the official clients
#
# Knows Debian 12 and 13; needs root to install. Exit status 1 if something stays missing.
set -eu

print='' quiet='' groups=''
for argument; do
  case $argument in
    --print) print=1 ;;
    --quiet) quiet=1 ;;
    use | sandbox | example | test | bench | interop) groups="$groups $argument" ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

release=
if [ -r /etc/os-release ]; then
  release=$(. /etc/os-release; echo "${ID-} ${VERSION_ID-}")
fi

case $release in
  'debian 12') boost='libboost1.81-dev libboost-json1.81-dev' clang=16 ;;
  *) boost='libboost-dev libboost-json-dev' clang=19 ;;
esac

packages_of() {
  case $1 in
    use)
      echo "g++ cmake ninja-build pkg-config ca-certificates $boost libcurl4-openssl-dev libssl-dev" \
        "zlib1g-dev libzstd-dev libfmt-dev librange-v3-dev libdeflate-dev"
      case $(uname -m) in x86_64) echo libisal-dev ;; esac ;;
    sandbox) echo libsqlite3-dev libnghttp2-dev ;;
    example) echo libcli11-dev zstd ;;
    test) echo "catch2 python3 python3-venv util-linux sqlite3 openssl" \
      "clang-$clang llvm-$clang libclang-rt-$clang-dev" ;;
    bench) echo "catch2 python3 clang-$clang" ;;
    interop) echo "git python3 python3-venv golang-go nodejs npm" ;;
  esac
}

wanted=
for group in $groups; do
  wanted="$wanted $(packages_of "$group")"
done
# shellcheck disable=SC2086  # a list of words
wanted=$(printf '%s\n' $wanted | sort -u | tr '\n' ' ')
if [ "$print" ]; then
  echo "$wanted"
  exit 0
fi

case $release in
  'debian 12' | 'debian 13') ;;
  *)
    missing=
    for tool in g++ cmake ninja pkg-config; do
      command -v "$tool" >/dev/null || missing="$missing $tool"
    done
    if [ "$missing" ]; then
      echo "missing:$missing" >&2
      echo "This is neither Debian 12 nor 13. On Debian 13 these packages are needed: $wanted" >&2
      exit 1
    fi
    [ "$quiet" ] || echo "neither Debian 12 nor 13: nothing is installed, CMake names what it misses"
    exit 0 ;;
esac

missing=
for package in $wanted; do
  case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
    installed) ;;
    *) missing="$missing $package" ;;
  esac
done
[ "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "missing packages; as root: apt-get install$missing" >&2
  exit 1
fi
[ "$quiet" ] || echo "installing$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
# shellcheck disable=SC2086
apt-get -q -y --no-install-recommends install $missing
