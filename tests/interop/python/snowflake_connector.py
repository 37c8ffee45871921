"""snowflake-connector-python, unmodified, against the sandbox.

    python snowflake_connector.py SANDBOX_BINARY [--key-size 128|256|0]

Runs with either generation of the connector (4.x and 5.x) and prints one line per check.
"""

import decimal
import datetime
import gzip
import os
import socket
import sys
import tempfile
import time
import traceback
import warnings

from sandbox import Sandbox

warnings.simplefilter("ignore")
failures = 0
label = ""


def check(name, test, *arguments):
    global failures
    started = time.monotonic()
    try:
        test(*arguments)
    except BaseException as error:  # a driver's panic is no Exception
        failures += 1
        print(f"FAIL {label}: {name}: {type(error).__name__}: {error}", flush=True)
        if os.environ.get("SLUICE_INTEROP_VERBOSE"):
            traceback.print_exc()
        return
    print(f"ok   {label}: {name} ({time.monotonic() - started:.1f} s)", flush=True)


def equal(what, got, want):
    if got != want:
        raise AssertionError(f"{what}: got {got!r}, expected {want!r}")


def raises(kind, number, act):
    try:
        act()
    except kind as error:
        equal("error number", error.errno, number)
        return error
    raise AssertionError(f"expected {kind.__name__}, nothing was raised")


class Referee:
    def __init__(self, box, directory):
        self.box = box
        self.directory = directory
        self.connection = None
        self.cursor = None

    def connect(self, **change):
        where = self.box.where
        settings = {
            "account": where["account"],
            "user": where["user"],
            "password": where["password"],
            "host": where["host"],
            "port": where["port"],
            "protocol": where["protocol"],
            "database": where["database"],
            "schema": where["schema"],
            "warehouse": where["warehouse"],
            "login_timeout": 20,
            "network_timeout": 60,
            "paramstyle": "qmark",
        }
        if connector_major() < 5:
            settings["disable_ocsp_checks"] = True
        settings.update(change)
        return snowflake.connector.connect(**{k: v for k, v in settings.items() if v is not None})

    def rows(self, sql, *binds):
        return self.cursor.execute(sql, binds or None).fetchall()

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "wb") as out:
            out.write(text if isinstance(text, bytes) else text.encode())
        return path

    # Login

    def password(self):
        self.connection = self.connect()
        self.cursor = self.connection.cursor()
        equal("user", self.rows("select current_user()"), [("LOADER",)])
        equal("1", self.rows("select 1"), [(1,)])

    def key_pair(self):
        from cryptography.hazmat.primitives import serialization as s

        with open(self.box.where["private_key_file"], "rb") as file:
            key = s.load_pem_private_key(file.read(), None)
        der = key.private_bytes(s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption())
        with self.connect(password=None, private_key=der) as c:
            equal("user", c.cursor().execute("select current_user()").fetchall(), [("LOADER",)])

    def tokens(self):
        where = self.box.where
        for kind, token in (
            ("oauth", where["oauth_token"]),
            ("PROGRAMMATIC_ACCESS_TOKEN", where["access_token"]),
        ):
            with self.connect(password=None, authenticator=kind, token=token) as c:
                equal(kind, c.cursor().execute("select 1").fetchall(), [(1,)])

    def access_token_as_password(self):
        with self.connect(password=self.box.where["access_token"]) as c:
            equal("1", c.cursor().execute("select 1").fetchall(), [(1,)])

    def wrong_password(self):
        error = snowflake.connector.errors.DatabaseError
        try:
            self.connect(password="wrong")
        except error as refused:
            if "Incorrect username or password" not in str(refused):
                raise AssertionError(f"message: {refused}") from None
            return
        raise AssertionError("a wrong password was accepted")

    def unknown_account(self):
        started = time.monotonic()
        try:
            self.connect(account="nobody-nowhere", login_timeout=5)
        except snowflake.connector.errors.Error:
            if time.monotonic() - started > 15:
                raise AssertionError("the driver retried an unknown account") from None
            return
        raise AssertionError("an unknown account was accepted")

    # Statements

    def bad_sql(self):
        error = raises(
            snowflake.connector.errors.ProgrammingError, 1003, lambda: self.rows("selekt 1")
        )
        equal("SQLSTATE", error.sqlstate, "42000")
        raises(
            snowflake.connector.errors.ProgrammingError,
            2003,
            lambda: self.rows("select * from no_such_table"),
        )

    def ddl(self):
        self.rows(
            "create or replace table py_rows (id number(38,0) not null, name varchar(40),"
            " price number(12,2), born date, seen timestamp_ntz(6), ok boolean)"
        )
        described = self.rows("desc table py_rows")
        equal("names", [r[0] for r in described], ["ID", "NAME", "PRICE", "BORN", "SEEN", "OK"])
        equal("type of PRICE", described[2][1], "NUMBER(12,2)")
        self.rows("alter table py_rows add column note varchar")
        equal("columns", len(self.rows("desc table py_rows")), 7)
        self.rows("alter table py_rows drop column note")

    def types(self):
        self.rows("truncate table py_rows")
        values = (
            7,
            "größe, \"q\"\n\\",
            "12.50",
            datetime.date(2001, 2, 3),
            datetime.datetime(2001, 2, 3, 4, 5, 6, 789000),
            True,
        )
        self.cursor.execute("insert into py_rows values (?, ?, ?, ?, ?, ?)", values)
        self.cursor.execute(
            "insert into py_rows (id, name) values (?, ?)", (2**63 - 1, None)
        )
        got = self.rows("select * from py_rows order by id")
        equal("first row", got[0], (*values[:2], decimal.Decimal("12.50"), *values[3:]))
        equal("second row", got[1], (2**63 - 1, None, None, None, None, None))

    def executemany(self, rows, staged):
        self.rows("create or replace table py_many (id number(38,0), name varchar)")
        before = len(self.box.requests("upload"))
        data = [(i, f"näme, \"{i}\"\n" if i % 7 else None) for i in range(rows)]
        self.cursor.executemany("insert into py_many values (?, ?)", data)
        equal("staged", len(self.box.requests("upload")) > before, staged)
        equal(
            "figures",
            self.rows("select count(*), sum(id), count(name), sum(length(name)) from py_many"),
            [
                (
                    rows,
                    sum(i for i, _ in data),
                    sum(1 for _, n in data if n is not None),
                    sum(len(n) for _, n in data if n is not None),
                )
            ],
        )

    def transactions(self):
        self.rows("create or replace table py_tx (id number(38,0))")
        for end, want in (("rollback", 0), ("commit", 2)):
            self.rows("begin")
            self.rows("insert into py_tx values (1), (2)")
            equal("rows inside", self.rows("select count(*) from py_tx"), [(2,)])
            self.rows(end)
            equal(f"rows after {end}", self.rows("select count(*) from py_tx"), [(want,)])

    def asynchronous(self):
        self.cursor.execute_async("select count(*) from py_many")
        query_id = self.cursor.sfqid
        end = time.monotonic() + 30
        while self.connection.is_still_running(self.connection.get_query_status(query_id)):
            if time.monotonic() > end:
                raise AssertionError("the query does not end")
        self.cursor.get_results_from_sfqid(query_id)
        equal("rows", self.cursor.fetchall(), [(5000,)])

    def in_progress(self):
        self.box.arm("query_in_progress=3")
        equal("rows", self.rows("select count(*) from py_many"), [(5000,)])
        equal("fired", self.box.fired("query_in_progress"), 1)
        if len(self.box.requests("poll")) < 3:
            raise AssertionError("the driver did not poll")

    def lost_reply(self):
        self.box.arm("insert.drop_reply")
        self.rows("create or replace table py_once (id number(38,0))")
        self.rows("insert into py_once values (1)")
        equal("fired", self.box.fired("insert.drop_reply"), 1)
        equal("rows", self.rows("select count(*) from py_once"), [(1,)])

    def chunks(self):
        got = self.rows("select id, name from py_many order by id")
        equal("rows", len(got), 5000)
        equal("sum", sum(r[0] for r in got), 5000 * 4999 // 2)
        equal("last", got[-1], (4999, 'näme, "4999"\n'))
        if not self.box.requests("chunk"):
            raise AssertionError("no chunk was fetched")

    def renewal(self):
        self.box.control("/expire/sessions", "")
        equal("1", self.rows("select 1"), [(1,)])
        if not self.box.requests("renew"):
            raise AssertionError("the driver did not renew")

    # Files

    CSV = "file_format=(type=csv field_optionally_enclosed_by='\"')"

    def put_and_copy(self):
        self.rows("create or replace table py_files (id number(38,0), name varchar)")
        for part in range(3):
            lines = (f'{i},"quoted ""{i}"", ünïcode"\n' for i in range(part * 1000, part * 1000 + 1000))
            self.write(f"part-{part}.csv", "".join(lines))
        put = self.rows(f"put 'file://{self.directory}/part-*.csv' '@~/py/run1/'")
        equal("sources", sorted(r[0] for r in put), ["part-0.csv", "part-1.csv", "part-2.csv"])
        equal("statuses", {r[6] for r in put}, {"UPLOADED"})
        again = self.rows(f"put 'file://{self.directory}/part-*.csv' '@~/py/run1/'")
        equal("statuses of a repeated PUT", {r[6] for r in again}, {"SKIPPED"})
        listed = self.rows("list '@~/py/run1/'")
        equal("listed", [r[0] for r in listed], [f"py/run1/part-{n}.csv.gz" for n in range(3)])
        copied = self.rows(f"copy into py_files from '@~/py/run1/' {self.CSV}")
        equal("columns", [c[0] for c in self.cursor.description][:4],
              ["file", "status", "rows_parsed", "rows_loaded"])
        equal("copied", sorted((r[1], int(r[2]), int(r[3])) for r in copied), [("LOADED", 1000, 1000)] * 3)
        self.figures("py_files", 3000)
        repeated = self.rows(f"copy into py_files from '@~/py/run1/' {self.CSV}")
        equal("repeated COPY", repeated[0][0] if len(repeated[0]) == 1 else {r[1] for r in repeated},
              "Copy executed with 0 files processed." if len(repeated[0]) == 1 else {"LOAD_SKIPPED"})
        self.figures("py_files", 3000)

    def figures(self, table, rows):
        equal(
            "figures",
            self.rows(f"select count(*), sum(id), count(distinct name) from {table}"),
            [(rows, rows * (rows - 1) // 2, rows)],
        )

    def multipart(self):
        import random

        # Incompressible, so that the upload exceeds the threshold.
        noise = random.Random(1)
        text = "".join(f"{i},{noise.randbytes(60).hex()}\n" for i in range(100_000))
        path = self.write("big.csv", text)
        before = len(self.box.requests("upload_part"))
        put = self.rows(f"put 'file://{path}' @~/py/big/ auto_compress=false")
        equal("status", put[0][6], "UPLOADED")
        parts = len(self.box.requests("upload_part")) - before
        if parts < 2:
            raise AssertionError(f"{parts} parts for {len(text)} bytes")
        self.rows("create or replace table py_big (id number(38,0), name varchar)")
        self.rows("copy into py_big from @~/py/big/ file_format=(type=csv)")
        self.figures("py_big", 100_000)

    def named_stage_and_get(self):
        self.rows("create or replace stage py_stage")
        path = self.write("get.csv", "1,a\n2,b\n")
        equal("put", self.rows(f"put 'file://{path}' @py_stage/x/")[0][6], "UPLOADED")
        target = os.path.join(self.directory, "down")
        os.mkdir(target)
        got = self.rows(f"get @py_stage/x/ 'file://{target}/'")
        equal("get", [(r[0], r[2]) for r in got], [("get.csv.gz", "DOWNLOADED")])
        with gzip.open(os.path.join(target, "get.csv.gz"), "rb") as file:
            equal("content", file.read(), b"1,a\n2,b\n")
        removed = self.rows("remove @py_stage/x/")
        equal("removed", [r[1] for r in removed], ["removed"])

    def on_error(self):
        self.rows("create or replace table py_bad (id number(38,0), name varchar)")
        path = self.write("bad.csv", "1,a\nx,b\n3,c\n4\n5,e\n")
        self.rows(f"put 'file://{path}' @~/py/bad/")
        copy = f"copy into py_bad from @~/py/bad/ files=('bad.csv.gz') {self.CSV}"
        raises(snowflake.connector.errors.ProgrammingError, 100038, lambda: self.rows(copy))
        equal("after ABORT", self.rows("select count(*) from py_bad"), [(0,)])
        row = self.rows(f"{copy} on_error=continue")[0]
        equal("partly", (row[1], int(row[2]), int(row[3]), int(row[5])), ("PARTIALLY_LOADED", 5, 3, 2))
        equal("after CONTINUE", self.rows("select count(*), sum(id) from py_bad"), [(3, 9)])

    def stage_credentials_expire(self):
        # 4.x asks HEAD first and takes a bare 400 on it as final: there the upload is to fail.
        self.box.arm("stage_credentials_expired" if connector_major() > 4 else "stage_credentials_expired:2")
        before = len(self.box.requests("put"))
        path = self.write("expire.csv", "1,a\n")
        put = self.rows(f"put 'file://{path}' @~/py/expire/ overwrite=true")
        equal("status", put[0][6], "UPLOADED")
        equal("fired", self.box.fired("stage_credentials_expired"), 1)
        if len(self.box.requests("put")) < before + 2:
            raise AssertionError("PUT was not run again")

    def temporary_objects(self):
        self.rows("create temporary stage py_temp")
        self.rows("create temporary table py_temp_table (id number(38,0))")
        with self.connect() as other:
            for sql in ("list @py_temp", "select * from py_temp_table"):
                raises(
                    snowflake.connector.errors.ProgrammingError,
                    2003,
                    lambda sql=sql: other.cursor().execute(sql),
                )

    def logout(self):
        self.connection.close()
        equal("logouts", self.box.requests("logout")[-1]["status"], 200)


def connector_major():
    return int(snowflake.connector.__version__.split(".")[0])


def main(binary, options):
    global label, snowflake
    with tempfile.TemporaryDirectory(prefix="sluice-interop-") as directory:
        # The 4.x connector puts the bucket in front of the end point, which an address cannot have.
        probe = ["--stage-host", "localhost"] if is_old() else []
        with Sandbox(
            binary, "--tls", "--inline-rows", "1000", "--bind-stage-threshold", "5000",
            "--multipart-threshold", str(5 << 20), *probe, *options,
        ) as box:
            for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
                os.environ[name] = box.where["ca_file"]
            resolve_bucket_hosts()
            import snowflake.connector

            label = f"snowflake-connector-python {snowflake.connector.__version__}"
            if options:
                label += f" ({' '.join(options)})"
            referee(Referee(box, directory))
    return 1 if failures else 0


def is_old():
    from importlib.metadata import version

    return int(version("snowflake-connector-python").split(".")[0]) < 5


def resolve_bucket_hosts():
    """*.localhost is loopback (RFC 6761), which not every resolver knows."""
    original = socket.getaddrinfo

    def resolve(host, *arguments, **named):
        if isinstance(host, str) and host.endswith(".localhost"):
            host = "127.0.0.1"
        return original(host, *arguments, **named)

    socket.getaddrinfo = resolve


def referee(r):
    check("login by password", r.password)
    if r.cursor is None:
        return
    check("login by key pair", r.key_pair)
    check("login by OAuth and by access token", r.tokens)
    check("login by access token as password", r.access_token_as_password)
    check("wrong password is refused", r.wrong_password)
    check("unknown account is refused at once", r.unknown_account)
    check("bad SQL has code and SQLSTATE", r.bad_sql)
    check("DDL and DESC", r.ddl)
    check("values of every type come back", r.types)
    check("executemany of 500 rows in the request", r.executemany, 500, False)
    check("executemany of 5,000 rows through a stage", r.executemany, 5000, True)
    check("5,000 rows come back in chunks", r.chunks)
    check("transactions", r.transactions)
    check("asynchronous query", r.asynchronous)
    check("a query in progress is polled", r.in_progress)
    check("a lost reply executes once", r.lost_reply)
    check("an expired session is renewed", r.renewal)
    check("PUT and COPY of 3 files, 3,000 rows", r.put_and_copy)
    check("PUT in parts and COPY of 100,000 rows", r.multipart)
    check("named stage: PUT, GET, REMOVE", r.named_stage_and_get)
    check("COPY with bad rows: ABORT and CONTINUE", r.on_error)
    check("expired stage credentials: PUT runs again", r.stage_credentials_expire)
    check("temporary objects belong to their session", r.temporary_objects)
    check("logout", r.logout)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
