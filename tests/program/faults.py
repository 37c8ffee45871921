#!/usr/bin/env python3
"""Loads flights under every fault that the sandbox can commit, and compares what SQLite counts with what is true of the
file.

    faults.py --service NAME --programs DIR... --flights FILE.csv.zst [--rows N] [--lanes N] [--only TEXT]

Prints a line for each fault: how often it fired, what SQLite counts, how long it took. A fault that does not fire fails.
The first N rows are loaded, and every row is compared. With SLUICE_TEST_LONG=1 there are more ways to load, and with
SLUICE_FLIGHTS=/path/to/flights-3m.csv.zst all 3,000,000 rows, whose figures are compared with the given ground truth. What is expected of each
fault is in <service>_faults.py; --only runs those whose name or mode contains TEXT. Exit status 0 if all passed."""

import argparse
import collections
import concurrent.futures
import importlib
import itertools
import os
import pathlib
import re
import sys
import tempfile
import threading
import time

import fault_cases
from fault_cases import FAILS, IN_DOUBT, ONE_PART, REPEATED, SECOND
from loads import Failure, Figures, Flights, difference, read_flights
from services import SERVICES

# Computed with DuckDB from the file of the npm package vega-datasets 3.2.1, by others than this project.
THREE_MILLION = Figures(3_000_000, 20_003_603, 2_194_861_208, 229, 228)
LONG = os.environ.get("SLUICE_TEST_LONG") == "1"
CASES_PER_SANDBOX = 20  # each costs half a second to start
SILENCES = ("hang", "statement_slow")
BUSY_MS = 60_000
FAILURE = re.compile(r"^.*the load failed: .+", re.MULTILINE)
IN_DOUBT_WORDS = re.compile(r"the load failed: .*it may have been carried out although no answer came")


# What is loaded: `rows` is nothing where only the figures are known. parts: requests or files that a load makes at
# least. idle_ms: of silence, until a request is repeated, where the fault is a silence; else a busy machine is not one.
Input = collections.namedtuple("Input", "path figures rows parts patience idle_ms lanes")


def make_input(args, directory):
    long_file = os.environ.get("SLUICE_FLIGHTS")
    if LONG and long_file:
        return Input(long_file, THREE_MILLION, None, 15, 600.0, 5000, 2)
    rows = list(itertools.islice(read_flights(args.flights), args.rows))
    flights = Flights(directory / "flights.csv", rows)
    return Input(flights.path, flights.figures, flights.rows, 20, 300.0, 1000, 8)


def accounts(words):
    """How many records the loader says were pushed, and in each of the places where they may be."""
    counts = {}
    for name in ("records pushed", "confirmed", "dead-lettered", "spooled", "pending"):
        found = re.search(rf"^ *{name} +([\d,]+)$", words, re.MULTILINE)
        counts[name] = int(found.group(1).replace(",", "")) if found else 0
    return counts


class Trial:
    """One load under one fault, or two where the first is expected to fail."""

    def __init__(self, service, case, table, given):
        self.service, self.case, self.table, self.given = service, case, table, given
        self.per_request = service.rows_per_request(given.figures.count // given.parts)
        self.fired, self.seconds, self.runs = 0, 0.0, 0
        self.figures = Figures(0, 0, 0, 0, 0)

    def load(self):
        begun = time.monotonic()
        silent = any(silence in fault for fault in self.case.arm for silence in SILENCES)
        idle_ms = self.given.idle_ms if silent else BUSY_MS
        options = ["--idle-timeout", str(idle_ms), self.service.rows_option, str(self.per_request)]
        with self.service.start(self.given.path, self.table, *options, mode=self.case.mode) as load:
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
        service, case = self.service, self.case
        try:
            service.make_table(self.table, case.mode)
            service.control("/faults", "\n".join(case.arm))
            status, counts, words = self.load()
            self.fired = service.fired(fault_cases.name_of(case.arm[0]))
            service.control("/faults", method="DELETE")
            if case.expect in (SECOND, FAILS) and (status not in (1, 2) or not FAILURE.search(words)):
                raise Failure(f"status {status}, a failure was expected\n{words}")
            if case.expect == SECOND:
                status, counts, words = self.load()
            wanted = {ONE_PART: (1,), FAILS: (1, 2), IN_DOUBT: (0, 1)}.get(case.expect, (0,))
            # A fault without end may meet more payloads in a row than a load bears before it gives up: then, and only
            # then, it ends with 2, and says that it is their doubt that ended it.
            endless = case.expect == IN_DOUBT and any(fault.endswith(":*") for fault in case.arm)
            if endless and status == 2 and IN_DOUBT_WORDS.search(words):
                wanted = (2,)
            if status not in wanted:
                raise Failure(f"status {status}\n{words}")
            service.settle(case.mode)
            self.figures = service.figures(self.table)
            if self.fired == 0:
                raise Failure("did not fire")
            return self.tells_secrets(words) or self.compare(counts)
        except Failure as why:
            service.control("/faults", method="DELETE")
            return str(why)

    def tells_secrets(self, words):
        letters = self.service.dead_letters(self.table)
        text = words + (letters.read_text(encoding="utf-8") if letters.exists() else "")
        if any(secret in text for secret in self.service.secrets()):
            return "a credential is in the program's words or in a dead letter"
        return ""

    def compare(self, counts):
        given, found, expect = self.given, self.figures.count, self.case.expect
        lost_or_more = found - given.figures.count
        if expect == ONE_PART:
            # A load of minutes cuts some parts by their age: they are smaller.
            least = self.per_request if given.rows else 1
            if not -lost_or_more == counts["dead-lettered"] or not least <= -lost_or_more <= self.per_request:
                return f"{-lost_or_more} rows missing, {counts['dead-lettered']} dead letters, {self.per_request} expected"
        elif expect in (IN_DOUBT, FAILS):
            doubt = sum(letter["reason"] == "unknown" for letter in self.service.letters(self.table))
            if not counts["confirmed"] <= found <= counts["confirmed"] + doubt:
                return f"{counts['confirmed']} confirmed and {doubt} in doubt, but {found} rows in the table"
        elif expect == REPEATED:
            if not 0 <= lost_or_more <= self.fired * self.per_request:
                return f"{found} rows in the table"
        elif self.figures != given.figures:
            return f"not as expected, which is {given.figures}"
        if not given.rows:
            return ""
        rows = self.service.all_rows(self.table)
        if expect in (ONE_PART, IN_DOUBT, FAILS):
            extra = rows - given.rows
            return f"{extra.total()} rows too many" if extra else ""
        if expect == REPEATED:
            return difference(given.rows, rows & given.rows) or difference(rows, rows & (given.rows + given.rows))
        return difference(given.rows, rows)


class Report:
    """One line for each fault, in the order in which they end."""

    def __init__(self):
        self.failed = 0
        self.guard = threading.Lock()
        print(f"{'fault':58} fired {'count':>9} {'sum(delay)':>11} {'sum(distance)':>14} origins dest. runs seconds")

    def add(self, trial, wrong):
        f = trial.figures
        name = " + ".join(trial.case.arm) + (f" ({trial.case.mode})" if trial.case.mode else "")
        with self.guard:
            self.failed += bool(wrong)
            print(f"{name:58} {trial.fired:5} {f.count:9} {f.delay:11} {f.distance:14} {f.origins:7} "
                  f"{f.destinations:5} {trial.runs:4} {trial.seconds:7.1f}  {wrong or trial.case.expect}", flush=True)


def run_group(cases, name, args, given, report):
    """Cases of the same sandbox options, one after the other in one sandbox."""
    with tempfile.TemporaryDirectory(prefix="sluice-faults-") as directory:
        with SERVICES[args.service](args.programs, directory, *cases[0].options) as service:
            for i, case in enumerate(cases):
                trial = Trial(service, case, f"T{name}_{i}", given)
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


def check_catalogue(args, module):
    with tempfile.TemporaryDirectory(prefix="sluice-faults-") as directory:
        with SERVICES[args.service](args.programs, directory) as service:
            forgotten = fault_cases.unaccounted(module, service.control("/catalogue"))
    if forgotten:
        raise SystemExit(f"{module.__name__}.py and the sandbox's catalogue differ in: {', '.join(sorted(forgotten))}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--service", choices=SERVICES, required=True)
    parser.add_argument("--programs", nargs="+", required=True, help="where the sandbox is, and the loaders")
    parser.add_argument("--flights", required=True)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--lanes", type=int, help="sandboxes at once; 8 for few rows, when they mostly wait, else 2")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    begun = time.monotonic()
    module = importlib.import_module(f"{args.service}_faults")
    check_catalogue(args, module)
    cases = [case for case in fault_cases.all_cases(module, LONG)
             if args.only in f"{' + '.join(case.arm)} ({case.mode})"]
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
