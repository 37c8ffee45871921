# examples/snowflake_bulk_basic, the program of the README: status 0 only if all is in the table.
set -eu
. tests/examples/lib/sandbox.sh
start_sandbox --profile "$work/written.json"
expect 'the mode of the profile' "$(stat -c %a "$work/written.json")" 600
# The profile that the sandbox itself writes is ready for use.
"$examples/snowflake_bulk_basic" "$work/written.json" >"$work/said"
expect_line "$work/said" '1000 pushed: 1000 confirmed, 0 in the dead letters'
expect 'the rows of the table' "$(count 'count(*)' ORDERS)" 1000
expect 'the sum of the amounts' "$(count 'round(sum(AMOUNT))' ORDERS)" 10004995.0

refused() { # refused PROFILE PATTERN
  status=0
  (cd "$work" && "$examples/snowflake_bulk_basic" "$1" >"$work/said" 2>&1) || status=$?
  expect "the exit status with $1" "$status" 1
  expect_line "$work/said" "$2"
}
write_profile "$work/nobody.json" 's/"user": "[^"]*"/"user": "NOBODY"/'
refused "$work/nobody.json" 'login'
write_profile "$work/nowhere.json" 's/"database": "[^"]*"/"database": "NOWHERE"/'
refused "$work/nowhere.json" 'NOWHERE\|database'
write_profile "$work/misspelt.json" 's/"warehouse"/"wearhouse"/'
"$examples/snowflake_bulk_basic" "$work/misspelt.json" 2>"$work/said" >/dev/null || :
expect_line "$work/said" 'wearhouse'
