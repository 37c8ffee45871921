# examples/quickstart.sh says, where no terminal is, these lines with these figures; N is what the
# machine makes of it. Every line fits into 100 columns. The run that README.md shows is one of these.
set -eu
. tests/examples/lib/sandbox.sh
# An account of the environment is left alone.
SNOWFLAKE_ACCOUNT=elsewhere SNOWFLAKE_USER=NOBODY SNOWFLAKE_PASSWORD=wrong SNOWFLAKE_DATABASE=NONE \
  sh examples/quickstart.sh --built "$examples/.." >"$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
expect 'lines of more than 100 columns' "$(awk 'length > 100' "$work/said")" ''

shape() { # the last four columns of a load's row are bytes, requests, rows/s and CPU
  sed -E -e 's/^\[ *[0-9]+ s\]/[N s]/' -e 's/127\.0\.0\.1:[0-9]+/HOST/g' \
    -e 's/^((Snow|Sky).*[^ ]) +[1-9][0-9,]* +[1-9][0-9,]* +[1-9][0-9,]* +[0-9]+\.[0-9]+$/\1 N N N N/'
}
shape <"$work/said" | diff tests/examples/lib/quickstart.txt -

sed -n '/^<!-- sh examples\/quickstart.sh -->$/,/^```$/p' README.md | sed '1,2d;$d' >"$work/readme"
shape <"$work/readme" | diff tests/examples/lib/quickstart.txt -
