"""The services of the sandbox as tests of whole programs see them: who loads, where its rows are, what steers it."""

import collections
import csv
import io
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

from loads import PATIENCE, Failure, Figures, Load

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop" / "python"))
from sandbox import Sandbox  # noqa: E402

COLUMNS = ("DATE TIMESTAMP_NTZ(0) NOT NULL, DELAY NUMBER({},0) NOT NULL, DISTANCE NUMBER(5,0) NOT NULL, "
           "ORIGIN VARCHAR(4) NOT NULL, DESTINATION VARCHAR(4) NOT NULL")
JWT = "eyJ"  # how every signed token begins
READ_AGAIN = re.compile(r"again from position (\d+)")


def line_of_key(pem):
    """A line of a private key that no other key has."""
    return pem.splitlines()[2]


class Service(Sandbox):
    """A sandbox that keeps its rows in a directory, and the program that loads into it."""

    loader = None  # name of the program
    rows_option = "--rows-per-request"
    at_once_options = ()  # what has several requests or files under way from the beginning
    sandbox_options = ()
    modes = {}  # ways to load, by name: options of the program; the first is used where none is named

    def __init__(self, programs, directory, *options):
        self.programs = [pathlib.Path(p).resolve() for p in programs]  # loaders run elsewhere
        self.directory = pathlib.Path(directory)
        self.files = {}  # that modes name
        super().__init__(self._program("sandbox"), "--data", str(self.directory / "data"),
                         *self.sandbox_options, *options)
        self.rows = sqlite3.connect(self.where["sqlite"], uri=True, check_same_thread=False, timeout=PATIENCE)

    def __exit__(self, *why):
        self.rows.close()
        super().__exit__(*why)

    def _program(self, name):
        for directory in self.programs:
            if (directory / name).exists():
                return str(directory / name)
        raise SystemExit(f"{name} is in none of {', '.join(map(str, self.programs))}")

    def _write(self, name, text):
        path = self.directory / name
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        return str(path)

    # What a service says of itself.

    def stored(self, table):
        """The table's name in SQLite."""
        raise NotImplementedError

    def target(self, table):
        """Options of the program: where to, and as whom."""
        raise NotImplementedError

    def make_table(self, table, mode=None, narrow=False):
        """Before the first load into it, where the program does not make it. A narrow one takes no delay of three
        digits."""
        raise NotImplementedError

    def secrets(self):
        """Texts that must be in no word of the program and in no dead letter."""
        raise NotImplementedError

    def settle(self, mode):
        """Waits until rows that count as confirmed in this mode can be seen, where that may be later."""

    def rows_per_request(self, rows):
        """As near to `rows` as a request or file may have."""
        return max(1, rows)

    # The same for all.

    def start(self, flights, table, *options, mode=None, environment=None, keep=()):
        """Starts a load of the flights; `keep`: descriptors that it inherits."""
        names = {**self.files, "journal": self.journal(table)}
        chosen = [option.format(**names) for option in self.modes[mode or next(iter(self.modes))]]
        command = [self._program(self.loader), *self.target(table), *chosen,
                   "--dead-letters", str(self.dead_letters(table)), *options, flights]
        return Load(command, environment, keep)

    def dead_letters(self, table):
        return self.directory / f"{table}.dead.ndjson"

    def letters(self, table):
        """The dead letters, each as a dictionary."""
        if self.dead_letters(table).exists():
            with open(self.dead_letters(table), encoding="utf-8") as letters:
                yield from map(json.loads, letters)

    def replayed(self, table):
        """The rows that a replay of the dead letters loads, and the positions from which it says that the source has to
        be read again: their letters have no record. Each as often as it does so."""
        with tempfile.TemporaryDirectory(prefix="replay-", dir=self.directory) as directory:
            loaded = pathlib.Path(directory, "loaded")
            loaded.mkdir()
            replay = [self._program("sluice"), "dlq", "replay", "--yes", "--to", "file", "--table", str(loaded),
                      str(self.dead_letters(table))]
            with Load(replay, None, (), directory) as load:
                status, _ = load.wait()
            words = "".join(path.read_text(encoding="utf-8") for path in pathlib.Path(directory).glob("*.dead.ndjson"))
            positions = collections.Counter(map(int, READ_AGAIN.findall(words)))
            if status != (1 if positions else 0) or positions.total() != words.count("\n"):
                raise Failure(f"status {status}\n{load.words}{words}")
            rows = collections.Counter()
            for file in loaded.iterdir():
                text = subprocess.run(["zstd", "-dcq", str(file)], check=True, stdout=subprocess.PIPE, text=True).stdout
                rows.update((date, int(delay), int(distance), origin, destination)
                            for date, delay, distance, origin, destination in csv.reader(io.StringIO(text)))
            return rows, positions

    def journal(self, table):
        return self.directory / f"{table}.journal"

    def count(self, table):
        """Rows in the table; 0 as long as there is none."""
        try:
            return self.rows.execute(f"select count(*) from {self.stored(table)}").fetchone()[0]
        except sqlite3.OperationalError as why:
            if "no such table" in str(why):
                return 0
            raise

    def all_rows(self, table):
        query = f"select date, delay, distance, origin, destination from {self.stored(table)}"
        return collections.Counter(self.rows.execute(query))

    def figures(self, table):
        query = ("select count(*), coalesce(sum(delay), 0), coalesce(sum(distance), 0), count(distinct origin), "
                 f"count(distinct destination) from {self.stored(table)}")
        return Figures(*self.rows.execute(query).fetchone())

    def last_hit(self, fault):
        """The last request on which the fault acted, once it is in the log."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            hit = [r for r in self.control("/requests") if fault in r["faults"]]
            if hit:
                return hit[-1]
        raise Failure(f"no request of the log says that {fault} acted on it")


class Account(Service):
    """A Snowflake account."""

    def __init__(self, programs, directory, *options):
        super().__init__(programs, directory, *options)
        where = self.where
        profile = {key: where[key] for key in ("account", "user", "database", "schema", "warehouse", "role")}
        profile["url"] = where["account_url"]
        for name, credential in (("key", "private_key_path"), ("password", "password")):
            value = where["private_key_file"] if name == "key" else where["password"]
            self.files[name] = self._write(f"{name}.json", json.dumps({**profile, credential: value}))

    def stored(self, table):
        return f'"{self.where["database"]}.{self.where["schema"]}.{table}"'

    def target(self, table):
        return ["--table", table]

    def secrets(self):
        with open(self.where["private_key_file"], encoding="ascii") as pem:
            key = line_of_key(pem.read())
        return [key, self.where["password"], self.where["oauth_token"], self.where["access_token"], JWT]

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


class Bulk(Account):
    """Loaded by examples/snowflake_bulk, which makes its table. A mode is a way to log in."""

    loader = "snowflake_bulk"
    rows_option = "--rows-per-file"
    at_once_options = ("--parallel-uploads", "8")
    modes = {name: ("--profile", f"{{{name}}}", "--journal", "{journal}") for name in ("key", "password")}

    def make_table(self, table, mode=None, narrow=False):
        if narrow:
            self.execute(f"CREATE TABLE {table} ({COLUMNS.format(2)})")

class Snowpipe(Account):
    """Streamed into by load_snowpipe. A mode is what a restart goes on by, and how the load ends."""

    loader = "load_snowpipe"
    # Rows are committed soon, and the limits of rate are out of the way.
    sandbox_options = ("--commit-lag", "50", "--channel-requests", "1000000", "--channel-bytes", "1000000000000")
    quick = ("--profile", "{key}", "--poll-interval", "20", "--retry-wait", "20")
    modes = {
        "token": quick,
        "token and journal": (*quick, "--journal", "{journal}"),
        "dropped": (*quick, "--journal", "{journal}", "--drop-channel"),
        "impatient": (*quick, "--stall-after", "500", "--guard-for", "500"),
        "elastic": (*quick, "--elastic"),
        "another channel": (*quick, "--channel", "ANOTHER"),
    }

    def make_table(self, table, mode=None, narrow=False):
        self.execute(f"CREATE TABLE {table} ({COLUMNS.format(2 if narrow else 5)})")

    def settle(self, mode):
        if mode == "elastic":  # what is accepted is durable, and committed later
            self.control("/streaming/commit", "")


class Vault(Service):
    """Loaded by load_skyflow into vaults of their own. A mode is a way to ask a vault."""

    loader = "load_skyflow"
    modes = {how: ("--as", how, "--retry-wait", "20") for how in ("plain", "upsert", "unique", "batch", "flow")}
    keyed = ("upsert", "unique")  # modes in which a vault can tell a repeated record

    most_rows = 1_000  # of a request

    FIELDS = {"date": "DT_DATETIME", "delay": "DT_INT32", "distance": "DT_INT32", "origin": "DT_STRING",
              "destination": "DT_STRING"}

    def rows_per_request(self, rows):
        return min(super().rows_per_request(rows), self.most_rows)

    def vault(self, table):
        return "v" + table.lower()

    def stored(self, table):
        return f'"skyflow.{self.vault(table)}.flights"'

    def target(self, table):
        url = self.where["skyflow_url"]
        return ["--url", url, "--credentials", self.where["skyflow_credentials_file"], "--vault", self.vault(table),
                "--table", "flights", *(["--ca-file", self.where["ca_file"]] if url.startswith("https") else [])]

    def make_table(self, table, mode=None, narrow=False):
        def tag(name, value):
            return {"name": f"skyflow.options.{name}", "values": [value]}

        fields = [{"name": name, "datatype": kind} for name, kind in self.FIELDS.items()]
        fields[3]["tags"] = [tag("default_token_policy", "DETERMINISTIC_UUID")]
        if mode in self.keyed:
            fields.append({"name": "number", "datatype": "DT_STRING", "tags": [tag("configuration_tags", "UNIQUE")]})
        self.control("/skyflow/vaults", json.dumps({
            "vaultID": self.vault(table), "name": "flights",
            "vaultSchema": {"schemas": [{"name": "flights", "fields": fields}]}}))

    def secrets(self):
        with open(self.where["skyflow_credentials_file"], encoding="utf-8") as file:
            key = line_of_key(json.load(file)["privateKey"])
        return [key, self.where["skyflow_token"], self.where["skyflow_api_key"], JWT]


SERVICES = {"snowflake": Bulk, "snowpipe": Snowpipe, "skyflow": Vault}
