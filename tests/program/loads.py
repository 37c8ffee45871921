"""Flights in files, loads of them by a program, and what is wrong with rows."""

import collections
import contextlib
import os
import select
import subprocess
import time

HEADER = "date,delay,distance,origin,destination\n"
PATIENCE = 120.0  # seconds; for what takes a moment on a quiet machine

# Without the account of whoever runs the tests: its variables win over a profile.
OWN_ENVIRONMENT = {name: value for name, value in os.environ.items()
                   if not name.startswith("SNOWFLAKE_") and name != "PRIVATE_KEY_PASSPHRASE"}

Figures = collections.namedtuple("Figures", "count delay distance origins destinations")


class Failure(Exception):
    """What a test finds wrong."""


class Flights:
    """Rows of flights in a CSV file, and what is true of them."""

    def __init__(self, path, rows):
        self.path = str(path)
        self.in_order = rows
        self.rows = collections.Counter(rows)
        self.figures = Figures(
            len(rows),
            sum(row[1] for row in rows),
            sum(row[2] for row in rows),
            len({row[3] for row in rows}),
            len({row[4] for row in rows}),
        )
        with open(path, "w", encoding="ascii") as file:
            file.write(HEADER)
            file.writelines(in_words(row) + "\n" for row in rows)


def in_words(row):
    return ",".join(map(str, row))


def read_flights(packed):
    """The rows of a .csv.zst, as the table holds them."""
    with subprocess.Popen(["zstd", "-dcq", str(packed)], stdout=subprocess.PIPE, text=True) as unpacked:
        try:
            if next(unpacked.stdout) != HEADER:
                raise Failure(f"{packed} does not begin with {HEADER}")
            for line in unpacked.stdout:
                date, delay, distance, origin, destination = line.rstrip("\n").split(",")
                yield date, int(delay), int(distance), origin, destination
        finally:
            unpacked.stdout.close()  # who needs no more rows ends it


def cut(packed, rows, keep=lambda row: True):
    """The first `rows` rows that differ from each other and are to be kept."""
    seen = {}
    with contextlib.closing(read_flights(packed)) as all_rows:
        for row in all_rows:
            if keep(row):
                seen.setdefault(row)
            if len(seen) == rows:
                return list(seen)
    raise Failure(f"{packed} has only {len(seen)} such rows")


class Load:
    """A running loader; a context manager that ends it."""

    def __init__(self, command, environment, keep, directory=None):
        self.command = command
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**OWN_ENVIRONMENT, **(environment or {})}, pass_fds=keep, cwd=directory,
        )
        self.ended = os.pidfd_open(self.process.pid)
        self.begun = time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        os.close(self.ended)

    def kill_when(self, reached, more=()):
        """kill -9 as soon as `reached()`, which is asked again when one of the descriptors `more` can be read, and
        every 5 ms. Does not wait for the end. Fails if the load ends first."""
        end = time.monotonic() + PATIENCE
        while not reached():
            ready, _, _ = select.select([self.ended, *more], [], [], 0.005)
            if self.ended in ready and not reached():
                raise Failure(f"ended with status {self.wait()[0]} before it came there\n{self.words}")
            if time.monotonic() > end:
                raise Failure(f"did not come there in {PATIENCE:.0f} s")
        self.process.kill()

    def wait(self, seconds=PATIENCE):
        """Status and standard output, when it has ended."""
        try:
            out, err = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            err += f"\nkilled, since it did not end in {seconds:.0f} s"
        self.words = f"{' '.join(self.command)}\n{out}{err}"
        return self.process.returncode, out


def difference(expected, found):
    """What is wrong with a multiset of rows, in words; nothing if it is right."""
    lost, extra = expected - found, found - expected
    if not lost and not extra:
        return ""
    doubled = sum(count for row, count in extra.items() if row in expected)
    text = f"{lost.total()} rows lost, {doubled} doubled, {extra.total() - doubled} that nobody sent"
    for name, rows in (("lost", lost), ("too many", extra)):
        if rows:
            text += f"; first {name}: {in_words(next(iter(rows)))}"
    return text
