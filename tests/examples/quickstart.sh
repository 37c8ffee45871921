# examples/quickstart.sh prints, where no terminal is, what README.md shows: the same lines and figures,
# but for what is measured. Every line fits into 100 columns.
set -eu
. tests/examples/lib/sandbox.sh
sh examples/quickstart.sh --built "$examples/.." >"$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
expect 'lines of more than 100 columns' "$(awk 'length > 100' "$work/said")" ''

shape() { # the last four columns of a load's row are bytes, requests, rows/s and CPU
  sed -E -e 's/^\[ *[0-9]+ s\]/[N s]/' -e 's/127\.0\.0\.1:[0-9]+/HOST/g' \
    -e 's/^((Snow|Sky).*[^ ]) +[1-9][0-9,]* +[1-9][0-9,]* +[1-9][0-9,]* +[0-9]+\.[0-9]+$/\1 N N N N/'
}
sed -n '/^<!-- sh examples\/quickstart.sh -->$/,/^```$/p' README.md | sed '1,2d;$d' >"$work/readme"
expect_line "$work/readme" 'every figure is right$'
shape <"$work/said" >"$work/got"
shape <"$work/readme" | diff - "$work/got"
