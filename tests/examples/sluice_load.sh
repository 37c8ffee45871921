# sluice load: the same file into each destination that can be named.
set -eu
. tests/examples/lib/sandbox.sh
start_sandbox --commit-lag 50
flights=examples/data/flights-2001-01.csv.zst

load() { # load DESTINATION TABLE OPTION...
  to=$1 table=$2
  shift 2
  "$examples/sluice" load --to "$to" --table "$table" --limit 1000 "$@" "$flights" >"$work/said" 2>&1
}

sums=$(zstd -dc "$flights" | awk -F, 'NR == 1 { next } NR > 1001 { exit } { d += $2; m += $3 }
  END { printf "1000/%d/%d", d, m }')
for to in snowflake-bulk snowflake-insert snowpipe-streaming; do
  table=FLIGHTS_$(echo "$to" | tr a-z- A-Z_)
  load "$to" "$table" --profile "$profile" --results "$work/results"
  expect "the flights of $to" "$(count "count(*) || '/' || sum(DELAY) || '/' || sum(DISTANCE)" "$table")" "$sums"
done
expect 'the services of the results' "$(sed -n 's/.*"service":"\([a-z-]*\)".*/\1/p' "$work/results" | tr '\n' ' ')" \
  'snowflake-bulk snowflake-insert snowpipe-streaming '

load file "$work/files"
expect 'the lines of the files' "$(zstd -dcq "$work"/files/*.zst | wc -l)" 1000

# A repeat goes on behind what is there: the limit is of a run.
for i in 1 2; do load snowpipe-streaming STREAMED --profile "$profile" --source 2001-01; done
expect_line "$work/said" 'continued at record 1000'
for i in 1 2; do load snowflake-bulk JOURNALLED --profile "$profile" --journal "$work/journal"; done
expect_line "$work/said" 'continued at record 1000'
sums=$(zstd -dc "$flights" | awk -F, 'NR == 1 { next } NR > 2001 { exit } { d += $2; m += $3 }
  END { printf "2000/%d/%d", d, m }')
for table in STREAMED JOURNALLED; do
  expect "the flights of two runs, $table" \
    "$(count "count(*) || '/' || sum(DELAY) || '/' || sum(DISTANCE)" "$table")" "$sums"
done

refused() { # refused WORDS LOAD-ARGUMENT...
  words=$1
  shift
  status=0
  load "$@" || status=$?
  [ "$status" -ne 0 ] || fail "was taken: $*"
  expect_line "$work/said" "$words"
}
refused 'snowflake-insert' snowflake-bulks FLIGHTS --profile "$profile"
refused 'give --profile or --dsn' snowflake-bulk FLIGHTS
refused 'is for --to snowflake-bulk' file "$work/files" --journal "$work/journal"
refused 'is for --to snowpipe-streaming' snowflake-bulk FLIGHTS --profile "$profile" --source 2001-01
