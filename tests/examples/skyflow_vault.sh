# examples/skyflow_vault: people and their tokens arrive in a vault; running it again changes nothing.
set -eu
. tests/examples/lib/sandbox.sh
cat >"$work/vault.json" <<'SCHEMA'
{"vaultID": "people1", "name": "people", "vaultSchema": {"schemas": [{"name": "persons", "fields": [
  {"name": "ssn", "datatype": "DT_STRING", "tags": [
    {"name": "skyflow.options.configuration_tags", "values": ["UNIQUE"]},
    {"name": "skyflow.options.default_token_policy", "values": ["DETERMINISTIC_UUID"]}]},
  {"name": "full_name", "datatype": "DT_STRING"}]}]}}
SCHEMA
start_sandbox --tls --vault "$work/vault.json"
{
  echo ssn,ssn_token,full_name
  seq 1000 | awk '{ printf "900-%02d-%04d,tok_%d,Person %d\n", $1 / 100, $1, $1, $1 }'
} >"$work/people.csv"
load() { # load OPTION...
  "$examples/skyflow_vault" --url "$(field skyflow_url)" --vault people1 --ca-file "$(field ca_file)" \
    --credentials "$(field skyflow_credentials_file)" "$@" "$work/people.csv" >"$work/said" 2>&1
}
people() { sqlite3 "$sqlite" "select $1 from \"skyflow.people1.persons\""; }

load --look-up tok_7
expect_line "$work/said" '1000 pushed: 1000 confirmed, 0 in the dead letters'
expect_line "$work/said" 'the token is known'
expect 'the people' "$(people 'count(*)')" 1000
load --look-up tok_none
expect_line "$work/said" 'the token is not known'
expect 'the people after a second run' "$(people 'count(distinct ssn) || "/" || count(*)')" 1000/1000

status=0
(cd "$work" && load --table nothing) || status=$?
expect 'the exit status without a table' "$status" 1
