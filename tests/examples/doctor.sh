# sluice doctor: a healthy account has no problem; each thing that is wrong is named with a remedy,
# and nothing of what was tried stays behind.
set -eu
. tests/examples/lib/sandbox.sh
start_sandbox
"$examples/snowflake_bulk" --profile "$profile" --limit 1000 examples/data/flights-2001-01.csv.zst

# doctor STATUS OPTION...: its output goes to $work/said
doctor() {
  wanted=$1
  shift
  status=0
  "$examples/sluice" doctor "$@" >"$work/said" 2>&1 || status=$?
  [ "$status" -eq "$wanted" ] || { cat "$work/said" >&2; fail "doctor $* ended with $status"; }
}

doctor 0 --profile "$profile" --table FLIGHTS --columns DATE,DELAY,DISTANCE,ORIGIN,DESTINATION \
  --bottleneck LICENSE
for check in profile dns connect answer login warehouse database schema clock table columns \
  privileges stage load; do
  expect_line "$work/said" "^ok  *$check "
done
expect_line "$work/said" ' is the bottleneck'
expect 'the table that doctor loaded' "$(sqlite3 "$sqlite" \
  "select count(*) from sqlite_master where name like '%SLUICE_DOCTOR%'")" 0
expect 'rows in the user'\''s table' "$(count 'count(*)' FLIGHTS)" 1000
expect 'stage files' "$(find "$work/data/objects" -name '*.data' | wc -l)" 0

doctor 1 --profile "$profile" --table FLIGHT
expect_line "$work/said" '^PROBLEM  table .*FLIGHT.* does not exist'
expect_line "$work/said" '^  *remedy  *check the spelling'

doctor 1 --profile "$profile" --table FLIGHTS --columns DATE,Delay
expect_line "$work/said" '^PROBLEM  columns .*"Delay", the nearest is "DELAY"'
expect_line "$work/said" '^ok  *stage '

doctor 1 --profile "$profile" --port 1
expect_line "$work/said" '^ok  *dns '
expect_line "$work/said" '^PROBLEM  connect '

doctor 1 --profile "$profile" --host no.such.invalid
expect_line "$work/said" '^PROBLEM  dns '

doctor 1 --profile "$work/nothing.json"
expect_line "$work/said" '^PROBLEM  profile .*nothing.json'

write_profile "$work/other.json" 's/"user": ".*"/"user": "NOBODY"/'
doctor 1 --profile "$work/other.json"
expect_line "$work/said" '^PROBLEM  login '

write_profile "$work/other.json" 's/"warehouse": ".*"/"warehouse": "NOPE"/'
doctor 1 --profile "$work/other.json"
expect_line "$work/said" '^PROBLEM  warehouse .*NOPE'
expect_line "$work/said" '^ok  *database '

write_profile "$work/other.json" 's/"schema": ".*"/"schema": "NOPE"/'
doctor 1 --profile "$work/other.json"
expect_line "$work/said" '^PROBLEM  schema .*NOPE'

# A service whose clock is an hour ahead: a key pair is refused, a password is not.
control POST /clock 3600
doctor 1 --profile "$profile"
expect_line "$work/said" '^PROBLEM  login .*expired'
write_profile "$work/other.json" 's/"private_key_path": .*/"password": "loader-password",/'
doctor 1 --profile "$work/other.json"
expect_line "$work/said" '^PROBLEM  clock .*3[56]..\.. s ahead of ours'
control POST /clock 0

control POST /faults 'put.status=403:1:100'
doctor 1 --profile "$profile"
expect_line "$work/said" '^PROBLEM  stage '
control GET /faults >"$work/faults"
expect_line "$work/faults" '"put.status":[1-9]'
