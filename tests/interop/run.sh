#!/bin/sh
# Official clients, unmodified, against the sandbox; DuckDB against the files of our encoders.
#
#   sh tests/interop/run.sh [--long] SANDBOX_BINARY | BUILD_DIRECTORY
#
#   --long  the Node driver as well
#
# Installs pinned clients into SLUICE_INTEROP_CACHE (default: sluice-interop in the user's cache
# directory) and reuses them. Prints one line per check and a summary; exit status 0 only if every
# client ran and every check passed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

long='' binary=''
while [ $# -gt 0 ]; do
  case $1 in
    --long) long=1 ;;
    -*) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    *) binary=$1 ;;
  esac
  shift
done
build=$binary
[ -d "$build" ] || build=$(dirname "$binary")/..
[ ! -d "$binary" ] || binary=$(find "$binary" -type f -name sandbox -perm -u+x | head -n 1)
if [ ! -x "${binary:-/nonexistent}" ]; then
  echo "tests/interop/run.sh: no sandbox binary: build the target example_sandbox" >&2
  exit 2
fi
binary=$(cd "$(dirname "$binary")" && pwd)/$(basename "$binary")
writer=$(find "$build" -type f -name interop_encoders -perm -u+x | head -n 1)
if [ -z "$writer" ]; then
  echo "tests/interop/run.sh: no file writer: build the target interop_encoders" >&2
  exit 2
fi

cache=${SLUICE_INTEROP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sluice-interop}
mkdir -p "$cache"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM
broken=''

# A client that cannot be installed or that ends without a word is a failure, not a gap.
referee() { # referee NAME COMMAND...
  name=$1
  shift
  lines=$(wc -l <"$log")
  { timeout 900 "$@" 2>&1 || echo "FAIL $name: exit status $?"; } | tee -a "$log"
  if [ "$(wc -l <"$log")" -le $((lines + 1)) ]; then
    echo "FAIL $name: ran no checks" | tee -a "$log"
  fi
}

python_venv() { # python_venv PACKAGE VERSION [PACKAGE...]: $venv has that client
  venv=$cache/$1-$2-$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  [ ! -e "$venv/complete" ] || return 0
  wanted="$1==$2"
  shift 2
  rm -rf "$venv"
  python3 -m venv "$venv" || return 1
  "$venv/bin/pip" --quiet --disable-pip-version-check install "$wanted" "$@" || return 1
  touch "$venv/complete"
}

go_client() {
  (cd "$here/go" && go build -p "${SLUICE_JOBS:-2}" -buildvcs=false -o "$cache/go-referee" .)
}

node_client() {
  if [ ! -e "$cache/node/complete" ] || ! cmp -s "$here/node/package-lock.json" "$cache/node/package-lock.json"; then
    rm -rf "$cache/node"
    mkdir -p "$cache/node"
    cp "$here/node/package.json" "$here/node/package-lock.json" "$cache/node/"
    (cd "$cache/node" && npm ci --silent --no-audit --no-fund --ignore-scripts) || return 1
    touch "$cache/node/complete"
  fi
  cp "$here/node/main.js" "$cache/node/main.js"
}

install() { # install NAME COMMAND...
  name=$1
  shift
  "$@" && return 0
  echo "FAIL $name: could not be installed" | tee -a "$log"
  broken=1
  return 1
}

export PYTHONDONTWRITEBYTECODE=1
if install duckdb python_venv duckdb 2.0.0; then
  for seed in 1 2; do
    referee duckdb "$venv/bin/python" "$here/encoders/duckdb_reads.py" "$writer" --seed "$seed"
  done
fi
for version in 5.2.0 4.8.1; do
  if install "snowflake-connector-python $version" \
    python_venv snowflake-connector-python "$version" cryptography; then
    for size in 128 256; do
      referee "snowflake-connector-python $version" "$venv/bin/python" \
        "$here/python/snowflake_connector.py" "$binary" --key-size "$size"
    done
  fi
done
if install "skyflow 2.1.3" python_venv skyflow 2.1.3; then
  referee "skyflow 2.1.3" "$venv/bin/python" "$here/python/skyflow_sdk.py" "$binary"
fi
# The earlier one speaks plain HTTP as well; the later one insists on TLS.
if install "snowpipe-streaming 1.4.0" python_venv snowpipe-streaming 1.4.0 cryptography; then
  referee "snowpipe-streaming 1.4.0" "$venv/bin/python" \
    "$here/python/snowpipe_streaming.py" "$binary"
fi
if install "snowpipe-streaming 1.9.1" python_venv snowpipe-streaming 1.9.1 cryptography; then
  referee "snowpipe-streaming 1.9.1" "$venv/bin/python" \
    "$here/python/snowpipe_streaming.py" "$binary" --tls
fi
if install gosnowflake go_client; then
  for size in 128 256; do
    referee gosnowflake "$cache/go-referee" "$binary" --tls --bind-stage-threshold 5000 --key-size "$size"
  done
fi
if [ "$long" ] && install snowflake-sdk node_client; then
  referee snowflake-sdk node "$cache/node/main.js" "$binary"
fi

passed=$(grep -c '^ok ' "$log" || :)
failed=$(grep -c '^FAIL ' "$log" || :)
echo "referees: $passed checks passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ] && [ -z "$broken" ]
