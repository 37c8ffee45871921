# Sourced by the tests of the examples: an account on this machine while the script runs.
#
#   start_sandbox OPTION...   sets $work (a directory), $profile and $sqlite; ends with the script
#   field NAME                of the sandbox's first line of output
#   control METHOD PATH [TEXT]  asks its control endpoint
#   expect WHAT GOT WANTED    ends the script where they differ

# The account of whoever runs the tests: these win over a profile.
unset SNOWFLAKE_ACCOUNT SNOWFLAKE_USER SNOWFLAKE_PASSWORD SNOWFLAKE_PRIVATE_KEY_FILE \
  SNOWFLAKE_DATABASE SNOWFLAKE_SCHEMA SNOWFLAKE_WAREHOUSE SNOWFLAKE_ROLE PRIVATE_KEY_PASSPHRASE

examples=${SLUICE_EXAMPLES:?names the directory of the built examples}
work=$(mktemp -d)
sandbox=

end_sandbox() {
  exec 3>&-
  if [ "$sandbox" ]; then
    kill "$sandbox" 2>/dev/null || :
    wait "$sandbox" || :
  fi
  rm -rf "$work"
}
trap end_sandbox EXIT
trap 'exit 130' INT TERM

field() { printf '%s\n' "$endpoints" | sed -n "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p"; }

start_sandbox() {
  mkfifo "$work/input" "$work/output"
  "$examples/sandbox" --data "$work/data" "$@" <"$work/input" >"$work/output" 2>"$work/sandbox.log" &
  sandbox=$!
  # It serves until its standard input ends: this script's descriptor 3.
  exec 3>"$work/input"
  read -r endpoints <"$work/output" || { cat "$work/sandbox.log" >&2; exit 1; }
  profile=$work/profile.json
  sqlite=$(field sqlite)
  write_profile "$profile"
}

# write_profile FILE [SED EXPRESSION]: a profile of the account, changed by the expression
write_profile() {
  (umask 077 && sed "${2:-}" >"$1" <<PROFILE
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
  )
}

control() { curl --silent --show-error --fail -X "$1" "$(field control_url)$2" ${3:+--data-binary "$3"}; }

count() { sqlite3 "$sqlite" "select $1 from \"$(field database).$(field schema).$2\""; }

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

expect() { [ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"; }

# expect_line FILE PATTERN: a line of the file matches
expect_line() { grep -q -- "$2" "$1" || { cat "$1" >&2; fail "no line matches '$2'"; }; }
