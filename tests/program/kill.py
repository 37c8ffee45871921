#!/usr/bin/env python3
"""kill -9 at every step: examples/snowflake_bulk loads into a sandbox, is killed at a chosen point, and is started
again with its journal. Every row must be in the table exactly once, or in the dead letters if the service refuses it.

    kill.py --programs DIR --stop-at LIBRARY --flights FILE.csv.zst [--lanes N] [--only TEXT]

The loader is held at the point by a fault of the sandbox or, at a step of the journal, by stop_at.cpp, and killed when
it stands there: nothing depends on time. The next one is started at once, when the killed one may not be gone. The log has a line for each point. Points are in kill_points.py; --only runs
those whose line contains TEXT. Exit status 0 if all passed."""

import argparse
import collections
import concurrent.futures
import contextlib
import json
import os
import pathlib
import sys
import tempfile
import threading
import time

import kill_points
from loads import Account, Failure, Flights, cut, difference

ROWS = 2000
POINTS_PER_SANDBOX = 8  # its log of requests grows with them
NARROW = ('CREATE TABLE {} (DATE TIMESTAMP_NTZ(0) NOT NULL, DELAY NUMBER(2,0) NOT NULL, DISTANCE NUMBER(5,0) NOT NULL, '
          'ORIGIN VARCHAR(4) NOT NULL, DESTINATION VARCHAR(4) NOT NULL)')
REFUSED_AT = (3, 450, 451, 1100, 1999)  # positions of the rows that a narrow table refuses: in four files of 200 rows


def long_delay(row):
    return abs(row[1]) >= 100


def make_inputs(packed, directory):
    """The flights that every load takes, and those of which some are refused."""
    plain = cut(packed, ROWS)
    mixed = cut(packed, ROWS, lambda row: not long_delay(row))
    for position, row in zip(REFUSED_AT, cut(packed, len(REFUSED_AT), long_delay)):
        mixed[position] = row
    return Flights(directory / "flights.csv", plain), Flights(directory / "mixed.csv", mixed)


class Trial:
    """One point: the preparation, the kill, the restart, the count."""

    def __init__(self, account, point, table, inputs, stop_at):
        self.account, self.point, self.table, self.stop_at = account, point, table, stop_at
        self.scene = kill_points.SCENES[point.scene]
        self.flights = inputs[1] if self.scene.before == "refused" else inputs[0]
        self.at_kill = 0
        self.restarts = 0
        self.killed = contextlib.ExitStack()  # what waits for those killed; they are not waited for before

    def load(self, environment=None, keep=()):
        return self.account.start(self.flights.path, self.table, "--journal", str(self.account.journal(self.table)),
                                  "--rows-per-file", str(self.scene.rows_per_file), environment=environment, keep=keep)

    def kill_at_fault(self, fault, times=1):
        """Runs a load until the armed fault has acted so often, and kills it."""
        load = self.killed.enter_context(self.load())
        load.kill_when(lambda: self.account.fired(fault) >= times)

    def prepare(self):
        account, before = self.account, self.scene.before
        files = ROWS // self.scene.rows_per_file
        if before == "staged":
            account.control("/faults", f"copy.hang:1:*\nhead_object.hang_reply:{files}")
            self.kill_at_fault("head_object.hang_reply")
        elif before == "unheard":
            account.arm("poll.hang:1:*")
            self.kill_at_fault("poll.hang")
        elif before == "unsent":
            account.arm("upload.hang:1:*")
            self.kill_at_fault("upload.hang", times=4)
        elif before == "complete":
            self.must_end(self.load(), 0)
        elif before == "refused":
            account.execute(NARROW.format(self.table))
        account.control("/faults", method="DELETE")

    def kill(self):
        point = self.point
        if point.text is None:
            self.kill_in_journal()
            return
        action = kill_points.REQUEST_MOMENTS[point.moment]
        nth = point.nth
        if self.scene.before == "short-lived":
            self.account.arm(f"session_expired:{nth}")
            nth = 1
        self.account.arm(f"{point.kind}.{action}:{nth}")
        fault = f"{point.kind}.{action.partition('=')[0]}"
        self.kill_at_fault(fault)
        hit = self.account.last_hit(fault)
        if point.text not in hit["sql"]:
            raise Failure(f"came to {hit['sql'][:40]!r} instead")
        self.account.control("/faults", method="DELETE")

    def kill_in_journal(self):
        point = self.point
        stands, told = os.pipe()
        environment = {"LD_PRELOAD": self.stop_at, "SLUICE_STOP_FD": str(told),
                       "SLUICE_STOP_AT": f"{point.kind}:{point.nth}:{point.moment}"}
        os.set_blocking(stands, False)

        def standing():
            try:
                return os.read(stands, 1) == b"!"
            except BlockingIOError:
                return False

        try:
            load = self.killed.enter_context(self.load(environment, keep=(told,)))
            load.kill_when(standing, more=(stands,))
        finally:
            os.close(stands)
            os.close(told)

    def must_end(self, load, *allowed):
        with load:
            status, _ = load.wait()
            if status not in allowed:
                raise Failure(f"status {status}\n{load.words}")
            return status

    def restart(self):
        """Until everything is in the table or in the dead letters; only refused rows need a second look."""
        self.restarts = 1
        if self.scene.before == "refused":
            if self.must_end(self.load(), 0, 1) == 0:
                return
            self.restarts = 2
        self.must_end(self.load(), 0)

    def check(self):
        """What is wrong with the rows, in words."""
        expected = self.flights.rows
        if self.scene.before == "refused":
            refused = collections.Counter(row for row in expected if long_delay(row))
            expected = expected - refused
            positions = set()
            with open(self.account.dead_letters(self.table), encoding="utf-8") as letters:
                positions.update(json.loads(line)["position"] for line in letters)
            if positions != set(REFUSED_AT):
                return f"dead letters of the rows {sorted(positions)}, not {list(REFUSED_AT)}"
        return difference(expected, self.account.all_rows(self.table))

    def run(self):
        """What went wrong, in words."""
        try:
            with self.killed:
                self.prepare()
                self.kill()
                self.at_kill = self.account.count(self.table)
                self.restart()
                return self.check()
        except Failure as why:
            self.account.control("/faults", method="DELETE")
            return str(why)


class WithoutJournal(Trial):
    """The same without its memory: what the journal prevents must come about, or the count proves nothing."""

    def restart(self):
        self.account.journal(self.table).unlink()
        super().restart()

    def check(self):
        wrong = super().check()
        return "" if "doubled" in wrong else f"no row doubled without a journal ({wrong or 'nothing wrong'})"


class Report:
    """One line for each point, in the order in which they end."""

    def __init__(self, total):
        self.total, self.done, self.failed = total, 0, 0
        self.guard = threading.Lock()

    def add(self, trial, wrong):
        point = trial.point
        with self.guard:
            self.done += 1
            self.failed += bool(wrong)
            print(f"{self.done:3}/{self.total}  {point.scene:22}  {point.step:26} {point.nth:3}  {point.moment:6}  "
                  f"rows at the kill {trial.at_kill:4} of {ROWS}  restarts {trial.restarts}  {wrong or 'ok'}", flush=True)


def run_group(points, name, args, inputs, report, kind=Trial):
    """The points of one scene, one after the other, in one sandbox."""
    with tempfile.TemporaryDirectory(prefix="sluice-kill-") as directory:
        with Account(args.programs, directory, *kill_points.SCENES[points[0].scene].options) as account:
            trials = [kind(account, point, f"T{name}_{i}", inputs, args.stop_at) for i, point in enumerate(points)]
            passed = []
            for trial in trials:
                wrong = trial.run()
                report.add(trial, wrong)
                if not wrong:
                    passed.append(trial)
            # What a dead loader had asked for may have been done later.
            for trial in passed:
                if wrong := trial.check():
                    report.add(trial, f"at the end: {wrong}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", required=True)
    parser.add_argument("--stop-at", required=True)
    parser.add_argument("--flights", required=True)
    parser.add_argument("--lanes", type=int, default=8, help="sandboxes at once; they mostly wait")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    begun = time.monotonic()
    points = [p for p in kill_points.all_points() if args.only in f"{p.scene}  {p.step} {p.nth} {p.moment}"]
    by_scene = collections.defaultdict(list)
    for point in points:
        by_scene[point.scene].append(point)
    groups = [of_scene[i:i + POINTS_PER_SANDBOX]
              for of_scene in by_scene.values() for i in range(0, len(of_scene), POINTS_PER_SANDBOX)]
    report = Report(len(points) + 1)
    with tempfile.TemporaryDirectory(prefix="sluice-kill-") as directory:
        inputs = make_inputs(args.flights, pathlib.Path(directory))
        with concurrent.futures.ThreadPoolExecutor(args.lanes) as lanes:
            work = [lanes.submit(run_group, group, i, args, inputs, report) for i, group in enumerate(groups)]
            work.append(lanes.submit(run_group, [kill_points.RULE_OFF], "off", args, inputs, report, WithoutJournal))
            for group in work:
                group.result()
    for step, count in collections.Counter(p.step for p in points).items():
        print(f"{count:4} points at {step}")
    print(f"killed at {len(points)} points in {time.monotonic() - begun:.0f} s; {report.failed} failed")
    return 1 if report.failed or not points else 0


if __name__ == "__main__":
    sys.exit(main())
