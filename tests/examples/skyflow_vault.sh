# examples/skyflow_vault: bird strikes and tokens arrive in a vault; running it again changes nothing.
set -eu
. tests/examples/lib/sandbox.sh
start_sandbox --tls --vault examples/data/strikes_vault.json
"$examples/quickstart" --profile "$profile" --ca-file "$(field ca_file)" \
  examples/data/birdstrikes.csv.zst >"$work/said"
sqlite3 -csv -header "$sqlite" <examples/data/strikes_with_tokens.sql >"$work/strikes.csv"
load() { # load OPTION...
  "$examples/skyflow_vault" --url "$(field skyflow_url)" --vault strikes --ca-file "$(field ca_file)" \
    --credentials "$(field skyflow_credentials_file)" "$@" "$work/strikes.csv" >"$work/said" 2>&1
}
strikes_token() { # strikes_token LINE of the file
  sed -n "$(($1 + 1))p" "$work/strikes.csv" | awk -F, '{ print $(NF - 1) }'
}
strikes() { sqlite3 "$sqlite" "select $1 from \"skyflow.strikes.strikes\""; }

load --look-up airline_07
expect_line "$work/said" 'confirmed  *10,000$'
expect_line "$work/said" 'the token is known'
expect 'the strikes' "$(strikes 'count(*) || "/" || sum(cost_total)')" 10000/40545276
load --look-up airline_none
expect_line "$work/said" 'the token is not known'
expect 'the strikes after a second run' "$(strikes 'count(distinct strike_id) || "/" || count(*)')" \
  10000/10000

load --limit 0
expect_line "$work/said" 'confirmed  *10,000$'
load --limit 5 --append-suffix -run7 --look-up "$(strikes_token 1)-run7"
expect_line "$work/said" 'confirmed  *5$'
expect_line "$work/said" 'the token is known'
expect 'the airlines with a suffix' "$(strikes "sum(airline like '%-run7') || '/' || count(*)")" 5/10000

status=0
(cd "$work" && load --table nothing) || status=$?
expect 'the exit status without a table' "$status" 1
