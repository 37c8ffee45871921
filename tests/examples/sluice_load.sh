# sluice load: the same file into each destination that can be named.
set -eu
. tests/examples/lib/sandbox.sh
start_sandbox --commit-lag 50
flights=examples/data/flights-2001-01.csv.zst

load() { # load DESTINATION TABLE OPTION...
  to=$1 table=$2
  shift 2
  "$examples/sluice" load --to "$to" --profile "$profile" --table "$table" --limit 1000 "$@" "$flights" \
    >"$work/said" 2>&1
}

sums=$(zstd -dc "$flights" | awk -F, 'NR == 1 { next } NR > 1001 { exit } { d += $2; m += $3 }
  END { printf "1000/%d/%d", d, m }')
for to in snowflake-bulk snowflake-insert snowpipe-streaming; do
  table=FLIGHTS_$(echo "$to" | tr a-z- A-Z_)
  load "$to" "$table" --results "$work/results"
  expect "the flights of $to" "$(count "count(*) || '/' || sum(DELAY) || '/' || sum(DISTANCE)" "$table")" "$sums"
done
expect 'the services of the results' "$(sed -n 's/.*"service":"\([a-z-]*\)".*/\1/p' "$work/results" | tr '\n' ' ')" \
  'snowflake-bulk snowflake-insert snowpipe-streaming '

load file "$work/files"
expect 'the lines of the files' "$(zstd -dcq "$work"/files/*.zst | wc -l)" 1000

status=0
load snowflake-bulks FLIGHTS || status=$?
[ "$status" -ne 0 ] || fail 'a destination that there is not was taken'
expect_line "$work/said" 'snowflake-insert'
