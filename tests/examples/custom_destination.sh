# examples/custom_destination: every line of the input is at the receiver once, and a line that the
# receiver refuses is a dead letter.
set -eu
. tests/examples/lib/sandbox.sh
mkfifo "$work/input" "$work/output"
python3 tests/examples/lib/receiver.py "$work/rows.sqlite" <"$work/input" >"$work/output" &
receiver=$!
exec 3>"$work/input"
read -r port <"$work/output"

program=$examples/custom_destination
seq 1 25000 | sed 's/.*/line &/' >"$work/lines"
(cd "$work" && "$program" "http://127.0.0.1:$port" <lines)
{ head -n 10 "$work/lines"; echo 'refuse me'; } >"$work/more"
status=0
(cd "$work" && "$program" "http://127.0.0.1:$port" <more >said) || status=$?
expect 'the exit status with a refused line' "$status" 1
expect 'its report' "$(cat "$work/said")" '11 pushed, 10 confirmed, 1 refused'
expect_line "$(ls "$work"/sluice-*.dead.ndjson)" 'not this one'

exec 3>&-
wait "$receiver"
expect 'rows at the receiver' "$(sqlite3 "$work/rows.sqlite" \
  "select count(*), count(distinct text), sum(number) from line")" "25010|25000|312512555"
expect 'batches' "$(sqlite3 "$work/rows.sqlite" 'select count(*) from batch')" 4
