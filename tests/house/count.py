#!/usr/bin/env python3
"""Counts the tests in a JUnit file of ctest: the cases of each Catch2 program, and every other test
as one. Prints `N passed, N failed` as its last line."""
import re
import sys
import xml.etree.ElementTree as tree

# Catch2's summary, `All tests passed (9 assertions in 4 test cases)` or
# `test cases:  5 |  3 passed | 1 failed | 1 skipped`.
ALL_PASSED = re.compile(r"All tests passed \(\d+ assertions? in (\d+) test cases?\)")
SUMMARY = re.compile(r"^test cases: *\d+ \|(.*)$", re.MULTILINE)


def cases(output, word):
    """How many of a Catch2 program's cases are in state `word`; nothing if it is not one."""
    summary = SUMMARY.search(output)
    if not summary:
        return None
    match = re.search(rf"(\d+) {word}", summary.group(1))
    return int(match.group(1)) if match else 0


def main():
    passed = failed = 0
    for case in tree.parse(sys.argv[1]).getroot().iter("testcase"):
        output = case.findtext("system-out") or ""
        good = case.get("status") == "run"
        everything = ALL_PASSED.search(output)
        if good:
            count = int(everything.group(1)) if everything else cases(output, "passed")
            passed += 1 if count is None else count
        else:
            passed += cases(output, "passed") or 0
            failed += cases(output, "failed") or 1
            print(f"failed: {case.get('name')}")
    print(f"{passed} passed, {failed} failed")


if __name__ == "__main__":
    main()
