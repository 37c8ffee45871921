# examples/snowflake_bulk_streaming: each line is in the table, although nobody says where a batch ends.
set -eu
. tests/examples/lib/sandbox.sh
start_sandbox
seq 500 | sed 's/^/line /' | "$examples/snowflake_bulk_streaming" "$profile" >"$work/said"
expect 'the lines' "$(count 'count(*)' EVENTS)" 500
expect 'the last line' "$(count 'max(TEXT)' EVENTS)" 'line 99'
