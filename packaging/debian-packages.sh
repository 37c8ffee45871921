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
#   interop-long  what it needs for those that run only with --long
#
# Knows Debian 12 and 13; needs root to install. Exit status 1 if something stays missing. Debian 12's
# Go is too old for the official clients: it comes from bookworm-backports on the machine's own mirror,
# without a change to the machine's list of sources.
set -eu

print='' quiet='' groups=''
for argument; do
  case $argument in
    --print) print=1 ;;
    --quiet) quiet=1 ;;
    use | sandbox | example | test | bench | interop | interop-long) groups="$groups $argument" ;;
    *) sed -n '2,15s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done

release=
if [ -r /etc/os-release ]; then
  release=$(. /etc/os-release; echo "${ID-} ${VERSION_ID-}")
fi

case $release in
  'debian 12') boost='libboost1.81-dev libboost-json1.81-dev' clang=16 go= ;;
  *) boost='libboost-dev libboost-json-dev' clang=19 go=golang-go ;;
esac

packages_of() {
  case $1 in
    use)
      echo "g++ cmake ninja-build pkg-config ca-certificates $boost libcurl4-openssl-dev libssl-dev" \
        "zlib1g-dev libzstd-dev libfmt-dev librange-v3-dev"
      case $(uname -m) in x86_64) echo libisal-dev ;; esac ;;
    sandbox) echo libsqlite3-dev libnghttp2-dev ;;
    example) echo libcli11-dev sqlite3 ;;
    test) echo "catch2 curl python3 python3-venv util-linux sqlite3 openssl zstd" \
      "clang-$clang llvm-$clang libclang-rt-$clang-dev" ;;
    bench) echo "catch2 libcli11-dev python3 python3-venv zstd clang-$clang" ;;
    interop) echo "git python3 python3-venv $go" ;;
    interop-long) echo "nodejs npm" ;;
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
backported=
case "$release $groups " in
  'debian 12'*' interop '*)
    version=$(dpkg-query -W -f '${Version}' golang-go 2>/dev/null) || version=0
    dpkg --compare-versions "$version" ge 2:1.21 || backported=golang-go ;;
esac
[ "$missing$backported" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
  [ -z "$missing" ] || echo "missing packages; as root: apt-get install$missing" >&2
  [ -z "$backported" ] || echo "missing from bookworm-backports: $backported" >&2
  exit 1
fi
[ "$quiet" ] || echo "installing$missing${backported:+ $backported (backports)}"
export DEBIAN_FRONTEND=noninteractive
sources=$(mktemp -d)
trap 'rm -rf "$sources"' EXIT
trap 'exit 130' INT TERM
with_backports() {
  apt-get -q -o "Dir::Etc::SourceParts=$sources" "$@"
}

if [ "$backported" ]; then
  [ ! -d /etc/apt/sources.list.d ] || cp -a /etc/apt/sources.list.d/. "$sources"
  with_backports update
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)
  echo "deb ${mirror:?no mirror of bookworm in the list of sources} bookworm-backports main" \
    >"$sources/sluice-backports.list"
  with_backports update
  with_backports -y --no-install-recommends -t bookworm-backports install $backported
else
  apt-get -q update
fi
if [ "$missing" ]; then
  # shellcheck disable=SC2086
  apt-get -q -y --no-install-recommends install $missing
fi
