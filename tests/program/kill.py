#!/usr/bin/env python3
"""kill -9 at every step: a program loads into a sandbox, is killed at a chosen point, and is started again. Every row
must be in the table exactly once, or in the dead letters if the service refuses it; a replay of those must load it
exactly once.

    kill.py --service NAME --programs DIR... --stop-at LIBRARY --flights FILE.csv.zst [--lanes N] [--only TEXT]

The loader is held at the point by a fault of the sandbox or, at a step of the journal, by stop_at.cpp, and killed when
it stands there: nothing depends on time. The next one is started at once, when the killed one may not be gone. The log
has a line for each point. Points are in <service>_kills.py; --only runs those whose line contains TEXT. Exit status 0 if
all passed."""

import argparse
import collections
import concurrent.futures
import contextlib
import importlib
import os
import pathlib
import sys
import tempfile
import threading
import time

from fault_cases import name_of
from kill_points import REQUEST_MOMENTS
from loads import Failure, Flights, cut, difference
from services import SERVICES

POINTS_PER_SANDBOX = 16  # each costs half a second to start, and its log of requests grows with them


def long_delay(row):
    return abs(row[1]) >= 100


def make_inputs(plan, packed, directory):
    """The flights that every load takes, and those of which some are refused."""
    plain = cut(packed, plan.ROWS)
    mixed = cut(packed, plan.ROWS, lambda row: not long_delay(row))
    for position, row in zip(plan.REFUSED_AT, cut(packed, len(plan.REFUSED_AT), long_delay)):
        mixed[position] = row
    return Flights(directory / "flights.csv", plain), Flights(directory / "mixed.csv", mixed)


class Trial:
    """One point: the preparation, the kill, the restart, the count."""

    def __init__(self, plan, service, point, table, inputs, stop_at):
        self.plan, self.service, self.point, self.table, self.stop_at = plan, service, point, table, stop_at
        self.scene = plan.SCENES[point.scene]
        self.mode = self.scene.mode
        self.flights = inputs[1] if self.scene.refused else inputs[0]
        self.at_kill = 0
        self.restarts = 0
        self.repeated = 0  # letters of rows that have one already
        self.read_again = 0  # rows of which the letters have no record
        self.killed = contextlib.ExitStack()  # what waits for those killed; they are not waited for before

    def load(self, environment=None, keep=()):
        return self.service.start(self.flights.path, self.table, self.service.rows_option, str(self.scene.rows),
                                  *self.service.at_once_options, mode=self.mode, environment=environment, keep=keep)

    def kill_at_fault(self, arm, fault, times=1):
        """Runs a load under the faults until one of them has acted so often, and kills it."""
        times += self.service.fired(fault)
        self.service.control("/faults", "\n".join(arm))
        load = self.killed.enter_context(self.load())
        load.kill_when(lambda: self.service.fired(fault) >= times)

    def prepare(self):
        before = self.scene.before
        self.service.make_table(self.table, self.mode, narrow=self.scene.refused)
        if before is None:
            return
        if not before.arm:
            self.must_end(self.load(), 0)
            return
        self.kill_at_fault(before.arm, before.fault, before.times)
        for fault in map(name_of, before.arm):
            if fault not in before.keep:
                self.service.control(f"/faults/{fault}", method="DELETE")

    def kill(self):
        point = self.point
        if point.text is None:
            self.kill_in_journal()
        else:
            action = REQUEST_MOMENTS[point.moment]
            fault = f"{point.kind}.{name_of(action)}"
            beside = [text.format(nth=point.nth) for text in self.scene.beside]
            self.kill_at_fault([*beside, f"{point.kind}.{action}:{point.at}"], fault)
            hit = self.service.last_hit(fault)
            if point.text not in hit["sql"]:
                raise Failure(f"came to {hit['sql'][:40]!r} instead")
        self.service.control("/faults", method="DELETE")

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
        if self.scene.refused:
            if self.must_end(self.load(), 0, 1) == 0:
                return
            self.restarts = 2
        self.must_end(self.load(), 0)

    def check(self):
        """What is wrong with the rows, in words."""
        expected = self.flights.rows
        if self.scene.refused:
            refused = collections.Counter(row for row in expected if long_delay(row))
            expected = expected - refused
            if wrong := self.check_letters(refused):
                return wrong
        return difference(expected, self.service.all_rows(self.table))

    def check_letters(self, refused):
        """What is wrong with the dead letters, in words. The run that was killed and the one behind it may each have
        written a letter of a row, if the kill came before the journal knew of it: a replay takes one of them."""
        written = collections.Counter((letter["run"], letter["position"]) for letter in self.service.letters(self.table))
        positions = sorted(position for _, position in written)
        if positions != list(self.plan.REFUSED_AT):
            return f"dead letters of the rows {positions}, not {list(self.plan.REFUSED_AT)}"
        if max(written.values()) > 2:
            return f"more than two dead letters of a row: {written}"
        self.repeated = written.total() - len(written)
        # What an earlier run had sent is not at hand any more: the letter names the row, and the source has it.
        replayed, read_again = self.service.replayed(self.table)
        replayed.update(self.flights.in_order[at] for at in read_again.elements())
        self.read_again = read_again.total()
        wrong = difference(refused, replayed)
        return wrong and f"replayed from the dead letters: {wrong}"

    def run(self):
        """What went wrong, in words."""
        try:
            with self.killed:
                self.prepare()
                self.kill()
                self.at_kill = self.service.count(self.table)
                self.restart()
                return self.check()
        except Failure as why:
            self.service.control("/faults", method="DELETE")
            return str(why)


class WithoutMemory(Trial):
    """The same with nothing to go on by: what that prevents must come about, or the count proves nothing."""

    def restart(self):
        self.mode = self.plan.FORGETFUL
        self.service.journal(self.table).unlink(missing_ok=True)
        super().restart()

    def check(self):
        wrong = super().check()
        return "" if "doubled" in wrong else f"no row doubled without a memory ({wrong or 'nothing wrong'})"


class Report:
    """One line for each point, in the order in which they end."""

    def __init__(self, total):
        self.total, self.done, self.failed, self.repeated, self.read_again = total, 0, 0, 0, 0
        self.guard = threading.Lock()

    def add(self, trial, wrong):
        point = trial.point
        with self.guard:
            self.done += 1
            self.failed += bool(wrong)
            print(f"{self.done:3}/{self.total}  {point.scene:22}  {point.step:26} {point.nth:3}  {point.moment:6}  "
                  f"rows at the kill {trial.at_kill:4} of {trial.plan.ROWS}  restarts {trial.restarts}  {wrong or 'ok'}",
                  flush=True)


def run_group(plan, points, name, args, inputs, report, kind=Trial):
    """The points of one scene, one after the other, in one sandbox."""
    with tempfile.TemporaryDirectory(prefix="sluice-kill-") as directory:
        with SERVICES[args.service](args.programs, directory, *plan.SCENES[points[0].scene].options) as service:
            trials = [kind(plan, service, point, f"T{name}_{i}", inputs, args.stop_at)
                      for i, point in enumerate(points)]
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
                report.repeated += trial.repeated
                report.read_again += trial.read_again


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--service", choices=SERVICES, required=True)
    parser.add_argument("--programs", nargs="+", required=True, help="where the sandbox is, and the loaders")
    parser.add_argument("--stop-at", required=True)
    parser.add_argument("--flights", required=True)
    parser.add_argument("--lanes", type=int, default=8, help="sandboxes at once; they mostly wait")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    begun = time.monotonic()
    plan = importlib.import_module(f"{args.service}_kills")
    points = [p for p in plan.all_points() if args.only in f"{p.scene}  {p.step} {p.nth} {p.moment}"]
    by_scene = collections.defaultdict(list)
    for point in points:
        by_scene[point.scene].append(point)
    groups = [of_scene[i:i + POINTS_PER_SANDBOX]
              for of_scene in by_scene.values() for i in range(0, len(of_scene), POINTS_PER_SANDBOX)]
    report = Report(len(points) + 1)
    with tempfile.TemporaryDirectory(prefix="sluice-kill-") as directory:
        inputs = make_inputs(plan, args.flights, pathlib.Path(directory))
        with concurrent.futures.ThreadPoolExecutor(args.lanes) as lanes:
            work = [lanes.submit(run_group, plan, group, i, args, inputs, report) for i, group in enumerate(groups)]
            work.append(
                lanes.submit(run_group, plan, [plan.RULE_OFF], "OFF", args, inputs, report, WithoutMemory))
            for group in work:
                group.result()
    for step, count in collections.Counter(p.step for p in points).items():
        print(f"{count:4} points at {step}")
    print(f"{report.repeated} dead letters were written twice, and replayed once; {report.read_again} had no record")
    print(f"killed at {len(points)} points in {time.monotonic() - begun:.0f} s; {report.failed} failed")
    return 1 if report.failed or not points else 0


if __name__ == "__main__":
    sys.exit(main())
