# sluice doctor: a certificate that nobody trusts is told apart from a network that does not answer.
set -eu
. tests/examples/lib/sandbox.sh
start_sandbox --tls --certificate unknown-ca

status=0
"$examples/sluice" doctor --profile "$profile" --ca-file "$(field ca_file)" >"$work/said" || status=$?
expect 'the exit status' "$status" 1
expect_line "$work/said" '^ok  *dns '
expect_line "$work/said" '^ok  *connect '
expect_line "$work/said" '^PROBLEM  tls '
