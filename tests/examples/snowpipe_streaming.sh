# examples/snowpipe_streaming: a second run goes on behind the last order that the table holds.
set -eu
. tests/examples/lib/sandbox.sh
start_sandbox --commit-lag 50
"$examples/snowpipe_streaming" --profile "$profile" --count 1000 >"$work/said"
expect 'the orders of the first run' "$(count 'count(*)' STREAMED_ORDERS)" 1000
"$examples/snowpipe_streaming" --profile "$profile" --count 1500 >"$work/said"
expect_line "$work/said" 'continued at order 1000'
expect 'the orders of both runs' "$(count 'count(*)' STREAMED_ORDERS)" 1500
expect 'the different orders' "$(count 'count(distinct ORDER_ID)' STREAMED_ORDERS)" 1500

write_profile "$work/nobody.json" 's/"user": "[^"]*"/"user": "NOBODY"/'
status=0
"$examples/snowpipe_streaming" --profile "$work/nobody.json" >"$work/said" 2>&1 || status=$?
expect 'the exit status of a stranger' "$status" 2
