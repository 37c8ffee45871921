# sluice dlq: what a load could not deliver is shown, and loaded again exactly once.
set -eu
. tests/examples/lib/sandbox.sh
start_sandbox
flights=$PWD/examples/data/flights-2001-01.csv.zst
letters=$work/dead.ndjson
sums="count(*) || '/' || sum(DELAY) || '/' || sum(DISTANCE)"
of_source() { # of_source FIRST END: the same of records of the file, from position FIRST to before END
  zstd -dc "$flights" | awk -F, -v first="$1" -v end="$2" 'NR > end + 1 { exit }
    NR > first + 1 { n++; d += $2; m += $3 } END { printf "%d/%d/%d", n, d, m }'
}

# One of four files is refused: its rows are in the dead letters, all others in the table.
control POST /faults 'upload.status=403:2:1'
"$examples/snowflake_bulk" --profile "$profile" --table FLIGHTS --limit 1000 --rows-per-file 250 \
  --dead-letters "$letters" "$flights" >/dev/null 2>&1 && fail 'a load succeeded without a file'
control DELETE /faults
expect 'rows of the first load' "$(count 'count(*)' FLIGHTS)" 750
before=$(cksum <"$letters")
first=$(sed -n '1s/.*"position":\([0-9]*\).*/\1/p' "$letters") # files arrive in any order
last=$((first + 250))

dlq() { # dlq STATUS COMMAND ARGUMENT...: new dead letters come to $work
  wanted=$1
  shift
  status=0
  (cd "$work" && exec "$examples/sluice" dlq "$@" >"$work/said" 2>&1 </dev/null) || status=$?
  [ "$status" -eq "$wanted" ] || { cat "$work/said" >&2; fail "dlq $* ended with $status"; }
}

dlq 0 show "$letters"
expect_line "$work/said" '^file .* KiB  .*dead.ndjson, written [0-9:]* ago$'
expect_line "$work/said" '^letters  *250  of 1 runs$'
expect_line "$work/said" '^usable records  *250$'
expect_line "$work/said" '^batches  *1  with 250.0 letters on average$'
expect_line "$work/said" '^undelivered  *250  250 usable$'
expect_line "$work/said" '^code 403  *250$'

# Nothing is loaded unless somebody says yes.
to_bulk="--to snowflake-bulk --profile $profile --table"
dlq 2 replay $to_bulk FLIGHTS "$letters"
expect_line "$work/said" '^to  *snowflake-bulk  table FLIGHTS$'
expect_line "$work/said" '^records  *250$'
expect_line "$work/said" '^batches  *1  1 at once$'
expect_line "$work/said" '^estimated time  *200.00 ms  at 200.00 ms per batch$'
expect_line "$work/said" 'say --yes$'
on_terminal() { # on_terminal ANSWER STATUS MEANWHILE TABLE FILE...: runs MEANWHILE before it answers
  answer=$1 wanted=$2 meanwhile=$3
  shift 3
  python3 - "$answer" "$wanted" "$meanwhile" "$examples/sluice" dlq replay $to_bulk "$@" \
    >"$work/said" <<'SCRIPT'
import os, pty, subprocess, sys
answer, wanted, meanwhile, command = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:]
child, terminal = pty.fork()
if child == 0:
    os.execv(command[0], command)
said = b""
try:
    while b"type yes to load them" not in said:
        said += os.read(terminal, 4096)
    subprocess.run(meanwhile, shell=True, check=True)
    os.write(terminal, answer.encode() + b"\n")
    while part := os.read(terminal, 4096):
        said += part
except OSError:
    pass  # what Linux says once the other side has gone
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(said.decode())
if status != wanted:
    sys.exit(f"ended with {status}: {said.decode()}")
SCRIPT
}
on_terminal y 2 : FLIGHTS "$letters"
expect 'rows after other answers' "$(count 'count(*)' FLIGHTS)" 750
on_terminal yes 0 : FLIGHTS "$letters"
expect 'rows after the replay' "$(count "$sums" FLIGHTS)" "$(of_source 0 1000)"

# What comes to the files behind the screen is not loaded; what goes from them is missed.
one=$work/one.ndjson two=$work/two.ndjson
sed -n '1,100p' "$letters" >"$one"
sed -n '101,200p' "$letters" >"$two"
on_terminal yes 0 "sed -n '201,250p' '$letters' >>'$one'" SHOWN "$one" "$two"
expect 'rows of the letters that were shown' "$(count "$sums" SHOWN)" "$(of_source "$first" "$((first + 200))")"
on_terminal yes 1 "sed -i '91,100d' '$two'" MISSED "$one" "$two"
expect_line "$work/said" 'the last 10 of 250 letters were not tried'
expect 'rows of files that became shorter' "$(count 'count(*)' MISSED)" 240
on_terminal yes 1 ": >'$one'" NEVER "$one"
expect_line "$work/said" 'the last 150 of 150 letters were not tried'
mkfifo "$work/pipe"
dlq 105 replay --yes $to_bulk NEVER "$work/pipe"
expect_line "$work/said" 'pipe is a pipe or device, which cannot be read twice; write what it gives to a file'

# Into each other destination, exactly what is in the letters.
for to in snowflake-insert snowpipe-streaming; do
  table=$(echo "$to" | tr a-z- A-Z_)
  dlq 0 replay --yes --to "$to" --profile "$profile" --table "$table" "$letters"
  expect "the flights of $to" "$(count "$sums" "$table")" "$(of_source "$first" "$last")"
done
dlq 0 replay --yes --to file --table "$work/files" "$letters"
expect 'the lines of the files' "$(zstd -dcq "$work"/files/*.zst | wc -l)" 250
expect 'the letters that were read' "$(cksum <"$letters")" "$before"

# A record that may be there already is loaded only when that is asked for.
sed '1,10s/"reason":"undelivered"/"reason":"unknown"/' "$letters" >"$work/unknown.ndjson"
to_insert="--yes --to snowflake-insert --profile $profile --table"
dlq 0 replay $to_insert SURE "$work/unknown.ndjson"
expect_line "$work/said" '^left out  *10  may have been stored'
expect 'rows that were not stored' "$(count "$sums" SURE)" "$(of_source "$((first + 10))" "$last")"
dlq 0 replay $to_insert UNSURE --unknown "$work/unknown.ndjson"
expect 'all rows' "$(count "$sums" UNSURE)" "$(of_source "$first" "$last")"

# What fails again is in new dead letters, and every letter is somewhere.
sed -e '3s/"DELAY":[-0-9]*/"DELAY":"late"/' -e '7s/.$//' "$letters" >"$work/broken.ndjson"
before=$(cksum <"$work/broken.ndjson")
dlq 1 show "$work/broken.ndjson"
expect_line "$work/said" '^broken lines  *1$'
expect_line "$work/said" '^not usable: .*broken.ndjson:3: column "DELAY" holds "late", expected an integer'
dlq 1 replay $to_insert SOME "$work/broken.ndjson"
expect_line "$work/said" '^unusable  *2  go to the new dead letters$'
again=$(sed -n 's/^the dead letters are in //p' "$work/said")
expect 'rows that were good' "$(count 'count(*)' SOME)" 248
expect 'the new letters' "$(grep -c '"reason":"source"' "$work/$again")" 2
expect_line "$work/$again" 'broken.ndjson:7:[0-9]*: the line is not JSON (it ends too early)'
expect 'the broken letters' "$(cksum <"$work/broken.ndjson")" "$before"

# The new letters can be corrected and loaded, too.
sed -i '/"record":null/d; s/"DELAY":"late"/"DELAY":"0"/' "$work/$again"
dlq 0 replay $to_insert SOME "$work/$again"
expect 'rows with the corrected one' "$(count 'count(*)' SOME)" 249

# A replay that is repeated goes on behind what its journal knows; of others a journal is refused.
for i in 1 2; do
  dlq 0 replay --yes $to_bulk JOURNALLED --journal "$work/journal" "$letters"
done
expect_line "$work/said" '^continued at record 250$'
expect 'rows of two replays' "$(count "$sums" JOURNALLED)" "$(of_source "$first" "$last")"
refuses() { # refuses JOURNAL ARGUMENT...
  journal=$1
  shift
  dlq 2 replay --yes $to_bulk JOURNALLED --journal "$journal" "$@"
  expect_line "$work/said" 'which loaded other records than these; name a new file, or repeat that run'
}
sed '1,100d' "$letters" >"$work/rest.ndjson"
refuses "$work/journal" "$work/rest.ndjson"
refuses "$work/journal" "$letters" "$work/rest.ndjson"
refuses "$work/journal" --unknown "$letters"
load_journalled() { # load_journalled JOURNAL
  "$examples/sluice" load $to_bulk JOURNALLED --limit 10 --journal "$1" "$flights" >"$work/said" 2>&1
}
load_journalled "$work/journal" && fail 'a load took the journal of a replay'
expect_line "$work/said" 'which loaded other records than these'
expect 'rows of two replays, still' "$(count "$sums" JOURNALLED)" "$(of_source "$first" "$last")"
load_journalled "$work/load.journal"
refuses "$work/load.journal" "$letters"
expect 'rows with those of a load' "$(count 'count(*)' JOURNALLED)" 260

# A replay that ended in the second of two files goes on there.
sed -n '1,100p' "$letters" >"$one"
sed -n '101,250p' "$letters" >"$two"
cp "$two" "$work/two.whole"
on_terminal yes 1 "sed -i '51,\$d' '$two'" RESUMED --journal "$work/two.journal" "$one" "$two"
expect 'rows of the first part' "$(count "$sums" RESUMED)" "$(of_source "$first" "$((first + 150))")"
mv "$work/two.whole" "$two"
on_terminal yes 0 "sed -n '1,50p' '$letters' >>'$two'" RESUMED --journal "$work/two.journal" "$one" "$two"
expect_line "$work/said" 'continued at record 150'
expect 'rows of both parts' "$(count "$sums" RESUMED)" "$(of_source "$first" "$last")"

: >"$work/none.ndjson"
dlq 0 replay $to_insert NONE "$work/none.ndjson"
expect_line "$work/said" '^there is nothing to load$'
[ "$(count "count(*)" FLIGHTS)" = 1000 ] || fail 'rows came to FLIGHTS that nobody asked for'
