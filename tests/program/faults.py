#!/usr/bin/env python3
"""Loads flights with examples/snowflake_bulk under every fault that the sandbox can commit, and compares what SQLite
counts with what is true of the file.

    faults.py --programs DIR --flights FILE.csv.zst [--rows N] [--lanes N] [--only TEXT]

Prints a line for each fault: how often it fired, what SQLite counts, how long it took. A fault that does not fire fails.
The first N rows are loaded, and every row is compared. With SLUICE_TEST_LONG=1 and SLUICE_FLIGHTS=/path/to/
flights-3m.csv.zst all 3,000,000 are, and the figures are compared with the given ground truth. What is expected of each
fault is in fault_cases.py; --only runs those whose name contains TEXT. Exit status 0 if all passed."""

import argparse
import collections
import concurrent.futures
import itertools
import os
import pathlib
import re
import sys
import tempfile
import threading
import time

import fault_cases
from loads import Account, Failure, Figures, Flights, difference, read_flights

# Computed with DuckDB from the file of the npm package vega-datasets 3.2.1, by others than this project.
THREE_MILLION = Figures(3_000_000, 20_003_603, 2_194_861_208, 229, 228)
CASES_PER_SANDBOX = 8


# What is loaded: `rows` is nothing where only the figures are known. idle_ms: of silence, until a request is repeated.
Input = collections.namedtuple("Input", "path figures rows rows_per_file patience idle_ms lanes")


def make_input(args, directory):
    long_file = os.environ.get("SLUICE_FLIGHTS")
    if os.environ.get("SLUICE_TEST_LONG") == "1" and long_file:
        return Input(long_file, THREE_MILLION, None, 200_000, 600.0, 5000, 2)
    rows = list(itertools.islice(read_flights(args.flights), args.rows))
    flights = Flights(directory / "flights.csv", rows)
    return Input(flights.path, flights.figures, flights.rows, max(1, args.rows // 20), 300.0, 1000, 8)


def accounts(words):
    """How many records the loader says were pushed, and in each of the places where they may be."""
    counts = {}
    for name in ("records pushed", "confirmed", "dead-lettered", "spooled", "pending"):
        found = re.search(rf"^ *{name} +([\d,]+)$", words, re.MULTILINE)
        counts[name] = int(found.group(1).replace(",", "")) if found else 0
    return counts


class Trial:
    """One load under one fault, or two where the first is expected to fail."""

    def __init__(self, account, case, table, given):
        self.account, self.case, self.table, self.given = account, case, table, given
        self.fired, self.seconds, self.runs = 0, 0.0, 0
        self.figures = Figures(0, 0, 0, 0, 0)

    def load(self):
        begun = time.monotonic()
        options = ["--journal", str(self.account.journal(self.table)), "--idle-timeout", str(self.given.idle_ms),
                   "--rows-per-file", str(self.given.rows_per_file)]
        with self.account.start(self.given.path, self.table, *options, login=self.case.login) as load:
            status, out = load.wait(self.given.patience)
        self.runs += 1
        self.seconds += time.monotonic() - begun
        counts = accounts(out)
        pushed = counts.pop("records pushed")
        if pushed != sum(counts.values()):
            raise Failure(f"{pushed} pushed, but {counts}\n{load.words}")
        return status, counts, load.words

    def run(self):
        """What went wrong, in words."""
        account, case = self.account, self.case
        account.control("/faults", "\n".join(case.arm))
        try:
            status, counts, words = self.load()
            self.fired = account.fired(fault_cases.name_of(case.arm[0]))
            account.control("/faults", method="DELETE")
            if case.expect == fault_cases.SECOND:
                if status not in (1, 2) or not re.search(r"^.* error pipeline: the load failed: .+", words, re.MULTILINE):
                    raise Failure(f"status {status}, a failure was expected\n{words}")
                status, counts, words = self.load()
            if status != (1 if case.expect == fault_cases.ONE_FILE else 0):
                raise Failure(f"status {status}\n{words}")
            self.figures = account.figures(self.table)
            if self.fired == 0:
                raise Failure("did not fire")
            return self.compare(counts)
        except Failure as why:
            account.control("/faults", method="DELETE")
            return str(why)

    def compare(self, counts):
        given = self.given
        if self.case.expect == fault_cases.ONE_FILE:
            missing = given.figures.count - self.figures.count
            if not missing == counts["dead-lettered"] == given.rows_per_file:
                return f"{missing} rows missing, {counts['dead-lettered']} dead letters, {given.rows_per_file} expected"
            doubled = self.account.all_rows(self.table) - given.rows if given.rows else None
            return f"{doubled.total()} rows too many" if doubled else ""
        if self.figures != given.figures:
            return f"not as expected, which is {given.figures}"
        return difference(given.rows, self.account.all_rows(self.table)) if given.rows else ""


class Report:
    """One line for each fault, in the order in which they end."""

    def __init__(self):
        self.failed = 0
        self.guard = threading.Lock()
        print(f"{'fault':52} fired {'count':>9} {'sum(delay)':>11} {'sum(distance)':>14} origins dest. runs seconds")

    def add(self, trial, wrong):
        f = trial.figures
        with self.guard:
            self.failed += bool(wrong)
            print(f"{' + '.join(trial.case.arm):52} {trial.fired:5} {f.count:9} {f.delay:11} {f.distance:14} {f.origins:7} "
                  f"{f.destinations:5} {trial.runs:4} {trial.seconds:7.1f}  {wrong or trial.case.expect}", flush=True)


def run_group(cases, name, args, given, report):
    """Cases of the same sandbox options, one after the other in one sandbox."""
    with tempfile.TemporaryDirectory(prefix="sluice-faults-") as directory:
        with Account(args.programs, directory, *cases[0].options) as account:
            for i, case in enumerate(cases):
                trial = Trial(account, case, f"T{name}_{i}", given)
                report.add(trial, trial.run())


def grouped(cases, size):
    """Cases that may share a sandbox: a clock stays where it was put."""
    alone = [case for case in cases if case.arm[0].startswith("clock_skew")]
    by_options = collections.defaultdict(list)
    for case in cases:
        if case not in alone:
            by_options[case.options].append(case)
    return [[case] for case in alone] + [
        of_one[i:i + size] for of_one in by_options.values() for i in range(0, len(of_one), size)]


def check_catalogue(args):
    with tempfile.TemporaryDirectory(prefix="sluice-faults-") as directory, Account(args.programs, directory) as account:
        forgotten = fault_cases.unaccounted(account.control("/catalogue"))
    if forgotten:
        raise SystemExit(f"fault_cases.py and the sandbox's catalogue differ in: {', '.join(sorted(forgotten))}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", required=True)
    parser.add_argument("--flights", required=True)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--lanes", type=int, help="sandboxes at once; 8 for few rows, when they mostly wait, else 2")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    begun = time.monotonic()
    check_catalogue(args)
    cases = [case for case in fault_cases.all_cases() if args.only in " + ".join(case.arm)]
    report = Report()
    with tempfile.TemporaryDirectory(prefix="sluice-faults-") as directory:
        given = make_input(args, pathlib.Path(directory))
        groups = grouped(cases, CASES_PER_SANDBOX if given.rows else 1)
        with concurrent.futures.ThreadPoolExecutor(args.lanes or given.lanes) as lanes:
            work = [lanes.submit(run_group, group, i, args, given, report) for i, group in enumerate(groups)]
            for group in work:
                group.result()
    print(f"{len(cases)} loads under a fault in {time.monotonic() - begun:.0f} s; {report.failed} failed")
    return 1 if report.failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
