"""Loads of flights by examples/snowflake_bulk into a sandbox, and what became of their rows."""

import collections
import contextlib
import json
import os
import pathlib
import select
import sqlite3
import subprocess
import sys
import time
import urllib.request
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop" / "python"))
from sandbox import Sandbox  # noqa: E402

HEADER = "date,delay,distance,origin,destination\n"
PATIENCE = 120.0  # seconds; for what takes a moment on a quiet machine

Figures = collections.namedtuple("Figures", "count delay distance origins destinations")


class Failure(Exception):
    """What a test finds wrong."""


class Flights:
    """Rows of flights in a CSV file, and what is true of them."""

    def __init__(self, path, rows):
        self.path = str(path)
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


class Account(Sandbox):
    """A sandbox that keeps its rows in a directory, and the profile that logs in there."""

    def __init__(self, programs, directory, *options):
        directory = pathlib.Path(directory)
        super().__init__(str(pathlib.Path(programs) / "sandbox"), "--data", str(directory / "data"), *options)
        self.loader = str(pathlib.Path(programs) / "snowflake_bulk")
        self.directory = directory
        where = self.where
        profile = {key: where[key] for key in ("account", "user", "database", "schema", "warehouse", "role")}
        profile["url"] = where["account_url"]
        self.profiles = {
            "key": self._write("key.json", {**profile, "private_key_path": where["private_key_file"]}),
            "password": self._write("password.json", {**profile, "password": where["password"]}),
        }
        self.prefix = f"{where['database']}.{where['schema']}."
        self.rows = sqlite3.connect(where["sqlite"], uri=True, check_same_thread=False, timeout=PATIENCE)

    def __exit__(self, *why):
        self.rows.close()
        super().__exit__(*why)

    def _write(self, name, profile):
        path = self.directory / name
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            json.dump(profile, file)
        return str(path)

    def start(self, flights, table, *options, login="key", environment=None, keep=()):
        """Starts a load of the flights; `login`: by "key" or "password"; `keep`: descriptors that it inherits."""
        command = [self.loader, "--profile", self.profiles[login], "--table", table,
                   "--dead-letters", str(self.dead_letters(table)), *options, flights]
        return Load(command, environment, keep)

    def dead_letters(self, table):
        return self.directory / f"{table}.dead.ndjson"

    def journal(self, table):
        return self.directory / f"{table}.journal"

    def count(self, table):
        """Rows in the table; 0 as long as there is none."""
        try:
            return self.rows.execute(f'select count(*) from "{self.prefix}{table}"').fetchone()[0]
        except sqlite3.OperationalError as why:
            if "no such table" in str(why):
                return 0
            raise

    def all_rows(self, table):
        query = f'select date, delay, distance, origin, destination from "{self.prefix}{table}"'
        return collections.Counter(self.rows.execute(query))

    def figures(self, table):
        query = ("select count(*), sum(delay), sum(distance), count(distinct origin), count(distinct destination) "
                 f'from "{self.prefix}{table}"')
        return Figures(*self.rows.execute(query).fetchone())

    def execute(self, sql):
        """One statement in a session of its own, as a driver would send it."""
        where = self.where
        login = {"ACCOUNT_NAME": where["account"], "LOGIN_NAME": where["user"], "PASSWORD": where["password"]}
        token = self._ask("/session/v1/login-request", {"data": login})["token"]
        self._ask("/queries/v1/query-request", {"sqlText": sql}, token)
        self._ask("/session", {}, token, "&delete=true")

    def _ask(self, path, body, token=None, more=""):
        url = f"{self.where['account_url']}{path}?requestId={uuid.uuid4()}{more}"
        request = urllib.request.Request(url, json.dumps(body).encode())
        if token:
            request.add_header("Authorization", f'Snowflake Token="{token}"')
        with urllib.request.urlopen(request) as reply:
            answer = json.load(reply)
        if not answer["success"]:
            raise Failure(f"{path}: {answer['message']}")
        return answer["data"]

    def last_hit(self, fault):
        """The last request on which the fault acted, once it is in the log."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            hit = [r for r in self.control("/requests") if fault in r["faults"]]
            if hit:
                return hit[-1]
        raise Failure(f"no request of the log says that {fault} acted on it")


class Load:
    """A running loader; a context manager that ends it."""

    def __init__(self, command, environment, keep):
        self.command = command
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})}, pass_fds=keep,
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
