#!/bin/sh
# Compares every committed C++ file with what clang-format makes of it: format.sh CLANG_FORMAT
# (`--dry-run` reports the comments of nested inline namespaces even where nothing would change.)
set -eu
right=0 wrong=0
list=$(mktemp)
trap 'rm -f "$list"' EXIT
trap 'exit 130' INT TERM
git ls-files '*.hpp' '*.ipp' '*.cpp' >"$list"
while read -r file; do
  [ -e "$file" ] || continue
  if "$1" "$file" | diff -u --label "$file" --label formatted "$file" -; then
    right=$((right + 1))
  else
    wrong=$((wrong + 1))
  fi
done <"$list"
echo "$right files formatted, $wrong not"
[ "$wrong" -eq 0 ] && [ "$right" -gt 0 ]
