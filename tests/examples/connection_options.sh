# Where programs learn whom to log in as: flags, the environment under the names of Snowflake's own
# command line, a profile; a flag wins over the environment, which wins over the profile.
set -eu
. tests/examples/lib/sandbox.sh
start_sandbox --tls
flights=examples/data/flights-2001-01.csv.zst

# load STATUS TABLE OPTION...: its output goes to $work/said
load() {
  wanted=$1
  table=$2
  shift 2
  status=0
  "$examples/snowflake_bulk" --ca-file "$(field ca_file)" --limit 100 --table "$table" "$@" \
    "$flights" >"$work/said" 2>&1 || status=$?
  [ "$status" -eq "$wanted" ] || { cat "$work/said" >&2; fail "$table $* ended with $status"; }
}

loaded() { expect "rows of $1" "$(count 'count(*)' "$1")" 100; }

where=$(field account_url)
where=${where#https://}
at="--host ${where%:*} --port ${where##*:}"

# Nothing but flags, and a key file or a password that only the environment names.
# shellcheck disable=SC2086 # $at is four words
SNOWFLAKE_PRIVATE_KEY_FILE=$(field private_key_file) load 0 BY_KEY $at --account "$(field account)" \
  --user "$(field user)" --database "$(field database)" --schema "$(field schema)" \
  --warehouse "$(field warehouse)" --role "$(field role)"
loaded BY_KEY

# The key file comes before a password.
# shellcheck disable=SC2086
SNOWFLAKE_PRIVATE_KEY_FILE=$(field private_key_file) SNOWFLAKE_PASSWORD=wrong \
  load 0 KEY_FIRST $at --account "$(field account)" --user "$(field user)" \
  --database "$(field database)" --schema "$(field schema)" \
  --warehouse "$(field warehouse)" --role "$(field role)"
loaded KEY_FIRST

# Nothing but the environment.
everything() {
  SNOWFLAKE_ACCOUNT=$(field account) SNOWFLAKE_USER=$(field user) \
    SNOWFLAKE_PASSWORD=loader-password SNOWFLAKE_DATABASE=$(field database) \
    SNOWFLAKE_SCHEMA=$(field schema) SNOWFLAKE_WAREHOUSE=$(field warehouse) \
    SNOWFLAKE_ROLE=$(field role) load "$@"
}
# shellcheck disable=SC2086
everything 0 BY_ENVIRONMENT $at
loaded BY_ENVIRONMENT

# A flag wins over the environment, the environment over the profile.
load 0 BY_PROFILE --profile "$profile"
SNOWFLAKE_USER=NOBODY load 2 NEVER --profile "$profile"
SNOWFLAKE_USER=NOBODY load 0 BY_FLAG --profile "$profile" --user "$(field user)"
loaded BY_FLAG

# Another account is not at the host of the profile's; its own in another case is.
load 0 BY_CASE --profile "$profile" --account "$(field account | tr A-Z a-z)"
loaded BY_CASE
status=0
SNOWFLAKE_ACCOUNT='no account' "$examples/sluice" doctor --ca-file "$(field ca_file)" \
  --profile "$profile" >"$work/said" || status=$?
expect 'the status of doctor for an account that has no host' "$status" 1
expect_line "$work/said" '^PROBLEM  account .*offset 2 '
# shellcheck disable=SC2086
SNOWFLAKE_ACCOUNT='no account' "$examples/sluice" doctor --ca-file "$(field ca_file)" \
  --profile "$profile" $at >"$work/said" || :
expect_line "$work/said" '^ok  *connect '

# Whence they come is told as it is.
expect_line "$work/said" "^ok  *profile  *$profile\$"
# shellcheck disable=SC2086
SNOWFLAKE_PASSWORD=loader-password "$examples/sluice" doctor --ca-file "$(field ca_file)" $at \
  --account "$(field account)" --user "$(field user)" --warehouse "$(field warehouse)" >"$work/said" || :
expect_line "$work/said" '^ok  *profile  *flags and environment$'
expect_line "$work/said" '^ok  *login '

# Nobody is named.
status=0
"$examples/snowflake_bulk" "$flights" >"$work/said" 2>&1 || status=$?
[ "$status" -ne 0 ] || fail 'nobody logged in'
expect_line "$work/said" '--profile, --dsn or --account'
