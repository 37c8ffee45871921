# sluice stage gc: files of an old run go, with what they held; those of a young run, and files that
# are not ours, stay.
set -eu
. tests/examples/lib/sandbox.sh
start_sandbox
write_profile "$work/password.json" 's/"private_key_path": .*/"password": "loader-password",/'

leave_files_behind() { # COPY that leaves files out makes a load fail and keep what it uploaded
  control POST /faults 'copy_zero_files:1:1000'
  "$examples/snowflake_bulk" --profile "$work/password.json" --limit 1000 \
    --dead-letters "$work/dead.$1" examples/data/flights-2001-01.csv.zst >/dev/null 2>&1 &&
    fail 'a load succeeded although COPY loads nothing'
  control GET /faults >"$work/faults"
  expect_line "$work/faults" '"copy_zero_files":[1-9]'
  control DELETE /faults
}

files() { find "$work/data/objects" -name '*.data' | wc -l; }

gc() { "$examples/sluice" stage gc --profile "$profile" "$@" >"$work/said"; }

control POST /clock -172800 # two days ago
leave_files_behind old
control POST /clock 0
leave_files_behind young
expect 'files before' "$(files)" 2

gc --older-than 3d --yes
expect_line "$work/said" '^0 runs, 0 files, 0 bytes removed; 2 files stay$'
expect 'files after --older-than 3d' "$(files)" 2

gc --older-than 24h
expect_line "$work/said" '^would remove @~/sluice/[0-9a-z-]*/  1 files, '
expect 'files after a dry run' "$(files)" 2

old_bytes=$(find "$work/data/objects" -name '*.data' -size -200k -printf '%s\n' | sort -n | head -n 1)
gc --older-than 24h --yes
expect_line "$work/said" '^removed @~/sluice/[0-9a-z-]*/  1 files, '
expect_line "$work/said" '^1 runs, 1 files, [1-9][0-9]* bytes removed; 1 files stay$'
expect 'bytes removed' "$(sed -n 's/^1 runs, 1 files, \([0-9]*\) bytes.*/\1/p' "$work/said")" "$old_bytes"
expect 'files after' "$(files)" 1

gc --older-than 24h --yes
expect_line "$work/said" '^0 runs, 0 files, 0 bytes removed; 1 files stay$'
