# examples/snowflake_query: what it prints is what SQLite finds in the rows.
set -eu
. tests/examples/lib/sandbox.sh
start_sandbox
"$examples/snowflake_bulk" --profile "$profile" --limit 20000 examples/data/flights-2001-01.csv.zst \
  >/dev/null
"$examples/snowflake_query" "$profile" >"$work/said"
sqlite3 "$sqlite" "select ORIGIN || ' to ' || DESTINATION || ': ' || count(*) || ' flights'
  from \"$(field database).$(field schema).FLIGHTS\" group by ORIGIN, DESTINATION
  having count(*) >= 10 order by avg(DELAY) desc, ORIGIN, DESTINATION limit 5" >"$work/wanted"
expect 'lines of the truth' "$(wc -l <"$work/wanted")" 5
diff "$work/wanted" "$work/said"

status=0
"$examples/snowflake_query" "$work/nothing.json" 2>"$work/said" || status=$?
expect 'the exit status without a profile' "$status" 2
