# examples/snowpipe_streaming: a second run goes on behind the last flight that the table holds.
set -eu
. tests/examples/lib/sandbox.sh
start_sandbox --commit-lag 50
flights=examples/data/flights-2001-01.csv.zst
stream() { # stream OPTION...
  "$examples/snowpipe_streaming" --profile "$profile" --results "$work/results" "$@" >"$work/said" 2>&1
}
stream --limit 1000 "$flights"
expect 'the flights of the first run' "$(count 'count(*)' STREAMED_FLIGHTS)" 1000
stream --limit 500 "$flights"
expect_line "$work/said" 'continued at flight 1000'
expect 'the flights of both runs' "$(count 'count(*)' STREAMED_FLIGHTS)" 1500
expect 'their delays and distances' "$(count "sum(DELAY) || '/' || sum(DISTANCE)" STREAMED_FLIGHTS)" \
  "$(zstd -dc "$flights" | awk -F, 'NR == 1 { next } NR > 1501 { exit } { d += $2; m += $3 }
    END { printf "%d/%d", d, m }')"
expect 'the mode of the results' "$(stat -c %a "$work/results")" 600
expect 'the records of the results' \
  "$(sed -n 's/.*"table":"STREAMED_FLIGHTS".*"records_written":\([0-9]*\),.*/\1/p' "$work/results" | tr '\n' ' ')" \
  '1000 500 '

zstd -dc "$flights" | sed 2001q >"$work/few.csv"
stream --limit 0 "$work/few.csv"
expect 'the flights of all runs, the last without a limit' "$(count 'count(*)' STREAMED_FLIGHTS)" 2000

write_profile "$work/nobody.json" 's/"user": "[^"]*"/"user": "NOBODY"/'
status=0
"$examples/snowpipe_streaming" --profile "$work/nobody.json" "$flights" >"$work/said" 2>&1 || status=$?
expect 'the exit status of a stranger' "$status" 2

status=0
"$examples/snowpipe_streaming" --profile "$profile" --results "$work/no/results" --limit 1 "$flights" \
  >"$work/said" 2>&1 || status=$?
expect 'the exit status without a place for the results' "$status" 1
expect_line "$work/said" "$work/no/results"
